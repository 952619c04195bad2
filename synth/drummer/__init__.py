"""An acoustic drummer with drums and rooms, for the demo, tests and training."""
