"""What can be played: parameters, presets and voices. Knows nothing of learning or audio devices."""
