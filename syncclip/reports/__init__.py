"""What a match leaves for people and programs: JSON, text and CSV reports."""

from syncclip.reports._text import percent
from syncclip.reports.advice import unlike_segments
from syncclip.reports.batch import (
    BatchEntry,
    batch_files,
    batch_report,
    batch_to_json,
    write_batch_reports,
)
from syncclip.reports.match_report import match_report
from syncclip.reports.quality import (
    QualityInfo,
    TimeJumpStats,
    quality_info,
    time_jump_stats,
)
from syncclip.reports.quality_report import quality_report
from syncclip.reports.results import (
    ALTERNATIVES_FILE,
    read_result,
    segment_to_json,
    to_json,
    write_result,
)
from syncclip.reports.usage import FilmUse, Reuse, SegmentUse, film_uses, footage_used_again
from syncclip.reports.write import report_files, reports_stand, write_reports

__all__ = [
    "ALTERNATIVES_FILE",
    "BatchEntry",
    "FilmUse",
    "QualityInfo",
    "Reuse",
    "SegmentUse",
    "TimeJumpStats",
    "batch_files",
    "batch_report",
    "batch_to_json",
    "film_uses",
    "footage_used_again",
    "match_report",
    "percent",
    "quality_info",
    "quality_report",
    "read_result",
    "report_files",
    "reports_stand",
    "segment_to_json",
    "time_jump_stats",
    "to_json",
    "unlike_segments",
    "write_batch_reports",
    "write_reports",
    "write_result",
]
