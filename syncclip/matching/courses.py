"""The course of source time inside a run: several lines where one was fitted.

A jump cut inside one shot, a freeze frame or a speed ramp leaves a run whose frames all resemble
the line that was fitted to it, and follow another. Crop and mirror are known by then, so that every
frame of the run can be compared with every movie frame around; the course is the cheapest sequence
of straight lines through these residuals.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.proof import pictures
from syncclip.matching.records import Commentary, Hypothesis, Line, Source
from syncclip.matching.signatures import cells_under, normalised, project

__all__ = ["CourseSettings", "courses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseSettings:
    """Which lines are tried."""

    speeds: tuple[float, ...] = (0.0, 0.25, 0.5, 0.7, 0.85, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0, 2.5)
    """Tried beside the run's own; 0 is a freeze frame."""
    margin_s: float = 2.0
    """How far around the run's line the source is looked at."""
    turn: float = 6.0
    """Cost of going over to another line, in logarithms of a residual ratio: what a switch at a cut
    costs on the path that decides in the end."""
    shortest_frames: int = 5
    """Shortest part that becomes a hypothesis."""
    longest_s: float = 12.0
    """Longer runs are looked at in parts, to bound memory."""
    noise: float = 0.001
    """Residual of a perfect match."""


def courses(
    commentary: Commentary,
    source: Source,
    hypothesis: Hypothesis,
    settings: CourseSettings,
) -> list[Hypothesis]:
    """Lines that explain parts of a hypothesis's frames better than its own line does.

    Args:
        commentary: Frames.
        source: The movie of the hypothesis.
        hypothesis: Over the frames of a run.
        settings: Which lines are tried.

    Returns:
        A hypothesis for each part that departs from the given line by a frame or more.
    """
    longest = max(round(settings.longest_s / commentary.frame_period_s), 2)
    count = -(-(hypothesis.end_frame - hypothesis.start_frame) // longest)
    edges = np.linspace(hypothesis.start_frame, hypothesis.end_frame, count + 1).astype(int)
    found = []
    for start, end in itertools.pairwise(edges):
        part = hypothesis.over(int(start), int(end))
        found += _part(commentary, source, part, settings)
    return found


def _part(
    commentary: Commentary, source: Source, hypothesis: Hypothesis, settings: CourseSettings
) -> list[Hypothesis]:
    frames = np.arange(hypothesis.start_frame, hypothesis.end_frame)
    seconds = commentary.seconds[frames]
    own, period = hypothesis.line, source.frame_period_s
    ends = own(seconds[[0, -1]])
    first, last = source.frames_between(ends[0] - settings.margin_s, ends[1] + settings.margin_s)
    if last - first < 3 or len(frames) < 2 * settings.shortest_frames:
        return []
    residuals = _residuals(commentary, source, hypothesis, frames, (first, last), settings)
    origins, slopes = _lines(own, seconds, source.seconds[[first, last - 1]], period, settings)
    at = origins[:, None] + slopes[:, None] * (seconds - seconds[0])
    numbers = source.frame_at(at) - first
    inside = (numbers >= 0) & (numbers < last - first)
    numbers = np.clip(numbers, 0, last - first - 1)
    costs = np.where(inside, residuals[np.arange(len(frames)), numbers], 0.0)
    # The run's own line comes first, and any other must be worth a turn.
    costs[1:, 0] += settings.turn
    path = _cheapest(costs, settings.turn)
    turns = np.flatnonzero(np.diff(path)) + 1
    found = []
    for a, b in itertools.pairwise([0, *turns.tolist(), len(frames)]):
        line = Line(float(seconds[0]), float(origins[path[a]]), float(slopes[path[a]]))
        ends = seconds[[a, b - 1]]
        if b - a >= settings.shortest_frames and np.abs(line(ends) - own(ends)).max() >= period:
            start, end = int(frames[a]), int(frames[b - 1]) + 1
            middle = line.moved_to(float(ends.mean()))
            found.append(replace(hypothesis, start_frame=start, end_frame=end, line=middle))
    return found


def _residuals(
    commentary: Commentary,
    source: Source,
    hypothesis: Hypothesis,
    frames: NDArray[np.int64],
    movie: tuple[int, int],
    settings: CourseSettings,
) -> NDArray[np.float32]:
    """(n, movie frames) logarithm of the residual of every pair; 0 where nothing is alike."""
    grid = (source.signatures.shape[1], source.signatures.shape[2])
    cells = cells_under(hypothesis.crop, grid)
    grey = pictures(commentary, frames, mirrored=hypothesis.mirrored)
    values, _ = project(grey, hypothesis.crop, grid, cells=cells)
    weights = commentary.weights(hypothesis, frames, cells)
    if weights is not None and weights.ndim == 3:
        # One weight for both sides: cells that are covered in any of the frames do not count.
        weights = weights.min(axis=0)
    seen = normalised(values, weights)
    shown = normalised(source.signatures[slice(*movie), cells[0], cells[1]], weights)
    residual = np.clip(1 - seen @ shown.T, 0.0, 1.0) + settings.noise
    return np.asarray(np.log(np.minimum(residual, 1.0)), dtype=np.float32)


def _lines(
    own: Line,
    seconds: NDArray[np.float64],
    reach: NDArray[np.float64],
    period: float,
    settings: CourseSettings,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(k,) source seconds at the first frame, and speeds, of all lines that cross the reach.

    The run's own line comes first.
    """
    span = float(seconds[-1] - seconds[0])
    own = own.moved_to(float(seconds[0]))
    origins, slopes = [np.array([own.source_s])], [np.array([own.speed])]
    for speed in np.unique([*settings.speeds, own.speed]):
        begin = reach[0] - max(speed * span, 0.0)
        origins.append(np.arange(begin + (own.source_s - begin) % period, reach[1], period))
        slopes.append(np.full(len(origins[-1]), speed))
    return np.concatenate(origins), np.concatenate(slopes)


def _cheapest(costs: NDArray[np.float32], turn: float) -> NDArray[np.int64]:
    """(n,) line of every frame: the cheapest path where any line may follow any other (Viterbi).

    Args:
        costs: (lines, n).
        turn: Cost of a change of line.
    """
    count = costs.shape[1]
    total = costs[:, 0].astype(np.float64)
    entered = np.zeros((count, len(costs)), dtype=np.bool_)
    before = np.zeros(count, dtype=np.int64)
    for frame in range(1, count):
        best = int(total.argmin())
        before[frame] = best
        entered[frame] = total > total[best] + turn
        total = np.where(entered[frame], total[best] + turn, total) + costs[:, frame]
    path = np.empty(count, dtype=np.int64)
    state = int(total.argmin())
    for frame in range(count - 1, -1, -1):
        path[frame] = state
        if entered[frame, state]:
            state = int(before[frame])
    return path
