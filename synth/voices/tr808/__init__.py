"""The 808's sixteen sounds: a circuit each, whose parameters are the circuit's and whose presets are its panel."""
