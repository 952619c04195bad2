"""A shaped sine for percussion."""
