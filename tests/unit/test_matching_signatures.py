"""Commentary pictures on the movie's own grid, and their correlation."""

from __future__ import annotations

import numpy as np
import pytest
from numba.core import caching

from syncclip.matching import _kernels
from syncclip.matching.records import Crop
from syncclip.matching.signatures import (
    cells_under,
    correlate_rows,
    local_detail,
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


def box(samples: int, first: float, last: float) -> np.ndarray:
    """Share of each sample in the mean of those between two edges."""
    at = np.arange(samples)
    inside = np.clip(np.minimum(at + 1, last) - np.maximum(at, first), 0, None)
    return inside / max(inside.sum(), 1e-9)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("crop", [*CROPS, Crop(0.3, 0.1, 0.12, 0.9), Crop(-0.2, 0.0, 1.0, 0.3)])
def test_a_cell_is_the_mean_of_its_box(crop: Crop, dtype: type) -> None:
    grey = Scene(2).at(MOMENTS, size=SIZE).astype(dtype)
    cells = (slice(2, 15), slice(3, 30))
    values, _ = project(grey, crop, GRID, cells=cells)
    down, across = (
        np.stack(
            [
                box(samples, *((np.array([n, n + 1]) / count - start) / extent * samples))
                for n in range(part.start, part.stop)
            ]
        )
        for part, count, start, extent, samples in zip(
            cells, GRID, (crop.y, crop.x), (crop.h, crop.w), SIZE, strict=True
        )
    )
    assert np.abs(values - down @ grey.astype(float) @ across.T).max() < 1e-3


def test_cells_that_lie_beside_the_picture_are_empty() -> None:
    grey = Scene(2).at(MOMENTS, size=SIZE)
    cells = (slice(0, 4), slice(0, 4))
    values, _ = project(grey, Crop(0.6, 0.6, 0.4, 0.4), GRID, cells=cells)
    assert not values.any()


@pytest.mark.parametrize(
    "crop", [Crop(np.nan, 0, 1, 1), Crop(0, 0, np.inf, 1), Crop(9, 0, 1, np.nan)]
)
def test_of_a_crop_that_is_none_there_is_nothing(crop: Crop) -> None:
    cells = (slice(0, 18), slice(0, 32))
    values, _ = project(np.full((1, *SIZE), 200, np.uint8), crop, GRID, cells=cells)
    assert not values.any()


def surroundings(pictures: np.ndarray) -> np.ndarray:
    """Mean of the cells within two rows and columns, fewer at the ends."""
    _, rows, columns = pictures.shape
    return np.stack(
        [
            np.stack(
                [
                    pictures[:, max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3].mean(
                        axis=(1, 2)
                    )
                    for column in range(columns)
                ],
                axis=1,
            )
            for row in range(rows)
        ],
        axis=1,
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("size", [GRID, (5, 4), (1, 3)])
def test_detail_is_what_the_surroundings_leave(size: tuple[int, int], dtype: type) -> None:
    pictures = np.random.default_rng(1).integers(0, 256, (3, *size)).astype(dtype)
    expected = pictures - surroundings(pictures.astype(float))
    assert np.abs(local_detail(pictures) - expected).max() < 1e-3


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("each", [True, False])
def test_weights_count_in_the_surroundings_the_mean_and_the_length(each: bool, dtype: type) -> None:
    rng = np.random.default_rng(2)
    pictures = rng.integers(0, 256, (4, *GRID)).astype(dtype)
    weights = rng.random((4, *GRID) if each else GRID)
    weights[..., 3:9, 5:20] = 0
    whole = np.broadcast_to(weights, pictures.shape)
    support = np.maximum(surroundings(whole), 1e-3)
    left = pictures - surroundings(pictures * whole) / support
    left -= (left * whole).sum(axis=(1, 2), keepdims=True) / whole.sum(axis=(1, 2), keepdims=True)
    left = (left * np.sqrt(whole)).reshape(4, -1)
    expected = left / np.linalg.norm(left, axis=1, keepdims=True)
    found = normalised(pictures, weights.astype(np.float32))
    assert np.abs(found - expected).max() < 1e-4


def test_loops_are_compiled_where_no_folder_may_be_written_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    left = np.empty((1, *GRID), dtype=np.float32)

    def fill(out: np.ndarray) -> None:
        for at in range(out.size):
            out.flat[at] = at

    _kernels._compiled(fill)(left)
    assert left.ravel().tolist() == list(range(left.size))


def test_weights_of_some_pictures_only_are_refused() -> None:
    with pytest.raises(ValueError, match="4 pictures but weights of 2"):
        normalised(np.zeros((4, *GRID), np.uint8), np.ones((2, *GRID), np.float32))


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
