"""Finds the picture inside letterbox, pillarbox and blurred bars.

Bars stand still while the film changes, so a row belongs to the picture when most of it departs
from its own median over time in several frames; titles and logos printed on the bars stand still
too, and subtitles never fill most of a row. What stands still without being of one level or
divided from the rest by a sharp line, or by the ruled line at which all motion ends, is the
background of a quiet shot. Bars made of a blurred copy of the film do move: they are known by the
sharp line where the film begins, at the same place in nearly every frame, and by having no fine
detail outside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from syncclip.contracts import VideoReader
from syncclip.types import PixelRect, StreamInfo
from syncclip.video._keyframes import key_frames
from syncclip.video._picture import Shrinker

__all__ = ["content_rect", "find_content"]

# Rows are judged on pictures of full height and this width, columns the other way round.
_ACROSS_PX = 320
# Every second of these pixels is enough for a share of a row or a value typical of it.
_EVERY_PX = 2
# Below this many different pictures nothing can be said about what stands still.
_MIN_PICTURES = 6
_SHORT_VIDEO_S = 120.0
# Of fewer key frames, a few dark or foreign ones hide bars: a short video is then seen in between.
_ENOUGH_PICTURES = 20
# Grey levels beyond the coding noise of a flat bar.
_MOVED = 6
# Share of a row or column that must move in more than this share of the frames (a channel's opening
# is shown in few), and share of a row's two ends, which a line of subtitles leaves free.
_LINE_SHARE, _ROUGH_SHARE, _END_SHARE = 0.35, 0.12, 0.2
_END_STRIP = 0.05
_FRAME_SHARE = 0.05
# Thinner bars are soft edges of the picture.
_MIN_BAR_PX = 3
# A bar is of one level when this share of it, writing left out, lies within so many grey levels.
_BAR_SHARE, _BAR_LEVEL = 0.6, 3
# Of a picture cut from many shots this share departs from its median in half of the frames (0.7 to
# 0.84 of made commentaries), in its outermost pixels too; of what frames it no more than this.
_CUT_UP, _STILL = 0.5, 0.1
_RULED_PX = 3
# A picture smaller than this share of the frame's side is a mistake.
_MIN_SIDE = 0.2
# Blurred bars: smallest bar, fine detail outside as a share of inside, and the step at the edge
# as a multiple of the steps around it.
_MIN_BLUR_BAR = 0.04
_BLUR_DETAIL = 0.45
_EDGE_STEP = 2.5
_EDGE_REACH = 10
# Grey levels by which blurred bars differ from their median in most frames; still bars do not.
_BLUR_MOVES = 3.0

Pictures = NDArray[np.uint8]


def find_content(reader: VideoReader, *, samples: int = 40) -> PixelRect:
    """The picture without its bars, in displayed pixels; the full frame when in doubt.

    Decodes about ``samples`` key frames. Videos under two minutes are sampled between them, too,
    where they are few and show no bars.

    Raises:
        VideoError: Where the file cannot be read.
    """
    info = reader.info
    tall, wide = _views(info, samples)
    found = content_rect(tall, wide)
    whole = found == PixelRect(0, 0, info.width_px, info.height_px)
    short = (info.duration_s_from_header or 0.0) <= _SHORT_VIDEO_S
    if whole and short and len(tall) < _ENOUGH_PICTURES:
        found = content_rect(*_views_between_keys(reader, samples))
    return found


def _views(info: StreamInfo, samples: int) -> tuple[Pictures, Pictures]:
    width, height = info.width_px, info.height_px
    shrink_rows = Shrinker(info, (min(_ACROSS_PX, width), height), None)
    shrink_columns = Shrinker(info, (width, min(_ACROSS_PX, height)), None)
    pairs = [(shrink_rows(f), shrink_columns(f)) for f in key_frames(info, samples)]
    if not pairs:
        return np.empty((0, height, 1), np.uint8), np.empty((0, 1, width), np.uint8)
    tall, wide = zip(*pairs, strict=True)
    return np.stack(tall), np.stack(wide)


def _views_between_keys(reader: VideoReader, samples: int) -> tuple[Pictures, Pictures]:
    width, height = reader.info.width_px, reader.info.height_px
    tall = _spread(reader, (min(_ACROSS_PX, width), height), samples)
    wide = _spread(reader, (width, min(_ACROSS_PX, height)), samples)
    return tall, wide


def _spread(reader: VideoReader, size: tuple[int, int], samples: int) -> Pictures:
    """(n, h, w) grey pictures spread evenly over a short video."""

    def every() -> Iterator[Pictures]:
        length_s = reader.info.duration_s_from_header or 0.0
        step = max(1, round(length_s * reader.info.frame_rate / samples))
        seen = 0
        for block in reader.thumbnails(size=size, block=64):
            yield block.grey[-seen % step :: step]
            seen += len(block.grey)

    return np.concatenate([np.empty((0, size[1], size[0]), np.uint8), *every()])


def content_rect(tall: Pictures, wide: Pictures) -> PixelRect:
    """The picture without its bars.

    Args:
        tall: (n, full height, some width) grey pictures spread over the video.
        wide: (n, some height, full width), the same pictures.

    Returns:
        Rectangle in pixels of the full frame.
    """
    height, width = tall.shape[1], wide.shape[2]
    if len(tall) < _MIN_PICTURES:
        return PixelRect(0, 0, width, height)
    rows, columns = _still_bars(tall, wide)
    tall_inside = _part(tall, rows, columns, height, width)
    wide_inside = _part(wide, rows, columns, height, width)
    top, bottom = _blurred_bars(tall_inside)
    left, right = _blurred_bars(wide_inside.swapaxes(1, 2))
    if top or bottom < rows[1] - rows[0]:  # a film has blurred bars on two sides, not on four
        left, right = 0, columns[1] - columns[0]
    x, y = columns[0] + left, rows[0] + top
    return PixelRect(x, y, right - left, bottom - top)


def _part(
    view: Pictures, rows: tuple[int, int], columns: tuple[int, int], height: int, width: int
) -> Pictures:
    """The part of a shrunken view that shows these full-size rows and columns."""
    up, across = view.shape[1] / height, view.shape[2] / width
    y0, y1 = round(rows[0] * up), round(rows[1] * up)
    x0, x1 = round(columns[0] * across), round(columns[1] * across)
    return view[:, y0 : max(y0 + 1, y1), x0 : max(x0 + 1, x1)]


def _still_bars(tall: Pictures, wide: Pictures) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows and columns that are not bars standing still; all of them when in doubt."""
    height, width = tall.shape[1], wide.shape[2]
    tall_moved, wide_moved = _moved(tall[:, :, ::_EVERY_PX]), _moved(wide[:, ::_EVERY_PX])
    rows: tuple[int, int] = (0, height)
    # A narrow picture moves a small share of each full-width row: a rough pass, then exact ones.
    columns = _busy(wide_moved.swapaxes(1, 2), _ROUGH_SHARE)
    # The ends of a row can only be told once the columns are known: those of a picture frame are
    # still, and the rough columns reach into it.
    for to_the_ends in (False, True):
        inside = _part(tall_moved, (0, height), columns, height, width)
        rows = _busy(inside, _LINE_SHARE, to_the_ends=to_the_ends)
        inside = _part(wide_moved, rows, (0, width), height, width)
        columns = _busy(inside.swapaxes(1, 2), _LINE_SHARE)
    if rows[1] - rows[0] < _MIN_SIDE * height or columns[1] - columns[0] < _MIN_SIDE * width:
        return (0, height), (0, width)
    ends = (0, height)
    tall, tall_moved = (_part(view, ends, columns, height, width) for view in (tall, tall_moved))
    ends = (0, width)
    wide, wide_moved = (_part(view, rows, ends, height, width) for view in (wide, wide_moved))
    return (
        _believed(tall, tall_moved, rows),
        _believed(wide.swapaxes(1, 2), wide_moved.swapaxes(1, 2), columns),
    )


