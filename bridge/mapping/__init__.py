"""A hit becomes values."""
