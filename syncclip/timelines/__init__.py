"""A result as a timeline for editing programs (OpenTimelineIO and what is written from it)."""

from syncclip.timelines.media import Media
from syncclip.timelines.model import Edit, build_edit
from syncclip.timelines.timecode import format_timecode, parse_timecode, snap_rate
from syncclip.timelines.write import (
    FORMATS,
    TimelineFormat,
    known_formats,
    require,
    write_timelines,
)

__all__ = [
    "FORMATS",
    "Edit",
    "Media",
    "TimelineFormat",
    "build_edit",
    "format_timecode",
    "known_formats",
    "parse_timecode",
    "require",
    "snap_rate",
    "write_timelines",
]
