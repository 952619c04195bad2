"""What has been learned: features, mapping models, losses and training. Knows no devices, audio files or messages."""
