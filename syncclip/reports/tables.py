"""Segments for spreadsheets (``segments.csv``) and scene by scene (``scene_descriptions.json``)."""

from __future__ import annotations

import csv
import io
from typing import Any

from syncclip.reports.results import segment_to_json
from syncclip.result import MatchResult, Segment

__all__ = ["CSV_COLUMNS", "scene_descriptions", "segments_csv"]

CSV_COLUMNS = (
    "segment",
    "youtube_start",
    "youtube_end",
    "youtube_start_frame",
    "youtube_end_frame",
    "movie",
    "movie_start",
    "movie_end",
    "movie_start_frame",
    "speed",
    "mirrored",
    "crop_x",
    "crop_y",
    "crop_w",
    "crop_h",
    "avg_similarity",
    "confidence",
    "tier",
    "alternatives",
    "ambiguous",
    "corrected",
    "pane",
)
STATIC_SLACK_S = 0.25
"""A segment that may slide further than this with an equal score shows a still picture."""


def segments_csv(result: MatchResult) -> str:
    """One row a segment, with the names of the result file; empty cells where unmatched.

    What other panes of a split screen show follows the first segment that they stand beside, under
    its number.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_COLUMNS, extrasaction="ignore")
    writer.writeheader()
    panes = result.numbered_panes
    for number, segment in enumerate(result.segments, start=1):
        for each in (segment, *(pane for beside, pane in panes if beside == number)):
            item = segment_to_json(each)
            x, y, w, h = item["crop"]
            item |= {"segment": number, "crop_x": x, "crop_y": y, "crop_w": w, "crop_h": h}
            item |= {key: str(item[key]).lower() for key in ("mirrored", "ambiguous")}
            pane = " ".join(f"{value:.4g}" for value in item.get("pane", ()))
            writer.writerow({"corrected": "", **item, "pane": pane})
    return text.getvalue()


def scene_descriptions(result: MatchResult) -> list[dict[str, Any]]:
    """Every segment with its times, what can be measured of it, and captions where they were made.

    ``description`` is what the movie shows there, else what the commentary does, in words. It is
    null where nothing was captioned: that is done by an optional model.
    """
    captioned = any(segment.caption or segment.movie_caption for segment in result.segments)
    return [
        {
            "segment": number,
            "youtube_start": segment.start_s,
            "youtube_end": segment.end_s,
            "movie": segment.movie,
            "movie_start": segment.movie_start_s,
            "movie_end": segment.movie_end_s,
            "description": segment.movie_caption or segment.caption,
            **(_captions(segment) if captioned else {}),
            "facts": _facts(segment),
        }
        for number, segment in enumerate(result.segments, start=1)
    ]


def _captions(segment: Segment) -> dict[str, str | None]:
    return {"movie_caption": segment.movie_caption, "commentary_caption": segment.caption}


def _facts(segment: Segment) -> dict[str, Any]:
    """What is measured of a segment: length, and how the commentary shows the movie there."""
    facts: dict[str, Any] = {
        "duration_s": segment.end_s - segment.start_s,
        "in_movie": segment.movie is not None,
    }
    if segment.movie is None:
        return facts
    earlier_s, later_s = segment.offset_slack_s
    return facts | {
        "speed": segment.speed,
        "freeze_frame": segment.speed == 0,
        "static": later_s - earlier_s > STATIC_SLACK_S,
        "mirrored": segment.mirrored,
        "zoom": 1 / max(segment.crop.w, segment.crop.h),
        "dissolves_in": segment.dissolve_in_frames > 0,
    }