def _believed(
    pictures: Pictures, moved: NDArray[np.uint8], rows: tuple[int, int]
) -> tuple[int, int]:
    """The rows with those added that merely stand still.

    In a video of one shot the sky and the walls stand still too. A bar is of one level, or a sharp
    line divides it from the picture in most frames, or what moves ends at it along a ruled line: a
    picture frame.
    """
    height = pictures.shape[1]
    if rows == (0, height):
        return rows
    plate = np.median(pictures[:, :, ::_EVERY_PX], axis=0)
    edges = _steady_edges(pictures) if height >= 8 * _EDGE_REACH else {}

    first, end = rows

    def is_bar(strip: slice, line: int, inside: slice) -> bool:
        level = np.abs(plate[strip] - np.median(plate[strip])) <= _BAR_LEVEL
        return (
            bool(level.mean() > _BAR_SHARE)
            or any(abs(edge - line) <= _MIN_BAR_PX for edge in edges)
            or (_usually(moved[:, strip]) <= _STILL and _usually(moved[:, inside]) >= _CUT_UP)
        )

    above, below = slice(first, first + _RULED_PX), slice(max(end - _RULED_PX, 0), end)
    return (
        first if first and is_bar(slice(first), first, above) else 0,
        end if end < height and is_bar(slice(end, None), end, below) else height,
    )


