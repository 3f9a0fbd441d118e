"""Which cases a suite runs and what is asked of them.

Seeds 101 and up are for reporting only; tune on seeds below 100.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.pairs import DIVX_LOGO_S, Line, divx_lines, line_truth
from benchmarks.rows import BUNNY, CAMINANDES, REPORTED, Asked, Made, Real, Row
from benchmarks.strata import ACCURACY, ALL_ROWS, REPRISES
from benchmarks.survey import survey_film
from benchmarks.truth import Truth

__all__ = [
    "BUNNY",
    "CAMINANDES",
    "POOLED",
    "REPRISES",
    "SUITES",
    "Asked",
    "Made",
    "Real",
    "Row",
]


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
        cases=Made(style="light", films=(BUNNY,), seeds=REPORTED[:1]),
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
        cases=Made(style="typical", films=(BUNNY,), seeds=REPORTED),
        movies=(BUNNY,),
        asked=(*_TYPICAL, *_RENDERED),
        render=True,
    ),
    Row(
        name="typical-caminandes",
        what="typical, Caminandes 3",
        cases=Made(style="typical", films=(CAMINANDES,), seeds=REPORTED),
        movies=(CAMINANDES,),
        asked=(*_TYPICAL, *_RENDERED),
        render=True,
    ),
    Row(
        name="typical-library",
        what="typical, cut from two films, both searched",
        cases=Made(style="typical", films=(BUNNY, CAMINANDES), seeds=REPORTED[:1]),
        movies=(BUNNY, CAMINANDES),
        asked=_SEEN,
    ),
    Row(
        name="hard-bunny",
        what="hard, Big Buck Bunny",
        cases=Made(style="hard", films=(BUNNY,), seeds=REPORTED[:1]),
        movies=(BUNNY,),
        asked=_SEEN,
    ),
    Row(
        name="vertical-bunny",
        what="9:16 with blurred bars, Big Buck Bunny",
        cases=Made(style="vertical", films=(BUNNY,), seeds=REPORTED[:1]),
        movies=(BUNNY,),
        asked=_SEEN,
    ),
    Row(
        name="crop916-bunny",
        what="9:16 centre crop, Big Buck Bunny",
        cases=Made(style="crop916", films=(BUNNY,), seeds=REPORTED[:1]),
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
        cases=Made(style="none", films=(), seeds=REPORTED),
        movies=(BUNNY, CAMINANDES),
        asked=(Asked(measure="false", at_most=0.0),),
    ),
)

SUITES: Mapping[str, tuple[Row, ...]] = {"engine": ENGINE, "accuracy": ACCURACY}
POOLED: Mapping[str, tuple[Asked, ...]] = {"accuracy": ALL_ROWS}
"""What a suite asks of all its rows together."""
