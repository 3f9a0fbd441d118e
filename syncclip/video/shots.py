"""Finds the cuts and dissolves of a video on grey thumbnails at full frame rate.

A boundary is judged by how much the picture changes cell by cell, each cell after the best small
shift of its own (fast motion) and without the quarter of the cells that change most (subtitles,
logos, a passing object), compared with the changes around it. Dissolves are stretches in which
every frame is a linear mixture of the two ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from syncclip.types import Shot
from syncclip.video._change import Changes, cell_change, shrink_for_cells

__all__ = ["ShotConfig", "Transition", "detect_shots", "find_transitions", "shots_from"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotConfig:
    """Thresholds of the detector.

    Evidence: seven openly licensed films and excerpts, 200 known cuts. True cuts measured
    a change of 7.5 to 145 grey levels, 0.27 to 36 contrasts and 3 to 80 times their surroundings;
    camera and subject motion stayed below 3 times its surroundings.
    """

    min_change: float = 5.0
    """Grey levels that a cut changes the picture by at least."""
    min_contrasts: float = 0.22
    """Least change as a share of the picture's own contrast."""
    min_ratio: float = 3.0
    """Least change as a multiple of the surroundings' change."""
    min_unlikeness: float = 0.06
    """Least 1 - correlation of the two frames: below it the light changed (the flicker of an old
    film reaches 0.03)."""
    surroundings_frames: int = 8
    """Frames on either side that a boundary is compared with."""
    flash_frames: int = 5
    """Longest flash: the picture before it returns within so many frames."""
    flash_return: float = 0.4
    """Change across a flash as a share of the change into it."""
    flash_likeness: float = 0.6
    """Least correlation of the pictures before and after a flash."""
    dissolve_frames: tuple[int, ...] = (8, 12, 16, 24, 32, 48, 64)
    """Lengths of dissolve that are looked for."""
    dissolve_change: float = 9.0
    """Grey levels between the two ends of a dissolve at least."""
    dissolve_residual: float = 0.22
    """Largest departure from a linear mixture, as a share of the change between the ends."""
    dissolve_merit: float = 5.0
    """Grey levels of change, less the share spoilt by departure. Dissolves measured 6 to 100;
    panning and approaching cameras stayed below 4.8."""
    dissolve_likeness: float = 0.75
    """Largest correlation of the two ends: above it the light changed, not the shot."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A change from one shot to the next."""

    frame: int
    """First frame of the new shot; the middle of a dissolve."""
    kind: Literal["cut", "dissolve"]
    start_frame: int
    """First frame that is not wholly the old shot; equals ``frame`` for a cut."""
    end_frame: int
    """First frame that is wholly the new shot; equals ``frame`` for a cut."""
    strength: float
    """0 to 1; 0.5 is the threshold of detection."""


def detect_shots(grey: NDArray[np.uint8], *, config: ShotConfig | None = None) -> tuple[Shot, ...]:
    """Shots of a whole video; see :func:`find_transitions`."""
    return shots_from(find_transitions(grey, config=config), len(grey))


def shots_from(transitions: tuple[Transition, ...], n_frames: int) -> tuple[Shot, ...]:
    """The shots between transitions; they cover all frames without gap or overlap."""
    inside = sorted({t.frame for t in transitions if 0 < t.frame < n_frames})
    edges = [0, *inside, n_frames] if n_frames else []
    return tuple(Shot(a, b) for a, b in pairwise(edges))


def find_transitions(
    grey: NDArray[np.uint8], *, config: ShotConfig | None = None
) -> tuple[Transition, ...]:
    """Find every cut and dissolve.

    Args:
        grey: (n, h, w) thumbnails of consecutive frames, 64×36 or so.
        config: Thresholds.

    Returns:
        Transitions in order of their frames.
    """
    config = config or ShotConfig()
    if len(grey) < 2:
        return ()
    small = shrink_for_cells(grey)
    strength = boundary_strength(small, config=config)
    cuts = _without_flashes(small, strength, config)
    dissolves = _dissolves(small, cuts, config)
    found = [Transition(f, "cut", f, f, float(strength[f])) for f in cuts]
    return tuple(sorted([*found, *dissolves], key=lambda t: t.frame))


def boundary_strength(
    small: NDArray[np.float32], *, config: ShotConfig | None = None
) -> NDArray[np.float64]:
    """(n,) how much like a cut the change from frame ``i - 1`` to frame ``i`` is, 0 to 1.

    Args:
        small: (n, h, w) from :func:`shrink_for_cells`.
        config: Thresholds.
    """
    config = config or ShotConfig()
    changes = Changes.of(small)
    around = changes.surroundings(config.surroundings_frames)
    unlike = np.ones(len(small))
    unlike[1:] -= _correlation(small[:-1], small[1:])
    multiple = np.minimum.reduce(
        [
            changes.levels / config.min_change,
            changes.levels / (4.0 + changes.contrast) / config.min_contrasts,
            changes.levels / (0.5 + around) / config.min_ratio,
            unlike / config.min_unlikeness,
        ]
    )
    multiple[0] = 0.0
    return np.asarray(multiple / (1.0 + multiple), np.float64)


