"""How drums are styled like each other: ``python -m bench.styles --kits FOLDER``, for docs/notes/effects.md.

Every recording of a folder is styled like every other one: by the rule that the published study compares with, by the
model alone, by the fit alone from the effects' defaults, and by both, as ``ghostnote style`` does. What the fit itself
brings down is the spectrum, the level and the centroid; the dynamics are the model's alone. Each pair counts where the
result is nearer to the reference than the recording was, and nearer than what the rule makes of it. With ``--seen``
pairs of recordings whose names begin so are told apart: on those the constants of the fit were chosen. With ``--out``
the sounds and a page to listen to them are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import permutations
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from bench.report import asked, head, heading, line, needed_folder
from bridge.audio.files import write_wav
from bridge.learning.fit_style import fitted
from bridge.learning.style import set_style, styled
from bridge.learning.style_sound import Measures, Sound, measured, portrait_of, read_sound
from models.style.rule_based import matched
from models.style.stylist import STYLES, Stylist, load_stylist
from models.training.intervals import ends_of

SEED = 0
DRAWS = 2000
COUNTED = tuple(Measures.__dataclass_fields__)
WAYS = ("before", "rule", "model alone", "fit alone", "styled")


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables."""
    options = asked(
        __doc__,
        words,
        kits=(needed_folder, "recordings of kits"),
        seen=("", "beginnings of the names on which the fit was chosen, with commas between"),
        out=("", "folder of sounds and of a page to listen to them"),
        longest=(30.0, "seconds of each recording"),
    )
    stylist = load_stylist(STYLES.find("drums"))
    files = sorted(path for path in Path(options.kits).iterdir() if path.suffix in (".flac", ".wav", ".WAV"))
    sounds = [_shorter(read_sound(path), options.longest) for path in files]
    seen = tuple(filter(None, options.seen.split(",")))
    print(heading(SEED))
    rows, pairs, page = [], [], []
    for number, other in permutations(range(len(sounds)), 2):
        found, audio = _styled(sounds[number], sounds[other], stylist)
        rows.append(found)
        pairs.append((number, other))
        if options.out:
            page.append(_listen(Path(options.out), sounds[number], sounds[other], audio))
    both_seen = np.array([all(bool(seen) and files[one].name.startswith(seen) for one in pair) for pair in pairs])
    _table(f"All {len(rows)} pairs of {len(sounds)} recordings", np.array(rows), np.array(pairs))
    if both_seen.any():
        unseen = ~both_seen
        _table(f"{unseen.sum()} pairs not looked at before", np.array(rows)[unseen], np.array(pairs)[unseen])
    if options.out:
        _write_page(Path(options.out), page)


def _styled(sound: Sound, like: Sound, stylist: Stylist) -> tuple[list[list[float]], dict[str, np.ndarray]]:
    """Return (ways, numbers) of a pair, and what is to be listened to."""
    chain = stylist.chain
    result, alone = set_style(sound, [like], stylist), set_style(sound, [like], stylist, fit=False)
    without = styled(sound, [like], chain, [fitted(sound, like.portrait, chain, chain.space.defaults)])
    rule = matched(sound.audio[0], _at(like, sound.rate_hz), sound.rate_hz)
    ruled = measured(portrait_of(rule[None], sound.rate_hz), like.portrait)
    ways = (result.before, ruled, alone.after, without.after, result.after)
    numbers = [[float(getattr(one, name)) for name in COUNTED] for one in ways]
    return numbers, {"styled": result.audio[0], "rule": rule}


def _shorter(sound: Sound, longest_s: float) -> Sound:
    """Return the start of a recording, its channels as one: the rule hears no more."""
    return Sound(sound.path, sound.audio[:, : int(longest_s * sound.rate_hz)].mean(0)[None], sound.rate_hz)


def _at(sound: Sound, rate_hz: int) -> np.ndarray:
    """Return a recording at another rate."""
    mono = sound.audio[0]
    return mono if sound.rate_hz == rate_hz else np.asarray(resample_poly(mono, rate_hz, sound.rate_hz))


def _table(title: str, rows: np.ndarray, pairs: np.ndarray) -> None:
    """Print means of (pairs, ways, numbers), and how often the result is the nearest.

    The 95 % are over recordings: those of a pair stand in others, so pairs are not drawn apart.
    """
    weights = _drawn(pairs)
    print(f"\n{title}; 95 % over recordings\n")
    head("apart from the reference", *WAYS, "nearer than before", "nearer than the rule")
    for column, name in enumerate(COUNTED):
        means = [f"{one:.2f}" for one in rows[:, :, column].mean(0)]
        better = [rows[:, -1, column] < rows[:, other, column] for other in (0, 1)]
        shares = []
        for one in better:
            low, high = ends_of(weights @ one)
            shares.append(f"{one.mean():.0%} [{low:.0%} {high:.0%}]")
        line(name, *means, *shares)


def _drawn(pairs: np.ndarray) -> np.ndarray:
    """Return (draws, pairs) weights that add up to one: a pair counts as often as both its recordings are drawn."""
    rng, recordings = np.random.default_rng(SEED), int(pairs.max()) + 1
    weights: list[np.ndarray] = []
    while len(weights) < DRAWS:
        often = np.bincount(rng.integers(recordings, size=recordings), minlength=recordings)
        weight = often[pairs[:, 0]] * often[pairs[:, 1]]
        if weight.any():  # of few recordings one may be drawn alone, and has no pair
            weights.append(weight / weight.sum())
    return np.stack(weights)


def _listen(out: Path, sound: Sound, like: Sound, made: dict[str, np.ndarray]) -> str:
    """Write the sounds of a pair, and return its row of the page."""
    out.mkdir(parents=True, exist_ok=True)
    cells = []
    for word, audio in {"before": sound.audio[0], "reference": _at(like, sound.rate_hz), **made}.items():
        name = f"{sound.path.stem}-like-{like.path.stem}-{word}.wav"
        write_wav(out / name, audio, sound.rate_hz)
        cells.append(f'<td><audio controls preload="none" src="{escape(name)}"></audio></td>')
    return f"<tr><td>{escape(sound.path.stem)} like {escape(like.path.stem)}</td>{''.join(cells)}</tr>"


def _write_page(out: Path, rows: Sequence[str]) -> None:
    titles = "".join(f"<th>{word}</th>" for word in ("pair", "before", "reference", "styled", "rule"))
    text = f'<!doctype html><meta charset="utf-8"><title>Styles</title><table><tr>{titles}</tr>{"".join(rows)}</table>'
    (out / "index.html").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
