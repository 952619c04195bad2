"""Fits the ear to a room and its drums."""
