"""Commentary pictures on the movie's own grid, and their correlation."""

from __future__ import annotations

import numpy as np
import pytest

from syncclip.matching.records import Crop
from syncclip.matching.signatures import (
    SummedPictures,
    cells_under,
    correlate_rows,
    normalised,
    project,
)
from tests.unit.moving_pictures import FULL, GRID, SIZE, Scene

CROPS = [
    FULL,
    Crop(0.1, 0.08, 0.8, 0.8),
    Crop(0.233, 0.317, 0.51, 0.49),
    Crop(-0.03, -0.02, 1.05, 1.04),
]
MOMENTS = np.arange(6) / 7


def correlation(a: np.ndarray, b: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    return correlate_rows(normalised(a, weights), normalised(b, weights))


@pytest.mark.parametrize("crop", CROPS)
def test_cells_under_a_crop_are_those_that_lie_inside_it(crop: Crop) -> None:
    rows, columns = cells_under(crop, GRID)
    spans = ((rows, crop.y, crop.h, GRID[0]), (columns, crop.x, crop.w, GRID[1]))
    for cells, start, extent, count in spans:
        inside = [
            n
            for n in range(count)
            if n >= start * count - 0.11 and n + 1 <= (start + extent) * count + 0.11
        ]
        assert list(range(count))[cells] == inside


@pytest.mark.parametrize(
    "crop", [Crop(0.99, 0.99, 0.001, 0.001), Crop(1.2, 1.2, 0.1, 0.1), Crop(-0.5, -0.5, 0.1, 0.1)]
)
def test_even_the_smallest_crop_covers_a_cell_of_the_grid(crop: Crop) -> None:
    for cells, count in zip(cells_under(crop, GRID), GRID, strict=True):
        assert len(range(count)[cells]) == 1


@pytest.mark.parametrize("crop", CROPS)
def test_a_cropped_picture_is_projected_onto_what_the_movie_shows_there(crop: Crop) -> None:
    scene = Scene(1)
    cropped = scene.at(MOMENTS, crop=crop, size=SIZE)
    values, cells = project(cropped, crop, GRID)
    assert cells == cells_under(crop, GRID)
    assert values.dtype == np.float32
    assert np.abs(values - scene.at(MOMENTS)[:, cells[0], cells[1]]).mean() < 1.5


def test_summed_pictures_are_projected_alike_under_every_crop() -> None:
    grey = Scene(2).at(MOMENTS, size=SIZE)
    summed = SummedPictures.of(grey)
    beside = [Crop(c.x + 0.004, c.y, c.w, c.h) for c in CROPS]
    beside += [Crop(c.x, c.y + 0.004, c.w, c.h * 1.01) for c in CROPS]
    for crop in [*CROPS, *beside, *CROPS]:
        expected, cells = project(grey, crop, GRID)
        found = summed.project(crop, GRID, cells)
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() < 1e-2


def test_cells_that_lie_beside_the_picture_are_empty() -> None:
    grey = Scene(2).at(MOMENTS, size=SIZE)
    cells = (slice(0, 4), slice(0, 4))
    crop = Crop(0.6, 0.6, 0.4, 0.4)
    assert not SummedPictures.of(grey).project(crop, GRID, cells).any()


def test_a_wrong_crop_is_projected_onto_something_else() -> None:
    scene, crop = Scene(1), CROPS[1]
    cropped = scene.at(MOMENTS, crop=crop, size=SIZE)
    values, cells = project(cropped, Crop(0.14, 0.08, 0.8, 0.8), GRID)
    assert np.abs(values - scene.at(MOMENTS)[:, cells[0], cells[1]]).mean() > 5


def test_a_flat_picture_stays_as_bright_as_it_was_under_any_crop() -> None:
    for crop in CROPS:
        values, _ = project(np.full((1, *SIZE), 77, np.uint8), crop, GRID)
        assert values == pytest.approx(77, abs=0.01)


def test_cells_asked_for_are_the_cells_projected() -> None:
    cropped = Scene(1).at(MOMENTS, crop=CROPS[1], size=SIZE)
    every, (rows, columns) = project(cropped, CROPS[1], GRID)
    some = (slice(rows.start + 2, rows.stop), slice(columns.start, columns.stop - 3))
    values, cells = project(cropped, CROPS[1], GRID, cells=some)
    assert cells == some
    assert np.allclose(values, every[:, 2:, :-3], atol=1e-3)


def test_a_textured_picture_becomes_a_row_of_unit_length() -> None:
    rows = normalised(Scene(1).at(MOMENTS))
    assert rows.shape == (len(MOMENTS), GRID[0] * GRID[1])
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-4)
    assert rows.mean(axis=1) == pytest.approx(0, abs=1e-5)


