"""Result in, review sheet out: reads the frames that the page shows."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from syncclip._files import write_text
from syncclip.pipeline.folders import OutputFolder
from syncclip.pipeline.movies import at_hand, named_movies, offered_movies, used_movies
from syncclip.pipeline.stills import frame_seconds, read_stills, wanted_stills
from syncclip.progress import OnProgress, Progress
from syncclip.result import MatchResult, MovieRef
from syncclip.sheet import review_page
from syncclip.types import FrameTimes, Rect

__all__ = ["SheetOutcome", "sheet_beside", "write_sheet"]

STAGE = "Making the review sheet"
LISTED = 10
"""Absent movies that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetOutcome:
    """A review sheet."""

    path: Path
    notes: tuple[str, ...]


def write_sheet(
    result: MatchResult,
    path: Path,
    *,
    times: FrameTimes | None = None,
    movies: Sequence[Path] = (),
    result_path: Path,
    reader: str = "pyav",
    on_progress: OnProgress | None = None,
) -> SheetOutcome:
    """Write the review sheet of a result. Pictures that cannot be read are left out, and said.

    Files are read in pieces, each from its first wanted frame to its last, with seeks over large
    holes.

    Args:
        result: What was matched.
        path: Page to write.
        times: Of the commentary's frames, where they are known already.
        movies: Where movies are that were moved since they were indexed.
        result_path: The result file, for the commands that the page names.
        reader: Decoder.
        on_progress: Told how far the work is.

    Raises:
        OutputError: Where the page cannot be written.
    """
    seconds = frame_seconds(result, times, reader, on_progress)
    wanted = list(wanted_stills(result, seconds, movies))
    named = named_movies(result)
    shown = [movie for movie in result.movies if movie.name in named]
    aspects = {movie.name: movie.width_px / movie.height_px for movie in shown}
    aspects[""] = result.content.w / result.content.h
    told = _Told(on_progress, sum(len(each.moments) for each in wanted))
    stills = read_stills(wanted, reader, told.more)
    notes = tuple(stills.notes)
    page = review_page(
        result,
        stills.pictures,
        parts={movie.name: _part(movie) for movie in shown},
        aspects={**aspects, **stills.aspects},
        result_name=shlex.quote(str(result_path)),
        notes=notes,
    )
    write_text(path, page)
    return SheetOutcome(path=path, notes=notes)


def sheet_beside(
    result: MatchResult,
    folder: OutputFolder,
    *,
    times: FrameTimes | None,
    movies: Sequence[Path] = (),
    reader: str,
    on_progress: OnProgress | None,
) -> SheetOutcome | str:
    """Write the sheet beside the reports where every movie shown is at hand, else say why not.

    Args:
        result: What was matched.
        folder: Of the reports.
        times: Of the commentary's frames, where they are known already.
        movies: Where movies are that were moved since they were indexed.
        reader: Decoder.
        on_progress: Told how far the work is.
    """
    offered = offered_movies(result.movies, movies)
    absent = [movie.name for movie in used_movies(result) if at_hand(movie, offered) is None]
    if absent:
        names = ", ".join(absent[:LISTED])
        return f"no review sheet was made, as these movies are not at hand: {names}"
    return write_sheet(
        result,
        folder.sheet,
        times=times,
        movies=movies,
        result_path=folder.result,
        reader=reader,
        on_progress=on_progress,
    )


class _Told:
    """Counts pictures and tells of them."""

    def __init__(self, on_progress: OnProgress | None, total: int) -> None:
        self._report = on_progress or (lambda _: None)
        self._done, self._total = 0, total
        self.more(0)

    def more(self, count: int) -> None:
        self._done += count
        self._report(Progress(STAGE, self._done, self._total, "pictures"))


def _part(movie: MovieRef) -> Rect:
    """The content rectangle in fractions of the picture."""
    box, width, height = movie.content, movie.width_px, movie.height_px
    return Rect(box.x / width, box.y / height, box.w / width, box.h / height)
