"""Learned stand-ins for synths: nets that predict what a synth's sound is to an ear, with gradients."""
