"""From proposals to runs: prove, explain the whole commentary, refit, explain again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.candidates import CandidateSettings, Lookup, propose
from syncclip.matching.evidence import Evidence, EvidenceSettings, gather, weighed_again
from syncclip.matching.path import NO_MOVIE, PathSettings, Run, best_path
from syncclip.matching.proof import ProofSettings, glance, masked_again, prove, settle
from syncclip.matching.records import Commentary, Crop, Hypothesis, Source
from syncclip.matching.votes import VoteSettings
from syncclip.matching.windows import crop_windows
from syncclip.types import Shot

__all__ = ["FinderSettings", "Found", "find", "reconsider"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FinderSettings:
    """Settings of every step of the search."""

    candidates: CandidateSettings = field(default_factory=CandidateSettings)
    votes: VoteSettings = field(default_factory=VoteSettings)
    proof: ProofSettings = field(default_factory=ProofSettings)
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)
    path: PathSettings = field(default_factory=PathSettings)
    hopeless: float = 0.55
    """Correlation after a glance below which a place is not examined further."""
    behind: float = 0.15
    """A place this far behind the best of its stretch is not examined further."""
    proofs: int = 3
    """Places of one stretch that are examined in full."""
    good: float = 0.98
    """Correlation of a run below which its fit is tried from further starts."""
    weak: float = 0.8
    """Correlation of a frame below which it is looked up again."""
    shortest_frames: int = 5
    """Shortest stretch that is looked up again."""
    rounds: int = 2
    """Times that the runs are refitted and the path is found again."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Runs and the hypotheses that they name."""

    runs: tuple[Run, ...]
    evidence: tuple[Evidence, ...]


OnStep = Callable[[str, int, int], None]
"""Called with a step's name, how many of its parts are done, and how many there are."""


def find(
    commentary: Commentary,
    sources: Sequence[Source],
    lookup: Lookup,
    settings: FinderSettings,
    on_step: OnStep | None = None,
) -> Found:
    """Explain every commentary frame by a place in a movie or by none.

    Args:
        commentary: Frames to be found.
        sources: Movies.
        lookup: Nearest neighbours of pictures among all movies.
        settings: Settings of every step.
        on_step: Told how far the search is.

    Returns:
        Runs that cover every frame, and all hypotheses that were proven.
    """
    tell = on_step or (lambda *_: None)
    proposals = propose(
        commentary, sources, lookup, settings=settings.candidates, votes=settings.votes
    )
    proven: list[Hypothesis] = []
    for number, stretch in enumerate(proposals):
        tell("Proving", number, len(proposals))
        proven += _examine(commentary, sources, stretch, settings)
    evidence = [
        gather(commentary, sources[h.source], h, settings.evidence)
        for h in _distinct(proven, sources)
    ]
    runs = _explain(commentary, evidence, settings)
    for number in range(settings.rounds):
        tell("Refining", number, settings.rounds)
        evidence += _refit(commentary, sources, runs, evidence, settings)
        evidence += _adopted(commentary, sources, runs, evidence, settings)
        evidence += _second_look(commentary, sources, lookup, runs, evidence, settings)
        runs = _explain(commentary, evidence, settings)
    return Found(runs, tuple(evidence))


def reconsider(
    found: Found, commentary: Commentary, settings: FinderSettings, *, threshold: float
) -> Found:
    """Find the path again with frames counting as explained from a lower correlation on."""
    weaker = replace(settings.evidence, neutral=max(settings.evidence.neutral, 1 - threshold))
    evidence = tuple(weighed_again(e, weaker) for e in found.evidence)
    return Found(_explain(commentary, evidence, settings), evidence)


def _examine(
    commentary: Commentary,
    sources: Sequence[Source],
    stretch: Sequence[Hypothesis],
    settings: FinderSettings,
) -> list[Hypothesis]:
    """Glance at every place of a stretch and prove those that look right."""
    seen = [glance(commentary, sources[h.source], h, settings.proof) for h in stretch]
    seen.sort(key=lambda h: -h.score)
    chosen: list[Hypothesis] = []
    for h in seen:
        if h.score < max(settings.hopeless, seen[0].score - settings.behind):
            break
        if len(chosen) == settings.proofs:
            break
        period = sources[h.source].frame_period_s
        if not any(_same_place(h, other, 3 * period, period) for other in chosen):
            chosen.append(h)
    return [prove(commentary, sources[h.source], h, settings.proof) for h in chosen]


def _same_place(a: Hypothesis, b: Hypothesis, tolerance_s: float, period_s: float) -> bool:
    """True where two hypotheses name the same source times over the frames they share."""
    if a.source != b.source or a.mirrored != b.mirrored:
        return False
    at = (a.line.at_s + b.line.at_s) / 2
    apart = abs(a.line.moved_to(at).source_s - b.line.moved_to(at).source_s)
    drift = abs(a.line.speed - b.line.speed) * 1.0
    return apart < tolerance_s and drift < tolerance_s + period_s


