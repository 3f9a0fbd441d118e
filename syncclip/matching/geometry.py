"""Where the commentary's picture lies on the movie's: search over position and scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.records import Crop
from syncclip.matching.signatures import normalised, project

__all__ = ["STEPS", "best_window", "coarse_crop"]

STEPS: tuple[float, ...] = (0.06, 0.03, 0.015)
"""Half the distance of the crop windows, down to half a signature cell."""

MAX_OVERSHOOT = 0.04
"""How far a crop may reach over the movie's edge: commentaries with a thin border of their own."""

ZOOM_REACH = 0.16
"""How far the zoom may move from where the search began: to the next crop window. Without a bound,
a wrong place ends on a small flat spot where anything fits."""


def coarse_crop(
    frames: NDArray[np.uint8],
    stacks: NDArray[np.uint8],
    start: Crop,
    *,
    steps: Sequence[float] = STEPS,
) -> tuple[Crop, float, NDArray[np.int64]]:
    """Improve a crop by a pattern search with the aspect kept.

    Each commentary frame may match any frame of its stack, so that the search does not need to know
    offset or speed yet.

    Args:
        frames: (t, h, w) commentary frames, mirrored back.
        stacks: (t, m, rows, columns) signatures around each frame's expected place.
        start: Where to begin.
        steps: Shares of the crop by which it is moved and zoomed, one search after the other.

    Returns:
        The crop, its mean correlation, and for each frame the best member of its stack.
    """
    compared = _Stacks(frames.astype(np.float32), stacks)
    cache: dict[Crop, float] = {}

    def score(crop: Crop) -> float:
        if crop not in cache:
            cache[crop] = float(compared.correlation(crop).max(axis=1).sum()) / len(frames)
        return cache[crop]

    best = start
    widths = (start.w * (1 - ZOOM_REACH), start.w * (1 + ZOOM_REACH))
    for step in steps:
        best = _climb(best, step, score, widths)
    return best, score(best), compared.correlation(best).argmax(axis=1)


def best_window(
    frames: NDArray[np.uint8], stacks: NDArray[np.uint8], windows: Sequence[Crop]
) -> Crop:
    """The window that fits best where nothing is known of the crop; a fit then begins there.

    Args:
        frames: (t, h, w) commentary frames, mirrored back.
        stacks: (t, m, rows, columns) signatures around each frame's expected place.
        windows: Crops to choose from.
    """
    compared = _Stacks(frames.astype(np.float32), stacks)
    return max(windows, key=lambda crop: float(compared.correlation(crop).max(axis=1).mean()))


def _climb(
    crop: Crop, step: float, score: Callable[[Crop], float], widths: tuple[float, float]
) -> Crop:
    """Pattern search (Hooke and Jeeves 1961) with one step size, one direction after the other."""
    for _ in range(8):
        here = score(crop)
        ahead = crop
        for zoom, dx, dy in ((step, 0.0, 0.0), (0.0, step, 0.0), (0.0, 0.0, step)):
            near = [_moved(ahead, sign * zoom, sign * dx, sign * dy) for sign in (-1, 1)]
            near = [n for n in near if widths[0] <= n.w <= widths[1]]
            ahead = max((ahead, *near), key=score)
        if score(ahead) <= here + 1e-4:
            break
        crop = ahead
    return crop


def _moved(crop: Crop, zoom: float, dx: float, dy: float) -> Crop:
    """The crop enlarged about its middle and shifted, by shares of its size."""
    w, h = crop.w * (1 + zoom), crop.h * (1 + zoom)
    x, y = crop.x + (crop.w - w) / 2, crop.y + (crop.h - h) / 2
    return _inside(Crop(x + dx * w, y + dy * h, w, h))


def _inside(crop: Crop) -> Crop:
    """The nearest crop that overshoots the movie's picture by no more than the limit."""
    grow = min(1.0, (1 + 2 * MAX_OVERSHOOT) / max(crop.w, crop.h))
    w, h = crop.w * grow, crop.h * grow
    x = min(max(crop.x, -MAX_OVERSHOOT), 1 + MAX_OVERSHOOT - w)
    y = min(max(crop.y, -MAX_OVERSHOOT), 1 + MAX_OVERSHOOT - h)
    return Crop(round(x, 5), round(y, 5), round(w, 5), round(h, 5))


class _Stacks:
    """Frames and what each may match; members are normalised once for each set of cells."""

    def __init__(self, frames: NDArray[np.float32], stacks: NDArray[np.uint8]) -> None:
        self.frames = frames
        self.stacks = stacks
        self.members: dict[tuple[int, int, int, int], NDArray[np.float32]] = {}

    def correlation(self, crop: Crop) -> NDArray[np.float32]:
        """(t, m) correlation of each frame with every member of its stack."""
        t, m, height, width = self.stacks.shape
        values, (rows, columns) = project(self.frames, crop, (height, width))
        key = (rows.start, rows.stop, columns.start, columns.stop)
        members = self.members.get(key)
        if members is None:
            cut = self.stacks[:, :, rows, columns]
            members = normalised(cut.reshape(t * m, *cut.shape[2:])).reshape(t, m, -1)
            self.members[key] = members
        product = np.matmul(members, normalised(values)[:, :, None])
        return np.asarray(product[..., 0], dtype=np.float32)
