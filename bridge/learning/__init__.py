"""Recordings become bundles."""
