"""The parts of which voices are wired: each is written once, with what it plays and the slopes that training needs."""
