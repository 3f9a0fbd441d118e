"""What a result holds, in a page: for ``syncclip info``."""

from __future__ import annotations

from typing import Any

from syncclip.reports.results import SCHEMA_VERSION, to_json
from syncclip.types import MatchResult

__all__ = ["summary"]


def summary(result: MatchResult) -> dict[str, Any]:
    """The facts of a result without its segments, as plain values."""
    document = to_json(result)
    for holder in (document["commentary"], *document["movies"]):
        del holder["frame_times"]
    return {
        "kind": "result",
        "format": SCHEMA_VERSION,
        "made_by": f"SyncClip {result.version}".strip(),
        "commentary": document["commentary"],
        "movies": document["movies"],
        "segments": len(result.segments),
        "quality": document["quality_info"],
        "time_jumps": document["time_jump_stats"],
        "encoders": document["encoders"],
        "settings": document["settings"],
        "timings_s": document["timings_s"],
        "notes": document["notes"],
    }
