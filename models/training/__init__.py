"""Training: datasets, losses, optimisers. Needs torch."""
