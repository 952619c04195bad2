"""The two doors to the outside, each way: OSC and MIDI."""
