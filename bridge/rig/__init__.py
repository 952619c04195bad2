"""What a rig, a synth profile or a device chart may say, checked."""
