"""What every encoder promises, and the vectors of each, which indexes on disk rely on."""

from __future__ import annotations

import re

import numpy as np
import pytest

from syncclip.encoders import BuiltinEncoder, ClipEncoder
from tests import media
from tests.tiny_models import tiny_clip

CANONICAL = {"builtin": [-0.03113, -0.04901, -0.00165, 0.02048, -0.00993, -0.02500]}
"""Some numbers of the vector of one picture: other ones mean another fingerprint."""


def colour_shots(count: int, *, size: tuple[int, int] = (128, 72)) -> np.ndarray:
    """(count, h, w, 3) RGB: one picture from each of several shots."""
    return np.stack([next(media.shot([5, n], 1, size)) for n in range(count)])


def shots(count: int, *, size: tuple[int, int] = (128, 72)) -> np.ndarray:
    """(count, h, w) grey: the same."""
    return colour_shots(count, size=size)[..., 1]


class Shown:
    """An encoder and pictures of the kind that it describes."""

    def __init__(self, encoder, pictures):
        self.encoder, self.pictures = encoder, pictures


@pytest.fixture(scope="module", params=["builtin", "clip"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    if request.param == "builtin":
        return Shown(BuiltinEncoder(), shots)
    folder = tiny_clip(tmp_path_factory.mktemp("tiny"))
    return Shown(ClipEncoder.load(str(folder), device="cpu"), colour_shots)


@pytest.fixture
def encoder() -> BuiltinEncoder:
    return BuiltinEncoder()


def test_rows_are_unit_vectors_of_the_promised_length(shown) -> None:
    vectors = shown.encoder.describe(shown.pictures(6))
    assert vectors.shape == (6, shown.encoder.dim)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(6), abs=1e-5)


def test_no_frames_give_no_vectors(shown) -> None:
    assert shown.encoder.describe(shown.pictures(1)[:0]).shape == (0, shown.encoder.dim)


def test_a_picture_is_described_alike_in_any_company(shown) -> None:
    pictures = shown.pictures(5)
    alone = np.concatenate([shown.encoder.describe(picture[None]) for picture in pictures])
    assert np.allclose(shown.encoder.describe(pictures), alone, atol=1e-5)


def test_different_pictures_get_different_vectors(shown) -> None:
    vectors = shown.encoder.describe(shown.pictures(6))
    assert ((vectors @ vectors.T) > 0.99999).sum() == 6


def test_an_encoder_says_what_it_is_in_words_that_an_index_can_hold(shown) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*", shown.encoder.id)
    assert shown.encoder.fingerprint
    assert shown.encoder.dim > 0


def test_flat_frames_are_not_described(encoder) -> None:
    flat = np.stack([np.full((72, 128), level, np.uint8) for level in (0, 90, 255)])
    assert not encoder.describe(flat).any()


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
