"""Bars around pictures whose place is known."""

from __future__ import annotations

import numpy as np
import pytest

from syncclip.types import PixelRect
from syncclip.video.borders import content_rect
from tests import media

FRAMES = 40


def views(pictures: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """What :func:`content_rect` takes: full rows at a smaller width, full columns the other way."""
    grey = np.stack([p[..., 1] for p in pictures]).astype(np.float32)
    n, height, width = grey.shape
    tall = grey.reshape(n, height, width // 4, 4).mean(3)
    wide = grey.reshape(n, height // 4, 4, width).mean(2)
    return np.rint(tall).astype(np.uint8), np.rint(wide).astype(np.uint8)


def scenes(size: tuple[int, int], *, seed: int = 1, gain: float = 1.0) -> list[np.ndarray]:
    """One picture from each of many shots."""
    made = (next(media.shot([seed, n], 1, size)) for n in range(FRAMES))
    return [(picture * gain).astype(np.uint8) for picture in made]


def framed(pictures: list[np.ndarray], size: tuple[int, int], level: int = 0) -> list[np.ndarray]:
    """Pictures in the middle of larger flat frames, with a little noise."""
    rng, (width, height) = np.random.default_rng(2), size
    frames = []
    for picture in pictures:
        frame = np.full((height, width, 3), level, np.int16)
        top, left = (height - picture.shape[0]) // 2, (width - picture.shape[1]) // 2
        frame[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
        frame += rng.integers(-1, 2, frame.shape, dtype=np.int16)
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
    return frames


def found(pictures: list[np.ndarray]) -> PixelRect:
    return content_rect(*views(pictures))


def near(rect: PixelRect, *want: int, px: int = 1) -> bool:
    x, y, w, h = want
    edges = (rect.x, rect.y, rect.x + rect.w, rect.y + rect.h)
    return all(abs(a - b) <= px for a, b in zip(edges, (x, y, x + w, y + h), strict=True))


def test_a_full_picture_is_left_alone() -> None:
    assert found(scenes((320, 180))) == PixelRect(0, 0, 320, 180)


@pytest.mark.parametrize("height", [136, 172, 174])
@pytest.mark.parametrize("level", [0, 60, 255])
def test_letterbox(height: int, level: int) -> None:
    rect = found(framed(scenes((320, height)), (320, 180), level))
    assert near(rect, 0, (180 - height) // 2, 320, height)


@pytest.mark.parametrize("width", [100, 240, 312])
def test_pillarbox(width: int) -> None:
    rect = found(framed(scenes((width, 180)), (320, 180)))
    assert near(rect, (320 - width) // 2, 0, width, 180)


def test_windowbox() -> None:
    assert near(found(framed(scenes((240, 120)), (320, 180))), 40, 30, 240, 120)


def test_a_dark_film_keeps_its_picture() -> None:
    rect = found(framed(scenes((320, 136), gain=0.25), (320, 180)))
    assert near(rect, 0, 22, 320, 136)


def test_mostly_black_pictures_are_not_cropped() -> None:
    pictures = scenes((320, 180))
    black = [np.zeros_like(pictures[0])] * 30
    assert found([*pictures[:10], *black]) == PixelRect(0, 0, 320, 180)


def test_subtitles_on_the_bar_do_not_count_as_picture() -> None:
    pictures = framed(scenes((320, 120)), (320, 180))
    written = [media.subtitle(p, n, bottom=0.97) for n, p in enumerate(pictures)]
    assert near(found(written), 0, 30, 320, 120)


def test_a_logo_and_a_title_on_the_bars_do_not_count_as_picture() -> None:
    pictures = framed(scenes((320, 120)), (320, 180))
    for picture in pictures:
        picture[5:20, 10:60] = (200, 30, 30)
        picture[156:172, 40:280:3] = 255
    assert near(found(pictures), 0, 30, 320, 120)


def test_an_opening_without_bars_does_not_hide_them() -> None:
    pictures = framed(scenes((320, 136)), (320, 180))
    pictures[0] = scenes((320, 180), seed=9)[0]
    assert near(found(pictures), 0, 22, 320, 136)


def test_a_film_that_changes_its_shape_is_left_alone() -> None:
    tall = scenes((320, 180), seed=9)[:8]
    assert found([*framed(scenes((320, 136)), (320, 180))[8:], *tall]) == PixelRect(0, 0, 320, 180)


def test_a_still_video_is_left_alone() -> None:
    assert found([scenes((320, 180))[0]] * FRAMES) == PixelRect(0, 0, 320, 180)


def test_too_few_pictures_decide_nothing() -> None:
    pictures = framed(scenes((320, 136)), (320, 180))[:3]
    assert found(pictures) == PixelRect(0, 0, 320, 180)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_blurred_bars_above_and_below(seed: int) -> None:
    made = [media.on_blur(p, (180, 320)) for p in scenes((320, 180), seed=seed)]
    top, bottom = made[0][1]
    assert near(found([frame for frame, _ in made]), 0, top, 180, bottom - top, px=2)


def test_blurred_bars_at_the_sides() -> None:
    made = [media.on_blur(p.swapaxes(0, 1), (180, 320)) for p in scenes((180, 320))]
    left, right = made[0][1]
    pictures = [np.ascontiguousarray(frame.swapaxes(0, 1)) for frame, _ in made]
    assert near(found(pictures), left, 0, right - left, 180, px=2)


def test_blurred_bars_with_a_title_printed_on_them() -> None:
    pictures = []
    for n, picture in enumerate(scenes((320, 180))):
        frame, (top, bottom) = media.on_blur(picture, (180, 320))
        for left in range(20, 150, 12):
            frame[30:60, left : left + 7] = 255
        pictures.append(media.subtitle(frame, n, bottom=0.85))
    assert near(found(pictures), 0, top, 180, bottom - top, px=2)


def test_a_picture_with_soft_edges_is_left_alone() -> None:
    pictures = [p.astype(np.float32) for p in scenes((320, 180))]
    soft = []
    for picture in pictures:
        rough = picture[::12, ::12].repeat(12, 0).repeat(12, 1)[:180, :320]
        weight = np.clip(np.abs(np.linspace(-1, 1, 180)) * 2 - 0.6, 0, 1)[:, None, None]
        soft.append((rough * weight + picture * (1 - weight)).astype(np.uint8))
    rect = found(soft)
    assert rect.w == 320
    assert rect.h >= 176


def quiet_shot(size: tuple[int, int]) -> list[np.ndarray]:
    """One shot from a camera that stands still: something moves in the lower half only."""
    width, height = size
    background, subject = scenes(size, seed=11)[0], scenes((width, height // 2), seed=12)
    pictures = []
    for n in range(FRAMES):
        picture = background.copy()
        picture[height // 2 :] = np.roll(subject[0], 7 * n, axis=1)
        # A wavy line between the two: no frame of a film has a ruled one.
        for x in range(width):
            dip = height // 2 + round(9 * np.sin(x / 17))
            picture[height // 2 : dip, x] = background[height // 2 : dip, x]
        pictures.append(picture)
    return pictures


def test_the_still_background_of_one_shot_is_not_a_bar() -> None:
    assert found(quiet_shot((320, 180))) == PixelRect(0, 0, 320, 180)
    turned = [np.ascontiguousarray(p.swapaxes(0, 1)) for p in quiet_shot((320, 180))]
    assert found(turned) == PixelRect(0, 0, 180, 320)


def test_a_decorated_frame_that_stands_still_is_found() -> None:
    decoration = scenes((320, 180), seed=13)[0]
    pictures = []
    for scene in scenes((320, 100), seed=14):
        picture = decoration.copy()
        picture[40:140] = scene
        pictures.append(picture)
    assert near(found(pictures), 0, 40, 320, 100)


def test_a_picture_frame_with_stickers_on_it_is_found() -> None:
    decoration = scenes((320, 180), seed=13)[0]
    pictures = []
    for number, scene in enumerate(scenes((220, 124), seed=14)):
        picture = decoration.copy()
        picture[28:152, 48:268] = scene
        sticker = 40 * (number % 3)
        picture[40 + sticker : 80 + sticker, 8:36] = 30 * (number % 7)  # it comes and goes
        pictures.append(picture)
    assert near(found(pictures), 48, 28, 220, 124)
