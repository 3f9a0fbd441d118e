"""The suite ``accuracy``: every stratum, on several films, with what is asked of it.

Durations are chosen so that the whole suite takes about an hour on two cores; short films give
short commentaries.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.rows import BUNNY, CAMINANDES, INSERTS, REPORTED, Asked, Made, Row
from benchmarks.styles import STYLES

__all__ = ["ACCURACY", "ALL_ROWS", "FITTED", "REPRISES"]

_NOSFERATU = "nosferatu_1922_48s_640x480.mp4"
_SINTEL = "sintel_trailer_480x204_crop.mp4"
_BUNNY_TWICE = "bbb_with_shots_shown_twice.mp4"
_CAMINANDES_TWICE = "caminandes3_with_shots_shown_twice.mp4"
REPRISES: Mapping[str, str] = {_BUNNY_TWICE: BUNNY, _CAMINANDES_TWICE: CAMINANDES}
"""Films that are made before a suite runs, and of which film (:mod:`benchmarks.reprise`)."""
_FIVE = (*REPORTED, 104, 105)
"""As many as there are frame rates: seeds take them in turn."""


def _asked(
    at_1frame: float | None = None, at_100ms: float | None = None, *more: Asked
) -> tuple[Asked, ...]:
    return (
        Asked(measure="f1@1frame", at_least=at_1frame),
        Asked(measure="f1@0.1s", at_least=at_100ms),
        *more,
    )


_FALSE = Asked(measure="false")
_EDGE = Asked(measure="edge.p90")
_AMBIGUITY = (Asked(measure="ambiguity.reported"), Asked(measure="ambiguity.places"))
_FALSE_EDGE_TYPICAL = (
    Asked(measure="false", at_most=0.01),
    Asked(measure="edge.p90", at_most=1.0),
)


def _stratum(
    style: str,
    what: str,
    film: str,
    asked: tuple[Asked, ...],
    *,
    duration_s: float = 70.0,
    seeds: tuple[int, ...] = REPORTED,
    inserts: tuple[str, ...] = INSERTS,
    movies: tuple[str, ...] | None = None,
) -> Row:
    """A stratum on one film, which is also the movie that is searched."""
    short = _SHORT[film]
    return Row(
        name=f"{style}-{short.split()[-1].lower()}",
        what=f"{what}, {short}",
        cases=Made(style=style, films=(film,), seeds=seeds, duration_s=duration_s, inserts=inserts),
        movies=movies or (film,),
        asked=(*asked, Asked(measure="calibration.ece")),
    )


_SHORT: Mapping[str, str] = {
    BUNNY: "Big Buck Bunny",
    CAMINANDES: "Caminandes",
    _NOSFERATU: "Nosferatu",
    _SINTEL: "Sintel",
    _BUNNY_TWICE: "Big Buck Bunny",
    _CAMINANDES_TWICE: "Caminandes",
}
_OTHER_FILMS = (CAMINANDES, _NOSFERATU, "sintel_excerpt26s_848x480.mp4")
_TYPICAL_ASKED = _asked(0.97, 0.985, *_FALSE_EDGE_TYPICAL)
_HARD_ASKED = _asked(0.85, 0.93, Asked(measure="false", at_most=0.02), _EDGE)
_SAME_ASKED = _asked(0.90, 0.95, _FALSE, _EDGE)
_SHOWN = _asked(None, None, _FALSE, _EDGE)
_FOREIGN = (BUNNY, CAMINANDES, _NOSFERATU)
_ACTED_INSERTS = ("sintel_excerpt26s_848x480.mp4",)

ACCURACY = (
    _stratum("clean", "whole picture, natural speed", BUNNY, _SHOWN, duration_s=60.0),
    _stratum("light", "light", BUNNY, _asked(0.985, 0.995, _EDGE)),
    _stratum("light", "light", _NOSFERATU, _asked(0.985, 0.995, _EDGE), duration_s=30.0),
    _stratum("typical", "typical", BUNNY, _TYPICAL_ASKED),
    _stratum("typical", "typical", CAMINANDES, _TYPICAL_ASKED, duration_s=60.0),
    _stratum(
        "typical", "typical", _NOSFERATU, _TYPICAL_ASKED, duration_s=30.0, inserts=_ACTED_INSERTS
    ),
    _stratum(
        "typical",
        "typical",
        _SINTEL,
        _TYPICAL_ASKED,
        duration_s=30.0,
        inserts=(_NOSFERATU, CAMINANDES),
    ),
    _stratum("hard", "hard", BUNNY, _HARD_ASKED),
    _stratum("hard", "hard", CAMINANDES, _HARD_ASKED, duration_s=60.0),
    _stratum("vertical", "9:16 with blurred bars", BUNNY, _asked(0.95, 0.98, _FALSE, _EDGE)),
    _stratum("crop916", "9:16 centre crop", BUNNY, _asked(0.90, 0.95, _FALSE, _EDGE)),
    _stratum("static", "static shots", BUNNY, _SAME_ASKED, duration_s=60.0),
    _stratum("static", "static shots", CAMINANDES, _SAME_ASKED, duration_s=50.0),
    _stratum("lookalike", "look-alike shots", BUNNY, _SAME_ASKED, duration_s=60.0),
    _stratum("lookalike", "look-alike shots", CAMINANDES, _SAME_ASKED, duration_s=50.0),
    _stratum(
        "repeated",
        "shots that the film shows twice",
        _BUNNY_TWICE,
        (*_SAME_ASKED, *_AMBIGUITY),
        duration_s=60.0,
    ),
    _stratum(
        "repeated",
        "shots that the film shows twice",
        _CAMINANDES_TWICE,
        (*_SAME_ASKED, *_AMBIGUITY),
        duration_s=60.0,
    ),
    _stratum("again", "pieces that come again", BUNNY, _SAME_ASKED, duration_s=60.0),
    _stratum("transitions", "dissolves and fades", BUNNY, _SHOWN, duration_s=60.0),
    _stratum("ramps", "speed ramps", BUNNY, _SHOWN, duration_s=60.0),
    _stratum("stills", "freeze frames, zoomed stills", BUNNY, _SHOWN, duration_s=60.0),
    _stratum(
        "split",
        "split screen, picture in picture",
        BUNNY,
        (*_SHOWN, Asked(measure="panes.both")),
        duration_s=60.0,
    ),
    _stratum("recoloured", "black and white, recoloured", BUNNY, _SHOWN, duration_s=60.0),
    _stratum("framed", "picture frame and stickers", BUNNY, _SHOWN, duration_s=60.0),
    _stratum("variable-rate", "variable frame rate", BUNNY, _SHOWN, duration_s=60.0),
    _stratum(
        "rates",
        "23.976, 25, 29.97, 50 and 60 fps",
        CAMINANDES,
        _SHOWN,
        duration_s=50.0,
        seeds=_FIVE,
    ),
    _stratum(
        "inserts", "inserts from other films", BUNNY, _SHOWN, duration_s=60.0, inserts=_OTHER_FILMS
    ),
    Row(
        name="none",
        what="nothing from the movie",
        cases=Made(style="none", films=(), seeds=REPORTED, duration_s=90.0, inserts=_OTHER_FILMS),
        movies=(BUNNY,),
        asked=(Asked(measure="false", at_most=0.002),),
    ),
)
ALL_ROWS = (
    Asked(measure="calibration.ece", at_most=0.05),
    Asked(measure="calibration.tiers.exact.precision", at_least=0.995),
    Asked(measure="calibration.tiers.exact.share"),
)
"""What is asked of all rows together."""

_FIT_STYLES = tuple(style for style in STYLES if style not in ("none", "repeated"))
FITTED = tuple(
    Row(
        name=f"{style}-{_SHORT[film].lower()}",
        what=f"{style}, {_SHORT[film]}",
        cases=Made(
            style=style,
            films=(film,),
            seeds=(seed,),
            duration_s=duration_s,
            inserts=tuple(f for f in _FOREIGN if f != film),
        ),
        movies=(film,),
    )
    for film, seed, duration_s in (
        (CAMINANDES, 1, 60.0),
        (_NOSFERATU, 2, 30.0),
        (_SINTEL, 3, 30.0),
    )
    for style in _FIT_STYLES
)
"""What confidence is fitted on: every style, no reported seed, and no place in Big Buck Bunny."""
