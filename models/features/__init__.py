"""What is heard of a stroke, and what losses compare."""
