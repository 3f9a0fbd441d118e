"""The edit as a table, with timecodes: for spreadsheets and for scripts of others."""

from __future__ import annotations

import csv
import io

from syncclip.timelines.cuts import Cut, rows
from syncclip.timelines.model import Edit
from syncclip.timelines.timecode import format_timecode

__all__ = ["COLUMNS", "to_csv"]

COLUMNS = (
    "track",
    "segment",
    "enabled",
    "record_in",
    "record_out",
    "record_in_frame",
    "record_out_frame",
    "file",
    "reel",
    "source_in",
    "source_out",
    "source_in_frame",
    "source_out_frame",
    "source_rate",
    "speed",
    "mirrored",
    "crop_x",
    "crop_y",
    "crop_w",
    "crop_h",
    "note",
)


def to_csv(edit: Edit) -> str:
    """One row a clip, track after track."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for row in rows(edit):
        for cut in row.cuts:
            on = cut.enabled and row.enabled
            writer.writerow({"track": row.name, "enabled": str(on).lower(), **_facts(cut, edit)})
    return text.getvalue()


def _facts(cut: Cut, edit: Edit) -> dict[str, object]:
    media, rate = cut.media, edit.commentary.rate
    first = media.start_frame + cut.position
    last = first + (1 if cut.speed == 0 else cut.source_frames(rate))
    return {
        "segment": cut.number or "",
        "record_in": format_timecode(cut.start, rate, drop=edit.drop_frame),
        "record_out": format_timecode(cut.end, rate, drop=edit.drop_frame),
        "record_in_frame": cut.start,
        "record_out_frame": cut.end,
        "file": media.name,
        "reel": media.reel,
        "source_in": format_timecode(first, media.rate, drop=media.drop_frame),
        "source_out": format_timecode(last, media.rate, drop=media.drop_frame),
        "source_in_frame": cut.position,
        "source_out_frame": cut.position + last - first,
        "source_rate": str(media.rate),
        "speed": cut.speed,
        "mirrored": str(cut.mirrored).lower(),
        "crop_x": cut.crop.x,
        "crop_y": cut.crop.y,
        "crop_w": cut.crop.w,
        "crop_h": cut.crop.h,
        "note": cut.markers[0].text if cut.markers else "",
    }
