"""Frequency modulation for percussion."""
