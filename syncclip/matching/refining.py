"""What is tried next, now that runs are known: fits, neighbours' lines, turns, a second look."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.candidates import Lookup
from syncclip.matching.courses import courses
from syncclip.matching.evidence import Evidence
from syncclip.matching.examination import FinderSettings, FitTask, proposals
from syncclip.matching.fusion import TrackNeighbours
from syncclip.matching.hints import Hints
from syncclip.matching.path import NO_MOVIE, Run
from syncclip.matching.proof import masked_again
from syncclip.matching.records import Commentary, Crop, Hypothesis, Line, Source
from syncclip.matching.windows import crop_windows
from syncclip.types import Shot

__all__ = ["adopted", "fit_tasks", "poorly_explained", "second_look", "turns"]

AT_CUT_FRAMES = 2.5
"""Frames by which a line may miss a cut of the movie and still be before or after it."""


def fit_tasks(
    commentary: Commentary,
    sources: Sequence[Source],
    runs: Sequence[Run],
    evidence: Sequence[Evidence],
    settings: FinderSettings,
) -> list[FitTask]:
    """Every run's hypothesis, to be fitted to the run's own frames or to two joined runs'."""
    tasks = []
    habits = _habits(runs, evidence)
    known = [run for run in runs if run.state != NO_MOVIE and run.end_frame - run.start_frame >= 3]
    good = _good(known, evidence, settings)
    own = [evidence[run.state].hypothesis.over(run.start_frame, run.end_frame) for run in known]
    joined = _joined(runs, evidence, commentary, sources, lambda frame: habits(frame)[1])
    for h in [*own, *joined]:
        largest = crop_windows(commentary.aspect, sources[h.source].aspect)[0]
        crops, speeds = habits(h.start_frame)
        tasks.append(
            FitTask(
                hypothesis=h,
                usual_crops=(largest, *crops),
                usual_speeds=(1.0, *speeds),
                good=good,
            )
        )
    return tasks


def _good(runs: Sequence[Run], evidence: Sequence[Evidence], settings: FinderSettings) -> float:
    """Correlation that counts as good in this commentary: another render never gets near 1."""
    fits = [evidence[run.state].mean_correlation(run.start_frame, run.end_frame) for run in runs]
    usual = 1 - float(np.median(fits)) if fits else 0.0
    return min(settings.good, 1 - settings.poor * usual)


def adopted(
    commentary: Commentary,
    sources: Sequence[Source],
    runs: Sequence[Run],
    evidence: Sequence[Evidence],
    settings: FinderSettings,
) -> list[Hypothesis]:
    """Every run explained by the line of the run before and after it.

    A cut of the movie itself divides a stretch that goes on. Each side is fitted on its own, and a
    short or still side hardly tells its time; the other side's line does.
    """
    fresh = []
    for a, b in itertools.pairwise(runs):
        for run, other in ((a, b), (b, a)):
            if other.state == NO_MOVIE:
                continue
            h = evidence[other.state].hypothesis
            whole = h.over(run.start_frame, run.end_frame)
            fresh.append(masked_again(commentary, sources[h.source], whole, settings.proof))
    return fresh


def turns(
    commentary: Commentary,
    sources: Sequence[Source],
    runs: Sequence[Run],
    evidence: Sequence[Evidence],
    settings: FinderSettings,
) -> list[Hypothesis]:
    """Other lines that parts of the runs may follow."""
    fresh = []
    for run in runs:
        if run.state != NO_MOVIE:
            h = evidence[run.state].hypothesis
            fresh += courses(
                commentary,
                sources[h.source],
                h.over(run.start_frame, run.end_frame),
                settings.courses,
            )
    return fresh


def second_look(
    commentary: Commentary,
    sources: Sequence[Source],
    lookup: Lookup,
    runs: Sequence[Run],
    evidence: Sequence[Evidence],
    settings: FinderSettings,
    further: Sequence[TrackNeighbours | Hints] = (),
) -> list[list[Hypothesis]]:
    """Propose again for what is still poorly explained, now that its ends are known."""
    poor = poorly_explained(commentary, runs, evidence, settings)
    if not poor:
        return []
    again = replace(commentary, shots=tuple(poor))
    return list(proposals(again, sources, lookup, settings, further))


