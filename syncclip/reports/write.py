"""All reports of a result, under the names that DESIGN calls for."""

from __future__ import annotations

from pathlib import Path

from syncclip._files import format_json, write_text
from syncclip._subtitles import SubtitleFormat, format_subtitles
from syncclip.reports.match_report import match_report
from syncclip.reports.quality_report import quality_report
from syncclip.reports.results import (
    ALTERNATIVES_FILE,
    RESULT_FILE,
    alternatives_to_json,
    write_result,
)
from syncclip.reports.tables import scene_descriptions, segments_csv
from syncclip.result import MatchResult

__all__ = ["report_files", "reports_stand", "write_reports"]

CSV_ENCODING = "utf-8-sig"
"""Spreadsheets take a CSV file for the local code page unless it starts with this mark."""


TRANSCRIPTS: tuple[SubtitleFormat, ...] = ("srt", "vtt")


def report_files(result: MatchResult, folder: Path) -> dict[str, Path]:
    """The reports of a result by the names that :func:`write_reports` gives them."""
    return {
        "result": folder / RESULT_FILE,
        "alternatives": folder / ALTERNATIVES_FILE,
        "match_report": folder / "match_report.txt",
        "quality_report": folder / "quality_report.txt",
        "scene_descriptions": folder / "scene_descriptions.json",
        "segments": folder / "segments.csv",
        **(_transcripts(folder) if result.transcript else {}),
    }


def _transcripts(folder: Path) -> dict[str, Path]:
    return {f"transcript_{kind}": folder / f"transcript.{kind}" for kind in TRANSCRIPTS}


def reports_stand(result: MatchResult, folder: Path) -> bool:
    """Whether a folder holds every report, and the table of them shows this very result."""
    files = report_files(result, folder)
    if not all(path.is_file() for path in files.values()):
        return False
    shown = files["segments"].read_bytes()
    return shown == segments_csv(result).encode(CSV_ENCODING, "backslashreplace")


def write_reports(result: MatchResult, folder: Path) -> dict[str, Path]:
    """Write every report into a folder, each whole or not at all.

    Args:
        result: What was matched.
        folder: Made where it is missing; files of an earlier run are replaced.

    Returns:
        The files by name: ``result``, ``alternatives``, ``match_report``, ``quality_report``,
        ``scene_descriptions``, ``segments``; with a transcript ``transcript_srt`` and
        ``transcript_vtt``, too.

    Raises:
        OutputError: Where a file cannot be written.
    """
    files = report_files(result, folder)
    write_text(files["alternatives"], format_json(alternatives_to_json(result)) + "\n")
    write_result(result, files["result"])
    write_text(files["match_report"], match_report(result))
    write_text(files["quality_report"], quality_report(result))
    write_text(files["scene_descriptions"], format_json(scene_descriptions(result)) + "\n")
    write_text(files["segments"], segments_csv(result), encoding=CSV_ENCODING)
    _write_transcripts(result, folder)
    return files


def _write_transcripts(result: MatchResult, folder: Path) -> None:
    """Write the transcript as subtitles; those of an earlier run, where there is none now, go."""
    for kind, path in zip(TRANSCRIPTS, _transcripts(folder).values(), strict=True):
        if result.transcript:
            write_text(path, format_subtitles(result.transcript, kind))
        else:
            path.unlink(missing_ok=True)
