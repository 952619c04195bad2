from pathlib import Path

import numpy as np
import pytest

from bridge.audio.files import Recording
from bridge.session.detect import CONFIDENCE_PER_S, detect_strokes, hits_csv, mark, marks_table, read_truth
from bridge.session.detection_picture import draw_detection
from synth.errors import InputError
from tests.bridge.signals import strokes

ONSETS_S = [0.4, 0.6, 0.9]
RECORDING = Recording(strokes(ONSETS_S, [-6, -20, -3], 1.2, 48_000), 48_000, Path("take.wav"))


def truth_file(folder: Path, text: str) -> Path:
    path = folder / "truth.csv"
    path.write_text(text)
    return path


def test_hits_are_rows_with_times_and_channel_from_one() -> None:
    lines = hits_csv(detect_strokes(RECORDING)).splitlines()
    assert lines[0] == "onset_s,detected_s,ready_s,channel,level_db"
    assert [line.split(",")[3] for line in lines[1:]] == ["1", "1", "1"]


def test_a_stroke_at_the_very_end_is_heard_whole() -> None:
    short = Recording(RECORDING.audio[: round(0.905 * 48_000)], 48_000, Path("short.wav"))
    assert len(detect_strokes(short).hits) == 3


def test_the_score_compares_with_the_truth(tmp_path: Path) -> None:
    truth = read_truth(truth_file(tmp_path, "onset_s,level_dbfs,kind\n0.4,-6,hit\n0.6,-20,hit\n0.7,-9,hit\n"), 1)
    row = marks_table(mark(detect_strokes(RECORDING), truth)[0])
    assert (row["found"], row["missed"], row["false"]) == (2, 1, 1)


@pytest.mark.parametrize("text", ["", "time\n1\n", "onset_s\nsoon\n", "onset_s,channel\n1.0,2\n", "onset_s\n-1\n"])
def test_a_wrong_truth_file_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"truth\.csv"):
        read_truth(truth_file(tmp_path, text), 1)


@pytest.mark.parametrize("text", ["\ufeffonset_s,kind\n0.4,hit\n", "onset_s\n0.4\n"])
def test_a_byte_order_mark_is_no_part_of_a_truth_file(tmp_path: Path, text: str) -> None:
    assert [stroke.onset_s for stroke in read_truth(truth_file(tmp_path, text), 1)] == [0.4]


def test_a_truth_file_may_hold_no_stroke(tmp_path: Path) -> None:
    truth = read_truth(truth_file(tmp_path, "onset_s,level_dbfs,kind\n"), 1)
    row = marks_table(mark(detect_strokes(RECORDING), truth)[0])
    assert (row["strokes"], row["false"]) == (0, 3)


def test_confidence_is_high_where_strokes_start_and_takes_little_of_a_long_recording() -> None:
    detection = detect_strokes(RECORDING)
    confidence = detection.confidence[0]
    assert np.all((confidence >= 0) & (confidence <= 1))
    starts = [hit.detected * CONFIDENCE_PER_S // RECORDING.sample_rate for hit in detection.hits]
    assert confidence[starts].min() > 0.5 > np.median(confidence)
    assert confidence.nbytes * 3600 / RECORDING.seconds < 5e6, "bytes an hour"


def test_the_picture_is_written(tmp_path: Path) -> None:
    draw_detection(detect_strokes(RECORDING), [], tmp_path / "d.png", "take")
    assert (tmp_path / "d.png").stat().st_size > 1000


def test_hum_that_is_cut_off_is_no_stroke() -> None:
    hum = 0.5 * np.sin(2 * np.pi * 50 * np.arange(96_120) / 48_000 + 0.7)
    heard = detect_strokes(Recording(hum.astype(np.float32)[:, None], 48_000, Path("hum.wav")))
    assert (heard.hits, heard.onsets) == ((), ())
