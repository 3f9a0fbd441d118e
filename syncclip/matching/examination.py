"""The long part of the search, as tasks that know nothing of each other.

Each stretch and each run is examined on its own, so that several processes may share the work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import numpy as np

from syncclip.matching.candidates import CandidateSettings, Lookup, OnStep, propose
from syncclip.matching.closeup import Closeup, Closeups, CloseupSettings, look_closer
from syncclip.matching.courses import CourseSettings
from syncclip.matching.evidence import EvidenceSettings
from syncclip.matching.flicker import FlickerSettings
from syncclip.matching.fusion import FusionSettings, TrackNeighbours
from syncclip.matching.hints import Hints
from syncclip.matching.path import PathSettings
from syncclip.matching.proof import ProofSettings, glance, prove, settle
from syncclip.matching.records import Commentary, Crop, Hypothesis, Source, same_place
from syncclip.matching.recurrence import RecurrenceSettings
from syncclip.matching.votes import VoteSettings

__all__ = ["CloseupTask", "Examiner", "FinderSettings", "FitTask", "Workers", "proposals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FinderSettings:
    """Settings of every step of the search."""

    candidates: CandidateSettings = field(default_factory=CandidateSettings)
    votes: VoteSettings = field(default_factory=VoteSettings)
    fusion: FusionSettings = field(default_factory=FusionSettings)
    proof: ProofSettings = field(default_factory=ProofSettings)
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)
    courses: CourseSettings = field(default_factory=CourseSettings)
    closeup: CloseupSettings = field(default_factory=CloseupSettings)
    flicker: FlickerSettings = field(default_factory=FlickerSettings)
    path: PathSettings = field(default_factory=PathSettings)
    recurrence: RecurrenceSettings = field(default_factory=RecurrenceSettings)
    hopeless: float = 0.45
    """Correlation after a glance below which a place is not examined further."""
    behind: float = 0.15
    """A place this far behind the best of its stretch is not examined further."""
    proofs: int = 3
    """Places of one stretch that are examined in full, …"""
    elsewhere_s: float = 4.0
    """… and one more of the other mirror state, and one as far away as this, …"""
    as_good: float = 0.05
    """… where its correlation after a glance is so near the best: all places of a still shot are as
    good, and another one, or its mirror image, may look like it."""
    good: float = 0.98
    """Correlation of a run below which its fit is tried from further starts, …"""
    poor: float = 1.0
    """… where its residual is also this many times the usual one of the commentary: another render
    never gets near 1. With 1.5, slow pans of real footage were left in a local optimum."""
    most_zoom: float = 1.8
    """Largest zoom that is believed; crops are looked for up to 1.5. A small enough part of a wrong
    picture resembles anything: foreign pictures ended at 1.8 to 2.4."""
    usual_zoom: float = 1.55
    """Zoom from which a run must be the surer: what is looked for, and some error."""
    weak: float = 0.8
    """Correlation of a frame below which it is looked up again, …"""
    odd: float = 5.0
    """… as it is from this many times the usual residual of the commentary on, …"""
    faithful: float = 0.01
    """… which is not taken to be less than this."""
    shortest_frames: int = 5
    """Shortest stretch that is looked up again."""
    rounds: int = 2
    """Times that the runs are refitted and the path is found again."""


def proposals(
    commentary: Commentary,
    sources: Sequence[Source],
    lookup: Lookup,
    settings: FinderSettings,
    further: Sequence[TrackNeighbours | Hints] = (),
    on_step: OnStep | None = None,
) -> Iterator[list[Hypothesis]]:
    """What is to be examined: :func:`propose` with the settings of a whole search."""
    return propose(
        commentary,
        sources,
        lookup,
        settings=settings.candidates,
        votes=settings.votes,
        further=further,
        fusion=settings.fusion,
        on_step=on_step,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FitTask:
    """A hypothesis that is to be fitted to its frames."""

    hypothesis: Hypothesis
    usual_crops: tuple[Crop, ...]
    """Most usual first."""
    usual_speeds: tuple[float, ...]
    good: float
    """Correlation below which further starts are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseupTask:
    """A place that is to be looked at more closely."""

    place: Hypothesis
    contested: bool
    """Whether other places, or chance, explain its frames about as well."""


