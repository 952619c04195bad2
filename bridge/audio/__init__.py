"""Sound cards, JACK, audio files and recording."""
