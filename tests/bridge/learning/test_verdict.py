"""What a lesson was worth: rules for the words that a drummer reads."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.learning.verdict import Verdict, Word, verdict


def lesson(
    strokes: int = 60, soft_db: float = 20.0, loud_db: float = 12.0, brightness: float = 6.0
) -> NDArray[np.float64]:
    """Return features of strokes whose levels reach so far from the median, with a spread of brightness."""
    place = np.linspace(-1.0, 1.0, strokes)
    level_db = -30.0 + np.where(place < 0, soft_db * place / 0.8, loud_db * place / 0.8)
    rng = np.random.default_rng(0)
    return np.stack([level_db, 100.0 + brightness * rng.uniform(-1, 1, strokes), np.full(strokes, -20.0)], axis=1)


@pytest.mark.parametrize(("error", "word"), [(0.45, Word.GOOD), (0.75, Word.FAIR), (0.95, Word.POOR), (1.4, Word.POOR)])
def test_the_held_out_error_decides_the_word(error: float, word: Word) -> None:
    assert verdict(lesson(), error) == Verdict(word, ())


@pytest.mark.parametrize(
    ("features", "advice"),
    [
        (lesson(strokes=12), "play for longer: 12 strokes are few"),
        (lesson(soft_db=4.0), "play more soft strokes"),
        (lesson(loud_db=2.0), "play more loud strokes"),
        (lesson(brightness=0.5), "move between the middle and the edge"),
    ],
)
def test_what_the_take_lacks_is_what_to_play_more_of(features: NDArray[np.float64], advice: str) -> None:
    (only,) = verdict(features, 0.5).advice
    assert only.startswith(advice)


def test_a_poor_lesson_says_record_again_and_what_to_play_then() -> None:
    said = verdict(lesson(soft_db=3.0, brightness=0.5), 0.9).sentence()
    assert said.startswith(
        "Poor: the synth hardly follows your strokes. Record again. Next time play more soft strokes"
    )
    assert said.endswith("and move between the middle and the edge.")


def test_strokes_that_are_all_alike_are_judged_without_a_fault() -> None:
    assert verdict(np.tile([-30.0, 100.0, -20.0], (10, 1)), 0.5).advice