def test_a_picture_is_not_changed_by_normalising_it() -> None:
    pictures = Scene(1).at(MOMENTS).astype(np.float32)
    before = pictures.copy()
    normalised(pictures)
    normalised(pictures, np.full(GRID, 0.5, np.float32))
    assert np.array_equal(pictures, before)


@pytest.mark.parametrize(("gain", "offset"), [(0.5, 0), (1.0, 40), (0.6, 90), (1.3, -20)])
def test_light_and_contrast_do_not_matter(gain: float, offset: float) -> None:
    pictures = Scene(1).at(MOMENTS).astype(np.float32)
    assert correlation(pictures, pictures * gain + offset).min() > 0.9999


def test_a_slow_shade_over_the_picture_hardly_matters() -> None:
    pictures = Scene(1).at(MOMENTS).astype(np.float32)
    vignette = np.linspace(-60, 60, GRID[1])[None, :] + np.linspace(30, -30, GRID[0])[:, None]
    raw = [np.corrcoef(p.ravel(), (p + vignette).ravel())[0, 1] for p in pictures]
    assert max(raw) < 0.9
    assert correlation(pictures, pictures + vignette.astype(np.float32)).min() > 0.97


def test_a_negative_correlates_by_minus_one_and_another_scene_hardly() -> None:
    pictures = Scene(1).at(MOMENTS).astype(np.float32)
    assert correlation(pictures, 255 - pictures) == pytest.approx(-1, abs=1e-4)
    others = [correlation(pictures, Scene(seed).at(MOMENTS)) for seed in range(2, 12)]
    assert np.abs(others).max() < 0.5


def test_correlation_is_of_each_row_with_its_own_partner() -> None:
    pictures = np.concatenate([Scene(seed).at(MOMENTS[:1]) for seed in (1, 2, 3)])
    swapped = pictures[[0, 2, 1]]
    likeness = correlation(pictures, swapped)
    assert likeness.shape == (3,)
    assert likeness[0] > 0.999
    assert likeness[1:].max() < 0.5


def test_a_flat_picture_becomes_no_noise_but_a_short_row() -> None:
    flat = np.full((1, *GRID), 90, np.uint8)
    assert not normalised(flat).any()
    grainy = flat + np.random.default_rng(1).integers(0, 2, flat.shape, dtype=np.uint8)
    assert 0 < np.linalg.norm(normalised(grainy)) < 0.7


def test_equal_weights_change_nothing() -> None:
    a, b = Scene(1).at(MOMENTS), Scene(1).at(MOMENTS + 0.1)
    plain = correlation(a, b)
    assert correlation(a, b, np.ones(GRID, np.float32)) == pytest.approx(plain, abs=1e-4)
    assert correlation(a, b, np.full(GRID, 0.3, np.float32)) == pytest.approx(plain, abs=1e-3)


def test_what_a_mask_covers_leaves_no_trace() -> None:
    clean = Scene(1).at(MOMENTS).astype(np.float32)
    covered, mask = clean.copy(), np.ones(GRID, np.float32)
    covered[:, 13:16, 6:26] = 255
    mask[13:16, 6:26] = 0
    assert correlation(clean, covered).max() < 0.8
    assert correlation(clean, covered, mask).min() > 0.9999


def test_the_less_a_spoiled_cell_counts_the_better_the_rest_agrees() -> None:
    clean = Scene(1).at(MOMENTS).astype(np.float32)
    covered = clean.copy()
    covered[:, 13:16, 6:26] = 255
    likeness = []
    for weight in (1.0, 0.5, 0.2, 0.05):
        mask = np.ones(GRID, np.float32)
        mask[13:16, 6:26] = weight
        likeness.append(float(correlation(clean, covered, mask).mean()))
    assert likeness == sorted(likeness)
    assert likeness[-1] > likeness[0] + 0.1
