"""Effects: what changes a voice's sound, or the sum of all, on its way to the outputs."""
