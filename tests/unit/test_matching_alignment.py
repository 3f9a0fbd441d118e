"""Offset and speed of a stretch out of its pictures."""

from __future__ import annotations

import numpy as np
import pytest

from syncclip.matching.alignment import fit_line
from syncclip.matching.records import Line
from syncclip.matching.signatures import normalised
from tests.unit.moving_pictures import FILM_RATE, GRID, RATE, Film, Piece, Scene

FILM = Film((Scene(5), Scene(6)), scene_frames=120)


def fitted(piece: Piece, *, off_s: float, speed_off: float = 0.0, **changes: float):
    """Fit a piece from a start that is off in its middle."""
    frames_s = np.arange(piece.frames) / RATE + 3.0
    truth = Line(3.0, piece.start / FILM_RATE, piece.speed)
    middle = truth.moved_to(float(frames_s.mean()))
    start = Line(middle.at_s, middle.source_s + off_s, middle.speed + speed_off)
    excerpt = slice(0, 120)  # the first scene
    return fit_line(
        normalised(FILM.pictures(piece.shown)),
        frames_s,
        normalised(FILM.source.signatures[excerpt]),
        FILM.source.seconds[excerpt],
        start,
        **({"reach_s": 0.6, "speed_reach": 0.35} | changes),
    )


def frames_apart(line: Line, piece: Piece) -> float:
    """Largest distance, in movie frames, of the frames shown from the true ones."""
    frames_s = np.arange(piece.frames) / RATE + 3.0
    shown = np.floor(line(frames_s) * FILM_RATE + 1e-6)
    return float(np.abs(shown - piece.shown).max())


@pytest.mark.parametrize("off_s", [-0.5, -0.2, 0.0, 0.3, 0.55])
@pytest.mark.parametrize(("start", "speed"), [(30, 1.0), (25, 1.25), (40, 0.8), (20, 1.5)])
def test_offset_and_speed_are_found_to_the_frame(start: int, speed: float, off_s: float) -> None:
    piece = Piece(FILM, start, 45, speed)
    line, score = fitted(piece, off_s=off_s, speed_off=0.15 if off_s < 0 else -0.15)
    assert frames_apart(line, piece) <= 1
    assert line.speed == pytest.approx(speed, abs=0.03)
    assert line.at_s == pytest.approx(3.0)
    assert score > 0.99


def test_a_speed_that_is_held_stays() -> None:
    piece = Piece(FILM, 30, 45, 1.0)
    line, _ = fitted(piece, off_s=0.3, speed_reach=0.0)
    assert line.speed == 1.0
    assert frames_apart(line, piece) <= 1
    line, _ = fitted(piece, off_s=0.3, speed_off=0.1, speed_reach=0.0)
    assert line.speed == pytest.approx(1.1)


def test_a_place_out_of_reach_is_not_found() -> None:
    piece = Piece(FILM, 30, 45, 1.0)
    _, near = fitted(piece, off_s=0.5, reach_s=0.6)
    line, far = fitted(piece, off_s=1.4, reach_s=0.3, speed_reach=0.0)
    assert frames_apart(line, piece) > 5
    assert far < near - 0.2


LOGO = (slice(13, 16), slice(4, 14))


def with_logo(seed: int, weights: np.ndarray | None) -> tuple[Line, float, Piece]:
    """Fit a piece with a logo on it, from a start that is a quarter second late."""
    piece = Piece(Film((Scene(seed),), scene_frames=120), 30, 45)
    pictures = piece.film.pictures(piece.shown)
    pictures[:, LOGO[0], LOGO[1]] = 240
    line, score = fit_line(
        normalised(pictures, weights),
        np.arange(45) / RATE + 3.0,
        normalised(piece.film.source.signatures, weights),
        piece.film.source.seconds,
        Line(3.75, 30 / FILM_RATE + 0.75 + 0.25, 1.05),
        reach_s=0.6,
        speed_reach=0.35,
    )
    return line, score, piece


@pytest.mark.parametrize("seed", range(50, 56))
def test_a_masked_logo_does_not_shift_the_line(seed: int) -> None:
    weights = np.ones(GRID, np.float32)
    weights[LOGO] = 0
    line, score, piece = with_logo(seed, weights)
    assert frames_apart(line, piece) <= 1
    assert score > 0.99


def test_a_logo_that_is_not_masked_yet_does_not_shift_the_line_either() -> None:
    for seed in range(50, 56):
        line, _, piece = with_logo(seed, None)
        assert frames_apart(line, piece) <= 1


def test_another_scene_scores_low_wherever_it_is_put() -> None:
    other = Piece(FILM, 150, 45, 1.0)
    _, score = fitted(other, off_s=-4.5)
    assert score < 0.5


def test_three_frames_are_enough_to_be_placed() -> None:
    piece = Piece(FILM, 60, 3, 1.0)
    line, score = fitted(piece, off_s=0.2, speed_reach=0.0)
    assert frames_apart(line, piece) <= 1
    assert score > 0.99
