"""What a match leaves for people and programs: JSON, text and CSV reports."""

from syncclip.reports.quality import (
    QualityInfo,
    TimeJumpStats,
    quality_info,
    time_jump_stats,
)
from syncclip.reports.results import read_result, to_json, write_result

__all__ = [
    "QualityInfo",
    "TimeJumpStats",
    "quality_info",
    "read_result",
    "time_jump_stats",
    "to_json",
    "write_result",
]
