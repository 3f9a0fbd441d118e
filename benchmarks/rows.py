"""What a row of a suite is: its cases, the movies they are searched in, what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.make import CaseSpec
from benchmarks.truth import Truth

__all__ = ["BUNNY", "CAMINANDES", "INSERTS", "REPORTED", "Asked", "Made", "Real", "Row"]

BUNNY = "bbb_full_854x480_30fps.mp4"
CAMINANDES = "caminandes3_1920x1080_0.5Mbps.mp4"
INSERTS = ("nosferatu_1922_48s_640x480.mp4", "sintel_excerpt26s_848x480.mp4")
REPORTED = (101, 102, 103)
"""Seeds for reporting only; tune on seeds below 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A figure that a row has to reach."""

    measure: str
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Commentaries made by the benchmark."""

    style: str
    films: tuple[str, ...]
    seeds: tuple[int, ...]
    duration_s: float = 150.0
    inserts: tuple[str, ...] = INSERTS
    """Other films that the commentary may show."""

    def specs(self, footage: Path) -> list[CaseSpec]:
        """What to make, one per seed."""
        return [
            CaseSpec(
                films=tuple(footage / name for name in self.films),
                inserts=tuple(footage / name for name in self.inserts),
                style=self.style,
                seed=seed,
                duration_s=self.duration_s,
            )
            for seed in self.seeds
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """A commentary that exists, with its measured truth."""

    commentary: str
    truth: Callable[[Path, Path], Truth]
    """From the footage and the work folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One stratum: cases, the movies they are searched in, what is asked."""

    name: str
    what: str
    cases: Made | Real
    movies: tuple[str, ...]
    asked: tuple[Asked, ...] = field(default=())
    render: bool = False
    """Render, too, and check the video."""

    def with_seeds(self, seeds: Sequence[int]) -> Row:
        """A made row on other seeds, for tuning: nothing is rendered."""
        if not isinstance(self.cases, Made):
            raise ValueError(f"{self.name} is not made and has no seeds")
        asked = tuple(a for a in self.asked if not a.measure.startswith("rendered"))
        cases = replace(self.cases, seeds=tuple(seeds))
        return replace(self, cases=cases, asked=asked, render=False)
