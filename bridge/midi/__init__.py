"""MIDI in both directions."""
