"""The snare of the TR-808."""
