"""Write takes of our own drummer as WAV, their truth as CSV: ``python -m bench.takes FOLDER --take kit --drum dead``.

The files have the form of ``shared/audio/takes``, so that any onset detector can be tried on them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bridge.audio.files import write_wav
from synth.drummer.perform import TAKES, Take, perform
from synth.drummer.strike import SNARES


def write_take(take: Take, wav_path: Path, csv_path: Path) -> None:
    """Write the audio as float WAV and its truth beside it."""
    write_wav(wav_path, take.audio, take.sample_rate)
    csv_path.write_text(take.truth_csv())


def main() -> None:
    """Write the takes that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--take", choices=TAKES, action="append")
    parser.add_argument("--drum", choices=[drum.name for drum in SNARES], default="tight")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=int, default=48_000)
    parser.add_argument("--noise-dbfs", type=float, default=-72.0)
    parser.add_argument("--hum-dbfs", type=float)
    parser.add_argument("--gain-db", type=float, default=0.0)
    parser.add_argument("--channels", type=int)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for name in chosen.take or TAKES:
        take = perform(
            name,
            chosen.drum,
            chosen.seed,
            chosen.rate,
            noise_dbfs=chosen.noise_dbfs,
            hum_dbfs=chosen.hum_dbfs,
            gain_db=chosen.gain_db,
            n_channels=chosen.channels,
        )
        write_take(take, chosen.folder / f"{name}.wav", chosen.folder / f"{name}.csv")
        print(f"{name}: {len(take.strokes)} strokes, {len(take.audio) / take.sample_rate:.1f} s")


if __name__ == "__main__":
    main()
