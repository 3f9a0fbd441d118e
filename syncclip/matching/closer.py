"""A closer look at all runs of a path, at their rivals, and at the light."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.candidates import OnStep
from syncclip.matching.claims import without
from syncclip.matching.closeup import Closeup
from syncclip.matching.evidence import Evidence, explains_as_well, gather
from syncclip.matching.examination import CloseupTask, FinderSettings, Workers
from syncclip.matching.flicker import line_by_flicker
from syncclip.matching.overlays import Overlays
from syncclip.matching.path import NO_MOVIE, Run
from syncclip.matching.proof import spread_frames
from syncclip.matching.records import Commentary, Hypothesis, Source
from syncclip.matching.simplify import simplified
from syncclip.matching.valley import Slack

__all__ = ["Found", "looked_closer"]

AS_LIKE = 1.2
"""Times the residual that another place may have and be as like."""
RIVALS, ABOUT = 2, 2.0
"""Other places of a run that are looked at as closely, and times its residual that they may have:
they were not fitted as often."""
COPY_PROBES, COPY_FRAMES = 24, 3
"""Frames by which a rival is seen to be a copy, and frames by which its line may be off."""
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

    def confirmed(self) -> NDArray[np.bool_]:
        """(frames,) True where all that was looked at is alike, whatever lies over it included."""
        alike = np.zeros(self.runs[-1].end_frame, dtype=np.bool_)
        for run in self.runs:
            look = self.closer.get(run.state)
            if look is not None and look.residual <= CONFIRMED:
                alike[run.start_frame : run.end_frame] = True
        return alike


def looked_closer(
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
        (n, [run.state, *_rivals(run, found.evidence, commentary, sources, settings)])
        for n, run in enumerate(found.runs)
        if run.state != NO_MOVIE
    ]
    tasks = [
        CloseupTask(
            place=_masked(found, replace(found.runs[n], state=state), commentary, sources),
            contested=len(states) > 1 or found.runs[n].start_frame in doubtful,
        )
        for n, states in known
        for state in states
    ]
    looks = iter(workers.look_closer(tasks))
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
            closeup, told = _by_flicker(own, commentary, sources, settings)
            runs[number] = replace(runs[number], state=len(evidence))
            closer[len(evidence)] = closeup
            evidence.append(told)
    # Joined by the runs' own lines alone: signatures may still prefer the others.
    own_states = {run.state for run in runs}
    runs = list(without(runs, doubtful & unlike))
    joined = simplified(
        runs, evidence, sources, commentary.seconds, settings.path, among=own_states
    )
    return replace(found, runs=joined, evidence=tuple(evidence), closer=closer)


def _rivals(
    run: Run,
    evidence: Sequence[Evidence],
    commentary: Commentary,
    sources: Sequence[Source],
    settings: FinderSettings,
) -> list[int]:
    """Numbers of the best hypotheses of places elsewhere that explain a run about as well."""
    own = evidence[run.state].hypothesis.over(run.start_frame, run.end_frame)
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
        if not _is_copy(evidence[number].hypothesis, own, commentary, sources):
            rivals.append(number)
    return rivals


def _is_copy(
    other: Hypothesis, own: Hypothesis, commentary: Commentary, sources: Sequence[Source]
) -> bool:
    """Whether two places show the very same pictures, which finer ones do not tell apart.

    Args:
        other: A place.
        own: Another, over the frames that are compared.
        commentary: Times of these.
        sources: Movies.
    """
    seconds = commentary.seconds[spread_frames(own.start_frame, own.end_frame, COPY_PROBES)]

    def pictures(h: Hypothesis, later: int = 0) -> NDArray[np.uint8]:
        source = sources[h.source]
        numbers = source.frame_at(h.line(seconds)) + later
        return source.signatures[np.clip(numbers, 0, len(source.signatures) - 1)]

    shown, found = pictures(own), np.zeros(len(seconds), dtype=np.bool_)
    for later in range(-COPY_FRAMES, COPY_FRAMES + 1):
        there = pictures(other, later)
        if there.shape == shown.shape:  # each film has signatures of its own shape
            found |= (there == shown).all(axis=(1, 2))
    return bool(found.all())


def _by_flicker(
    closeup: Closeup,
    commentary: Commentary,
    sources: Sequence[Source],
    settings: FinderSettings,
) -> tuple[Closeup, Evidence]:
    """The place where the light changes alike, where the picture stands and is as like there."""
    h = closeup.hypothesis
    source = sources[h.source]
    before = gather(commentary, source, h, settings.evidence)
    line = line_by_flicker(commentary, source, h, closeup.slack, settings.flicker)
    if line is None:
        return closeup, before
    moved = replace(h, line=line)
    there = gather(commentary, source, moved, settings.evidence)
    had, has = (e.mean_correlation(h.start_frame, h.end_frame) for e in (before, there))
    if 1 - has > AS_LIKE * (1 - had):
        return closeup, before
    # Of a long run a part was compared: what its speed is off by grows beyond.
    run_s = float(np.ptp(commentary.seconds[[h.start_frame, h.end_frame - 1]]))
    off_s = source.frame_period_s * max(1.0, run_s / settings.flicker.longest_s)
    slack = Slack((-off_s, off_s), (-off_s, off_s))
    return replace(closeup, hypothesis=moved, slack=slack), there


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
