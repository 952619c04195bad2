"""Formulas, noise and compilation that every voice may use."""
