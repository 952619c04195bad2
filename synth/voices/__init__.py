"""The synths that can be played."""
