"""Write takes of our own drummer as WAV, their truth as CSV: ``python -m bench.takes FOLDER --take kit --drum dead``.

Any onset detector can be tried on them, and other programs here read such a folder with ``--takes``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from bench.report import asked
from bridge.audio.files import write_wav
from synth.drummer.drums import SNARES
from synth.drummer.perform import TAKES, perform


def main(words: Sequence[str] | None = None) -> None:
    """Write the takes that were asked for."""
    chosen = asked(
        __doc__,
        words,
        "folder",
        take=("all", f"one of {', '.join(TAKES)}, or all"),
        drum=("tight", f"one of {', '.join(drum.name for drum in SNARES)}"),
        seed=(0, "another seed is another performance"),
        rate=(48_000, "Hz"),
        noise_dbfs=(-72.0, "noise floor of each channel"),
        hum_dbfs=(-math.inf, "peak of the mains hum"),
        gain_db=(0.0, "of everything"),
        channels=(0, "microphones; 0 for three at a kit, else one"),
    )
    folder = Path(chosen.folder)
    folder.mkdir(parents=True, exist_ok=True)
    surroundings = {"noise_dbfs": chosen.noise_dbfs, "hum_dbfs": chosen.hum_dbfs, "gain_db": chosen.gain_db}
    for name in TAKES if chosen.take == "all" else [chosen.take]:
        take = perform(name, chosen.drum, chosen.seed, chosen.rate, n_channels=chosen.channels or None, **surroundings)
        write_wav(folder / f"{name}.wav", take.audio, take.sample_rate)
        (folder / f"{name}.csv").write_text(take.truth_csv())
        print(f"{name}: {len(take.strokes)} strokes, {len(take.audio) / take.sample_rate:.1f} s")


if __name__ == "__main__":
    main()
