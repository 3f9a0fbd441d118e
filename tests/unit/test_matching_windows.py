"""Crop windows cover what a cropped commentary may show."""

from __future__ import annotations

import numpy as np
import pytest

from syncclip.matching import crop_windows, cut_windows
from syncclip.matching.records import Crop
from syncclip.matching.windows import CLOSE
from tests.unit.moving_pictures import FULL, GRID, Scene

ASPECTS = [
    (16 / 9, 16 / 9),
    (16 / 9, 2.39),
    (4 / 3, 16 / 9),
    (2.39, 16 / 9),
    (9 / 16, 16 / 9),
    (1.0, 2.39),
]


def off(window: Crop, crop: Crop) -> float:
    """How far zoom and centre are off, as a share of the crop's size."""
    across = window.x + window.w / 2 - crop.x - crop.w / 2
    down = window.y + window.h / 2 - crop.y - crop.h / 2
    return max(abs(window.w / crop.w - 1), abs(across / crop.w), abs(down / crop.h))


@pytest.mark.parametrize(("commentary", "movie"), ASPECTS)
def test_every_window_lies_inside_the_picture_once(commentary: float, movie: float) -> None:
    windows = crop_windows(commentary, movie)
    assert len(set(windows)) == len(windows)
    for w in windows:
        assert min(w.x, w.y) >= -1e-9
        assert max(w.x + w.w, w.y + w.h) <= 1 + 1e-9
        assert min(w.w, w.h) > 0


@pytest.mark.parametrize(("commentary", "movie"), ASPECTS)
def test_windows_have_the_commentarys_aspect_or_are_the_whole_picture(
    commentary: float, movie: float
) -> None:
    for window in crop_windows(commentary, movie):
        on_screen = window.w / window.h * movie
        assert window == FULL or on_screen == pytest.approx(commentary)


@pytest.mark.parametrize(("commentary", "movie"), ASPECTS)
def test_the_largest_window_comes_first_and_touches_two_edges(
    commentary: float, movie: float
) -> None:
    first, *others = crop_windows(commentary, movie)
    assert max(first.w, first.h) == pytest.approx(1)
    assert all(w.w <= first.w + 1e-9 for w in others if w != FULL)


def test_the_same_aspect_begins_with_the_whole_picture() -> None:
    assert crop_windows(16 / 9, 16 / 9)[0] == FULL
    assert crop_windows(16 / 9, 16 / 9).count(FULL) == 1


def test_another_aspect_is_also_tried_stretched() -> None:
    assert FULL in crop_windows(4 / 3, 16 / 9)


@pytest.mark.parametrize(("commentary", "movie"), ASPECTS)
@pytest.mark.parametrize("zoom", [1.0, 1.08, 1.2, 1.4, 1.5])
def test_any_usual_crop_has_a_window_close_by(commentary: float, movie: float, zoom: float) -> None:
    windows = crop_windows(commentary, movie)
    w, h = windows[0].w / zoom, windows[0].h / zoom
    for across in np.linspace(0, 1, 9):
        for down in np.linspace(0, 1, 5):
            crop = Crop((1 - w) * across, (1 - h) * down, w, h)
            # An eighth of its size: the search over geometry takes it from there.
            assert min(off(window, crop) for window in windows) < 0.125


@pytest.mark.parametrize(("commentary", "movie"), ASPECTS)
@pytest.mark.parametrize("zoom", [1.0, 1.09, 1.23, 1.4, 1.5])
def test_any_usual_crop_has_a_close_window_within_a_cell(
    commentary: float, movie: float, zoom: float
) -> None:
    windows = crop_windows(commentary, movie, CLOSE)
    w, h = windows[0].w / zoom, windows[0].h / zoom
    for across in np.linspace(0, 1, 9):
        for down in np.linspace(0, 1, 5):
            crop = Crop((1 - w) * across, (1 - h) * down, w, h)
            assert min(window.apart(crop) for window in windows) < 1 / 32


def test_the_whole_window_at_the_same_size_is_the_picture_itself() -> None:
    pictures = Scene(1).at(np.arange(3) / 5)
    cut = cut_windows(pictures, FULL, size=GRID)
    assert cut.dtype == np.float32
    assert np.allclose(cut, pictures, atol=1e-3)


@pytest.mark.parametrize("window", [Crop(0.25, 0.5, 0.5, 0.5), Crop(0.0, 0.2, 0.66, 0.66)])
def test_a_window_shows_its_part_of_the_picture(window: Crop) -> None:
    scene, moments = Scene(1), np.arange(3) / 5
    cut = cut_windows(scene.at(moments, size=(36, 64)), window, size=(9, 16))
    assert cut.shape == (3, 9, 16)
    truth = scene.at(moments, crop=window, size=(9, 16)).astype(float)
    assert np.abs(cut - truth).mean() < 2
    elsewhere = scene.at(moments, size=(9, 16)).astype(float)
    assert np.abs(cut - elsewhere).mean() > 15
