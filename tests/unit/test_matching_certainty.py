"""How far a correlation is beyond chance."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from syncclip.matching.certainty import above_chance, in_motion
from syncclip.matching.signatures import correlate_rows


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def sequence(
    rng: np.random.Generator, frames: int, cells: int, *, smooth: int = 8
) -> NDArray[np.float32]:
    """Pictures that become others within some ``smooth`` frames."""
    keys = rng.normal(size=(frames // smooth + 2, cells))
    at = np.arange(frames) / smooth
    low = at.astype(int)
    share = (at - low)[:, None]
    return unit(keys[low] * (1 - share) + keys[low + 1] * share)


def test_correlations_of_noise_are_about_one_standard_deviation(rng: np.random.Generator) -> None:
    a, b = unit(rng.normal(size=(4000, 100))), unit(rng.normal(size=(4000, 100)))
    # The ratio counts Gaussian cells as a third of their number: on the cautious side.
    assert 0.4 < np.std(above_chance(correlate_rows(a, b), a, b)) < 1.0


def test_one_correlation_says_less_where_few_cells_have_detail(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(1, 400))
    few = rows * (np.arange(400) < 20)
    values = np.array([0.8], dtype=np.float32)
    many_cells = above_chance(values, unit(rows), unit(rows))
    few_cells = above_chance(values, unit(few), unit(few))
    assert few_cells[0] < many_cells[0] / 2


def test_same_motion_is_far_above_chance(rng: np.random.Generator) -> None:
    a = sequence(rng, 60, 200)
    noisy = unit(a + rng.normal(size=a.shape) * 0.02)
    assert in_motion(a, noisy) > 15


def test_foreign_motion_is_chance(rng: np.random.Generator) -> None:
    values = [in_motion(sequence(rng, 60, 200), sequence(rng, 60, 200)) for _ in range(200)]
    assert np.mean(values) < 1.0
    assert max(values) < 5.0


def test_longer_motion_is_surer(rng: np.random.Generator) -> None:
    a = sequence(rng, 240, 60)
    b = unit(a + rng.normal(size=a.shape) * 0.1)
    assert in_motion(a, b) > 1.5 * in_motion(a[:60], b[:60])


def test_motion_of_one_step_repeated_does_not_add_up(rng: np.random.Generator) -> None:
    """A long swing between two pictures is one change, however many frames show it."""
    two = rng.normal(size=(2, 100))
    share = ((1 + np.sin(np.arange(200) / 8)) / 2)[:, None]
    a = unit(two[0] * share + two[1] * (1 - share))
    b = unit(a + rng.normal(size=(1, 100)) * 0.1)
    assert in_motion(a, b) < 2 * in_motion(a[:40], b[:40])


def test_still_pictures_have_no_motion(rng: np.random.Generator) -> None:
    still = np.repeat(unit(rng.normal(size=(1, 100))), 30, axis=0)
    assert in_motion(still, still) == 0.0


def test_a_change_too_small_to_be_a_test_of_its_own_hardly_counts(rng: np.random.Generator) -> None:
    """A like picture faded or zoomed alike changes alike, too."""
    base, change = rng.normal(size=(2, 1, 100))
    a = unit(base + 0.04 * change * np.linspace(0, 1, 40)[:, None])
    large = unit(base + 2.0 * change * np.linspace(0, 1, 40)[:, None])
    assert in_motion(a, a) < in_motion(large, large) / 4


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_few_frames_give_a_number(rng: np.random.Generator, frames: int) -> None:
    a = sequence(rng, frames, 50)
    assert np.isfinite(in_motion(a, a))


def test_opposite_motion_counts_as_none(rng: np.random.Generator) -> None:
    a = sequence(rng, 40, 100)
    assert in_motion(a, a[::-1].copy()) < 6
    assert in_motion(a, -a) == 0.0
