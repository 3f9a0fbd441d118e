"""How hard a commentary treats the film: the strata of the benchmark."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

__all__ = ["STYLES", "Style"]

_NTSC = Fraction(1000, 1001)


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Treatment of one commentary. Pairs are the ends of a uniform distribution."""

    name: str
    width_px: int = 640
    """Width of the film's picture, or less where the film has less."""
    layout: Literal["film", "crop916", "blurred916", "framed"] = "film"
    """The film's aspect; 9:16 out of its middle; 9:16 with blurred bars above and below; or the
    film's aspect inside a picture frame."""
    crf: int
    """x264 constant rate factor: higher is worse."""
    fps: int | None = 30
    """Frame rate of the commentary; None keeps the film's."""
    rates: tuple[Fraction, ...] = ()
    """Instead of ``fps``: seeds take these in turn."""
    variable_rate: bool = False
    """Frames last one to four ticks of ``fps``, as in a screen recording."""
    choose: Literal["along", "still", "takes", "repeats"] = "along"
    """Pieces along the film; where it hardly moves; from shots that look alike; or from shots
    that the film itself shows more than once."""
    chosen: float = 1.0
    """Share of the film pieces that ``choose`` decides; the others go along the film."""
    again: float = 0.0
    """Share of the pieces that show an earlier piece of the commentary once more."""
    zoom: tuple[float, float] = (1.0, 1.0)
    mirrored: float = 0.0
    """Share of the pieces."""
    speed: tuple[float, float] = (1.0, 1.0)
    ramps: float = 0.0
    """Share of the film pieces whose speed changes while they run."""
    stills: float = 0.0
    """Share of the pieces that stand still: the end of the piece before, or a slowly zoomed one."""
    splits: float = 0.0
    """Share of the film pieces with a second one beside, below or inside them."""
    inserts: float = 0.0
    """Share of the running time that is not from the film; 1 for a commentary without it."""
    insert_kinds: tuple[str, ...] = ("insert", "insert", "texture", "card")
    """What is shown then, each as likely as it is often."""
    dissolves: float = 0.0
    """Share of the boundaries."""
    fades: float = 0.0
    """Share of the other boundaries that fade through black or white."""
    subtitles: bool = True
    logo: bool = True
    host: bool = False
    """A moving picture-in-picture presenter in a corner."""
    grading: float = 0.0
    """0 leaves the picture alone; 1 is strong."""
    recoloured: float = 0.0
    """Share of the pieces with colours of their own: black and white, tinted, turned."""
    stickers: bool = False
    """Opaque signs that come and go on the picture."""

    def rate(self, seed: int) -> Fraction | None:
        """Frame rate of the commentary of a seed; None is the film's."""
        if self.rates:
            return self.rates[seed % len(self.rates)]
        return None if self.fps is None else Fraction(self.fps)


_MILD = Style(name="", crf=30, zoom=(1.0, 1.15), mirrored=0.2, speed=(0.9, 1.25), grading=0.5)
"""What the strata of one edit add that edit to."""


STYLES = {
    style.name: style
    for style in (
        Style(name="clean", width_px=1280, crf=18, fps=None, subtitles=False, logo=False),
        Style(name="light", crf=28),
        Style(
            name="typical",
            crf=30,
            zoom=(1.0, 1.25),
            mirrored=0.3,
            speed=(0.9, 1.25),
            inserts=0.1,
            grading=0.5,
        ),
        Style(
            name="hard",
            crf=33,
            zoom=(1.0, 1.5),
            mirrored=0.5,
            speed=(0.5, 2.0),
            inserts=0.1,
            dissolves=0.3,
            host=True,
            grading=1.0,
        ),
        Style(
            name="vertical",
            width_px=480,
            layout="blurred916",
            crf=30,
            speed=(0.9, 1.25),
            mirrored=0.3,
            inserts=0.1,
            grading=0.5,
        ),
        Style(
            name="crop916",
            width_px=360,
            layout="crop916",
            crf=30,
            speed=(0.9, 1.25),
            mirrored=0.3,
            inserts=0.1,
            grading=0.5,
        ),
        Style(name="none", crf=30, zoom=(1.0, 1.25), mirrored=0.3, inserts=1.0, grading=0.5),
        replace(_MILD, name="static", choose="still"),
        replace(_MILD, name="repeated", choose="repeats", chosen=0.6, again=0.2),
        replace(_MILD, name="again", again=0.45),
        replace(_MILD, name="lookalike", choose="takes"),
        replace(_MILD, name="transitions", dissolves=0.4, fades=0.6),
        replace(_MILD, name="ramps", ramps=0.7),
        replace(_MILD, name="stills", stills=0.45),
        replace(_MILD, name="split", splits=0.6),
        replace(_MILD, name="recoloured", grading=0.0, recoloured=1.0),
        replace(_MILD, name="framed", layout="framed", stickers=True),
        replace(_MILD, name="variable-rate", fps=60, variable_rate=True),
        replace(
            _MILD,
            name="rates",
            rates=(24 * _NTSC, Fraction(25), 30 * _NTSC, Fraction(50), Fraction(60)),
        ),
        replace(_MILD, name="inserts", inserts=0.35, insert_kinds=("insert",)),
    )
}
