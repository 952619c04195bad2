"""Benchmarks: what is measured, printed as tables, and written up in ``docs/``."""
