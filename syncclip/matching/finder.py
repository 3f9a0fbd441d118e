"""From proposals to runs: prove, explain the whole commentary, refit, explain again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from syncclip.matching.candidates import Lookup, OnStep, voting_stretches
from syncclip.matching.claims import concluded, without, zoom
from syncclip.matching.closer import Found, looked_closer
from syncclip.matching.evidence import (
    Evidence,
    find_overlays,
    gather,
    gathered_again,
    weighed_again,
)
from syncclip.matching.examination import Examiner, FinderSettings, Workers, proposals
from syncclip.matching.fusion import TrackNeighbours
from syncclip.matching.hints import Hints
from syncclip.matching.overlays import Overlays
from syncclip.matching.path import NO_MOVIE, Run, best_path, mirror_costs
from syncclip.matching.records import Commentary, Hypothesis, Source, same_place
from syncclip.matching.recurrence import recurrences
from syncclip.matching.refining import adopted, fit_tasks, second_look, turns

__all__ = ["Found", "find", "reconsider"]

Part = TypeVar("Part")

SAME_FRAMES, SAME_CROP = 0.1, 0.001
"""Source frames and shares of the picture up to which two hypotheses are one."""


def find(
    commentary: Commentary,
    sources: Sequence[Source],
    lookup: Lookup,
    settings: FinderSettings,
    on_step: OnStep | None = None,
    *,
    further: Sequence[TrackNeighbours | Hints] = (),
    workers: Workers | None = None,
) -> Found:
    """Explain every commentary frame by a place in a movie or by none.

    Args:
        commentary: Frames to be found.
        sources: Movies.
        lookup: Nearest neighbours of pictures among all movies.
        settings: Settings of every step.
        on_step: Told how far the search is.
        further: What further tracks say of some frames; their places are proven like all others.
        workers: Who does the long part; the caller's own process by default.

    Returns:
        Runs that cover every frame, all hypotheses that were proven, and at last the other places
        at which the movies show the same.
    """
    tell = on_step or (lambda *_: None)
    workers = workers or Examiner(commentary, sources, settings)
    proposed = proposals(commentary, sources, lookup, settings, further, tell)
    proven: list[Hypothesis] = []
    total = len(voting_stretches(commentary, settings.candidates))
    for number, places in enumerate(workers.examine(proposed)):
        tell("Proving", number + 1, total)
        proven += places
    evidence: list[Evidence] = []
    distinct = _distinct(_believable(proven, commentary, sources, settings), sources)
    for h in distinct:
        evidence.append(gather(commentary, sources[h.source], h, settings.evidence))
        tell("Weighing", len(evidence), len(distinct))
    runs = _explain(commentary, evidence, settings)
    refining = _Count(tell, "Refining")
    for left in range(settings.rounds, 0, -1):
        # While others fit, frames are looked up again and vote; while they prove, places are taken
        # over from neighbours.
        tasks = fit_tasks(commentary, sources, runs, evidence, settings)
        fitted = workers.fit(tasks)
        again = second_look(commentary, sources, lookup, runs, evidence, settings, further)
        examined = workers.examine(again)
        taken_over = adopted(commentary, sources, runs, evidence, settings)
        taken_over += turns(commentary, sources, runs, evidence, settings)
        refining.expect((len(tasks) + len(again) + 1) * left)
        fresh = [h for fits in fitted for h in refining.one(fits)] + taken_over
        proven = [h for places in examined for h in refining.one(places)]
        fresh += _distinct(proven, sources)
        fresh = _believable(fresh, commentary, sources, settings)
        fresh = _unknown(fresh, evidence, commentary, sources)
        evidence += [gather(commentary, sources[h.source], h, settings.evidence) for h in fresh]
        commentary = replace(commentary, overlays=_overlays(commentary, sources, runs, evidence))
        evidence = [
            gathered_again(commentary, sources[e.hypothesis.source], e, settings.evidence)
            for e in evidence
        ]
        runs = refining.one(_explain(commentary, evidence, settings, runs))
    runs, doubtful = concluded(runs, evidence, commentary, sources, settings)
    found = Found(runs, tuple(evidence), commentary.overlays)
    found = looked_closer(found, doubtful, commentary, sources, settings, tell, workers)
    elsewhere = recurrences(
        commentary, sources, found.runs, found.evidence, settings.recurrence, settings.evidence
    )
    return replace(found, evidence=(*found.evidence, *elsewhere))


class _Count:
    """Tells of a step whose parts are learnt on the way."""

    def __init__(self, tell: OnStep, step: str) -> None:
        self._tell, self._step = tell, step
        self._done, self._total = 0, 0

    def expect(self, more: int) -> None:
        """So many parts are to come."""
        self._total = self._done + more

    def one(self, part: Part) -> Part:
        """A part is done: tell, and hand it on."""
        self._done += 1
        self._tell(self._step, self._done, self._total)
        return part


def reconsider(
    found: Found,
    commentary: Commentary,
    sources: Sequence[Source],
    settings: FinderSettings,
    *,
    threshold: float,
) -> Found:
    """Find the path again with frames counting as explained from a lower correlation on."""
    weaker = replace(settings.evidence, neutral=max(settings.evidence.neutral, 1 - threshold))
    evidence = tuple(weighed_again(e, weaker) for e in found.evidence)
    commentary = replace(commentary, overlays=found.overlays)
    runs = _explain(commentary, evidence, settings, found.runs)
    runs, doubtful = concluded(runs, evidence, commentary, sources, settings)
    return replace(found, runs=without(runs, doubtful), evidence=evidence)


def _believable(
    proven: Sequence[Hypothesis],
    commentary: Commentary,
    sources: Sequence[Source],
    settings: FinderSettings,
) -> list[Hypothesis]:
    """Without those whose crop the fit made too small."""
    return [h for h in proven if zoom(h, commentary, sources) <= settings.most_zoom]


def _unknown(
    fresh: Sequence[Hypothesis],
    evidence: Sequence[Evidence],
    commentary: Commentary,
    sources: Sequence[Source],
) -> list[Hypothesis]:
    """Without those that were tried on the same frames already."""
    kept: list[Hypothesis] = []
    for h in fresh:
        tried = [e.hypothesis for e in evidence if e.holds(h.start_frame, h.end_frame)]
        tried += [k for k in kept if k.start_frame <= h.start_frame and h.end_frame <= k.end_frame]
        ends = commentary.seconds[[h.start_frame, h.end_frame - 1]]
        apart_s = SAME_FRAMES * sources[h.source].frame_period_s
        if not any(
            (h.source, h.mirrored) == (k.source, k.mirrored)
            and h.crop.apart(k.crop) < SAME_CROP
            and np.abs(h.line(ends) - k.line(ends)).max() < apart_s
            for k in tried
        ):
            kept.append(h)
    return kept


def _distinct(proven: Sequence[Hypothesis], sources: Sequence[Source]) -> list[Hypothesis]:
    """Without those that a better neighbour says already."""
    kept: list[Hypothesis] = []
    for h in sorted(proven, key=lambda h: -h.score):
        near = (k for k in kept if k.start_frame < h.end_frame and h.start_frame < k.end_frame)
        period = sources[h.source].frame_period_s
        if not any(same_place(h, other, 0.75 * period, 0.0) for other in near):
            kept.append(h)
    return kept


def _overlays(
    commentary: Commentary,
    sources: Sequence[Source],
    runs: Sequence[Run],
    evidence: Sequence[Evidence],
) -> Overlays:
    """Overlays as the best explanation so far shows them."""
    known = [run for run in runs if run.state != NO_MOVIE]
    explained = ((r.start_frame, r.end_frame, evidence[r.state].hypothesis) for r in known)
    return find_overlays(commentary, sources, explained)


def _explain(
    commentary: Commentary,
    evidence: Sequence[Evidence],
    settings: FinderSettings,
    before: Sequence[Run] = (),
) -> tuple[Run, ...]:
    """The best path, given the runs of the one before: what is usual of them is a prior."""
    cuts = np.array([shot.start_frame for shot in commentary.shots], dtype=np.int64)
    return best_path(
        evidence,
        n_frames=len(commentary.grey),
        seconds=commentary.seconds,
        cut_frames=cuts,
        settings=settings.path,
        mirror_costs=mirror_costs(before, evidence, settings.path),
    )
