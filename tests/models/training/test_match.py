import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models.features.likeness import Likeness
from models.training.match import Fitting, match, pure_gains
from models.training.match_sound import RATE_HZ, clear_pitch_hz, decay_ms, partials_hz
from models.training.match_starts import Guesses, distinct, evolved
from models.training.match_words import cannot
from synth.dsp.noise import white_noise
from synth.errors import InputError
from synth.spec import Param, ParamSpace
from synth.voices.registry import VoiceKind, voice_kind

SNARE = voice_kind("snare808")
KICK, CLAVES = voice_kind("bass-drum"), voice_kind("claves")
SECONDS = 2.0
TARGET_NOISE = 7
"""Of the sounds to match: no fit hears it."""

Floats = NDArray[np.float32]


def sound_of(kind: VoiceKind, seconds: float = SECONDS, **values: float) -> Floats:
    """Return a voice with some values other than its defaults; ``__`` stands for the dot of a name."""
    real = kind.space.defaults
    for name, value in values.items():
        real[kind.space.index(name.replace("__", "."))] = value
    return rendered(kind, real, seconds)


def rendered(kind: VoiceKind, values: NDArray[np.float64], seconds: float = SECONDS) -> Floats:
    samples = round(seconds * RATE_HZ)
    noise = torch.from_numpy(white_noise(TARGET_NOISE, 0, samples)).float()[None]
    with torch.no_grad():
        audio = kind.learnable().render(torch.from_numpy(values[None]).float(), noise, RATE_HZ, samples)
    return audio[0].numpy()


def hit_of(audio: Floats) -> Floats:
    heard = np.flatnonzero(np.abs(audio) > 0.001 * np.abs(audio).max())
    return audio[np.argmax(np.abs(audio) > 0.01 * np.abs(audio).max()) : heard.max() + 1]


def apart_db(sound: Floats, other: Floats) -> float:
    padded = np.zeros(len(other), np.float32)
    padded[: len(sound)] = sound
    return float(Likeness(torch.from_numpy(padded), RATE_HZ).decibels(torch.from_numpy(other)[None]))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (KICK, {"body__freq": 71.0, "body__decay": 280.0, "attack__depth": 0.6, "sigh__depth": 0.3}),
        (CLAVES, {"body__freq": 1650.0, "body__decay": 70.0}),
        (
            SNARE,
            {
                "osc1__freq": 310.0,
                "osc2__freq": 470.0,
                "osc1_env__decay": 300.0,
                "osc1__mod": 0.0,
                "noise_env__decay": 60.0,
                "noise_gain": -20.0,
            },
        ),
    ],
    ids=["bass-drum", "claves", "snare808"],
)
def test_a_voice_finds_its_own_preset_again(kind: VoiceKind, values: dict[str, float]) -> None:
    sound = hit_of(sound_of(kind, **values))
    found = match(sound, True, kind, effort=0.5)
    before, after = apart_db(sound, rendered(kind, kind.space.defaults)), apart_db(sound, rendered(kind, found.values))
    assert after < 0.1 * before
    wanted, there = clear_pitch_hz(sound), clear_pitch_hz(rendered(kind, found.values))
    assert wanted is not None
    assert there is not None
    assert abs(12 * np.log2(there / wanted)) < 1.0


def test_the_same_sound_gives_the_same_values() -> None:
    sound = hit_of(sound_of(CLAVES, body__freq=1900.0))
    first, second = (match(sound, True, CLAVES, effort=0.05) for _ in range(2))
    np.testing.assert_array_equal(first.values, second.values)
    assert first.after_db == second.after_db


def test_nothing_is_worse_than_the_default() -> None:
    found = match(hit_of(sound_of(SNARE)), True, SNARE, effort=0.05)
    assert found.after_db <= found.before_db


def test_a_voice_without_gradients_is_refused() -> None:
    with pytest.raises(InputError, match="has no gradients"):
        match(hit_of(sound_of(CLAVES)), True, VoiceKind(CLAVES.space, CLAVES.plays))


