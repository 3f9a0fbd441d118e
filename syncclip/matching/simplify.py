"""Fewer runs that say the same.

The path may follow one shot along several hypotheses that differ by a fraction of a frame. An
editor wants one segment: neighbouring runs are joined wherever one line explains both about as
well.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.evidence import Evidence
from syncclip.matching.path import NO_MOVIE, PathSettings, Run
from syncclip.matching.records import Source

__all__ = ["goes_on", "simplified"]


def simplified(
    runs: Sequence[Run],
    evidence: Sequence[Evidence],
    sources: Sequence[Source],
    seconds: NDArray[np.float64],
    settings: PathSettings,
    *,
    among: Container[int] | None = None,
) -> tuple[Run, ...]:
    """Join neighbouring runs that one hypothesis explains about as well.

    Args:
        runs: Of the whole commentary, in order.
        evidence: The hypotheses that they name.
        sources: Movies.
        seconds: (n,) times of the commentary's frames.
        settings: How near lines must be, and what joining may cost.
        among: Numbers of the hypotheses that may explain joined runs; all by default.

    Returns:
        Runs that cover the same frames.
    """
    among = range(len(evidence)) if among is None else among
    kept: list[Run] = []
    for run in runs:
        kept.append(run)
        while len(kept) > 1:
            joined = _joined(kept[-2], kept[-1], evidence, sources, seconds, settings, among)
            if joined is None:
                break
            kept[-2:] = [joined]
    return tuple(kept)


def _joined(
    a: Run,
    b: Run,
    evidence: Sequence[Evidence],
    sources: Sequence[Source],
    seconds: NDArray[np.float64],
    settings: PathSettings,
    among: Container[int],
) -> Run | None:
    """One run over the frames of both, or None."""
    if NO_MOVIE in (a.state, b.state):
        return None
    if not goes_on(a, b, evidence, sources, seconds, settings):
        return None
    start, end = a.start_frame, b.end_frame
    apart = _cost(evidence[a.state], a.start_frame, a.end_frame)
    apart += _cost(evidence[b.state], b.start_frame, b.end_frame)
    first = evidence[a.state].hypothesis
    best, state = np.inf, NO_MOVIE
    for number, e in enumerate(evidence):
        h = e.hypothesis
        same = h.source == first.source and h.mirrored == first.mirrored
        if number not in among or not same or not e.holds(start, end):
            continue
        together = _cost(e, start, end)
        if together < best:
            best, state = together, number
    allowed = settings.join_cost + settings.join_share * (end - start)
    return Run(start, end, state) if best <= apart + allowed else None


def goes_on(
    a: Run,
    b: Run,
    evidence: Sequence[Evidence],
    sources: Sequence[Source],
    seconds: NDArray[np.float64],
    settings: PathSettings,
) -> bool:
    """True where the second run, of a movie, goes on about where the first one ends."""
    first, second = evidence[a.state].hypothesis, evidence[b.state].hypothesis
    if first.source != second.source or first.mirrored != second.mirrored:
        return False
    at = float(seconds[b.start_frame])
    apart = abs(first.line.moved_to(at).source_s - second.line.moved_to(at).source_s)
    return apart < settings.join_frames * sources[first.source].frame_period_s


def _cost(evidence: Evidence, start: int, end: int) -> float:
    return float(evidence.cost[start - evidence.first_frame : end - evidence.first_frame].sum())
