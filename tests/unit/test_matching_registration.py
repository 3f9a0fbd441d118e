"""Crop, offset and speed fitted together; overlays found by what differs."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from syncclip.matching.records import Crop, Line
from syncclip.matching.registration import Excerpt, Registration, overlay_mask, register
from tests.unit.moving_pictures import FILM_RATE, FULL, GRID, RATE, Film, Piece, Scene

FILM = Film((Scene(31), Scene(22)), scene_frames=144)
CROP = Crop(0.12, 0.06, 0.78, 0.78)
FRAMES = np.arange(1, 60, 2)  # every other frame: enough, and faster


def excerpt(piece: Piece, **changes: object) -> Excerpt:
    """A piece and its scene of the movie."""
    facts = {
        "grey": piece.grey[FRAMES].astype(np.float32),
        "seconds": FRAMES / RATE,
        "signatures": FILM.source.signatures[:144],
        "signature_s": FILM.source.seconds[:144],
        "shape": piece.crop.w / piece.crop.h,
    }
    return Excerpt(**(facts | changes))


def off(piece: Piece, frames: float, speed: float = 0.0) -> Line:
    """The piece's line, in its middle some movie frames too late, and too fast."""
    middle = piece.hypothesis().line.moved_to(1.0)
    return Line(1.0, middle.source_s + frames / FILM_RATE, middle.speed + speed)


def moved(crop: Crop, dx: float, dy: float, zoom: float) -> Crop:
    """A crop shifted by shares of its size and grown about its centre."""
    w, h = crop.w * zoom, crop.h * zoom
    return Crop(crop.x + crop.w * (0.5 + dx) - w / 2, crop.y + crop.h * (0.5 + dy) - h / 2, w, h)


def frames_off(fit: Registration, piece: Piece) -> float:
    """Largest distance from the true line within the piece, in movie frames."""
    ends = FRAMES[[0, -1]] / RATE
    return float(np.abs(fit.line(ends) - piece.hypothesis().line(ends)).max() * FILM_RATE)


@pytest.mark.parametrize("speed", [1.0, 1.25, 0.8])
@pytest.mark.parametrize(
    ("frames", "speed_off", "dx", "dy", "zoom"),
    [
        (0.0, 0.0, 0.02, -0.02, 1.03),
        (2.0, 0.0, 0.0, 0.0, 1.0),
        (-2.0, 0.03, 0.02, 0.02, 0.97),
        (1.5, -0.03, -0.02, 0.01, 1.02),
    ],
)
def test_crop_offset_and_speed_are_recovered_together(
    speed: float, frames: float, speed_off: float, dx: float, dy: float, zoom: float
) -> None:
    piece = Piece(FILM, 30, 60, speed, CROP)
    fit = register(excerpt(piece), moved(CROP, dx, dy, zoom), off(piece, frames, speed_off))
    assert fit.crop.apart(CROP) < 0.004
    assert frames_off(fit, piece) < 0.75
    assert fit.line.speed == pytest.approx(speed, abs=0.02)
    assert fit.residual < 0.01


@pytest.mark.parametrize("start", [30, 170])
def test_the_fit_is_never_worse_than_where_it_began(start: int) -> None:
    """At a true place or a wrong one, from anywhere."""
    piece, begin = Piece(FILM, start, 60, 1.0, CROP), Piece(FILM, 30, 60, 1.0, CROP)
    for crop in (CROP, moved(CROP, 0.3, 0.2, 1.2), moved(CROP, -0.1, 0.0, 0.8)):
        for frames in (0.0, 8.0, -20.0):
            line = off(begin, frames)
            residuals = [
                register(excerpt(piece), crop, line, iterations=steps).residual
                for steps in (0, 1, 2, 3, 5, 8)
            ]
            assert all(b <= a + 1e-9 for a, b in itertools.pairwise(residuals))


def test_no_step_leaves_crop_and_line_where_they_are() -> None:
    piece = Piece(FILM, 30, 60, 1.0, CROP)
    start, line = moved(CROP, 0.02, 0.0, 1.0), off(piece, 2.0)
    fit = register(excerpt(piece), start, line, iterations=0)
    assert fit.crop.apart(start) < 1e-9
    assert fit.line(np.array([0.0, 2.0])) == pytest.approx(line(np.array([0.0, 2.0])))


def test_what_is_held_stays_and_the_rest_is_fitted() -> None:
    piece = Piece(FILM, 30, 60, 1.0, CROP)
    fit = register(excerpt(piece), CROP, off(piece, 2.0), hold_crop=True)
    assert fit.crop.apart(CROP) < 1e-9
    assert frames_off(fit, piece) < 0.75
    fit = register(excerpt(piece), moved(CROP, 0.02, 0.0, 1.0), off(piece, 2.0), hold_speed=True)
    assert fit.line.speed == 1.0
    assert fit.crop.apart(CROP) < 0.004
    fit = register(excerpt(piece), CROP, off(piece, 0.0, 0.1), hold_speed=True)
    assert fit.line.speed == pytest.approx(1.1)


