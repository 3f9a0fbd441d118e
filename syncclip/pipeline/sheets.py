"""Result in, review sheet out: reads the frames that the page shows."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip._files import write_text
from syncclip.errors import VideoError
from syncclip.pipeline.commentary import read_times
from syncclip.pipeline.folders import OutputFolder
from syncclip.pipeline.movies import at_hand, named_movies, offered_movies, used_movies
from syncclip.progress import OnProgress, Progress
from syncclip.result import MatchResult, MovieRef
from syncclip.sheet import Moment, data_uri, moments, picture_size, review_page
from syncclip.types import FrameTimes, PixelRect, Rect, StreamInfo
from syncclip.video import open_video

__all__ = ["SheetOutcome", "sheet_beside", "write_sheet"]

STAGE = "Making the review sheet"
LISTED = 10
"""Absent movies that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetOutcome:
    """A review sheet."""

    path: Path
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Pictures wanted of one file: where each goes, and the second that it shows."""

    path: Path | None
    side: str
    content: PixelRect | None
    """Part of the picture to keep; None keeps it whole."""
    moments: tuple[tuple[float, Moment], ...]


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

    Every file is read once, from its first wanted frame to its last, with seeks over large holes.

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
    seconds = _seconds(result, times, reader, on_progress)
    wanted = list(_wanted(result, seconds, movies))
    aspects: dict[str, float] = {}
    parts: dict[str, Rect] = {}
    named = named_movies(result)
    for movie in (movie for movie in result.movies if movie.name in named):
        aspects[movie.name] = movie.width_px / movie.height_px
        parts[movie.name] = _part(movie)
    aspects[""] = result.content.w / result.content.h
    pictures: dict[tuple[int, str], str] = {}
    notes: list[str] = []
    told = _Told(on_progress, sum(len(each.moments) for each in wanted))
    for each in wanted:
        _read(each, reader, pictures, aspects, notes, told)
    page = review_page(
        result,
        pictures,
        parts=parts,
        aspects=aspects,
        result_name=shlex.quote(str(result_path)),
        notes=notes,
    )
    write_text(path, page)
    return SheetOutcome(path=path, notes=tuple(notes))


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


def _seconds(
    result: MatchResult, times: FrameTimes | None, reader: str, on_progress: OnProgress | None
) -> NDArray[np.float64]:
    """When every frame of the commentary comes; by its rate where it is not at hand."""
    path = Path(result.commentary)
    if times is None and path.is_file():
        times = read_times(path, reader=reader, on_progress=on_progress)
    if times is not None and len(times) == result.frames:
        return times.seconds
    return np.arange(result.frames) / float(result.frame_rate)


def _wanted(
    result: MatchResult, seconds: NDArray[np.float64], given: Sequence[Path]
) -> Iterator[_Wanted]:
    shown = list(moments(result.segments, seconds))
    offered = offered_movies(result.movies, given)
    commentary = Path(result.commentary)
    yield _Wanted(
        commentary if commentary.is_file() else None,
        "commentary",
        result.content,
        _sorted((m.commentary_s, m) for m in shown),
    )
    for movie in result.movies:
        places = _sorted((m.movie_s, m) for m in shown if m.movie == movie.name)
        if places:
            yield _Wanted(at_hand(movie, offered), "movie", None, places)


def _sorted(pairs: Iterable[tuple[float | None, Moment]]) -> tuple[tuple[float, Moment], ...]:
    known = [(at_s, moment) for at_s, moment in pairs if at_s is not None]
    return tuple(sorted(known, key=lambda pair: pair[0]))


def _read(
    wanted: _Wanted,
    reader: str,
    pictures: dict[tuple[int, str], str],
    aspects: dict[str, float],
    notes: list[str],
    told: _Told,
) -> None:
    """Read one file's pictures, in the order in which it holds them."""
    name = wanted.moments[0][1].movie if wanted.side == "movie" else ""
    if wanted.path is None:
        notes.append(f"{name or 'the commentary'} is not at hand: its pictures are left out")
        told.more(len(wanted.moments))
        return
    try:
        with open_video(wanted.path, reader=reader) as video:
            aspects[name or ""] = _aspect(video.info, wanted.content)
            size, box = _sizes(video.info, wanted.content)
            seconds = sorted({at_s for at_s, _ in wanted.moments})
            made: dict[float, str] = {}
            for at_s, (_, picture) in zip(seconds, video.sample(seconds, size=size), strict=True):
                made[at_s] = data_uri(_cut(picture, box))
                told.more(sum(at == at_s for at, _ in wanted.moments))
    except VideoError as error:
        notes.append(f"pictures of {wanted.path.name} are left out: {error}")
        return
    for at_s, moment in wanted.moments:
        pictures[moment.segment, f"{wanted.side}-{moment.name}"] = made[at_s]


def _aspect(info: StreamInfo, content: PixelRect | None) -> float:
    if content is None:
        return info.display_aspect
    return float(content.w * info.sample_aspect / content.h)


def _sizes(
    info: StreamInfo, content: PixelRect | None
) -> tuple[tuple[int, int], tuple[slice, slice] | None]:
    """Size at which to read the whole picture, and the part of that to keep."""
    if content is None:
        return picture_size(info.display_aspect), None
    width, height = picture_size(_aspect(info, content))
    across, down = Fraction(width, content.w), Fraction(height, content.h)
    whole = round(info.width_px * across), round(info.height_px * down)
    left, top = round(content.x * across), round(content.y * down)
    return whole, (slice(top, top + height), slice(left, left + width))


def _cut(picture: NDArray[np.uint8], box: tuple[slice, slice] | None) -> NDArray[np.uint8]:
    return picture if box is None else np.ascontiguousarray(picture[box])


def _part(movie: MovieRef) -> Rect:
    """The content rectangle in fractions of the picture."""
    box, width, height = movie.content, movie.width_px, movie.height_px
    return Rect(box.x / width, box.y / height, box.w / width, box.h / height)
