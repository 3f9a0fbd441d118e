"""``batch_report.json`` and ``batch_report.txt``: many commentaries, and what they take from films.

The shape of the JSON file is ``schema/batch_report.v1.json`` of this package.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath
from typing import Any

from syncclip._files import format_json, write_text
from syncclip._version import __version__
from syncclip.reports._text import count, one_line, percent, span, table
from syncclip.reports.intervals import Interval
from syncclip.reports.quality import quality_info
from syncclip.reports.usage import FilmUse, Reuse, SegmentUse, film_uses, footage_used_again
from syncclip.result import MatchResult, MovieRef

__all__ = [
    "BATCH_SCHEMA",
    "BATCH_VERSION",
    "BatchEntry",
    "batch_files",
    "batch_report",
    "batch_to_json",
    "write_batch_reports",
]

BATCH_VERSION = 1
BATCH_SCHEMA = "batch_report.v1.json"
DECIMALS = 6
"""Of seconds: a microsecond is less than any frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEntry:
    """One commentary of a batch."""

    commentary: str
    """Its file or address."""
    status: str
    """``"matched"``, ``"standing"`` where an earlier run's result was used again, ``"failed"``."""
    folder: str | None
    """Folder of its results."""
    reason: str = ""
    """Why it failed, in one line."""
    result: MatchResult | None = None
    """None where it failed."""
    files: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    """Time it took."""


def batch_to_json(
    entries: Sequence[BatchEntry], library: Iterable[MovieRef] = ()
) -> dict[str, Any]:
    """The batch as ``batch_report.json`` holds it.

    Args:
        entries: The commentaries, in order.
        library: Films that were searched, where results name only some of them.
    """
    known, results, library = _known(entries), _results(entries), list(library)
    uses = film_uses(results, library)
    return {
        "schema_version": BATCH_VERSION,
        "version": __version__,
        "commentaries": [_entry(entry) for entry in entries],
        "movies": [_film(use, known) for use in uses],
        "used_again": [_again(each, known) for each in footage_used_again(results, library)],
        "never_used": [use.name for use in uses if not use.shown_s],
    }


def batch_report(entries: Sequence[BatchEntry], library: Iterable[MovieRef] = ()) -> str:
    """The batch for people."""
    known, results, library = _known(entries), _results(entries), list(library)
    uses = film_uses(results, library)
    parts = [
        "SyncClip batch report",
        _entries_table(entries),
        "Films used",
        _films_table(uses),
        *_ranges(uses),
        "Footage used more than once",
        _again_table(footage_used_again(results, library), known, entries),
        "Films never used",
        "\n".join(one_line(use.name) for use in uses if not use.shown_s) or "none",
        "Times are hh:mm:ss.mmm of the film; a stretch ends before its second time. 'minutes of "
        "the film' count footage\nonce, however often it is shown.",
    ]
    return "\n\n".join(parts) + "\n"


def batch_files(folder: Path) -> dict[str, Path]:
    """The reports of a batch by the names that :func:`write_batch_reports` gives them."""
    return {
        "batch_report": folder / "batch_report.json",
        "batch_report_text": folder / "batch_report.txt",
    }


def write_batch_reports(
    entries: Sequence[BatchEntry], folder: Path, library: Iterable[MovieRef] = ()
) -> dict[str, Path]:
    """Write both reports, each whole or not at all.

    Returns:
        The files by name: ``batch_report`` (JSON) and ``batch_report_text``.

    Raises:
        OutputError: Where a file cannot be written.
    """
    library, files = list(library), batch_files(folder)
    document = format_json(batch_to_json(entries, library))
    write_text(files["batch_report"], document + "\n")
    write_text(files["batch_report_text"], batch_report(entries, library))
    return files


def _results(entries: Sequence[BatchEntry]) -> list[MatchResult]:
    return [entry.result for entry in entries if entry.result is not None]


def _known(entries: Sequence[BatchEntry]) -> list[int]:
    """Positions of the entries that have a result: uses count results."""
    return [number for number, entry in enumerate(entries) if entry.result is not None]


# --- JSON ---------------------------------------------------------------------------------------


