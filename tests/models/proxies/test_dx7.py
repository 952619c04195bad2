import numpy as np
import pytest
import torch
from torch import Tensor

from models.proxies.dx7 import FULL_LEVEL, Dx7Prior, Dx7Setting
from models.proxies.dx7_envelopes import operator_levels, output_levels
from models.proxies.dx7_net import dx7_nets
from models.proxies.dx7_sketch import FLOOR_DB
from models.proxies.dx7_tables import ALGORITHMS, carriers, feedback_matrices, modulation_matrices
from models.proxies.nets import build_net
from synth.errors import InputError
from synth.spec import Param, ParamSpace
from tests.models.proxies.dx7_space import DX7_SPACE

SETTING = Dx7Setting(0.5, 1.0)


def settings(count: int, seed: int = 0, **fixed: float) -> Tensor:
    """Return random settings, (count, 100); ``fixed`` are unit values by the end of a name, as ``amp_mod``."""
    unit = DX7_SPACE.realised(np.random.default_rng(seed).random((count, len(DX7_SPACE))))
    for ending, value in fixed.items():
        columns = [place for place, name in enumerate(DX7_SPACE.names) if name.split(".")[-1] == ending]
        assert columns
        unit[:, columns] = value
    return torch.from_numpy(unit)


def test_modulators_come_after_what_they_modulate_and_every_algorithm_is_heard() -> None:
    graph = modulation_matrices()
    assert len(ALGORITHMS) == 32
    assert torch.equal(graph, graph.triu(1))
    assert (carriers().sum(1) >= 1).all()
    assert (feedback_matrices().sum((1, 2)) == 1).all()
    assert carriers()[31].tolist() == [1.0] * 6


def test_the_graphs_are_those_of_the_real_engine() -> None:
    dexed = pytest.importorskip("dexed")
    table = dexed.algorithms if hasattr(dexed.algorithms, "__getitem__") else dexed.algorithms.algorithms
    for number in range(32):
        real = table[number]
        assert np.array_equal(modulation_matrices()[number].numpy(), real.mod_matrix)
        assert np.flatnonzero(carriers()[number].numpy()).tolist() == list(real.carriers)
        source, target = real.feedback_edge
        assert feedback_matrices()[number][target, source] == 1.0


def test_an_operator_at_full_level_reaches_it_and_falls_after_it_is_let_go() -> None:
    rates, levels = torch.full((1, 1, 4), 99.0), torch.tensor([[[99.0, 99.0, 99.0, 0.0]]])
    top = output_levels(torch.tensor([[99.0]]), torch.tensor([[0.0]]), torch.tensor([[100.0]]))
    found = operator_levels(rates, levels, top, torch.zeros(1, 1), torch.tensor([0.1, 0.49, 0.6]), 0.5)[0, 0]
    assert found[:2].tolist() == [FULL_LEVEL, FULL_LEVEL]
    assert found[2] < 0.1


def test_a_note_an_octave_up_doubles_ratios_and_leaves_fixed_frequencies() -> None:
    space = ParamSpace("dx7", (Param("op1.mode", 0, 1, "", "linear", 0, kind="choice", steps=2),))
    low, high = (
        Dx7Prior(space, Dx7Setting(given={"synth.note": note, "op1.coarse": 2.0, "op1.fine": 50.0}))
        for note in (57.0, 69.0)
    )
    unit, times_s = torch.tensor([[0.0], [1.0]]), torch.tensor([0.1])
    first, second = (2.0 ** prior.pitches(unit, times_s)[:, 0, 0] for prior in (low, high))
    assert first.tolist() == pytest.approx([220.0 * 3.0, 10**2.5], rel=1e-4)
    assert second.tolist() == pytest.approx([440.0 * 3.0, 10**2.5], rel=1e-4)


def test_levels_are_those_of_the_real_engine() -> None:
    dexed = pytest.importorskip("dexed")
    unit = settings(24, 3, amp_mod=0.0, feedback=0.0)
    times_s = torch.tensor([0.02, 0.05, 0.1, 0.2, 0.45, 0.6, 0.9])
    found = 6.0206 * (Dx7Prior(DX7_SPACE, SETTING).levels(unit, times_s).numpy() - FULL_LEVEL)
    synth = dexed.DexedSynth(44_100)
    real = np.zeros_like(found)
    for row, values in enumerate(unit.numpy()):
        synth.load_preset(preset_of(dexed, values))
        audio = np.asarray(synth.render_all_ops(60, 100, 0.5, 1.0))[:6]
        for column, time_s in enumerate(times_s.tolist()):
            around = audio[:, round((time_s - 0.008) * 44_100) : round((time_s + 0.008) * 44_100)]
            real[row, :, column] = 20.0 * np.log10(np.abs(around).max(1) + 1e-9)
    found, real = np.maximum(found, -70.0), np.maximum(real, -70.0)
    assert np.corrcoef(found.ravel(), real.ravel())[0, 1] > 0.97
    assert np.median(np.abs(found - real)) < 1.0


