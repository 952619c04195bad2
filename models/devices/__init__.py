"""Devices that are learned through: what they render, and the ways to its gradient."""
