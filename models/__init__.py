"""What has been learned: features, mapping models, losses and training. Knows nothing of devices, audio files or messages."""