def _entry(entry: BatchEntry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "commentary": entry.commentary,
        "status": entry.status,
        "reason": entry.reason,
        "folder": entry.folder,
        "files": dict(entry.files),
        "notes": list(entry.notes),
        "seconds": round(entry.seconds, 3),
    }
    if entry.result is not None:
        quality = asdict(quality_info(entry.result))
        quality["tiers"] = {tier.value: n for tier, n in quality["tiers"].items()}
        item |= {
            "fingerprint": entry.result.commentary_fingerprint,
            "duration_s": float(entry.result.duration_s),
            "segments": len(entry.result.segments),
            "quality_info": quality,
        }
    return item


def _film(use: FilmUse, known: Sequence[int]) -> dict[str, Any]:
    return {
        "name": use.name,
        "path": use.movie.path,
        "index": use.movie.index,
        "fingerprint": use.movie.fingerprint,
        "duration_s": float(use.movie.duration_s),
        "shown_s": round(use.shown_s, DECIMALS),
        "used_s": round(use.used_s, DECIMALS),
        "share": round(use.share, DECIMALS),
        "ranges": [_pair(each) for each in use.ranges],
        "commentaries": [
            {"commentary": known[number] + 1, "shown_s": round(seconds, DECIMALS)}
            for number, seconds in use.by_commentary
        ],
    }


def _again(again: Reuse, known: Sequence[int]) -> dict[str, Any]:
    return {
        "movie": again.name,
        "movie_start": round(again.start_s, DECIMALS),
        "movie_end": round(again.end_s, DECIMALS),
        "uses": [
            {
                "commentary": known[use.commentary] + 1,
                "segment": use.segment,
                "youtube_start": round(use.start_s, DECIMALS),
                "youtube_end": round(use.end_s, DECIMALS),
            }
            for use in again.uses
        ],
    }


def _pair(interval: Interval) -> list[float]:
    return [round(interval[0], DECIMALS), round(interval[1], DECIMALS)]


# --- text ---------------------------------------------------------------------------------------


def _entries_table(entries: Sequence[BatchEntry]) -> str:
    rows = []
    for number, entry in enumerate(entries, start=1):
        name = one_line(PurePath(entry.commentary).name)
        if entry.result is None:
            rows.append((str(number), name, "", "", "", f"failed: {one_line(entry.reason)}"))
            continue
        quality = quality_info(entry.result)
        rows.append(
            (
                str(number),
                name,
                _minutes(entry.result.duration_s),
                percent(quality.coverage),
                percent(quality.confidence / 100),
                one_line(entry.folder or ""),
            )
        )
    head = ("#", "commentary", "minutes", "found", "conf.", "results")
    return table(head, rows, right=(0, 2, 3, 4))


def _films_table(uses: Sequence[FilmUse]) -> str:
    rows = [
        (
            one_line(use.name),
            _minutes(use.shown_s),
            _minutes(use.used_s),
            percent(use.share),
            str(len(use.by_commentary)),
        )
        for use in uses
        if use.shown_s
    ]
    head = ("film", "minutes shown", "minutes of the film", "share", "commentaries")
    return table(head, rows, right=(1, 2, 3, 4)) if rows else "none"


def _ranges(uses: Sequence[FilmUse]) -> list[str]:
    """What is shown of each film, in its own order."""
    return [
        f"{one_line(use.name)}: {count(len(use.ranges), 'part')}\n"
        + "\n".join(f"  {span(*each)}" for each in use.ranges)
        for use in uses
        if use.shown_s
    ]


def _again_table(
    found: Sequence[Reuse], known: Sequence[int], entries: Sequence[BatchEntry]
) -> str:
    def said(use: SegmentUse) -> str:
        number = known[use.commentary]
        name = one_line(PurePath(entries[number].commentary).name)
        return f"#{number + 1} {name}, segment {use.segment}"

    rows = [
        (one_line(again.name), span(again.start_s, again.end_s), "; ".join(map(said, again.uses)))
        for again in found
    ]
    return table(("film", "stretch", "shown by"), rows) if rows else "none"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.2f}"
