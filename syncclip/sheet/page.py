"""The review sheet: one page that needs nothing else, and no network (Jinja)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from syncclip._version import __version__
from syncclip.result import Alternative, MatchResult, Segment, Tier
from syncclip.sheet.moments import MAX_ALTERNATIVES
from syncclip.sheet.plots import BAR_HEIGHT, WIDTH, confidence_bars, match_plot
from syncclip.types import Rect

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["Pictures", "review_page"]

Pictures = Mapping[tuple[int, str], str]
"""Data URIs by the segment's position and ``"commentary-start"``, ``"movie-start"``,
``"movie-other0"`` …; what is missing could not be read."""

LOW_CONFIDENCE = 0.8
"""Below this a segment counts as doubtful: the tier *likely* starts about there."""


def review_page(
    result: MatchResult,
    pictures: Pictures,
    *,
    parts: Mapping[str, Rect],
    aspects: Mapping[str, float],
    result_name: str,
    notes: Sequence[str] = (),
) -> str:
    """The page as HTML.

    Args:
        result: What was matched.
        pictures: Of its segments.
        parts: Each movie's content rectangle in fractions of its picture.
        aspects: Width ÷ height on screen of each movie's picture; the commentary's content under
            the empty name.
        result_name: The result file as commands on the page name it.
        notes: What the reader must know of the pictures.
    """
    rows = [_row(number, s, result, parts) for number, s in enumerate(result.segments, start=1)]
    script = _resource("sheet.js")
    return _template().render(
        title=PurePath(result.commentary).name,
        version=__version__,
        rows=rows,
        tiers=[(tier.value, sum(s.tier is tier for s in result.segments)) for tier in Tier],
        low=LOW_CONFIDENCE,
        plot=match_plot(result),
        bars=confidence_bars(result),
        width=WIDTH,
        bar_height=BAR_HEIGHT,
        facts={"aspects": dict(aspects), "result": result_name, "low": LOW_CONFIDENCE},
        pictures=[_pictures_of(number, pictures) for number in range(len(result.segments))],
        notes=[*result.notes, *notes],
        style=_resource("sheet.css"),
        script=script,
        script_hash=_hash(script),
    )


def _row(
    number: int, segment: Segment, result: MatchResult, parts: Mapping[str, Rect]
) -> dict[str, Any]:
    """What the page knows of a segment."""
    return {
        "n": number,
        "tier": segment.tier.value,
        "start": _clock(segment.start_s),
        "end": _clock(segment.end_s),
        "frames": [segment.start_frame, segment.end_frame],
        "confidence": round(segment.confidence, 4),
        "similarity": round(segment.similarity, 4),
        "ambiguous": segment.ambiguous,
        "corrected": segment.corrected.value if segment.corrected else "",
        "dissolve": segment.dissolve_in_frames,
        "slack": [round(value, 3) for value in segment.offset_slack_s],
        "spoken": result.spoken_in(segment),
        "pane": [round(value, 5) for value in segment.pane.as_list()],
        "place": _place(segment, parts),
        "others": [
            {**_place(other, parts), "similarity": round(other.similarity, 4)}
            for other in segment.alternatives[:MAX_ALTERNATIVES]
        ],
    }


def _place(source: Segment | Alternative, parts: Mapping[str, Rect]) -> dict[str, Any]:
    if source.movie is None or source.movie_start_s is None or source.movie_end_s is None:
        return {}
    whole = parts[source.movie]
    crop = source.crop
    shown = [whole.x + crop.x * whole.w, whole.y + crop.y * whole.h, crop.w * whole.w,
             crop.h * whole.h]  # fmt: skip
    return {
        "movie": source.movie,
        "start": _clock(source.movie_start_s),
        "end": _clock(source.movie_end_s),
        "frame": source.movie_start_frame,
        "speed": float(f"{source.speed:.4g}"),
        "mirrored": source.mirrored,
        "crop": [round(value, 4) for value in crop.as_list()],
        "shown": [round(value, 5) for value in shown],
    }


def _pictures_of(segment: int, pictures: Pictures) -> str:
    """``name=URI`` lines of one segment."""
    names = ["start", "middle", "end", *(f"other{rank}" for rank in range(MAX_ALTERNATIVES))]
    keys = [f"{side}-{name}" for name in names for side in ("commentary", "movie")]
    return "\n".join(
        f"{key}={pictures[segment, key]}" for key in keys if (segment, key) in pictures
    )


def _clock(seconds: float) -> str:
    """``h:mm:ss.mmm``."""
    sign, milliseconds = "-" if seconds < 0 else "", round(abs(seconds) * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def _hash(script: str) -> str:
    """By which the page's own policy lets this script run and no other."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


def _resource(name: str) -> str:
    return (files("syncclip.sheet") / "templates" / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_resource("sheet.html"))
