"""From proposals to runs: prove, explain the whole commentary, refit, explain again."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from syncclip.matching.candidates import Lookup, OnStep, propose
from syncclip.matching.closeup import Closeup
from syncclip.matching.evidence import (
    Evidence,
    certainty,
    explains_as_well,
    find_overlays,
    gather,
    gathered_again,
    weighed_again,
)
from syncclip.matching.examination import Examiner, FinderSettings, Workers
from syncclip.matching.flicker import line_by_flicker
from syncclip.matching.fusion import TrackNeighbours
from syncclip.matching.hints import Hints
from syncclip.matching.overlays import Overlays
from syncclip.matching.path import NO_MOVIE, Run, best_path
from syncclip.matching.records import Commentary, Hypothesis, Source, same_place
from syncclip.matching.refining import adopted, fit_tasks, second_look, turns
from syncclip.matching.simplify import goes_on, simplified
from syncclip.matching.valley import Slack
from syncclip.matching.windows import crop_windows
from syncclip.types import Shot

__all__ = ["Found", "find", "reconsider"]

Part = TypeVar("Part")

AT_CUT_FRAMES = 2
"""Frames by which an edge may miss a detected cut and still be at it."""

SAME_FRAMES, SAME_CROP = 0.1, 0.001
"""Source frames and shares of the picture up to which two hypotheses are one."""

AS_LIKE = 1.2
"""Times the residual that another place may have and be as like."""
RIVALS, ABOUT = 2, 2.0
"""Other places of a run that are looked at as closely, and times its residual that they may have:
they were not fitted as often."""
DOUBTFUL = 0.65
"""Share of the certainty that is wanted from which on finer pictures may confirm a run: a still
shot has no motion to be sure by, and a title hardly a signature."""
CONFIRMED = 0.35
"""Residual of finer pictures up to which they do: true places measured up to 0.26, titles that only
look alike 0.7 and more."""
TELLS_APART = 0.8
"""Share of the residual of finer pictures below which another place is the right one: titles on one
paper are the same signature, and hardly the same picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Runs and the hypotheses that they name."""

    runs: tuple[Run, ...]
    evidence: tuple[Evidence, ...]
    overlays: Overlays | None = None
    """What lies over the commentary's picture."""
    closer: Mapping[int, Closeup] = field(default_factory=dict)
    """What a closer look gave, by number of the evidence."""


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
        Runs that cover every frame, and all hypotheses that were proven.
    """
    tell = on_step or (lambda *_: None)
    workers = workers or Examiner(commentary, sources, settings)
    proposals = propose(
        commentary,
        sources,
        lookup,
        settings=settings.candidates,
        votes=settings.votes,
        further=further,
        fusion=settings.fusion,
        on_step=tell,
    )
    proven: list[Hypothesis] = []
    for number, places in enumerate(workers.examine(proposals)):
        tell("Proving", number + 1, len(proposals))
        proven += places
    evidence: list[Evidence] = []
    distinct = _distinct(_believable(proven, commentary, sources, settings), sources)
    for h in distinct:
        evidence.append(gather(commentary, sources[h.source], h, settings.evidence))
        tell("Weighing", len(evidence), len(distinct))
    runs = _explain(commentary, evidence, settings)
    refining = _Count(tell, "Refining")
    for left in range(settings.rounds, 0, -1):
        again = second_look(commentary, sources, lookup, runs, evidence, settings, further)
        tasks = fit_tasks(commentary, sources, runs, evidence, settings)
        refining.expect((len(tasks) + len(again) + 1) * left)
        fresh = [h for fits in workers.fit(tasks) for h in refining.one(fits)]
        fresh += adopted(commentary, sources, runs, evidence, settings)
        fresh += turns(commentary, sources, runs, evidence, settings)
        proven = [h for places in workers.examine(again) for h in refining.one(places)]
        fresh += _distinct(proven, sources)
        fresh = _believable(fresh, commentary, sources, settings)
        fresh = _unknown(fresh, evidence, commentary, sources)
        evidence += [gather(commentary, sources[h.source], h, settings.evidence) for h in fresh]
        commentary = replace(commentary, overlays=_overlays(commentary, sources, runs, evidence))
        evidence = [
            gathered_again(commentary, sources[e.hypothesis.source], e, settings.evidence)
            for e in evidence
        ]
        runs = refining.one(_explain(commentary, evidence, settings))
    runs, doubtful = _concluded(runs, evidence, commentary, sources, settings)
    found = Found(runs, tuple(evidence), commentary.overlays)
    return _looked_closer(found, doubtful, commentary, sources, settings, tell, workers)


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
    runs = _explain(commentary, evidence, settings)
    runs, doubtful = _concluded(runs, evidence, commentary, sources, settings)
    return replace(found, runs=_without(runs, doubtful), evidence=evidence)


def _concluded(
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
    kept = _without(joined, frozenset(joined[n].start_frame for n in hopeless))
    return kept, frozenset(joined[n].start_frame for n in doubtful)


def _without(runs: Sequence[Run], first_frames: frozenset[int]) -> tuple[Run, ...]:
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
    unusual |= _zoom(e.hypothesis, commentary, sources) > settings.usual_zoom
    wanted = settings.evidence.certain_unusual if unusual else settings.evidence.certain
    source = sources[e.hypothesis.source]
    return certainty(commentary, source, e, run.start_frame, run.end_frame) / wanted


def _looked_closer(
    found: Found,
    doubtful: frozenset[int],
    commentary: Commentary,
    sources: Sequence[Source],
    settings: FinderSettings,
    tell: OnStep,
    workers: Workers,
) -> Found:
    """Runs that follow the lines that finer pictures give, joined where one of these is enough.

    Those that are doubtful are let go where finer pictures are not there, or not alike.
    """
    known = [
        (n, [run.state, *_rivals(run, found.evidence, commentary, settings)])
        for n, run in enumerate(found.runs)
        if run.state != NO_MOVIE
    ]
    places = [
        _masked(found, replace(found.runs[n], state=state), commentary, sources)
        for n, states in known
        for state in states
    ]
    looks = iter(workers.look_closer(places))
    runs, evidence = list(found.runs), list(found.evidence)
    closer, unlike = {}, set[int]()
    for done, (number, states) in enumerate(known, start=1):
        own, *others = itertools.islice(looks, len(states))
        tell("Looking closer", done, len(known))
        if own is None:
            unlike.add(runs[number].start_frame)
        else:
            best = min(filter(None, others), key=lambda look: look.residual, default=own)
            own = best if best.residual < TELLS_APART * own.residual else own
            if own.residual > CONFIRMED:
                unlike.add(runs[number].start_frame)
            closeup = _by_flicker(own, commentary, sources, settings)
            h = closeup.hypothesis
            runs[number] = replace(runs[number], state=len(evidence))
            closer[len(evidence)] = closeup
            evidence.append(gather(commentary, sources[h.source], h, settings.evidence))
    # Joined by the runs' own lines alone: signatures may still prefer the others.
    own_states = {run.state for run in runs}
    runs = list(_without(runs, doubtful & unlike))
    joined = simplified(
        runs, evidence, sources, commentary.seconds, settings.path, among=own_states
    )
    return replace(found, runs=joined, evidence=tuple(evidence), closer=closer)


def _rivals(
    run: Run, evidence: Sequence[Evidence], commentary: Commentary, settings: FinderSettings
) -> list[int]:
    """Numbers of the best hypotheses of places elsewhere that explain a run about as well."""
    middle_s = float(commentary.seconds[[run.start_frame, run.end_frame - 1]].mean())

    def place(e: Evidence) -> tuple[int, float]:
        return e.hypothesis.source, e.hypothesis.line.moved_to(middle_s).source_s

    alike = [e.mean_correlation(run.start_frame, run.end_frame) for e in evidence]
    taken, rivals = [place(evidence[run.state])], list[int]()
    for number in np.argsort([-each for each in alike], kind="stable").tolist():
        if len(rivals) == RIVALS or not explains_as_well(alike[number], alike[run.state], ABOUT):
            break
        source, at_s = place(evidence[number])
        if not evidence[number].holds(run.start_frame, run.end_frame):
            continue
        if any(source == s and abs(at_s - p) < settings.elsewhere_s for s, p in taken):
            continue
        taken.append((source, at_s))
        rivals.append(number)
    return rivals


def _by_flicker(
    closeup: Closeup,
    commentary: Commentary,
    sources: Sequence[Source],
    settings: FinderSettings,
) -> Closeup:
    """The place where the light changes alike, where the picture stands and is as like there."""
    h = closeup.hypothesis
    source = sources[h.source]
    line = line_by_flicker(commentary, source, h, closeup.slack, settings.flicker)
    if line is None:
        return closeup
    moved = replace(h, line=line)
    had, has = (
        gather(commentary, source, each, settings.evidence).mean_correlation(
            h.start_frame, h.end_frame
        )
        for each in (h, moved)
    )
    if 1 - has > AS_LIKE * (1 - had):
        return closeup
    # Of a long run a part was compared: what its speed is off by grows beyond.
    run_s = float(np.ptp(commentary.seconds[[h.start_frame, h.end_frame - 1]]))
    off_s = source.frame_period_s * max(1.0, run_s / settings.flicker.longest_s)
    return replace(closeup, hypothesis=moved, slack=Slack((-off_s, off_s), (-off_s, off_s)))


def _masked(
    found: Found, run: Run, commentary: Commentary, sources: Sequence[Source]
) -> Hypothesis:
    """A run's hypothesis over its frames, with the overlays that are known as its mask."""
    h = found.evidence[run.state].hypothesis.over(run.start_frame, run.end_frame)
    grid = sources[h.source].signatures.shape[1:]
    cells = (slice(0, grid[0]), slice(0, grid[1]))
    weights = commentary.weights(h, np.arange(run.start_frame, run.end_frame), cells)
    if weights is not None:
        h = replace(h, mask=weights.reshape(-1, *grid).mean(axis=0))
    return h


def _ends_inside_a_shot(runs: Sequence[Run], number: int, shots: Sequence[Shot]) -> bool:
    """True where a run goes over to *no movie* where no cut is."""
    run = runs[number]
    for edge, beside in ((run.start_frame, number - 1), (run.end_frame, number + 1)):
        alone = 0 <= beside < len(runs) and runs[beside].state == NO_MOVIE
        if alone and all(abs(shot.start_frame - edge) > AT_CUT_FRAMES for shot in shots):
            return True
    return False


def _believable(
    proven: Sequence[Hypothesis],
    commentary: Commentary,
    sources: Sequence[Source],
    settings: FinderSettings,
) -> list[Hypothesis]:
    """Without those whose crop the fit made too small."""
    return [h for h in proven if _zoom(h, commentary, sources) <= settings.most_zoom]


def _zoom(hypothesis: Hypothesis, commentary: Commentary, sources: Sequence[Source]) -> float:
    """How much larger the movie is shown than where the crop is the largest possible."""
    largest = crop_windows(commentary.aspect, sources[hypothesis.source].aspect)[0]
    return math.sqrt(largest.w * largest.h / (hypothesis.crop.w * hypothesis.crop.h))


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
