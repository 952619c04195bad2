"""OSC in both directions."""
