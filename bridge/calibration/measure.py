"""Measure a room, its microphones and drums from a minute of sound: the analysis of ``ghostnote calibrate``.

Audio in, `Calibration` per channel out; it opens nothing and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.calibration.input_check import clipped_places, hum_of, noise_dbfs, quietest
from bridge.calibration.leaks import learned_leaks
from bridge.calibration.paths import learned_paths
from bridge.calibration.timbre import learned_timbre
from bridge.ear.analyzer import WINDOW_S, Analyzer, ChannelSettings
from bridge.ear.canceller import without_leaks
from bridge.ear.listen import hear_strokes
from bridge.events import Hit
from bridge.rig.detector import DetectorSettings
from synth.dsp.levels import decibels, gain
from synth.errors import InputError, counted_noun

TARGET_PEAK_DBFS = -3.0
"""Where the hardest strokes shall peak: as on the takes that the shipped models learned from."""

FEWEST_STROKES = 8
FLOOR_UNDER_DB = 15.0
"""How far the floor of a kit's channel lies under the drum's softest strokes; echoes of other drums lie there too."""

ECHO_S, ECHO_DB = 0.08, 20.0
"""A stroke so soon after another drum's, and so much softer, may be its echo: it does not count as a softest one."""


class Step(NamedTuple):
    """One thing that a player is asked to do.

    Parameters
    ----------
    name : str
    seconds : float
        How long.
    instruction : str
        What the player reads.
    """

    name: str
    seconds: float
    instruction: str


