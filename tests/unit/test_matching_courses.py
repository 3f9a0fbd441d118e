"""Lines that parts of a run follow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from syncclip.matching.courses import CourseSettings, courses
from syncclip.matching.records import Hypothesis, Line
from tests.unit.moving_pictures import FILM_RATE, RATE, Film, Piece, Scene, edit, film

SETTINGS = CourseSettings()
TAKE = film(5, scene_frames=240)
"""One shot of ten seconds."""


def fitted(pieces: tuple[Piece, ...], line: Line) -> list[Hypothesis]:
    """What is proposed where one line was fitted to all frames of an edit."""
    commentary = edit(*pieces)
    whole = replace(pieces[0].hypothesis(), end_frame=len(commentary.grey), line=line)
    return courses(commentary, pieces[0].film.source, whole, SETTINGS)


def off(found: Hypothesis, piece: Piece, first: int) -> float:
    """Largest distance in movie frames from a piece that begins at a commentary frame."""
    at = np.arange(found.start_frame, found.end_frame)
    shown = piece.film.source.frame_at(found.line(at / RATE))
    return float(np.abs(shown - piece.shown[at - first]).max())


def test_a_jump_cut_inside_a_shot_becomes_two_lines() -> None:
    pieces = Piece(TAKE, 40, 45), Piece(TAKE, 100, 50)
    between = Line(0.0, 45 / FILM_RATE, 1.4)
    first, second = fitted(pieces, between)
    assert first.end_frame == second.start_frame == pytest.approx(45, abs=1)
    assert off(replace(first, end_frame=44), pieces[0], 0) <= 1
    assert off(replace(second, start_frame=46), pieces[1], 45) <= 1


def test_a_freeze_frame_is_a_line_of_no_speed() -> None:
    pieces = Piece(TAKE, 40, 40), Piece(TAKE, 72, 40, speed=0.0)
    found = fitted(pieces, pieces[0].hypothesis().line)
    assert [h.line.speed for h in found] == [0.0]
    assert found[0].start_frame == pytest.approx(40, abs=2)
    assert off(replace(found[0], start_frame=40), pieces[1], 40) <= 1


def test_a_change_of_speed_is_found_on_its_frame() -> None:
    pieces = Piece(TAKE, 40, 45), Piece(TAKE, 76, 45, speed=2.0)
    found = fitted(pieces, pieces[0].hypothesis().line)
    assert found[-1].line.speed == pytest.approx(2.0, abs=0.3)
    assert found[0].start_frame == pytest.approx(45, abs=4)


def test_a_line_that_holds_is_left_alone() -> None:
    piece = Piece(TAKE, 40, 90, speed=1.1)
    assert fitted((piece,), piece.hypothesis().line) == []


def test_a_still_gives_no_other_line() -> None:
    """Every line through a picture that stands still is as good; one must not follow noise."""
    still = Film((Scene(7, motion=0.0),), scene_frames=240)
    piece = Piece(still, 40, 60)
    assert fitted((piece,), piece.hypothesis().line) == []


def test_long_runs_are_looked_at_in_parts() -> None:
    pieces = Piece(TAKE, 10, 120), Piece(TAKE, 120, 90)
    commentary = edit(*pieces)
    whole = replace(pieces[0].hypothesis(), end_frame=len(commentary.grey))
    short = replace(SETTINGS, longest_s=2.0)
    found = courses(commentary, TAKE.source, whole, short)
    assert max(h.end_frame - h.start_frame for h in found) <= 2.0 * RATE
    assert {h.start_frame < 120 for h in found} == {False}


def test_a_run_at_the_end_of_the_movie_stays_inside_it() -> None:
    piece = Piece(TAKE, 200, 40)
    beyond = Line(0.0, 230 / FILM_RATE, 1.0)
    for h in fitted((piece,), beyond):
        assert h.line(np.array([h.start_frame / RATE]))[0] < 240 / FILM_RATE


def test_a_line_outside_the_movie_gives_nothing() -> None:
    piece = Piece(TAKE, 40, 40)
    assert fitted((piece,), Line(0.0, 100.0, 1.0)) == []


def test_too_few_frames_give_nothing() -> None:
    piece = Piece(TAKE, 40, SETTINGS.shortest_frames)
    assert fitted((piece,), Line(0.0, 0.0, 1.0)) == []
