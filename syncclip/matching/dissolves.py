"""Dissolves between two places that are known: how much of each a frame shows.

Where both sides of a boundary are found, no guess from the commentary alone is needed: every frame
near it is fitted as a mixture of what the two lines show there (least squares on local detail, so
that grading says nothing). A cut goes from one to the other within a frame; a dissolve takes as
long as the share rises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.evidence import Evidence
from syncclip.matching.path import NO_MOVIE, Run
from syncclip.matching.records import Commentary, Crop, Hypothesis, Source
from syncclip.matching.signatures import local_detail
from syncclip.matching.windows import cut_windows

__all__ = ["Dissolve", "find_dissolves", "moved"]

REACH_FRAMES = 40
"""How far on each side of a boundary a dissolve may reach: 1.6 s at 25 frames per second."""

NEAR_FRAMES = 8
"""How far from the boundary the middle of the dissolve may lie."""

LEAST_FRAMES = 4
"""Shorter ones are cuts between blended frames, as a change of frame rate makes them."""

MIXED = (0.12, 0.88)
"""Shares between which a frame counts as a mixture."""

GAIN = 0.1
"""Share of a frame's detail that the mixture must explain beyond the better side alone, in the
middle of a dissolve. Dissolves measured 0.12 to 0.35, in spite of a presenter in the corner; where
both sides show the same, there is nothing to gain."""

STEADY = 0.95
"""Least correlation of the share with time."""

SIZE = (18, 32)
"""Rows and columns of the pictures that are mixed."""

WHOLE = Crop(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Dissolve:
    """A boundary that takes time."""

    run: int
    """Number of the run that comes in."""
    middle_frame: int
    """Frame at which half of each is shown."""
    frames: int
    """Length from all of one to all of the other."""


def find_dissolves(
    runs: Sequence[Run],
    evidence: Sequence[Evidence],
    commentary: Commentary,
    sources: Sequence[Source],
) -> list[Dissolve]:
    """Dissolves at the boundaries between runs from movies.

    Args:
        runs: Of the whole commentary, in order.
        evidence: The hypotheses that they name.
        commentary: Frames.
        sources: Movies.

    Returns:
        At most one for each boundary, in order, none reaching over another's middle.
    """
    found: list[Dissolve] = []
    for number in range(1, len(runs)):
        before, after = runs[number - 1], runs[number]
        if NO_MOVIE in (before.state, after.state):
            continue
        # Half a neighbour is left for the dissolve at its other end.
        low = max((before.start_frame + before.end_frame) // 2, after.start_frame - REACH_FRAMES)
        high = min((after.start_frame + after.end_frame) // 2, after.start_frame + REACH_FRAMES)
        if high - low < 3 * LEAST_FRAMES:
            continue
        sides = [evidence[run.state].hypothesis for run in (before, after)]
        ramp = _ramp(np.arange(low, high), sides, commentary, sources)
        if ramp is not None and abs(ramp[0] - after.start_frame) <= NEAR_FRAMES:
            found.append(Dissolve(number, round(ramp[0]), round(ramp[1])))
    return found


def moved(runs: Sequence[Run], dissolves: Sequence[Dissolve]) -> tuple[Run, ...]:
    """Runs whose boundaries stand in the middle of the dissolves."""
    edges = {dissolve.run: dissolve.middle_frame for dissolve in dissolves}
    return tuple(
        replace(
            run,
            start_frame=edges.get(number, run.start_frame),
            end_frame=edges.get(number + 1, run.end_frame),
        )
        for number, run in enumerate(runs)
    )


def _ramp(
    frames: NDArray[np.int64],
    sides: Sequence[Hypothesis],
    commentary: Commentary,
    sources: Sequence[Source],
) -> tuple[float, float] | None:
    """Middle and length of the dissolve among some frames; None where there is a cut."""
    seen = _detail(commentary.grey[frames], WHOLE)
    a, b = (_shown(side, commentary.seconds[frames], sources[side.source]) for side in sides)
    share, mixed, single = _shares(seen, a, b)
    start, end = _longest((share > MIXED[0]) & (share < MIXED[1]))
    at = np.arange(start, end)
    if len(at) < LEAST_FRAMES - 1 or (single - mixed)[at].max() < GAIN:
        return None
    if np.corrcoef(at, share[at])[0, 1] < STEADY:
        return None
    slope, origin = np.polyfit(at, share[at], 1)
    if 1 / slope > len(frames):
        return None
    # All of the old before and all of the new after it: else one line merely fits badly.
    if (
        np.median(share[: max(start, 1)]) > 0.3
        or np.median(share[min(end, len(share) - 1) :]) < 0.7
    ):
        return None
    # A frame counts for its middle: the first of four frames of a dissolve shows an eighth.
    return float(frames[0] + (0.5 - origin) / slope + 0.5), float(1 / slope)


def _shown(side: Hypothesis, seconds: NDArray[np.float64], source: Source) -> NDArray[np.float32]:
    """(n, cells) detail of what a line shows, cropped and mirrored as the commentary is."""
    pictures = source.signatures[source.nearest_frames(side.line(seconds))]
    detail = _detail(pictures, side.crop)
    return detail[:, :, ::-1] if side.mirrored else detail


def _detail(pictures: NDArray[np.uint8], window: Crop) -> NDArray[np.float32]:
    return local_detail(cut_windows(pictures, window, size=SIZE))


def _shares(
    seen: NDArray[np.float32], a: NDArray[np.float32], b: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(n,) share of ``b`` in each frame, residual of the mixture, and that of the better side."""

    def dot(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(np.einsum("ijk,ijk->i", x, y), dtype=np.float64)

    aa, bb, ab, sa, sb = dot(a, a), dot(b, b), dot(a, b), dot(seen, a), dot(seen, b)
    below = np.maximum(aa * bb - ab**2, 1e-9)
    of_a = np.maximum((sa * bb - sb * ab) / below, 0.0)
    of_b = np.maximum((sb * aa - sa * ab) / below, 0.0)
    total = np.maximum(dot(seen, seen), 1e-9)
    weights = [part.astype(np.float32)[:, None, None] for part in (of_a, of_b)]
    rest = seen - weights[0] * a - weights[1] * b
    alone = np.maximum(sa**2 / np.maximum(aa, 1e-9), sb**2 / np.maximum(bb, 1e-9))
    share = of_b / np.maximum(of_a + of_b, 1e-9)
    return share, dot(rest, rest) / total, 1 - alone / total


def _longest(chosen: NDArray[np.bool_]) -> tuple[int, int]:
    """The longest run of chosen frames, half-open."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(np.int8)))
    if not len(edges):
        return 0, 0
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])
