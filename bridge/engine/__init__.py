"""A block in, a block out; the audio process and its supervisor."""
