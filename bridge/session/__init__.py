"""A rig at work: live, over a file, through a loop."""