def _distinct(proven: Sequence[Hypothesis], sources: Sequence[Source]) -> list[Hypothesis]:
    """Without those that a better neighbour says already."""
    kept: list[Hypothesis] = []
    for h in sorted(proven, key=lambda h: -h.score):
        near = (k for k in kept if k.start_frame < h.end_frame and h.start_frame < k.end_frame)
        period = sources[h.source].frame_period_s
        if not any(_same_place(h, other, 0.75 * period, 0.0) for other in near):
            kept.append(h)
    return kept


def _explain(
    commentary: Commentary, evidence: Sequence[Evidence], settings: FinderSettings
) -> tuple[Run, ...]:
    cuts = np.array([shot.start_frame for shot in commentary.shots], dtype=np.int64)
    return best_path(
        evidence,
        n_frames=len(commentary.grey),
        seconds=commentary.seconds,
        cut_frames=cuts,
        settings=settings.path,
    )


def _refit(
    commentary: Commentary,
    sources: Sequence[Source],
    runs: Sequence[Run],
    evidence: Sequence[Evidence],
    settings: FinderSettings,
) -> list[Evidence]:
    """Fit every run's hypothesis to the run's own frames, and to runs joined with the next."""
    fresh = []
    habits = _habits(runs, evidence)
    for run in [*runs, *_joined(runs, evidence, sources)]:
        if run.state == NO_MOVIE or run.end_frame - run.start_frame < 3:
            continue
        h = evidence[run.state].hypothesis
        source = sources[h.source]
        whole = replace(h, start_frame=run.start_frame, end_frame=run.end_frame)
        span = float(commentary.seconds[run.end_frame - 1] - commentary.seconds[run.start_frame])
        largest = crop_windows(commentary.aspect, source.aspect)[0]
        habit_crops, habit_speeds = habits(run.start_frame)
        usual_crops = (largest, *habit_crops)
        fitted = prove(
            commentary,
            source,
            whole,
            settings.proof,
            reach_s=8 * source.frame_period_s,
            speed_reach=min(0.2, 12 * source.frame_period_s / max(span, 0.1)),
            crops=[crop for crop in usual_crops if crop.apart(h.crop) < settings.proof.near_crop],
        )
        if fitted.score < settings.good:
            # A poor fit of a true place is most often a local optimum.
            fitted = max(
                fitted,
                prove(
                    commentary,
                    source,
                    whole,
                    settings.proof,
                    reach_s=8 * source.frame_period_s,
                    speed_reach=min(0.2, 12 * source.frame_period_s / max(span, 0.1)),
                    offsets_s=(-0.4, -0.2, 0.2, 0.4),
                ),
                key=lambda fit: fit.score,
            )
        fitted = settle(
            commentary,
            source,
            fitted,
            settings.proof,
            crops=usual_crops,
            speeds=(1.0, *habit_speeds),
        )
        fresh.append(gather(commentary, source, fitted, settings.evidence))
    return fresh


def _adopted(
    commentary: Commentary,
    sources: Sequence[Source],
    runs: Sequence[Run],
    evidence: Sequence[Evidence],
    settings: FinderSettings,
) -> list[Evidence]:
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
            whole = replace(h, start_frame=run.start_frame, end_frame=run.end_frame)
            adopted = masked_again(commentary, sources[h.source], whole, settings.proof)
            fresh.append(gather(commentary, sources[h.source], adopted, settings.evidence))
    return fresh


def _second_look(
    commentary: Commentary,
    sources: Sequence[Source],
    lookup: Lookup,
    runs: Sequence[Run],
    evidence: Sequence[Evidence],
    settings: FinderSettings,
) -> list[Evidence]:
    """Propose again for what is still poorly explained, now that its ends are known.

    A missed cut leaves a stretch whose larger part outvotes the smaller one.
    """
    fit = np.zeros(len(commentary.grey), dtype=np.float32)
    for run in runs:
        if run.state != NO_MOVIE:
            e = evidence[run.state]
            fit[run.start_frame : run.end_frame] = e.correlation[
                run.start_frame - e.first_frame : run.end_frame - e.first_frame
            ]
    starts = {run.start_frame for run in runs} | {s.start_frame for s in commentary.shots}
    weak = _ranges(fit < settings.weak, starts, settings.shortest_frames)
    if not weak:
        return []
    again = replace(commentary, shots=tuple(weak))
    proposals = propose(again, sources, lookup, settings=settings.candidates, votes=settings.votes)
    proven = [h for p in proposals for h in _examine(commentary, sources, p, settings)]
    return [
        gather(commentary, sources[h.source], h, settings.evidence)
        for h in _distinct(proven, sources)
    ]


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
    runs: Sequence[Run], evidence: Sequence[Evidence], sources: Sequence[Source]
) -> list[Run]:
    """Neighbouring runs that may be one: their lines all but meet at the boundary."""
    joined = []
    for a, b in itertools.pairwise(runs):
        if NO_MOVIE in (a.state, b.state):
            continue
        first, second = evidence[a.state].hypothesis, evidence[b.state].hypothesis
        period = sources[first.source].frame_period_s
        at = second.line.at_s
        apart = abs(first.line.moved_to(at).source_s - second.line.source_s)
        same = first.source == second.source and first.mirrored == second.mirrored
        if same and apart < 12 * period:
            longer = max((a, b), key=lambda run: run.end_frame - run.start_frame)
            joined.append(Run(a.start_frame, b.end_frame, longer.state))
    return joined
