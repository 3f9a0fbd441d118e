"""Which cases a suite runs and what is asked of them.

Seeds 101 and up are for reporting only; tune on seeds below 100.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.make import CaseSpec
from benchmarks.pairs import DIVX_LOGO_S, Line, divx_lines, line_truth
from benchmarks.survey import survey_film
from benchmarks.truth import Truth

__all__ = ["BUNNY", "CAMINANDES", "SUITES", "Asked", "Made", "Real", "Row"]

BUNNY = "bbb_full_854x480_30fps.mp4"
CAMINANDES = "caminandes3_1920x1080_0.5Mbps.mp4"
_INSERTS = ("nosferatu_1922_48s_640x480.mp4", "sintel_excerpt26s_848x480.mp4")
_REPORTED = (101, 102, 103)


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

    def specs(self, footage: Path) -> list[CaseSpec]:
        """What to make, one per seed."""
        return [
            CaseSpec(
                films=tuple(footage / name for name in self.films),
                inserts=tuple(footage / name for name in _INSERTS),
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


def _pair(
    commentary: str,
    film: str,
    lines: Callable[[Path], list[Line]],
    *,
    elsewhere_s: tuple[tuple[float, float], ...] = (),
) -> Real:
    def truth(footage: Path, work: Path) -> Truth:
        return line_truth(
            survey_film(footage / commentary, work=work),
            survey_film(footage / film, work=work),
            lines(footage),
            elsewhere_s=elsewhere_s,
        )

    return Real(commentary=commentary, truth=truth)


_TYPICAL = (
    Asked(measure="f1@1frame", at_least=0.90),
    Asked(measure="f1@0.1s", at_least=0.95),
    Asked(measure="false", at_most=0.02),
    Asked(measure="edge.median", at_most=1.0),
)
_RENDERED = (
    Asked(measure="rendered.frames_off", at_most=0.0),
    Asked(measure="rendered.correlation", at_least=0.9),
)
_PLACED = (
    Asked(measure="precision@0.1s", at_least=0.95),
    Asked(measure="recall@0.1s", at_least=0.90),
)
_SEEN_PLACED = (Asked(measure="precision@0.1s"), Asked(measure="recall@0.1s"))
_SEEN = (
    Asked(measure="f1@1frame"),
    Asked(measure="f1@0.1s"),
    Asked(measure="false"),
    Asked(measure="edge.median"),
)

ENGINE = (
    Row(
        name="light-bunny",
        what="light, Big Buck Bunny",
        cases=Made(style="light", films=(BUNNY,), seeds=_REPORTED[:1]),
        movies=(BUNNY,),
        asked=(
            Asked(measure="f1@1frame", at_least=0.95),
            Asked(measure="f1@0.1s", at_least=0.98),
            *_RENDERED,
        ),
        render=True,
    ),
    Row(
        name="typical-bunny",
        what="typical, Big Buck Bunny",
        cases=Made(style="typical", films=(BUNNY,), seeds=_REPORTED),
        movies=(BUNNY,),
        asked=(*_TYPICAL, *_RENDERED),
        render=True,
    ),
    Row(
        name="typical-caminandes",
        what="typical, Caminandes 3",
        cases=Made(style="typical", films=(CAMINANDES,), seeds=_REPORTED),
        movies=(CAMINANDES,),
        asked=(*_TYPICAL, *_RENDERED),
        render=True,
    ),
    Row(
        name="typical-library",
        what="typical, cut from two films, both searched",
        cases=Made(style="typical", films=(BUNNY, CAMINANDES), seeds=_REPORTED[:1]),
        movies=(BUNNY, CAMINANDES),
        asked=_SEEN,
    ),
    Row(
        name="hard-bunny",
        what="hard, Big Buck Bunny",
        cases=Made(style="hard", films=(BUNNY,), seeds=_REPORTED[:1]),
        movies=(BUNNY,),
        asked=_SEEN,
    ),
    Row(
        name="vertical-bunny",
        what="9:16 with blurred bars, Big Buck Bunny",
        cases=Made(style="vertical", films=(BUNNY,), seeds=_REPORTED[:1]),
        movies=(BUNNY,),
        asked=_SEEN,
    ),
    Row(
        name="crop916-bunny",
        what="9:16 centre crop, Big Buck Bunny",
        cases=Made(style="crop916", films=(BUNNY,), seeds=_REPORTED[:1]),
        movies=(BUNNY,),
        asked=_SEEN,
    ),
    Row(
        name="divx",
        what="real pair: DivX release against the film",
        cases=_pair(
            "bbb_divx_gapped_640x360_24fps.mp4",
            BUNNY,
            lambda footage: divx_lines(footage / "bbb_divx_gapped.segments.csv"),
            elsewhere_s=DIVX_LOGO_S,
        ),
        movies=(BUNNY,),
        asked=(*_PLACED, Asked(measure="false", at_most=0.0)),
    ),
    Row(
        name="bunny-excerpt",
        what="real pair: 24 fps excerpt against the film",
        cases=_pair("bbb_excerpt60s_640x360_24fps.mp4", BUNNY, lambda _: [Line(0.0, 60.2, 4.47)]),
        movies=(BUNNY,),
        asked=_SEEN_PLACED,
    ),
    Row(
        name="sintel-letterbox",
        what="real pair: letterboxed AV1 trailer against the cropped one",
        cases=_pair(
            "sintel_trailer_1280x720_letterbox_av1.webm",
            "sintel_trailer_480x204_crop.mp4",
            lambda _: [Line(0.0, 52.1, 0.08)],
        ),
        movies=("sintel_trailer_480x204_crop.mp4",),
        asked=_SEEN_PLACED,
    ),
    Row(
        name="none",
        what="nothing from the movie",
        cases=Made(style="none", films=(), seeds=_REPORTED),
        movies=(BUNNY, CAMINANDES),
        asked=(Asked(measure="false", at_most=0.0),),
    ),
)

SUITES: Mapping[str, tuple[Row, ...]] = {"engine": ENGINE}
