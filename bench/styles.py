"""How drums are styled like each other: ``python -m bench.styles --kits FOLDER``, for docs/notes/effects.md.

Every recording of a folder is styled like every other one, by the model that ships, and by the rule that the published
study compares with. Each pair counts where the result is nearer to the reference than the recording was, and nearer
than what the rule makes of it: in the mean spectrum in mel bands, in level, and in the centroid. With ``--out`` the
sounds and a page to listen to them are written.
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
from bridge.learning.style import set_style
from bridge.learning.style_sound import Sound, measured, portrait_of, read_sound
from models.style.rule_based import matched
from models.style.stylist import STYLES, load_stylist
from models.training.intervals import ends_of

SEED = 0
DRAWS = 2000
COUNTED = ("spectrum_db", "level_db", "centroid_hz")


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    options = asked(
        __doc__,
        words,
        kits=(needed_folder, "recordings of kits"),
        out=("", "folder of sounds and of a page to listen to them"),
        longest=(30.0, "seconds of each recording"),
    )
    stylist = load_stylist(STYLES.find("drums"))
    files = sorted(path for path in Path(options.kits).iterdir() if path.suffix in (".flac", ".wav", ".WAV"))
    sounds = [_shorter(read_sound(path), options.longest) for path in files]
    print(heading(SEED))
    print(f"\n{len(sounds)} recordings of {options.kits.name}, each like each other\n")
    rows, page = [], []
    for sound, like in permutations(sounds, 2):
        result = set_style(sound, [like], stylist)
        rule = matched(sound.audio[0], _at(like, sound.rate_hz), sound.rate_hz)
        ruled = measured(portrait_of(rule[None], sound.rate_hz), like.portrait)
        rows.append([[getattr(one, name) for name in COUNTED] for one in (result.before, ruled, result.after)])
        if options.out:
            page.append(_listen(Path(options.out), sound, like, {"styled": result.audio[0], "rule": rule}))
    _table(np.array(rows))
    if options.out:
        _write_page(Path(options.out), page)


def _shorter(sound: Sound, longest_s: float) -> Sound:
    """Return the start of a recording, its channels as one: the rule hears no more."""
    return Sound(sound.path, sound.audio[:, : int(longest_s * sound.rate_hz)].mean(0)[None], sound.rate_hz)


def _at(sound: Sound, rate_hz: int) -> np.ndarray:
    """Return a recording at another rate."""
    mono = sound.audio[0]
    return mono if sound.rate_hz == rate_hz else np.asarray(resample_poly(mono, rate_hz, sound.rate_hz))


def _table(rows: np.ndarray) -> None:
    """Print means of (pairs, 3 ways, numbers), and how often the result is the nearest, with 95 % over pairs."""
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(len(rows), size=(DRAWS, len(rows)))
    head("apart from the reference", "before", "rule", "styled", "nearer than before", "nearer than the rule")
    for column, name in enumerate(COUNTED):
        means = [f"{one:.2f}" for one in rows[:, :, column].mean(0)]
        better = [rows[:, 2, column] < rows[:, other, column] for other in (0, 1)]
        shares = []
        for one in better:
            low, high = ends_of(one[drawn].mean(1))
            shares.append(f"{one.mean():.0%} [{low:.0%} {high:.0%}]")
        line(name, *means, *shares)


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
