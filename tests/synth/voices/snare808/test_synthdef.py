"""The SynthDef writer; that scsynth loads and plays its bytes is shown in tests/live."""

from synth.voices.snare808.synthdef import AUDIO, Graph, control_name, shipped_file, snare
from synth.voices.snare808.table import SNARE808


def test_a_sine_is_compiled_to_the_bytes_of_the_format() -> None:
    graph = Graph("a", {"f": 440.0})
    graph.unit("Out", AUDIO, 0.0, graph.unit("SinOsc", AUDIO, graph.parameter("f"), 0.0), outputs=0)
    expected = (
        "53436766 00000002 0001 0161"  # SCgf, version 2, one definition called a
        "00000001 00000000"  # one constant, 0
        "00000001 43dc0000 00000001 0166 00000000"  # one parameter, 440; its name f is at 0
        "00000003"
        "07 436f6e74726f6c 01 00000000 00000001 0000 01"  # Control, one output
        "06 53696e4f7363 02 00000002 00000001 0000 00000000 00000000 ffffffff 00000000 02"  # SinOsc of both
        "03 4f7574 02 00000002 00000000 0000 ffffffff 00000000 00000001 00000000"  # Out of constant 0 and SinOsc
        "0000"
    )
    assert graph.compiled() == bytes.fromhex(expected.replace(" ", ""))


def test_the_shipped_file_is_what_the_code_compiles() -> None:
    assert shipped_file().read_bytes() == snare().compiled()


def test_every_parameter_of_the_voice_is_a_control_with_its_default() -> None:
    controls = snare().parameters
    assert all(controls[control_name(param.name)] == param.default for param in SNARE808)
