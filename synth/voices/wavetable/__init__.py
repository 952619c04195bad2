"""A wavetable oscillator for percussion."""