def _usually(moved: NDArray[np.uint8]) -> float:
    """Share of a part of the picture that departs from its median in half of the frames."""
    return float(np.median(moved.mean(axis=(1, 2))))


def _moved(pictures: Pictures) -> NDArray[np.uint8]:
    """1 where a pixel departs from its median over time."""
    plate = np.median(pictures, axis=0).astype(np.int16)
    # Bytes compared with bytes: a difference would need twice the room and three times as long.
    low = np.clip(plate - _MOVED, 0, 255).astype(np.uint8)
    high = np.clip(plate + _MOVED, 0, 255).astype(np.uint8)
    return np.asarray((pictures < low) | (pictures > high), np.uint8)


def _ends(pictures: NDArray[np.integer]) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """The strips along the left and the right edge, where no writing stands."""
    strip = max(2, int(_END_STRIP * pictures.shape[2]))
    return pictures[:, :, :strip], pictures[:, :, -strip:]


def _busy(moved: NDArray[np.uint8], share: float, *, to_the_ends: bool = False) -> tuple[int, int]:
    """First and one past the last row of which ``share`` moves in more than a few frames."""
    length = moved.shape[1]
    filled = moved.mean(2) > share
    if to_the_ends:
        for strip in _ends(moved):
            filled &= strip.mean(2) > _END_SHARE
    busy = np.flatnonzero(filled.sum(0) > max(1, int(_FRAME_SHARE * len(moved))))
    if not busy.size:
        return 0, length
    first, end = int(busy[0]), int(busy[-1]) + 1
    return (
        0 if first < _MIN_BAR_PX else first,
        length if length - end < _MIN_BAR_PX else end,
    )


def _blurred_bars(pictures: Pictures) -> tuple[int, int]:
    """First and one past the last row of a sharp picture between blurred bars; else all rows."""
    height = pictures.shape[1]
    if height < 8 * _EDGE_REACH or pictures.shape[2] < 16:
        return 0, height
    edges = _steady_edges(pictures)
    least = int(_MIN_BLUR_BAR * height)
    tops = [e for e in edges if least <= e < height / 2]
    bottoms = [e for e in edges if height / 2 < e <= height - least]
    if not (tops and bottoms):  # most videos: what follows takes a second at full size
        return 0, height
    detail, motion = _fine_detail(pictures), _motion(pictures)
    best, found = 0.0, (0, height)
    for top, bottom in product(tops, bottoms):
        if bottom - top >= _MIN_SIDE * height:
            inside = float(np.median(detail[top + 2 : bottom - 2]))
            outside = max(float(np.median(detail[:top])), float(np.median(detail[bottom:])))
            merit = edges[top] * edges[bottom]
            moves = min(float(np.median(motion[:top])), float(np.median(motion[bottom:])))
            if outside < _BLUR_DETAIL * inside and moves > _BLUR_MOVES and merit > best:
                best, found = merit, (top, bottom)
    return found


def _steady_edges(pictures: Pictures) -> dict[int, float]:
    """Rows where the picture steps in most frames, and by how much more than around them."""
    moves = np.abs(np.diff(pictures[:, :, ::_EVERY_PX].astype(np.int16), axis=1))
    # The edge spans the width; a line of writing leaves the ends free.
    steps = np.minimum.reduce([np.quantile(part, 0.4, axis=2) for part in (moves, *_ends(moves))])
    steady = np.concatenate([[0.0], np.quantile(steps, 0.3, axis=0)])
    padded = np.pad(steady, _EDGE_REACH, mode="reflect")
    around = np.median(
        np.lib.stride_tricks.sliding_window_view(padded, 2 * _EDGE_REACH + 1), axis=1
    )
    height = steady / (around + 0.25)
    peak = np.lib.stride_tricks.sliding_window_view(np.pad(height, 2), 5).max(1)
    found = np.flatnonzero((height >= _EDGE_STEP) & (height == peak))
    return {int(row): float(height[row]) for row in found}


def _motion(pictures: Pictures) -> NDArray[np.float64]:
    """(rows,) departure from the median over time that three frames in four exceed."""
    plate = np.median(pictures, axis=0).astype(np.int16)
    return np.asarray(np.quantile(np.abs(pictures - plate).mean(2), 0.25, axis=0), np.float64)


def _fine_detail(pictures: Pictures) -> NDArray[np.float64]:
    """(rows,) typical difference of neighbouring pixels along each row, in spite of writing."""
    steps = np.abs(np.diff(pictures.astype(np.int16), axis=2))
    blocks = np.array_split(steps, 12, axis=2)
    per_block = np.stack([block.mean(2) for block in blocks])
    return np.asarray(np.median(np.quantile(per_block, 0.4, axis=0), axis=0), np.float64)
