"""A trained mapping as a file and as numpy inference."""