def test_the_trigger_is_the_players_and_the_level_follows_the_default() -> None:
    space = CLAVES.space
    sound = 0.01 * hit_of(sound_of(CLAVES, body__freq=1900.0, level=-20.0))
    found = match(sound, True, CLAVES, effort=0.1)
    assert found.values[space.index("trigger")] == space.defaults[space.index("trigger")]
    loud, plain = (np.sqrt(np.mean(np.square(audio[: RATE_HZ // 3]))) for audio in (found.after, found.before))
    assert abs(20 * np.log10(loud / plain)) < 1.0


def test_only_what_changes_nothing_but_the_level_is_a_pure_gain() -> None:
    space = KICK.space
    fitting = Fitting(KICK, hit_of(sound_of(KICK)), True)
    names = {space.names[column] for column in pure_gains(fitting, space.to_unit(space.defaults))}
    assert names == {"level"}


def test_a_sound_that_was_cut_is_compared_to_where_it_ends() -> None:
    whole = sound_of(KICK, body__freq=60.0, body__decay=1500.0)
    fitting = Fitting(KICK, whole[: RATE_HZ // 4], False)
    assert fitting.judged_samples == RATE_HZ // 4
    assert fitting.judge.decibels(torch.from_numpy(whole)[None]) < 0.01


def test_the_distance_is_that_of_the_sound_and_not_of_its_level_or_its_place() -> None:
    sound = torch.from_numpy(sound_of(KICK))
    likeness = Likeness(sound, RATE_HZ)
    late = torch.cat([torch.zeros(300), sound])[: len(sound)]
    near, far = (torch.from_numpy(sound_of(KICK, body__freq=freq)) for freq in (60.0, 90.0))
    same, softer, moved, some, more = likeness.decibels(torch.stack([sound, 0.01 * sound, late, near, far])).tolist()
    assert max(same, softer, moved) < 0.3
    assert 1.0 < some < more
    assert likeness.decibels(torch.zeros(1, len(sound)))[0] > more


def test_a_pitch_is_clear_where_a_partial_stands_out() -> None:
    time_s = np.arange(RATE_HZ // 2) / RATE_HZ
    tone = np.sin(2 * np.pi * 440.0 * time_s) * np.exp(-time_s / 0.05)
    second = 0.5 * np.sin(2 * np.pi * 1130.0 * time_s) * np.exp(-time_s / 0.05)
    noise = np.random.default_rng(0).standard_normal(len(time_s)) * np.exp(-time_s / 0.05)
    pitch_hz = clear_pitch_hz(tone + 0.02 * noise)
    assert pitch_hz is not None
    assert abs(pitch_hz - 440.0) < 2.0
    assert clear_pitch_hz(noise) is None
    np.testing.assert_allclose(partials_hz(tone + second)[:2], [440.0, 1130.0], atol=3.0)
    assert abs(decay_ms(tone) / (0.05 * np.log(1000.0) * 1000.0) - 1.0) < 0.05


SPACE = ParamSpace(
    "toy",
    (
        Param("freq", 50, 5000, "Hz", "log", 200, role="pitch"),
        Param("tune", 0.5, 2, "ratio", "log", 1, role="pitch"),
        Param("decay", 10, 1000, "ms", "log", 100, role="decay"),
        Param("held", 0, 1, "", "linear", 0.3),
    ),
)


def guesses(seed: int = 0) -> Guesses:
    default = SPACE.to_unit(SPACE.defaults)[None]
    return Guesses(SPACE, default, [3], np.array([440.0, 660.0]), 400.0, 50.0, np.random.default_rng(seed))


def test_guesses_begin_at_the_partials_and_leave_what_is_held() -> None:
    rows = SPACE.from_unit(guesses().first(60))
    np.testing.assert_array_equal(rows[:, 3], 0.3)
    pitches = rows[1:, 0]
    assert np.isin(pitches.round(3), [440.0, 660.0]).all()
    assert np.isin(rows[1:, 1].round(3), [1.1, 1.65]).all(), "a ratio is seen from the default's own partial"
    assert 25.0 < np.median(rows[1:, 2]) < 100.0


def test_what_is_bred_comes_nearer() -> None:
    wanted = np.array([0.9, 0.1, 0.7, 0.3])

    def judge(units: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.abs(units[:, :3] - wanted[:3]).sum(1), np.float64)

    first = judge(guesses().first(48)).min()
    units = evolved(guesses(), judge, 48, 12, 24)
    assert judge(units)[0] < 0.5 * first
    assert np.all(np.diff(judge(units)) >= 0.0)
    assert len(distinct(np.zeros((5, 4)), 3)) == 1


def test_what_a_voice_cannot_do_is_said() -> None:
    plain = sound_of(CLAVES)
    noise = np.random.default_rng(0).standard_normal(len(plain)).astype(np.float32)
    high = np.diff(np.diff(noise, prepend=0.0), prepend=0.0) * np.exp(-np.arange(len(plain)) / (0.1 * RATE_HZ))
    sound = hit_of((plain + 0.05 * high).astype(np.float32))
    fitting = Fitting(CLAVES, sound, True)
    values = CLAVES.space.defaults
    words = cannot(fitting.judge, sound, plain, CLAVES.space, values, 9.0, fitting.judged)
    assert any(word.startswith("it rings") and "shorter" in word for word in words)
    assert any(word.startswith("above 6 kHz") and "too soft" in word for word in words)
    assert cannot(fitting.judge, sound, plain, CLAVES.space, values, 0.5, fitting.judged) == []


def test_a_parameter_that_would_go_further_is_named() -> None:
    sound = hit_of(sound_of(KICK, body__freq=30.0, body__decay=600.0))
    fitting = Fitting(KICK, sound, True)
    values = KICK.space.defaults
    values[KICK.space.index("body.freq")] = 30.0
    words = cannot(fitting.judge, sound, sound_of(KICK), KICK.space, values, 3.0, fitting.judged)
    assert words[-1] == "body.freq stands at the end of its range"
