"""Lines of a still shot told by how its light changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from syncclip.matching import Commentary, Source
from syncclip.matching.flicker import FlickerSettings, line_by_flicker
from syncclip.matching.records import Crop, Line
from syncclip.matching.valley import Slack
from tests.unit.moving_pictures import FILM_RATE, Film, Piece, Scene, edit

FILM = Film((Scene(7, motion=0.0),), scene_frames=480)
PIECE = Piece(FILM, 150, 75, speed=1.1, crop=Crop(0.1, 0.05, 0.8, 0.8), mirrored=True)
LOOSE = Slack((-1.5, 1.5), (-1.5, 1.5))
SETTINGS = FlickerSettings()


def lit(seed: int, *, by: float = 2.0) -> np.ndarray:
    """(480,) grey levels by which each frame of the film is lighter."""
    return np.random.default_rng(seed).normal(0, by, 480)


def sides(light: np.ndarray, piece: Piece = PIECE) -> tuple[Commentary, Source]:
    """Both sides under that light; the commentary is graded, and something lies over a third."""
    signatures = FILM.source.signatures + light[:, None, None]
    cut = edit(piece)
    grey = 20 + 0.7 * (cut.grey + light[piece.shown][:, None, None])
    grey[30:, 24:] = 250
    return (
        replace(cut, grey=np.clip(np.rint(grey), 0, 255).astype(np.uint8)),
        replace(FILM.source, signatures=np.clip(np.rint(signatures), 0, 255).astype(np.uint8)),
    )


def told(light: np.ndarray, piece: Piece = PIECE, slack: Slack = LOOSE) -> Line | None:
    """What the light tells of a place that stands, a second late."""
    truth = piece.hypothesis()
    late = replace(truth, line=Line(truth.line.at_s, truth.line.source_s + 1.0, 0.0))
    return line_by_flicker(*sides(light, piece), late, slack, SETTINGS)


def test_natural_speed_is_told_as_such() -> None:
    lines = [told(lit(seed), replace(PIECE, speed=1.0)) for seed in range(4)]
    assert [line.speed for line in lines if line is not None] == [1.0] * 4


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("speed", [0.8, 1.0, 1.3])
def test_flickering_film_is_found_to_the_frame(seed: int, speed: float) -> None:
    piece = replace(PIECE, speed=speed)
    line = told(lit(seed), piece)
    assert line is not None
    off = line(edit(piece).seconds) * FILM_RATE - piece.shown
    assert np.abs(off - 0.5).max() < 1.2  # the frame on screen, or one beside it


def test_of_a_long_run_the_middle_is_compared() -> None:
    piece = replace(PIECE, start=10, frames=400, speed=1.0)
    line = told(lit(5), piece)
    assert line is not None
    assert np.abs(line(edit(piece).seconds) * FILM_RATE - piece.shown - 0.5).max() < 1.5


def test_one_jump_of_the_light_tells_no_line() -> None:
    jump = np.zeros(480)
    jump[180:] = 60.0
    assert told(jump) is None


@pytest.mark.parametrize("by", [0.0, 0.05])
def test_steady_light_tells_nothing(by: float) -> None:
    assert told(lit(1, by=by)) is None


def test_where_the_place_is_certain_or_short_nothing_is_asked() -> None:
    assert told(lit(1), slack=Slack((-0.02, 0.02), (0.0, 0.0))) is None
    assert told(lit(1), replace(PIECE, frames=20)) is None


def test_light_of_another_shot_tells_no_line() -> None:
    commentary, _ = sides(lit(1))
    _, other = sides(lit(2))
    hypothesis = PIECE.hypothesis()
    assert line_by_flicker(commentary, other, hypothesis, LOOSE, SETTINGS) is None