STEPS = (
    Step("silence", 4.0, "Silence: touch nothing, let the room be as it is"),
    Step("soft", 10.0, "Soft strokes, one at a time, as soft as you will ever play"),
    Step("hard", 10.0, "Hard strokes, one at a time, as hard as you will ever play"),
    Step("roll", 8.0, "A roll, from soft to hard and back"),
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was found on one channel; levels before any gain.

    Parameters
    ----------
    channel : int
        From 0.
    strokes : int
    noise_dbfs : float
        RMS of the quietest tenth of a second that is typical.
    softest_dbfs, hardest_dbfs : float
        Peaks of the softest and hardest strokes (5 % and 95 %).
    peak_dbfs : float
        Of everything.
    clipped : int
        Places where the input was cut off.
    hum_hz, hum_dbfs : float
        Mains hum, 0 where there is none.
    expected_missed, expected_false : float
        A minute of the same playing, as far as the ear can tell.
    settings : DetectorSettings
        Gain and leaks as they should be.
    softest_window_db, loudest_window_db : float
        Window levels of the strokes after that gain: velocity 0 and 1.
    """

    channel: int
    strokes: int
    noise_dbfs: float
    softest_dbfs: float
    hardest_dbfs: float
    peak_dbfs: float
    clipped: int
    hum_hz: float
    hum_dbfs: float
    expected_missed: float
    expected_false: float
    settings: DetectorSettings
    softest_window_db: float
    loudest_window_db: float

    def fitted(self, **settings: object) -> Calibration:
        """Return the finding with some of its settings replaced."""
        return replace(self, settings=self.settings.model_copy(update=settings))

    @property
    def range_db(self) -> float:
        """From the noise to the hardest stroke."""
        return self.hardest_dbfs - self.noise_dbfs

    @property
    def enough(self) -> bool:
        """Whether there are strokes enough to tell a gain and a velocity range from: a few may be left of leaks."""
        return self.strokes >= FEWEST_STROKES


def calibrate_audio(
    audio: NDArray[np.float32],
    sample_rate: int,
    current: Sequence[DetectorSettings],
    source: str = "input",
    progress: Callable[[float], object] = lambda share: None,
) -> list[Calibration]:
    """Measure every channel of (samples, channels) audio that holds playing and some silence.

    Parameters
    ----------
    audio : (samples, channels) float32
        Before any gain.
    sample_rate : int
        Hz.
    current : sequence of DetectorSettings
        Per channel; what is not measured is kept.
    source : str
        Leads an error's sentence.
    progress : callable, optional
        Hears the share that is done, 0..1.

    Raises
    ------
    InputError
        Hardly any stroke is heard on any channel.
    """
    hits, doubts = _heard(audio, sample_rate, current)
    progress(0.2)
    counts = [sum(hit.channel == channel for hit in hits) for channel in range(len(current))]
    if max(counts) < FEWEST_STROKES:
        heard = f"{counted_noun(max(counts), 'stroke')} {'was' if max(counts) == 1 else 'were'} heard"
        raise InputError(
            f"{source}: {heard}; calibration needs at least {FEWEST_STROKES}: "
            "check the microphone and its channel, and play soft and hard strokes"
        )
    if len(current) > 1:
        return _together(audio, sample_rate, hits, current)
    # A drum that is played alone learns what sets it apart from leaks.
    finding = _finding(0, audio[:, 0], sample_rate, hits, current[0], doubts[0])
    progress(0.3)
    alone = audio[:, 0] * np.float32(gain(finding.settings.gain_db))
    learned = learned_timbre(alone, sample_rate, hits, lambda share: progress(0.3 + 0.7 * share))
    return [finding.fitted(timbre=learned[0], leak_rejection=learned[1]) if learned else finding]


def _heard(
    audio: NDArray[np.float32], sample_rate: int, current: Sequence[DetectorSettings]
) -> tuple[list[Hit], list[tuple[float, float]]]:
    """Return the strokes of a recording, and per channel how many a minute were missed and how many were none."""
    open_ears = DetectorSettings(floor_db=-110.0, leak_rejection=-30.0 if len(current) == 1 else -0.8)
    plain = [open_ears.model_copy(update={"sensitivity": one.sensitivity}) for one in current]
    analyzer = Analyzer(sample_rate, [ChannelSettings(one) for one in plain])
    hits = hear_strokes(analyzer, audio)
    per_minute = 60.0 * sample_rate / len(audio)
    expected = zip(per_minute * analyzer.expected_missed, per_minute * analyzer.expected_false, strict=True)
    return hits, [(float(missed), float(false)) for missed, false in expected]


def _together(
    audio: NDArray[np.float32], sample_rate: int, hits: Sequence[Hit], current: Sequence[DetectorSettings]
) -> list[Calibration]:
    """Return the findings for drums that leak into each other's microphones: on which paths, and what is left."""
    found = learned_paths(audio, sample_rate, hits)
    heard = [len(_sure(channel, hits, sample_rate)) >= FEWEST_STROKES for channel in range(len(current))]
    paths = [mine if enough else () for mine, enough in zip(found, heard, strict=True)]
    audio = without_leaks(audio, sample_rate, paths)
    hits, doubts = _heard(audio, sample_rate, current)
    findings = []
    for channel, (now, mine) in enumerate(zip(current, paths, strict=True)):
        # A floor that was measured with old paths lay behind another gain: it goes with them.
        floor_db = DetectorSettings().floor_db if now.leak_paths else now.floor_db
        settings = now.model_copy(update={"leak_paths": mine, "floor_db": floor_db})
        signal, strokes = audio[:, channel], [hit for hit in hits if hit.channel == channel]
        finding = _finding(channel, signal, sample_rate, strokes, settings, doubts[channel])
        findings.append(_with_floor(finding, signal, sample_rate, _sure(channel, hits, sample_rate)))
    gains_db = [finding.settings.gain_db for finding in findings]
    subtracted = {(here, path.input - 1) for here, mine in enumerate(paths) for path in mine}
    leaks = learned_leaks(audio, sample_rate, hits, gains_db, subtracted)
    return [finding.fitted(leaks_db=mine) for finding, mine in zip(findings, leaks, strict=True)]


def _with_floor(
    finding: Calibration, signal: NDArray[np.float32], sample_rate: int, sure: Sequence[Hit]
) -> Calibration:
    """Return the finding with a floor under the softest of the drum's own strokes, if those are enough to tell."""
    if not finding.settings.leak_paths or len(sure) < FEWEST_STROKES:
        return finding
    # The ear compares the peak of this window with the floor.
    window = round(WINDOW_S * sample_rate)
    peaks_dbfs = [decibels(np.abs(signal[hit.onset : hit.onset + window]).max()) for hit in sure]
    softest_db = float(np.percentile(peaks_dbfs, 5)) + finding.settings.gain_db
    return finding.fitted(floor_db=round(float(np.clip(softest_db - FLOOR_UNDER_DB, -100, -20)), 1))


def _sure(channel: int, hits: Sequence[Hit], sample_rate: int) -> list[Hit]:
    """Return the strokes of a channel that are no echo of another drum's."""
    others = [hit for hit in hits if hit.channel != channel]
    return [
        hit
        for hit in hits
        if hit.channel == channel
        and not any(
            -0.005 < (hit.onset - other.onset) / sample_rate < ECHO_S and other.level_db > hit.level_db + ECHO_DB
            for other in others
        )
    ]


def _finding(
    channel: int,
    signal: NDArray[np.float32],
    sample_rate: int,
    hits: Sequence[Hit],
    current: DetectorSettings,
    expected: tuple[float, float],
) -> Calibration:
    window = round(0.02 * sample_rate)
    peaks_dbfs = np.array([decibels(np.abs(signal[hit.onset : hit.onset + window]).max()) for hit in hits] or [-100.0])
    softest_dbfs, hardest_dbfs = np.percentile(peaks_dbfs, (5, 95))
    gain_db = round(float(np.clip(TARGET_PEAK_DBFS - peaks_dbfs.max(), -40, 40)), 1)
    if len(hits) < FEWEST_STROKES:
        # A few may be what is left of leaks: a gain by those would lift all leaks.
        gain_db = current.gain_db
    levels_db = np.array([hit.level_db for hit in hits] or [-50.0]) + gain_db
    low_db, high_db = np.percentile(levels_db, (5, 95))
    return Calibration(
        channel,
        len(hits),
        noise_dbfs(signal, sample_rate),
        float(softest_dbfs),
        float(hardest_dbfs),
        decibels(float(np.abs(signal).max())),
        clipped_places(signal, sample_rate),
        *hum_of(quietest(signal, sample_rate), sample_rate),
        *expected,
        current.model_copy(update={"gain_db": gain_db}),
        round(float(np.clip(low_db, -90, -20)), 1),
        round(float(np.clip(max(high_db, low_db + 6), -80, -1)), 1),
    )


def sentences(finding: Calibration) -> list[str]:
    """Return what a player should know of a channel, most pressing first."""
    said = []
    if not finding.strokes:
        return ["no stroke was heard; left as it was"]
    if finding.clipped:
        said.append(f"clipping in {finding.clipped} places: turn the interface's input gain down and calibrate again")
    if finding.hum_hz:
        said.append(
            f"hum at {finding.hum_hz:g} Hz, {finding.hum_dbfs:.0f} dBFS: look for a ground loop or a power supply"
        )
    if not finding.enough:
        said.append(
            f"only {finding.strokes} of at least {FEWEST_STROKES} strokes were heard; "
            "the gain and the velocity range are left as they were"
        )
    elif finding.softest_dbfs - finding.noise_dbfs < 20.0:
        said.append("the softest strokes are close to the noise: move the microphone nearer or quieten the room")
    return said