def test_a_wrong_scene_keeps_a_large_residual() -> None:
    wrong = Piece(FILM, 170, 60, 1.0, CROP)
    right = Piece(FILM, 30, 60, 1.0, CROP)
    fit = register(excerpt(wrong), CROP, off(right, 0.0))
    assert fit.residual > 0.5


def test_a_still_scene_gives_its_crop_and_any_time() -> None:
    still = Film((Scene(23, motion=0.0),), scene_frames=144)
    piece = Piece(still, 30, 60, 1.0, CROP)
    scene = excerpt(piece, signatures=still.source.signatures, signature_s=still.source.seconds)
    fit = register(scene, moved(CROP, 0.02, -0.02, 1.03), off(piece, 5.0))
    assert fit.crop.apart(CROP) < 0.004
    assert fit.residual < 0.01
    assert np.isfinite([fit.line.source_s, fit.line.speed]).all()


def captioned(piece: Piece, rows: slice, columns: slice) -> Excerpt:
    """A piece with a caption of changing letters printed on pixel rows and columns."""
    clean = excerpt(piece)
    grey = clean.grey.copy()
    for number, picture in enumerate(grey):
        rng = np.random.default_rng([5, number // 10])
        area = picture[rows, columns]
        area[:] = np.where(rng.random(area.shape) < 0.5, 255, 0)
    return replace(clean, grey=grey)


CAPTION = (slice(28, 32), slice(12, 52))
"""Pixel rows and columns; on the whole picture these are cells 14 to 16 and 6 to 26."""


def test_an_overlay_is_masked_and_the_picture_is_not() -> None:
    piece = Piece(FILM, 30, 60)
    mask = overlay_mask(captioned(piece, *CAPTION), FULL, off(piece, 0.0))
    assert mask.shape == GRID
    assert mask.min() >= 0
    assert mask.max() <= 1
    assert np.median(mask[14:16, 6:26]) < 0.2
    assert mask[14:16, 6:26].mean() < 0.3
    assert np.median(mask[:10]) > 0.8


def test_a_clean_picture_keeps_its_weight() -> None:
    piece = Piece(FILM, 30, 60, 1.0, CROP)
    mask = overlay_mask(excerpt(piece), CROP, off(piece, 0.0))
    assert mask.mean() > 0.9


def test_cells_outside_the_crop_keep_their_weight() -> None:
    piece = Piece(FILM, 30, 60, 1.0, CROP)
    mask = overlay_mask(captioned(piece, *CAPTION), CROP, off(piece, 0.0))
    assert np.all(mask[:, :3] == 1)
    assert np.all(mask[:1] == 1)
    assert mask.min() < 0.2


def test_what_moves_in_the_movie_is_not_masked_where_the_time_is_a_little_off() -> None:
    piece = Piece(FILM, 30, 60)
    mask = overlay_mask(excerpt(piece), FULL, off(piece, 2.0))
    assert mask.mean() > 0.7


def test_at_a_wrong_place_nothing_is_explained_away() -> None:
    wrong, right = Piece(FILM, 170, 60), Piece(FILM, 30, 60)
    scene, line = excerpt(wrong), off(right, 0.0)
    mask = overlay_mask(scene, FULL, line)
    before = register(scene, FULL, line, iterations=0).residual
    after = register(replace(scene, mask=mask), FULL, line, iterations=0).residual
    assert after > 0.6 * before
    assert after > 0.4


def test_two_captions_on_black_are_not_made_alike_by_masking_their_letters() -> None:
    """Wherever neither has a letter they agree, and hardly anything else is left."""
    shown, printed = (np.full((144, *GRID), 16, np.uint8) for _ in range(2))
    letters = np.random.default_rng(3).random((2, 2, 20)) < 0.5
    for pictures, caption in zip((shown, printed), letters, strict=True):
        pictures[:, 13:15, 6:26][:, caption] = 235
    grey = np.kron(printed[: len(FRAMES)], np.ones((1, 2, 2))).astype(np.float32)
    scene = excerpt(Piece(FILM, 30, 60), grey=grey, signatures=shown)
    line = off(Piece(FILM, 30, 60), 0.0)
    mask = overlay_mask(scene, FULL, line)
    masked = register(replace(scene, mask=mask), FULL, line, iterations=0)
    assert masked.residual > 0.4


def test_a_masked_overlay_no_longer_counts_against_a_true_place() -> None:
    piece = Piece(FILM, 30, 60)
    covered, line = captioned(piece, *CAPTION), off(piece, 0.0)
    residuals = [register(covered, FULL, line, iterations=0).residual]
    for _ in range(2):  # the second look sees the overlay against a cleaner picture
        covered = replace(covered, mask=overlay_mask(covered, FULL, line))
        residuals.append(register(covered, FULL, line, iterations=0).residual)
    assert residuals[1] < 0.4 * residuals[0]
    assert residuals[2] < 0.1 * residuals[0]
    fit = register(covered, moved(FULL, 0.02, 0.02, 0.97), off(piece, 2.0))
    assert fit.crop.apart(FULL) < 0.006
    assert frames_off(fit, piece) < 1
