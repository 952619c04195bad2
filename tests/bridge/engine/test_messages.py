"""Strokes through the pipe between the player and the sender."""

import pickle

import numpy as np

from bridge.engine.messages import PIPE_ATOMIC_BYTES, pack, unpack
from bridge.events import Dismissed, Hit, Onset, PlayKey, Strike
from bridge.realtime.clock import Line

HIT = Hit(7, 1, 100, 120, 356, np.array([-20.0, 90.0, -12.0]))
STRIKE = Strike(PlayKey("snare"), HIT, np.arange(14.0), np.ones(14), -3.0, 0.5)
LINES = Line(640, 12.5, 1 / 48_000), Line(640, 12.6, 1 / 47_990)


def test_an_onset_arrives_as_it_left_with_the_clocks_it_was_heard_by() -> None:
    onset = Onset(7, 1, 100, 120, -20.5)
    assert unpack(pickle.loads(pack(onset, *LINES))) == (onset, *LINES)


def test_what_was_no_stroke_arrives_as_it_left() -> None:
    dismissed = Dismissed(7, 1, 100, 400)
    assert unpack(pickle.loads(pack(dismissed, *LINES))) == (dismissed, *LINES)


def test_a_strike_arrives_as_it_left() -> None:
    assert unpack(pickle.loads(pack(STRIKE, *LINES))) == (STRIKE, *LINES)


def test_a_strike_of_a_hundred_parameters_is_still_one_write() -> None:
    many = Strike(PlayKey("snare"), HIT, np.zeros(100), np.zeros(100), 0.0, 1.0)
    assert len(pack(many, *LINES)) < PIPE_ATOMIC_BYTES