class Workers(Protocol):
    """Does tasks, one after the other or side by side; results come in the tasks' order.

    Where there are others to do them, they begin at once: the caller may go on before it asks for
    the results.
    """

    def examine(self, stretches: Iterable[Sequence[Hypothesis]]) -> Iterable[list[Hypothesis]]:
        """:meth:`Examiner.examine_one` of every stretch."""
        ...

    def fit(self, tasks: Sequence[FitTask]) -> Iterable[list[Hypothesis]]:
        """:meth:`Examiner.fit_one` of every task."""
        ...

    def look_closer(self, tasks: Sequence[CloseupTask]) -> Iterable[Closeup | None]:
        """:meth:`Examiner.look_closer_at` of every task."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Examiner:
    """Does every task itself, one after the other."""

    commentary: Commentary
    sources: Sequence[Source]
    settings: FinderSettings
    closeups: Closeups | None = None
    """Finer pictures, where there are any."""

    def examine(self, stretches: Iterable[Sequence[Hypothesis]]) -> Iterable[list[Hypothesis]]:
        """:meth:`examine_one` of every stretch."""
        return map(self.examine_one, list(stretches))

    def fit(self, tasks: Sequence[FitTask]) -> Iterable[list[Hypothesis]]:
        """:meth:`fit_one` of every task."""
        return map(self.fit_one, tasks)

    def look_closer(self, tasks: Sequence[CloseupTask]) -> Iterable[Closeup | None]:
        """:meth:`look_closer_at` of every task."""
        return map(self.look_closer_at, tasks)

    def examine_one(self, stretch: Sequence[Hypothesis]) -> list[Hypothesis]:
        """Glance at every place of a stretch and prove those that look right."""
        settings = self.settings
        seen = [glance(self.commentary, self.sources[h.source], h, settings.proof) for h in stretch]
        seen.sort(key=lambda h: -h.score)
        chosen: list[Hypothesis] = []
        for h in seen:
            if h.score < max(settings.hopeless, seen[0].score - settings.behind):
                break
            if len(chosen) == settings.proofs:
                break
            period = self.sources[h.source].frame_period_s
            if not any(same_place(h, other, 3 * period, period) for other in chosen):
                chosen.append(h)
        if chosen:
            floor = max(settings.hopeless, chosen[0].score - settings.as_good)
            good = [h for h in seen if h.score >= floor]
            chosen += [h for h in good if all(h.mirrored != c.mirrored for c in chosen)][:1]
            chosen += [h for h in good if all(self._elsewhere(h, c) for c in chosen)][:1]
        return [prove(self.commentary, self.sources[h.source], h, settings.proof) for h in chosen]

    def _elsewhere(self, one: Hypothesis, other: Hypothesis) -> bool:
        if (one.source, one.mirrored) != (other.source, other.mirrored):
            return True
        return abs(one.line.source_s - other.line.source_s) >= self.settings.elsewhere_s

    def fit_one(self, task: FitTask) -> list[Hypothesis]:
        """Fit a hypothesis to all its frames; where that is poor, from further starts, too.

        Fits from different starts mask different cells, so that their scores cannot be compared;
        the path compares them under the same overlays.
        """
        whole, settings = task.hypothesis, self.settings
        source = self.sources[whole.source]
        seconds = self.commentary.seconds[[whole.start_frame, whole.end_frame - 1]]
        period = source.frame_period_s
        prove_near = partial(
            prove,
            self.commentary,
            source,
            whole,
            settings.proof,
            reach_s=8 * period,
            speed_reach=min(0.2, 12 * period / max(float(np.ptp(seconds)), 0.1)),
        )
        near = [c for c in task.usual_crops if c.apart(whole.crop) < settings.proof.near_crop]
        fits = [prove_near(crops=near)]
        if fits[0].score < task.good:
            # A poor fit of a true place is most often a local optimum.
            fits.append(prove_near(offsets_s=(-0.4, -0.2, 0.2, 0.4)))
        return [
            settle(
                self.commentary,
                source,
                fit,
                settings.proof,
                crops=task.usual_crops,
                speeds=task.usual_speeds,
            )
            for fit in fits
        ]

    def look_closer_at(self, task: CloseupTask) -> Closeup | None:
        """Fit crop and time on finer pictures; None where there are none."""
        if self.closeups is None:
            return None
        return look_closer(
            self.commentary,
            self.sources[task.place.source],
            task.place,
            self.closeups,
            self.settings.closeup,
            contested=task.contested,
        )