def test_the_rough_spectrum_is_near_the_real_one() -> None:
    dexed = pytest.importorskip("dexed")
    unit = settings(60, 4, amp_mod=0.0, pitch_sensitivity=0.0, **{f"rate{stage}": 0.6 for stage in range(1, 5)})
    prior = Dx7Prior(DX7_SPACE, SETTING)
    found = FLOOR_DB + 10.0 * prior(unit).sketch.numpy()
    synth = dexed.DexedSynth(22_050)
    begin, end = (round(edge_s * 22_050) for edge_s in SETTING.edges_s()[5:7])
    ends_mel = [2595.0 * np.log10(1.0 + hz / 700.0) for hz in (40.0, 11_025.0)]
    edges_hz = 700.0 * (10.0 ** (np.linspace(ends_mel[0], ends_mel[1], 34) / 2595.0) - 1.0)
    pairs = []
    for row, values in enumerate(unit.numpy()):
        synth.load_preset(preset_of(dexed, values))
        audio = np.asarray(synth.render(60, 100, 0.5, 1.0))[begin:end]
        power = np.abs(np.fft.rfft(audio * np.hanning(len(audio))) / (len(audio) / 4.0)) ** 2
        hz = np.fft.rfftfreq(len(audio), 1.0 / 22_050)
        for band in range(4, 32):
            inside = power[(hz >= edges_hz[band]) & (hz < edges_hz[band + 2])]
            pairs.append((found[row].reshape(32, 8)[band, 5], 10.0 * np.log10(inside.mean() + 1e-10)))
    rough, real = np.array(pairs).T
    assert np.corrcoef(rough, real)[0, 1] > 0.75


def preset_of(dexed: object, values: np.ndarray) -> object:
    """Return a voice of the engine: its fields are 0..1 of each number's range, as unit values are."""
    preset = dexed.Preset()  # type: ignore[attr-defined]
    fields = {
        "output": "op_output_level",
        "coarse": "op_frequency_coarse",
        "fine": "op_frequency_fine",
        "detune": "op_detune",
        "amp_mod": "op_amp_mod_sensitivity",
    }
    others = {
        "feedback": "feedback",
        "lfo.speed": "lfo_speed",
        "lfo.delay": "lfo_delay",
        "lfo.pitch_depth": "lfo_pitch_mod_depth",
        "lfo.amp_depth": "lfo_amp_mod_depth",
        "lfo.pitch_sensitivity": "pitch_mod_sensitivity",
    }
    for param, value in zip(DX7_SPACE, values, strict=True):
        head, _, name = param.name.partition(".")
        stage = int(name[-1]) - 1 if name[-1:].isdigit() else 0
        kind = "rates" if name.startswith("rate") else "levels"
        if head == "pitch":
            getattr(preset, f"pitch_env_{kind}")[stage] = value
        elif head.startswith("op") and name[:-1] in ("rate", "level"):
            getattr(preset, f"op_env_{kind}")[int(head[2]) - 1, stage] = value
        elif name == "mode":
            preset.op_frequency_mode[int(head[2]) - 1] = round(value)
        elif head.startswith("op"):
            getattr(preset, fields[name])[int(head[2]) - 1] = value
        elif param.kind == "choice":
            setattr(preset, "algorithm" if param.name == "algorithm" else "lfo_wave", round(value * (param.steps - 1)))
        else:
            setattr(preset, others[param.name], value)
    return preset


def exchanged(unit: Tensor, one: int, other: int) -> Tensor:
    """Return settings with two operators exchanged."""
    columns = list(range(len(DX7_SPACE)))
    for place, name in enumerate(DX7_SPACE.names):
        for here, there in ((one, other), (other, one)):
            if name.startswith(f"op{here}."):
                columns[place] = DX7_SPACE.names.index(name.replace(f"op{here}.", f"op{there}."))
    return unit[:, columns]


def test_operators_that_an_algorithm_cannot_tell_apart_may_be_exchanged() -> None:
    net = build_net(dx7_nets(SETTING)["module-transformer-prior"], DX7_SPACE, 6, 60_000).double().eval()
    unit = settings(4, 6, algorithm=31 / 31, feedback=0.0)
    with torch.no_grad():
        first, again, changed = (net(each) for each in (unit, exchanged(unit, 1, 4), exchanged(unit, 1, 4).flip(1)))
    assert torch.allclose(first, again, atol=1e-9)
    assert not torch.allclose(first, changed, atol=1e-3)


def test_every_control_that_matters_has_a_gradient() -> None:
    prior = Dx7Prior(DX7_SPACE, SETTING)
    unit = settings(64, 7).requires_grad_(True)
    known = prior(unit)
    (slopes,) = torch.autograd.grad(known.operators.square().sum() + known.sketch.square().sum(), unit)
    assert torch.isfinite(slopes).all()
    moved = slopes.abs().sum(0) > 0.0
    still = {name for name, moves in zip(DX7_SPACE.names, moved.tolist(), strict=True) if not moves}
    assert {name.split(".")[-1] for name in still} <= {
        *("amp_mod", "speed", "delay", "pitch_depth", "amp_depth", "wave", "pitch_sensitivity")
    }


def test_an_input_that_a_net_for_a_dx7_does_not_know_is_refused() -> None:
    with pytest.raises(InputError, match=r"does not know the input 'op1\.break_point'"):
        Dx7Prior(ParamSpace("dx7", (Param("op1.break_point", 0, 99, "", "linear", 0),)), SETTING)