def _without_flashes(
    small: NDArray[np.float32], strength: NDArray[np.float64], config: ShotConfig
) -> list[int]:
    """Boundaries at or over the threshold, without flashes and without doubles."""
    cuts: list[int] = []
    flash_end = 0
    for frame in np.flatnonzero(strength >= 0.5).tolist():
        if frame < flash_end:
            continue
        back = _flash_end(small, frame, config)
        if back is not None:
            flash_end = back + 1
        elif cuts and frame - cuts[-1] < 2:  # a flash on the cut itself makes two boundaries
            cuts[-1] = max(cuts[-1], frame, key=lambda f: float(strength[f]))
        else:
            cuts.append(frame)
    return cuts


def _flash_end(small: NDArray[np.float32], frame: int, config: ShotConfig) -> int | None:
    """Frame at which the picture before a flash is back; None where there is no flash."""
    before = small[frame - 1]
    into = float(cell_change(before[None], small[frame][None])[0])
    for end in range(frame + 1, min(frame + config.flash_frames + 1, len(small))):
        across = float(cell_change(before[None], small[end][None])[0])
        same = float(_correlation(before[None], small[end][None])[0]) > config.flash_likeness
        lit = abs(float(small[frame].mean() - before.mean())) > 0.5 * into
        if same and across < config.flash_return * into and (lit or end == frame + 1):
            return end
    return None


def _dissolves(small: NDArray[np.float32], cuts: list[int], config: ShotConfig) -> list[Transition]:
    """Non-overlapping dissolves, the most linear first, none across a cut."""
    found: list[tuple[float, int, int]] = []
    for length in config.dissolve_frames:
        starts = _suspects(small, length, config)
        change, residual = _mixture(small, starts, length)
        # The whole dissolve changes more than any part of it; more frames than that add motion.
        merits = change * (1.0 - residual / config.dissolve_residual)
        good = merits >= config.dissolve_merit
        found += [
            (float(m), int(i), int(i) + length)
            for m, i in zip(merits[good], starts[good], strict=True)
        ]
    taken = np.zeros(len(small) + 1, bool)
    taken[cuts] = True
    chosen: list[Transition] = []
    for merit, start, end in sorted(found, reverse=True):
        if taken[start : end + 1].any():
            continue
        taken[max(0, start - 2) : end + 3] = True
        strength = merit / (merit + config.dissolve_merit)
        chosen.append(Transition((start + end + 1) // 2, "dissolve", start + 1, end, strength))
    return chosen


def _suspects(
    small: NDArray[np.float32], length: int, config: ShotConfig, *, chunk: int = 2048
) -> NDArray[np.int64]:
    """Starts of stretches whose ends differ and whose middle is roughly their mean."""
    n = max(0, len(small) - length)
    good = np.zeros(n, bool)
    for at in range(0, n, chunk):
        part = slice(at, min(n, at + chunk))
        first, last = small[part], small[at + length : part.stop + length]
        middle = small[at + length // 2 : part.stop + length // 2]
        share = np.float32((length // 2) / length)
        change = cell_change(first, last, reach=0)
        off = cell_change(first + (last - first) * share, middle, reach=0)
        good[part] = (change >= config.dissolve_change) & (off <= 0.5 * change)
        good[part] &= _correlation(first, last) <= config.dissolve_likeness
    return np.flatnonzero(good)


def _mixture(
    small: NDArray[np.float32], starts: NDArray[np.int64], length: int, *, chunk: int = 2048
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Change between the ends, and departure from linear mixing in spite of slow motion.

    Each (len(starts),); the departure is the worst of the three quarter points, as a share of the
    change.
    """
    change, residual = np.zeros(len(starts), np.float32), np.zeros(len(starts), np.float32)
    for at in range(0, len(starts), chunk):
        part, first = slice(at, at + chunk), small[starts[at : at + chunk]]
        last = small[starts[part] + length]
        plain, moved = cell_change(first, last, reach=0), cell_change(first, last, reach=2)
        change[part] = np.where(moved > 0.5 * plain, plain, 0.0)  # else the camera moved
        for quarter in (1, 2, 3):
            step = round(length * quarter / 4)
            mixed = first + (last - first) * np.float32(step / length)
            off = cell_change(mixed, small[starts[part] + step], reach=1)
            np.maximum(residual[part], off / (change[part] + 1e-6), out=residual[part])
    return change, residual


def _correlation(
    a: NDArray[np.float32], b: NDArray[np.float32], *, chunk: int = 2048
) -> NDArray[np.float32]:
    """(n,) normalised correlation of pictures; 0 where one of them is flat."""
    likeness = np.zeros(len(a), np.float32)
    for at in range(0, len(a), chunk):
        part = slice(at, at + chunk)
        first = a[part] - a[part].mean((1, 2), keepdims=True)
        second = b[part] - b[part].mean((1, 2), keepdims=True)
        power = np.sqrt((first * first).mean((1, 2)) * (second * second).mean((1, 2)))
        like = (first * second).mean((1, 2)) / np.maximum(power, 1.0)
        likeness[part] = np.where(power > 1.0, like, 0.0)
    return likeness
