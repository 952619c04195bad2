"""Struck strings, bars, bells and plates: a bank of partials."""
