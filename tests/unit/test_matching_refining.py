"""What is fitted together, and what is looked up again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from syncclip.matching.evidence import Evidence
from syncclip.matching.examination import FinderSettings
from syncclip.matching.path import NO_MOVIE, Run
from syncclip.matching.records import Hypothesis, Line, Source
from syncclip.matching.refining import fit_tasks, poorly_explained
from syncclip.types import Shot
from tests.unit.moving_pictures import Film, Piece, Scene, edit

FILM = Film((Scene(31),), scene_frames=200)
PIECES = (Piece(FILM, 0, 60), Piece(FILM, 80, 74))
SETTINGS = FinderSettings()


def explained(correlation: np.ndarray, *runs: Run) -> list[Shot]:
    ones = np.ones(len(correlation), np.float32)
    evidence = Evidence(
        PIECES[0].hypothesis(), 0, correlation.astype(np.float32), ones, ones, -ones
    )
    return poorly_explained(edit(*PIECES), runs, [evidence], SETTINGS)


def with_an_odd_end(usual: float) -> np.ndarray:
    """Of 134 frames the last 36 correlate at 0.9, the others as given."""
    return np.where(np.arange(134) < 98, usual, 0.9)


def test_the_odd_part_of_a_run_is_looked_up_again() -> None:
    assert explained(with_an_odd_end(0.997), Run(0, 60, 0), Run(60, 134, 0)) == [Shot(98, 134)]


def test_where_the_whole_commentary_is_no_better_it_is_not() -> None:
    assert explained(with_an_odd_end(0.95), Run(0, 60, 0), Run(60, 134, 0)) == []


@pytest.mark.parametrize("usual", [0.997, 0.95, 0.6])
def test_what_no_movie_explains_is_looked_up_again(usual: float) -> None:
    again = explained(with_an_odd_end(usual), Run(0, 60, 0), Run(60, 134, NO_MOVIE))
    assert again[-1] == Shot(60, 134)


def test_a_moment_is_not_looked_up_again() -> None:
    moment = np.full(134, 0.997)
    moment[70 : 70 + SETTINGS.shortest_frames - 1] = 0.5
    assert explained(moment, Run(0, 60, 0), Run(60, 134, 0)) == []


STILLS = Film(tuple(Scene(seed, motion=0.0) for seed in (1, 2, 3, 4)), scene_frames=48)
"""Cuts to the next scene at 2, 4 and 6 seconds."""


def fitted(source: Source, *places: tuple[int, int, float]) -> list[Hypothesis]:
    """What is fitted where runs of a still film are claimed at these source seconds."""
    evidence, runs = [], []
    for number, (start, end, source_s) in enumerate(places):
        piece = Piece(STILLS, 0, end - start)
        line = Line(start / 30, source_s, 1.0)
        ones = np.ones(end - start, np.float32)
        h = replace(piece.hypothesis(start), line=line)
        evidence.append(Evidence(h, start, ones, ones, ones, -ones))
        runs.append(Run(start, end, number))
    commentary = edit(Piece(STILLS, 0, 60))
    return [t.hypothesis for t in fit_tasks(commentary, [source], runs, evidence, SETTINGS)]


def test_a_cut_of_the_movie_between_two_runs_says_where_both_are() -> None:
    source = replace(STILLS.source, shots_s=np.array([0.0, 2.0, 4.0, 6.0]))
    # Of the second scene, and of the third: each may lie anywhere within its own.
    (anchored,) = fitted(source, (0, 30, 2.4), (30, 60, 5.1))[2:]
    assert (anchored.start_frame, anchored.end_frame) == (0, 60)
    assert anchored.line.speed == 1.0
    assert anchored.line.moved_to(30 / 30).source_s == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("shots_s", "places_s"),
    [
        ((), (2.4, 5.1)),  # the movie's shots are unknown
        ((0.0, 2.0, 4.0, 6.0), (2.4, 6.5)),  # another scene lies between
        ((0.0, 2.0, 4.0, 6.0), (5.1, 2.4)),  # the later scene comes first
        ((0.0, 2.0, 4.0, 6.0), (0.0, 1.7)),  # both are of one scene
    ],
)
def test_runs_that_no_cut_of_the_movie_joins_are_fitted_apart(
    shots_s: tuple[float, ...], places_s: tuple[float, float]
) -> None:
    source = replace(STILLS.source, shots_s=np.array(shots_s))
    places = fitted(source, (0, 30, places_s[0]), (30, 60, places_s[1]))
    assert [(h.start_frame, h.end_frame) for h in places] == [(0, 30), (30, 60)]
