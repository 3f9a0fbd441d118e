"""Cuts and dissolves on thumbnails whose shots are known."""

from __future__ import annotations

import time

import numpy as np
import pytest

from syncclip.types import Shot
from syncclip.video.shots import detect_shots, find_transitions, shots_from
from tests import media

SIZE = (128, 72)


def grey(picture: np.ndarray) -> np.ndarray:
    """(36, 64) box mean of the green channel."""
    return picture[..., 1].reshape(36, 2, 64, 2).mean((1, 3))


def film(seed: int, lengths: list[int], change=None) -> np.ndarray:
    """(n, 36, 64) float thumbnails of shots of these lengths."""
    made = []
    for index, length in enumerate(lengths):
        made += list(media.shot([seed, index], length, SIZE))
    if change:
        made = [change(picture, n) for n, picture in enumerate(made)]
    return np.stack([grey(picture) for picture in made])


def as_bytes(thumbs: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(thumbs), 0, 255).astype(np.uint8)


def cuts(thumbs: np.ndarray) -> list[int]:
    return [t.frame for t in find_transitions(as_bytes(thumbs)) if t.kind == "cut"]


@pytest.mark.parametrize("seed", range(6))
def test_every_cut_is_found_on_its_frame_and_nothing_else(seed: int) -> None:
    found = find_transitions(as_bytes(film(seed, [30, 12, 45, 25])))
    assert [(t.kind, t.frame) for t in found] == [("cut", 30), ("cut", 42), ("cut", 87)]
    assert all(t.start_frame == t.frame == t.end_frame and t.strength > 0.5 for t in found)


def test_a_film_of_one_shot_has_no_transition() -> None:
    assert find_transitions(as_bytes(film(1, [90]))) == ()


@pytest.mark.parametrize("bottom", [0.93, 0.8])
def test_subtitles_that_come_and_go_are_no_cuts(bottom: float) -> None:
    def change(picture: np.ndarray, n: int) -> np.ndarray:
        return media.subtitle(picture, n // 17, bottom=bottom) if (n // 17) % 3 else picture

    assert cuts(film(2, [60, 60], change)) == [60]


def test_a_logo_that_appears_is_no_cut() -> None:
    def change(picture: np.ndarray, n: int) -> np.ndarray:
        picture = picture.copy()
        if n >= 25:
            picture[4:16, 96:124] = 255
        return picture

    assert cuts(film(2, [60], change)) == []


@pytest.mark.parametrize("length", [1, 2, 4])
@pytest.mark.parametrize("level", [0, 255])
def test_a_flash_is_no_cut(length: int, level: int) -> None:
    thumbs = film(3, [50, 50])
    thumbs[20 : 20 + length] = 0.25 * thumbs[20 : 20 + length] + 0.75 * level
    assert cuts(thumbs) == [50]


def test_a_flash_on_a_cut_leaves_one_cut() -> None:
    thumbs = film(3, [50, 50])
    thumbs[50] = 255
    assert len(cuts(thumbs)) == 1
    assert abs(cuts(thumbs)[0] - 50) <= 1


def test_slow_grading_and_flicker_are_no_transitions() -> None:
    thumbs = film(4, [80])
    gain = 1 + 0.12 * np.sin(np.arange(80) / 12) + 0.04 * (np.arange(80) % 2)
    assert find_transitions(as_bytes(thumbs * gain[:, None, None])) == ()


def test_a_sudden_change_of_light_is_no_cut() -> None:
    thumbs = film(4, [80])
    thumbs[40:] *= 0.7
    assert cuts(thumbs) == []


def test_a_fast_pan_is_no_cut() -> None:
    rng = np.random.default_rng(8)
    wall = media._texture(rng, 36, 64 * 6)[..., 1]
    pan = np.stack([wall[:, 3 * n : 3 * n + 64] for n in range(60)])
    assert cuts(pan) == []


def test_footage_moving_at_every_other_frame_keeps_its_cuts() -> None:
    thumbs = film(5, [40, 40])
    assert cuts(np.repeat(thumbs[::2], 2, axis=0)) == [40]


def dissolve(length: int, hold: int) -> np.ndarray:
    """One shot turning into another from frame 40 on; each picture stands for ``hold`` frames."""
    one, two = (
        np.stack([grey(p) for p in media.shot([1, i], 100 // hold + 1, SIZE)]).repeat(hold, 0)
        for i in (0, 1)
    )
    share = np.clip((np.arange(100) - 40 + 1) / (length + 1), 0, 1)[:, None, None]
    return one[:100] * (1 - share) + two[:100] * share


@pytest.mark.parametrize("length", [8, 16, 24])
def test_a_dissolve_is_found_with_its_two_ends(length: int) -> None:
    found = find_transitions(as_bytes(dissolve(length, hold=100)))
    assert [t.kind for t in found] == ["dissolve"]
    assert found[0].start_frame == pytest.approx(40, abs=4)
    assert found[0].end_frame == pytest.approx(40 + length, abs=4)
    assert found[0].frame == pytest.approx(40 + length / 2, abs=3)


@pytest.mark.parametrize("length", [8, 16, 24])
def test_a_dissolve_between_moving_shots_is_found_within_its_ends(length: int) -> None:
    found = find_transitions(as_bytes(dissolve(length, hold=4)))
    assert [t.kind for t in found] == ["dissolve"]
    assert found[0].start_frame >= 36
    assert found[0].end_frame <= 44 + length
    assert 40 <= found[0].frame <= 40 + length


def test_fades_through_black_are_transitions() -> None:
    thumbs = film(6, [50, 50])
    fade = np.clip(np.abs(np.arange(100) - 49.5) / 12, 0, 1)
    found = find_transitions(as_bytes(thumbs * fade[:, None, None]))
    assert found
    assert all(t.start_frame >= 36 and t.end_frame <= 64 for t in found)


def test_shots_cover_the_film_without_gap() -> None:
    shots = detect_shots(as_bytes(film(7, [30, 12, 45])))
    assert shots == (Shot(0, 30), Shot(30, 42), Shot(42, 87))
    assert shots_from((), 5) == (Shot(0, 5),)
    assert shots_from((), 0) == ()


@pytest.mark.parametrize("frames", [0, 1, 2, 5])
def test_very_short_films(frames: int) -> None:
    thumbs = as_bytes(film(7, [6])[:frames])
    assert find_transitions(thumbs) == ()
    assert sum(s.end_frame - s.start_frame for s in detect_shots(thumbs)) == frames


@pytest.mark.parametrize("shape", [(18, 32), (36, 64), (45, 80), (64, 36)])
def test_thumbnails_of_any_size(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    two = [media._texture(rng, *shape)[..., 1] for _ in range(2)]
    assert cuts(np.stack([two[0]] * 20 + [two[1]] * 20)) == [20]


def test_a_long_commentary_takes_seconds() -> None:
    thumbs = np.tile(as_bytes(film(9, [40, 60])), (100, 1, 1))
    start = time.process_time()
    found = find_transitions(thumbs)
    assert time.process_time() - start < 10  # about 1 s on an idle core
    assert len([t for t in found if t.kind == "cut"]) == 199