def poorly_explained(
    commentary: Commentary,
    runs: Sequence[Run],
    evidence: Sequence[Evidence],
    settings: FinderSettings,
) -> list[Shot]:
    """Stretches that no run explains well.

    A missed cut leaves a stretch whose larger part outvotes the smaller one; within a quiet scene
    the smaller part resembles the larger one's place, and is odd only beside the rest.
    """
    fit = np.zeros(len(commentary.grey), dtype=np.float32)
    known = np.zeros(len(commentary.grey), dtype=np.bool_)
    for run in runs:
        if run.state != NO_MOVIE:
            e = evidence[run.state]
            start, end = run.start_frame, run.end_frame
            fit[start:end] = e.correlation[start - e.first_frame : end - e.first_frame]
            known[start:end] = True
    usual = float(np.median(1 - fit[known])) if known.any() else 0.0
    limit = min(1 - settings.weak, settings.odd * max(usual, settings.faithful))
    starts = {run.start_frame for run in runs} | {s.start_frame for s in commentary.shots}
    return _ranges(fit < 1 - limit, starts, settings.shortest_frames)


def _ranges(chosen: NDArray[np.bool_], breaks: set[int], shortest: int) -> list[Shot]:
    """Runs of chosen frames, divided at breaks, without the shortest."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(np.int8)))
    shots = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        inner = sorted(b for b in breaks if start < b < end)
        for a, b in itertools.pairwise([int(start), *inner, int(end)]):
            if b - a >= shortest:
                shots.append(Shot(a, b))
    return shots


def _habits(
    runs: Sequence[Run], evidence: Sequence[Evidence]
) -> Callable[[int], tuple[list[Crop], list[float]]]:
    """For a frame, crops and speeds of the nearest runs before and after it."""
    known = [run for run in runs if run.state != NO_MOVIE]

    def near(frame: int) -> tuple[list[Crop], list[float]]:
        before = [run for run in known if run.end_frame <= frame][-1:]
        after = [run for run in known if run.start_frame > frame][:1]
        near = [evidence[run.state].hypothesis for run in before + after]
        return [h.crop for h in near], [h.line.speed for h in near]

    return near


def _joined(
    runs: Sequence[Run],
    evidence: Sequence[Evidence],
    commentary: Commentary,
    sources: Sequence[Source],
    usual_speeds: Callable[[int], Sequence[float]],
) -> list[Hypothesis]:
    """Neighbouring runs that may be one line's.

    Their lines all but meet at the boundary, or the movie itself cuts from the shot of the one to
    that of the other. Then the cut is an anchor: still shots on either side of it tell neither time
    nor speed. It tells the time, to the frame; for the speed there is what is usual.
    """
    joined = []
    for a, b in itertools.pairwise(runs):
        if NO_MOVIE in (a.state, b.state):
            continue
        first, second = evidence[a.state].hypothesis, evidence[b.state].hypothesis
        if (first.source, first.mirrored) != (second.source, second.mirrored):
            continue
        source = sources[first.source]
        at_s = float(commentary.seconds[b.start_frame])
        ends_s, begins_s = (h.line.moved_to(at_s).source_s for h in (first, second))
        longer = max((a, b), key=lambda run: run.end_frame - run.start_frame)
        whole = evidence[longer.state].hypothesis.over(a.start_frame, b.end_frame)
        if abs(ends_s - begins_s) < 12 * source.frame_period_s:
            joined.append(whole)
        elif (cut_s := _cut_between(source, ends_s, begins_s)) is not None:
            # Most usual first: where all fit alike, the first one is taken.
            speeds = dict.fromkeys((1.0, *usual_speeds(a.start_frame)))
            joined += [replace(whole, line=Line(at_s, cut_s, speed)) for speed in speeds]
    return joined


def _cut_between(source: Source, ends_s: float, begins_s: float) -> float | None:
    """Second of the movie's cut from the shot shown at one place to the one shown at another.

    None where the one does not follow the other, or the movie's shots are unknown.
    """
    inside_s = AT_CUT_FRAMES * source.frame_period_s
    shots = np.searchsorted(source.shots_s, [ends_s - inside_s, begins_s + inside_s], side="right")
    before, after = shots.tolist()
    return float(source.shots_s[before]) if 1 <= before == after - 1 else None
