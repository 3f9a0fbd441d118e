"""What is written beside the reports: the review sheet and timelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from syncclip.pipeline.exporting import Framing, export_result
from syncclip.pipeline.folders import OutputFolder
from syncclip.pipeline.sheets import sheet_beside
from syncclip.progress import OnProgress
from syncclip.result import MatchResult
from syncclip.types import FrameTimes

__all__ = ["Extras", "write_extras"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """Files by name, and what the user must know of them."""

    files: Mapping[str, Path]
    notes: tuple[str, ...]


def write_extras(
    result: MatchResult,
    folder: OutputFolder,
    *,
    sheet: bool,
    timelines: Sequence[str] = (),
    times: FrameTimes | None,
    framing: Framing = "movie",
    movies: Sequence[Path],
    reader: str,
    on_progress: OnProgress | None,
) -> Extras:
    """Write what was asked for beside the reports.

    Args:
        result: What was matched.
        folder: Of its reports.
        sheet: Whether a review sheet is wanted.
        timelines: Formats of timelines.
        times: Of the commentary's frames, where they are known already.
        framing: Of the timelines.
        movies: Where movies are that were moved since they were indexed.
        reader: Decoder.
        on_progress: Told how far the work is.
    """
    files: dict[str, Path] = {}
    notes: list[str] = []
    if sheet:
        made = sheet_beside(
            result, folder, times=times, movies=movies, reader=reader, on_progress=on_progress
        )
        if isinstance(made, str):
            notes.append(made)
        else:
            files["review"] = made.path
            notes += made.notes
    if timelines:
        written = export_result(
            result,
            timelines,
            folder=folder.timelines,
            times=times,
            framing=framing,
            movies=movies,
            reader=reader,
            on_progress=on_progress,
        )
        files |= {f"timeline_{name}": path for name, path in written.files.items()}
        notes += written.notes
    return Extras(files=files, notes=tuple(notes))
