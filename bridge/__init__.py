"""From audio to strikes: detection, mapping, targets, sessions and the command line."""
