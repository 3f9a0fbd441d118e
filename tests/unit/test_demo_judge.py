"""The demo's verdict must fall where something is wrong, or the demo proves nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from syncclip.demo.judge import judge
from syncclip.demo.recap import Piece, Truth
from syncclip.result import Segment
from tests.unit.results_strategies import a_hole, a_place

PERIOD_S = 1 / 24


def truth_of(*pieces: Piece) -> Truth:
    shown_s = np.full(pieces[-1].end_frame, np.nan)
    for piece in pieces:
        if piece.movie_start_s is not None:
            steps = np.arange(piece.end_frame - piece.start_frame)
            exact_s = piece.movie_start_s + piece.speed * steps / 30
            shown = np.floor(exact_s / PERIOD_S + 1e-6) * PERIOD_S
            shown_s[piece.start_frame : piece.end_frame] = shown
    return Truth(pieces=pieces, shown_s=shown_s, movie_period_s=PERIOD_S)


PIECE = Piece(start_frame=0, end_frame=90, movie_start_s=10.0, speed=1.1)
INSERT = Piece(start_frame=90, end_frame=120, movie_start_s=None)
TRUTH = truth_of(PIECE, INSERT)
FOUND = a_place(0, 90, 10.0, speed=1.1)


def right(*segments: Segment) -> list[float]:
    return [verdict.right for verdict in judge(TRUTH, segments)]


def passed(*segments: Segment) -> list[bool]:
    return [verdict.passed for verdict in judge(TRUTH, segments)]


def test_the_truth_itself_is_right_in_every_frame() -> None:
    assert right(FOUND, a_hole(90, 120)) == [1.0, 1.0]


@pytest.mark.parametrize("off_frames", [-1, 1])
def test_one_film_frame_off_is_right(off_frames: int) -> None:
    near = replace(FOUND, movie_start_s=10.0 + off_frames * PERIOD_S)
    assert right(near, a_hole(90, 120))[0] == 1.0


@pytest.mark.parametrize("off_s", [-0.1, 0.13, 5.0])
def test_a_tenth_of_a_second_off_is_wrong(off_s: float) -> None:
    far = replace(FOUND, movie_start_s=10.0 + off_s)
    assert passed(far, a_hole(90, 120)) == [False, True]


def test_a_wrong_speed_is_wrong() -> None:
    assert not passed(replace(FOUND, speed=1.0), a_hole(90, 120))[0]


def test_a_piece_that_was_not_found_is_wrong() -> None:
    assert right(a_hole(0, 120)) == [0.0, 1.0]


def test_an_insert_that_was_given_a_place_is_wrong() -> None:
    assert passed(FOUND, a_place(90, 120, 50.0)) == [True, False]


def test_a_cut_three_frames_off_passes_and_one_twenty_frames_off_does_not() -> None:
    def cut_at(frame: int) -> list[bool]:
        line = replace(FOUND, end_frame=frame, end_s=frame / 30)
        return passed(line, a_hole(frame, 120))

    assert cut_at(87) == [True, True]
    assert cut_at(70) == [False, True]


def test_a_still_picture_may_slide_within_the_slack_that_was_told() -> None:
    slid = replace(FOUND, movie_start_s=9.0)
    assert right(replace(slid, offset_slack_s=(0.0, 1.0)), a_hole(90, 120))[0] == 1.0
    assert right(replace(slid, offset_slack_s=(-1.0, 0.0)), a_hole(90, 120))[0] == 0.0


def test_a_piece_is_shown_with_the_segment_that_covers_most_of_it() -> None:
    short, rest = a_place(0, 20, 10.0), a_place(20, 90, 10.8)
    assert judge(TRUTH, (short, rest, a_hole(90, 120)))[0].found is rest
