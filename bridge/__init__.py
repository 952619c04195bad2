"""What moves: listening, mapping a hit, targets, sessions and the command line."""
