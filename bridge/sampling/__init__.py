"""A synth that is not ours is recorded: its settings planned, its notes played and heard, each control reported on."""
