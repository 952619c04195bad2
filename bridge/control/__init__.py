"""Remote control: controls in, state out."""
