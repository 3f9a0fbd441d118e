"""How hard a commentary treats the film: the strata of the benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["STYLES", "Style"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Treatment of one commentary. Pairs are the ends of a uniform distribution."""

    name: str
    width_px: int = 640
    """Width of the film's picture, or less where the film has less."""
    layout: Literal["film", "crop916", "blurred916"] = "film"
    """The film's aspect; 9:16 out of its middle; or 9:16 with blurred bars above and below."""
    crf: int
    """x264 constant rate factor: higher is worse."""
    fps: int | None = 30
    """Frame rate of the commentary; None keeps the film's."""
    zoom: tuple[float, float] = (1.0, 1.0)
    mirrored: float = 0.0
    """Share of the pieces."""
    speed: tuple[float, float] = (1.0, 1.0)
    inserts: float = 0.0
    """Share of the running time that is not from the film; 1 for a commentary without it."""
    dissolves: float = 0.0
    """Share of the boundaries."""
    subtitles: bool = True
    logo: bool = True
    host: bool = False
    """A moving picture-in-picture presenter in a corner."""
    grading: float = 0.0
    """0 leaves the picture alone; 1 is strong."""


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
    )
}
