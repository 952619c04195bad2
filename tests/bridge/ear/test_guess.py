"""An early guess of a stroke's level learns how far a drum lies from those that it was made from."""

from __future__ import annotations

import numpy as np

from bridge.ear.guess import REMEMBERED, LevelGuess, window_level_db

RATE = 48_000
SOUND = 0.1 * np.random.default_rng(0).standard_normal(24)
PEAK = float(np.abs(SOUND).max())
PLAIN_DB = window_level_db(SOUND, PEAK, RATE)


def after(guess: LevelGuess, *levels_db: float) -> float:
    """Return the guess of a stroke after strokes that begin like it and had these levels."""
    for number, level_db in enumerate(levels_db):
        guess(number, SOUND, PEAK)
        guess.learn(number, level_db)
    return guess(len(levels_db), SOUND, PEAK)


def test_the_first_guess_is_that_of_the_drums_it_was_made_from() -> None:
    assert after(LevelGuess(RATE)) == PLAIN_DB


def test_a_drum_that_lies_elsewhere_is_guessed_right_after_a_few_strokes() -> None:
    for off_db in (-3.0, 2.0):
        assert abs(after(LevelGuess(RATE), *[PLAIN_DB + off_db] * 20) - PLAIN_DB - off_db) < 0.4


def test_a_stroke_that_is_far_off_moves_the_guess_by_one_step_like_any_other() -> None:
    far, near = (after(LevelGuess(RATE), PLAIN_DB + off_db) for off_db in (40.0, 0.5))
    assert far == near > PLAIN_DB


def test_what_is_learned_of_loud_strokes_leaves_soft_ones_mostly_alone() -> None:
    guess = LevelGuess(RATE)
    soft = SOUND / 100, PEAK / 100
    before_db = LevelGuess(RATE)(0, *soft)
    moved_db = after(guess, *[PLAIN_DB + 3.0] * 20) - PLAIN_DB
    assert 0.0 < guess(30, *soft) - before_db < moved_db / 2


def test_dismissed_strokes_teach_nothing_and_are_let_go() -> None:
    guess = LevelGuess(RATE)
    for number in range(3 * REMEMBERED):
        guess(number, SOUND, PEAK)
    guess.learn(0, PLAIN_DB + 40.0)
    assert guess(1000, SOUND, PEAK) == PLAIN_DB


def test_another_session_begins_anew() -> None:
    guess = LevelGuess(RATE)
    after(guess, *[PLAIN_DB + 3.0] * 20)
    guess.reset()
    assert guess(0, SOUND, PEAK) == PLAIN_DB
