"""Split screens: pictures that straight lines divide, and the panes between them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.closeup import Closeups
from syncclip.matching.overlays import Overlays
from syncclip.matching.proof import spread_frames
from syncclip.result import Segment
from syncclip.types import Rect, Shot

__all__ = ["SplitScreen", "find_splits", "may_be_split", "with_panes"]

LOOKED_AT = 16
"""Frames of a shot that are looked at."""
SHORTEST_FRAMES = 8
"""Shots shorter than this say too little of what moves on either side of a line."""
FINER = 4
"""Rows and columns of the pictures that are looked at, for each of those that the search has. With
1 and 2, lines that fall inside a column were told from edges of things no more."""
STEP, LEAST_STEP = 1.5, 2.0
"""A line's step must be so many times those beside it, and so many grey levels."""
BANDS = 4
"""Parts of a line of which the weakest counts: edges of things do not cross the whole picture."""
DIVIDES = 0.2
"""Share of steps in the weakest part from which a line divides. On tuning cases, 19 lines between
two panes of one film measured 0.20 to 0.85, and undivided shots 0.19 and less, but for 6 of 158."""
MARGIN = 0.18
"""A pane is no narrower than this share of the picture."""
MOST_LINES = 2
"""In one direction."""
USUAL = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4)
"""Shares of the picture at which editors divide it."""
MUCH_LEFT = 0.8
"""Share of the picture that overlays leave of a segment from which on it is taken for whole:
subtitles, a logo and a presenter left more."""
AS_MUCH = 0.9
"""Share of what was found of the whole picture that a pane must give to be preferred."""
ALIKE = 0.8
"""Share of a column's steps from which the next one is of the same line."""

PartOf = Callable[[Segment, int, int], Segment]
"""Cuts a segment to some of its frames: the first one, and the one after the last."""


@dataclass(frozen=True, slots=True)
class SplitScreen:
    """A stretch of the commentary in which several pictures stand beside each other."""

    start_frame: int
    end_frame: int
    panes: tuple[Rect, ...]
    """In fractions of the commentary's content rectangle, row by row."""


def find_splits(
    closeups: Closeups, shots: Sequence[Shot], stretches: Iterable[tuple[int, int]]
) -> tuple[SplitScreen, ...]:
    """Stretches whose pictures are divided by straight lines.

    Where two pictures meet, the grey level steps, in every row of the line, by more than it does
    beside it. Things in a picture have such edges, too, but hardly ever from border to border.

    Args:
        closeups: Finer pictures of the commentary.
        shots: Stretches between detected cuts.
        stretches: First frame and the one after the last of what is looked at.

    Returns:
        In order; shots that follow each other under the same lines are one.
    """
    found: list[SplitScreen] = []
    for start, end in stretches:
        for shot in shots:
            first, last = max(shot.start_frame, start), min(shot.end_frame, end)
            if last - first < SHORTEST_FRAMES:
                continue
            pictures = closeups.commentary(spread_frames(first, last, LOOKED_AT), FINER)
            panes = () if pictures is None else _panes(pictures)
            if len(panes) < 2:
                continue
            if found and found[-1].end_frame == first and found[-1].panes == panes:
                found[-1] = replace(found[-1], end_frame=last)
            else:
                found.append(SplitScreen(first, last, panes))
    return tuple(found)


def _panes(pictures: NDArray[np.uint8]) -> tuple[Rect, ...]:
    """What lies between the lines that divide (n, rows, columns) pictures."""
    levels = pictures.astype(np.float32)
    rows, columns = _lines(levels.transpose(0, 2, 1)), _lines(levels)
    return tuple(
        Rect(left, top, right - left, bottom - top)
        for top, bottom in itertools.pairwise((0.0, *rows, 1.0))
        for left, right in itertools.pairwise((0.0, *columns, 1.0))
    )


def _lines(pictures: NDArray[np.float32]) -> list[float]:
    """Where upright lines divide (n, rows, columns) pictures, as shares of the width."""
    shares, count = _stepping(pictures), pictures.shape[2]
    lines: list[float] = []
    for column in np.argsort(-shares, kind="stable").tolist():
        if shares[column] < DIVIDES or len(lines) == MOST_LINES:
            break
        # A line between two columns is in both, one inside a column in that alone.
        near = np.arange(column - 1, column + 2)
        alike = near[shares[near] >= ALIKE * shares[column]]
        at = _usual(float(alike.mean() + 0.5) / count, 1.5 / count)
        if all(abs(at - other) >= MARGIN for other in lines):
            lines.append(at)
    return sorted(lines)


def _usual(at: float, tolerance: float) -> float:
    """The simple fraction that is meant, where one is as near as a line can be told."""
    nearest = min(USUAL, key=lambda usual: abs(usual - at))
    return nearest if abs(nearest - at) <= tolerance else at


def _stepping(pictures: NDArray[np.float32]) -> NDArray[np.float64]:
    """(columns,) share of the rows in which a column is a step, in the weakest of its parts.

    The step is taken from the column before it to the one behind it, wherever between them a line
    may be.
    """
    steps = np.abs(pictures[:, :, 2:] - pictures[:, :, :-2])  # step k is that of column k + 1
    count = pictures.shape[2]
    shares = np.zeros(count)
    margin = max(round(MARGIN * count), 6)
    for column in range(margin, count - margin):
        step = steps[:, :, column - 1]
        beside = steps[:, :, [column - 5, column - 4, column + 2, column + 3]].max(axis=2)
        stands_out = (step > STEP * beside) & (step > LEAST_STEP)
        shares[column] = min(float(part.mean()) for part in np.array_split(stands_out, BANDS, 1))
    return shares


