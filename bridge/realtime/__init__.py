"""Time and processes: the clock, priorities, child processes and their loop."""
