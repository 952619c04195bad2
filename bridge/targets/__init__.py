"""Where a strike goes: the built-in voice, OSC, MIDI, or a tape."""