def may_be_split(
    segments: Sequence[Segment], overlays: Overlays | None, confirmed: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Stretches that were found nowhere, or of which much seems to lie under something else.

    A pane that is most of the picture is found as the whole of it, the other one masked. Where the
    whole picture is alike in finer ones, too, nothing lies over it: of a title that stands still,
    much is masked that is only grain.

    Args:
        segments: Of the whole picture.
        overlays: What lies over it.
        confirmed: (frames,) where finer pictures are alike.
    """

    def hidden(start: int, end: int) -> bool:
        much = overlays is not None and overlays.left(start, end) < MUCH_LEFT
        return much and not confirmed[start:end].all()

    return [
        (s.start_frame, s.end_frame)
        for s in segments
        if s.movie is None or hidden(s.start_frame, s.end_frame)
    ]


def with_panes(
    segments: Sequence[Segment],
    found: Sequence[tuple[SplitScreen, Sequence[Sequence[Segment]]]],
    part_of: PartOf,
) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    """Put what was found in panes in the place of what was found of the whole picture.

    Args:
        segments: Of the whole picture, without gap or overlap.
        found: Split screens, and the segments of each of their panes, which cover it.
        part_of: Cuts segments.

    Returns:
        Segments in which the pane of which most was found stands for the picture, and others where
        nothing was found in it; and what was found in panes beside those. What was found of the
        whole picture is kept unless as much of it is found in panes.
    """
    whole, beside = list(segments), []
    for split, panes in found:
        framed = [
            [s if s.movie is None else replace(s, pane=pane) for s in of_pane]
            for pane, of_pane in zip(split.panes, panes, strict=True)
        ]
        first, *others = sorted(framed, key=_shown, reverse=True)
        rest: list[Segment] = []
        for other in others:
            filled = _filled(first, other, part_of)
            rest += _beside(first, other, part_of)
            first = filled
        if _shown(first) == 0 or not _as_much(first, whole):
            continue
        whole = _replaced(whole, first)
        beside += rest
    return tuple(whole), tuple(sorted(beside, key=lambda s: (s.start_frame, s.pane.as_list())))


def _filled(
    segments: Sequence[Segment], other: Sequence[Segment], part_of: PartOf
) -> list[Segment]:
    """Segments of a pane with those of another one where nothing was found in it."""
    return [
        part
        for s in segments
        for part in ([s] if s.movie else _within(other, s.start_frame, s.end_frame, part_of))
    ]


def _beside(
    segments: Sequence[Segment], other: Sequence[Segment], part_of: PartOf
) -> list[Segment]:
    """What was found in another pane while something was in this one."""
    stretches: list[tuple[int, int]] = []
    for s in segments:
        if s.movie is None:
            continue
        if stretches and stretches[-1][1] == s.start_frame:
            stretches[-1] = (stretches[-1][0], s.end_frame)
        else:
            stretches.append((s.start_frame, s.end_frame))
    return [
        part
        for start, end in stretches
        for part in _within(other, start, end, part_of)
        if part.movie is not None
    ]


def _within(
    segments: Sequence[Segment], start: int, end: int, part_of: PartOf
) -> Iterator[Segment]:
    """The parts of segments that lie within frames of the commentary."""
    for s in segments:
        first, last = max(s.start_frame, start), min(s.end_frame, end)
        if (first, last) == (s.start_frame, s.end_frame):
            yield s
        elif first < last:
            yield part_of(s, first, last)


def _shown(segments: Sequence[Segment]) -> float:
    """Frames that were found, by the share of the picture that they are."""
    return sum((s.end_frame - s.start_frame) * s.pane.w * s.pane.h for s in segments if s.movie)


def _as_much(new: Sequence[Segment], segments: Sequence[Segment]) -> bool:
    """Whether a pane is found wherever the whole picture was, in whole segments."""
    start, end = new[0].start_frame, new[-1].end_frame
    old = [s for s in segments if s.movie and s.start_frame < end and start < s.end_frame]
    inside = all(start <= s.start_frame and s.end_frame <= end for s in old)
    had, has = (sum(s.end_frame - s.start_frame for s in of if s.movie) for of in (old, new))
    return inside and has >= AS_MUCH * had


def _replaced(segments: Sequence[Segment], new: Sequence[Segment]) -> list[Segment]:
    """The segments with new ones over some and parts of unmatched ones, which are joined."""
    first, last = new[0], new[-1]
    parts: list[Segment] = []
    for s in segments:
        if s.end_frame <= first.start_frame or s.start_frame >= last.end_frame:
            parts.append(s)
            continue
        if s.start_frame < first.start_frame:
            parts.append(replace(s, end_frame=first.start_frame, end_s=first.start_s))
        if s.start_frame <= first.start_frame:
            parts += new
        if s.end_frame > last.end_frame:
            parts.append(replace(s, start_frame=last.end_frame, start_s=last.end_s))
    joined: list[Segment] = []
    for s in parts:
        if joined and s.movie is None and joined[-1].movie is None:
            joined[-1] = replace(joined[-1], end_frame=s.end_frame, end_s=s.end_s)
        else:
            joined.append(s)
    return joined
