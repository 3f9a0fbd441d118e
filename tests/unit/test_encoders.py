"""What every encoder promises, and the vectors of each, which indexes on disk rely on."""

from __future__ import annotations

import numpy as np
import pytest

from syncclip.encoders import BuiltinEncoder
from tests import media

ENCODERS = [BuiltinEncoder]
CANONICAL = {"builtin": [-0.03113, -0.04901, -0.00165, 0.02048, -0.00993, -0.02500]}
"""Some numbers of the vector of one picture: other ones mean another fingerprint."""


def shots(count: int, *, size: tuple[int, int] = (128, 72)) -> np.ndarray:
    """(count, h, w) grey: one picture from each of several shots."""
    made = (next(media.shot([5, n], 1, size)) for n in range(count))
    return np.stack([picture[..., 1] for picture in made])


@pytest.fixture(params=ENCODERS, ids=lambda made: made.id)
def encoder(request: pytest.FixtureRequest):
    return request.param()


def test_rows_are_unit_vectors_of_the_promised_length(encoder) -> None:
    vectors = encoder.describe(shots(6))
    assert vectors.shape == (6, encoder.dim)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(6), abs=1e-5)


def test_flat_frames_are_not_described(encoder) -> None:
    flat = np.stack([np.full((72, 128), level, np.uint8) for level in (0, 90, 255)])
    assert not encoder.describe(flat).any()


def test_no_frames_give_no_vectors(encoder) -> None:
    assert encoder.describe(np.empty((0, 72, 128), np.uint8)).shape == (0, encoder.dim)


def test_a_picture_is_described_alike_in_any_company(encoder) -> None:
    pictures = shots(5)
    alone = np.concatenate([encoder.describe(picture[None]) for picture in pictures])
    assert np.allclose(encoder.describe(pictures), alone, atol=1e-6)


def test_another_shot_is_further_than_the_same_shot_treated(encoder) -> None:
    pictures = shots(8)
    graded = np.clip(pictures * 0.8 + 20, 0, 255).astype(np.uint8)
    small = np.stack([p.reshape(36, 2, 64, 2).mean((1, 3)) for p in pictures]).astype(np.uint8)
    original = encoder.describe(pictures)
    for treated in (graded, small):
        likeness = original @ encoder.describe(treated).T
        assert (likeness.argmax(1) == np.arange(8)).all()
        assert likeness.diagonal().min() > 0.95


def test_the_vectors_are_those_of_the_fingerprint(encoder) -> None:
    rows, columns = np.mgrid[0:90, 0:160]
    picture = (128 + 60 * np.sin(rows / 9) + 50 * np.cos(columns / 13 + rows / 40)).astype(np.uint8)
    vector = encoder.describe(picture[None])[0]
    assert vector[:: len(vector) // 5][:6] == pytest.approx(CANONICAL[encoder.id], abs=1e-4)


def test_the_builtin_vectors_are_whitened() -> None:
    pictures = shots(60)
    made = BuiltinEncoder()
    luma = made.describe(pictures)[:, : made.dim // 2]
    spread = np.sort((luma**2).mean(0))[::-1]
    # No handful of coefficients carries the length, as the lowest frequencies would.
    assert spread[:5].sum() / spread.sum() < 0.35  # 0.21; without whitening 0.49
