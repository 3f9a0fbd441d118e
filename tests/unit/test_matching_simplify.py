"""Neighbouring runs that one line explains are one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from syncclip.matching.evidence import Evidence, EvidenceSettings, gather
from syncclip.matching.path import NO_MOVIE, PathSettings, Run
from syncclip.matching.records import Hypothesis, Line
from syncclip.matching.simplify import simplified
from tests.unit.moving_pictures import FILM_RATE, RATE, Piece, edit, film

FILM = film(41, 42, scene_frames=120)
PIECE = Piece(FILM, 10, 90)
COMMENTARY = edit(PIECE)
TRUE = PIECE.hypothesis(0)


def told(*hypotheses: Hypothesis) -> list[Evidence]:
    return [gather(COMMENTARY, FILM.source, h, EvidenceSettings()) for h in hypotheses]


def joined(runs: list[Run], evidence: list[Evidence]) -> tuple[Run, ...]:
    seconds = np.arange(len(COMMENTARY.grey)) / RATE
    return simplified(runs, evidence, [FILM.source], seconds, PathSettings())


def shifted(frames: float) -> Hypothesis:
    line = replace(TRUE.line, source_s=TRUE.line.source_s + frames / FILM_RATE)
    return replace(TRUE, line=line)


def test_runs_along_one_line_become_one_on_the_better_line() -> None:
    runs = [Run(0, 30, 1), Run(30, 60, 0), Run(60, 90, 1)]
    assert joined(runs, told(TRUE, shifted(0.4))) == (Run(0, 90, 0),)


def test_runs_are_joined_only_by_the_lines_that_are_named() -> None:
    evidence, seconds = told(TRUE, shifted(0.4), shifted(0.2)), np.arange(90) / RATE
    runs = [Run(0, 45, 1), Run(45, 90, 2)]
    (run,) = simplified(runs, evidence, [FILM.source], seconds, PathSettings(), among={1, 2})
    assert run.state in (1, 2)
    assert joined(runs, evidence) == (Run(0, 90, 0),)


def test_a_change_of_speed_stays_a_boundary() -> None:
    fast = Piece(FILM, 10 + 32, 50, 1.5)
    commentary = edit(Piece(FILM, 10, 40), fast)
    slow, quick = Piece(FILM, 10, 40).hypothesis(0), fast.hypothesis(40)
    evidence = [gather(commentary, FILM.source, h, EvidenceSettings()) for h in (slow, quick)]
    runs = (Run(0, 40, 0), Run(40, 90, 1))
    seconds = np.arange(90) / RATE
    assert simplified(runs, evidence, [FILM.source], seconds, PathSettings()) == runs


def test_a_jump_inside_a_scene_stays_a_boundary() -> None:
    late = Piece(FILM, 10 + 32 + 12, 40)
    commentary = edit(Piece(FILM, 10, 40), late)
    sides = (Piece(FILM, 10, 40).hypothesis(0), late.hypothesis(40))
    evidence = [gather(commentary, FILM.source, h, EvidenceSettings()) for h in sides]
    runs = (Run(0, 40, 0), Run(40, 80, 1))
    seconds = np.arange(80) / RATE
    assert simplified(runs, evidence, [FILM.source], seconds, PathSettings()) == runs


def test_what_is_in_no_movie_is_never_joined() -> None:
    runs = (Run(0, 30, 0), Run(30, 40, NO_MOVIE), Run(40, 90, 0))
    assert joined(list(runs), told(TRUE)) == runs


def test_mirrored_and_plain_are_never_joined() -> None:
    runs = (Run(0, 45, 0), Run(45, 90, 1))
    assert joined(list(runs), told(TRUE, replace(TRUE, mirrored=True))) == runs


def test_far_places_are_never_joined() -> None:
    elsewhere = replace(TRUE, line=Line(0.0, TRUE.line.source_s + 5.0, 1.0))
    runs = (Run(0, 45, 0), Run(45, 90, 1))
    assert joined(list(runs), told(TRUE, elsewhere)) == runs
