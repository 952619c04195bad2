"""Blocks in, onsets and hits out."""
