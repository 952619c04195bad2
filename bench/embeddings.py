"""How well embeddings order sounds: ``python -m bench.embeddings`` prints the tables of docs/notes/embeddings.md.

The ranking test of `bridge.learning.ranking` on a subtractive synth of our own, on our voices, and on two real synths
where they are installed: amsynth (its VST by `dawdreamer`) and the DX7 (`dexed-py`). The weights of our embeddings were
chosen on the first two, with another seed; the real synths were not looked at. With ``--pretrained`` the models of
`bench.pretrained` stand beside ours, on fewer presets, since they take a hundred times as long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from bench.pretrained import Embed, pretrained
from bench.ranked_amsynth import amsynth
from bench.ranked_dexed import dexed
from bench.ranked_voices import own_voice
from bench.report import asked, head, heading, line
from bench.subtractive import subtractive
from bridge.learning.ranking import PRESETS, Ranked, attributes_of, of_attributes, ranking
from models.embeddings.registry import EMBEDDINGS, embedding_named
from models.embeddings.segments import BANDS, SEGMENTS
from models.embeddings.segments_modulation import GROUPS, OCTAVES

SEED = 0
RUNS = 5
"""Of which the median counts: other programs may run meanwhile."""
VOICES = ("fm", "snare808", "wavetable", "modal")
PUBLISHED = {
    "mel-mean": ".921±.130 (mel128)",
    "mfcc": ".913±.119 (mfcc40)",
    "spectra": ".880±.132 (mSTFT, 4071)",
}
"""On TAL-NoiseMaker, read off the authors' figure; their best pretrained model (mn20) has .976±.024."""
HARD: dict[str, Callable[[str], bool]] = {
    "LFO rates": lambda name: name.startswith("lfo_rate"),
    "LFO amounts": lambda name: name.startswith("lfo_amount"),
    "pitch": lambda name: name in ("coarse_pitch", "freq", "osc1.freq", "osc2.freq"),
}
Scores = dict[str, NDArray[np.float64]]


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables."""
    options = asked(
        __doc__,
        words,
        presets=(PRESETS, "presets of each attribute"),
        synths=("subtractive,voices,amsynth,dexed", "which to measure, with commas between"),
        pretrained=(False, "measure the pretrained models too"),
        parts=(False, "measure segments-modulation without each of its parts too"),
    )
    torch.set_num_threads(1)
    embeddings: dict[str, Embed] = {name: embedding_named(name) for name in EMBEDDINGS}
    if options.pretrained:
        embeddings |= pretrained()
    if options.parts:
        embeddings |= _parts()
    print(heading(SEED))
    _costs(embeddings)
    found: dict[str, tuple[Ranked, Scores]] = {}
    for name in options.synths.split(","):
        for synth in _synths(name):
            found[synth.name] = synth, ranking(synth, embeddings, options.presets)
            _attributes(*found[synth.name])
    _summary(found, embeddings, options.presets)


def _parts() -> dict[str, Embed]:
    """Return segments with only one of the two parts that `segments-modulation` has beside them."""
    whole, levels = embedding_named("segments-modulation"), BANDS * SEGMENTS
    rates = levels + GROUPS * OCTAVES
    return {
        "segments, rates": lambda audio, rate_hz: whole(audio, rate_hz)[:, :rates],
        "segments, pitch": lambda audio, rate_hz: np.delete(whole(audio, rate_hz), slice(levels, rates), axis=1),
    }


def _synths(name: str) -> Iterator[Ranked]:
    """Yield what a word asks for and is installed."""
    made: dict[str, Callable[[int], Ranked | None]] = {"subtractive": subtractive, "amsynth": amsynth, "dexed": dexed}
    if name == "voices":
        yield from (own_voice(voice, SEED) for voice in VOICES)
    elif (synth := made[name](SEED)) is not None:
        yield synth
    else:
        print(f"\n{name} is not installed and was left out.")


def _costs(embeddings: Mapping[str, Embed], rate_hz: int = 22_050, sounds: int = 8) -> None:
    """Print what a sound of one second costs."""
    audio = np.random.default_rng(SEED).uniform(-0.1, 0.1, (sounds, rate_hz)).astype(np.float32)
    print(f"\nOne second of noise at {rate_hz} Hz, one thread.\n")
    head("embedding", "numbers", "ms a sound")
    for name, embed in embeddings.items():
        numbers = embed(audio, rate_hz).shape[1]
        spent = []
        for _ in range(RUNS):
            began = time.perf_counter()
            embed(audio, rate_hz)
            spent.append(1000 * (time.perf_counter() - began) / sounds)
        line(name, numbers, f"{np.median(spent):.2f}")


def _attributes(synth: Ranked, scores: Scores) -> None:
    """Print the score of every attribute."""
    print(f"\n{synth.name}\n")
    head("attribute", *scores)
    for row, attribute in enumerate(synth.attributes):
        line(attribute, *(f"{one[row].mean():.3f}" for one in scores.values()))


def _summary(found: Mapping[str, tuple[Ranked, Scores]], embeddings: Mapping[str, Embed], presets: int) -> None:
    """Print mean and deviation over the attributes of each synth, and the hard attributes."""
    print(f"\nMean and standard deviation over attributes, {presets} presets of each\n")
    head("embedding", *found, "published, TAL-NoiseMaker")
    for name in embeddings:
        cells = [_mean_and_spread(scores[name]) for _, scores in found.values()]
        line(name, *cells, PUBLISHED.get(name, ""))
    for title, wanted in HARD.items():
        having = {name: one for name, one in found.items() if any(map(wanted, one[0].attributes))}
        if having:
            print(f"\n{title}\n")
            head("embedding", *having)
            for name in embeddings:
                rows = (attributes_of(scores[name], synth.attributes, wanted) for synth, scores in having.values())
                line(name, *(f"{value:.3f}" for value in rows))


def _mean_and_spread(scores: NDArray[np.float64]) -> str:
    mean, spread = of_attributes(scores)
    return f"{mean:.3f}±{spread:.3f}"


if __name__ == "__main__":
    main()
