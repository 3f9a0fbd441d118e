"""Which runs of a path are claimed: those whose places are beyond what chance makes alike."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

from syncclip.matching.evidence import Evidence, certainty
from syncclip.matching.examination import FinderSettings
from syncclip.matching.path import NO_MOVIE, Run
from syncclip.matching.records import Commentary, Hypothesis, Source
from syncclip.matching.simplify import goes_on, simplified
from syncclip.matching.windows import crop_windows
from syncclip.types import Shot

__all__ = ["concluded", "without", "zoom"]

AT_CUT_FRAMES = 2
"""Frames by which an edge may miss a detected cut and still be at it."""

DOUBTFUL = 0.65
"""Share of the certainty that is wanted from which on finer pictures may confirm a run: a still
shot has no motion to be sure by, and a title hardly a signature."""


def concluded(
    runs: Sequence[Run],
    evidence: Sequence[Evidence],
    commentary: Commentary,
    sources: Sequence[Source],
    settings: FinderSettings,
) -> tuple[tuple[Run, ...], frozenset[int]]:
    """Runs that one line explains joined, and those that chance explains as well let go.

    Returns:
        Runs; and the first frames of those that only a closer look can tell from chance.
    """
    joined = simplified(runs, evidence, sources, commentary.seconds, settings.path)
    shares = [
        0.0
        if run.state == NO_MOVIE
        else _sure(joined, number, evidence, commentary, sources, settings)
        for number, run in enumerate(joined)
    ]
    sure = [share >= 1 for share in shares]
    # What goes on where a place that is sure ends, or ends where it goes on, is no claim of its
    # own: a fade to black proves nothing by itself.
    pairs = [
        (number, number + 1)
        for number, (a, b) in enumerate(itertools.pairwise(joined))
        if NO_MOVIE not in (a.state, b.state)
        and goes_on(a, b, evidence, sources, commentary.seconds, settings.path)
    ]
    for before, after in pairs:
        sure[after] |= sure[before]
    for before, after in reversed(pairs):
        sure[before] |= sure[after]
    hopeless = [n for n, share in enumerate(shares) if not sure[n] and share < DOUBTFUL]
    doubtful = [n for n, share in enumerate(shares) if not sure[n] and share >= DOUBTFUL]
    kept = without(joined, frozenset(joined[n].start_frame for n in hopeless))
    return kept, frozenset(joined[n].start_frame for n in doubtful)


def without(runs: Sequence[Run], first_frames: frozenset[int]) -> tuple[Run, ...]:
    """Runs with those that begin at some frames let go; neighbours in no movie are one."""
    kept: list[Run] = []
    for run in runs:
        state = NO_MOVIE if run.start_frame in first_frames else run.state
        if kept and state == NO_MOVIE == kept[-1].state:
            kept[-1] = replace(kept[-1], end_frame=run.end_frame)
        else:
            kept.append(replace(run, state=state))
    return tuple(kept)


def _sure(
    runs: Sequence[Run],
    number: int,
    evidence: Sequence[Evidence],
    commentary: Commentary,
    sources: Sequence[Source],
    settings: FinderSettings,
) -> float:
    """How far a run's place is beyond what chance makes alike, as a share of what is wanted."""
    run = runs[number]
    e = evidence[run.state]
    unusual = _ends_inside_a_shot(runs, number, commentary.shots)
    unusual |= zoom(e.hypothesis, commentary, sources) > settings.usual_zoom
    wanted = settings.evidence.certain_unusual if unusual else settings.evidence.certain
    source = sources[e.hypothesis.source]
    return certainty(commentary, source, e, run.start_frame, run.end_frame) / wanted


def _ends_inside_a_shot(runs: Sequence[Run], number: int, shots: Sequence[Shot]) -> bool:
    """True where a run goes over to *no movie* where no cut is."""
    run = runs[number]
    for edge, beside in ((run.start_frame, number - 1), (run.end_frame, number + 1)):
        alone = 0 <= beside < len(runs) and runs[beside].state == NO_MOVIE
        if alone and all(abs(shot.start_frame - edge) > AT_CUT_FRAMES for shot in shots):
            return True
    return False


def zoom(hypothesis: Hypothesis, commentary: Commentary, sources: Sequence[Source]) -> float:
    """How much larger the movie is shown than where the crop is the largest possible."""
    largest = crop_windows(commentary.aspect, sources[hypothesis.source].aspect)[0]
    return math.sqrt(largest.w * largest.h / (hypothesis.crop.w * hypothesis.crop.h))
