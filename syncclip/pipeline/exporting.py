"""Result in, timelines out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from syncclip._addresses import local_file
from syncclip.errors import InputError, SettingsError
from syncclip.pipeline.commentary import content_aspect, read_times
from syncclip.pipeline.folders import OutputFolder
from syncclip.pipeline.media import absent_media, commentary_media, file_media
from syncclip.pipeline.movies import at_hand, named_movies, offered_movies
from syncclip.pipeline.sheets import write_sheet
from syncclip.pipeline.times import indexed_times
from syncclip.progress import OnProgress
from syncclip.rendering import frame_size, pane_box, place
from syncclip.reports import read_result
from syncclip.result import MatchResult
from syncclip.timelines import FORMATS, Media, build_edit, known_formats, require, write_timelines
from syncclip.types import FrameTimes
from syncclip.video import fingerprint

__all__ = ["ExportOutcome", "export", "export_result", "needed_for"]

Framing = Literal["movie", "commentary"]
SHEET = "review"
"""The review sheet among the names of formats."""


SAME_SHAPE = 0.01
"""Part of the width by which shapes may differ: sides are even, which is no other shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOutcome:
    """What :func:`export` wrote."""

    files: Mapping[str, Path]
    """By format."""
    notes: tuple[str, ...]


def export(
    result: str | Path,
    formats: Sequence[str],
    *,
    output: str | Path | None = None,
    framing: Framing = "movie",
    drop_frame: bool | None = None,
    movies: Sequence[str | Path] = (),
    reader: str = "pyav",
    on_progress: OnProgress | None = None,
) -> ExportOutcome:
    """Write a result, which may have been edited, as timelines for editing programs.

    Args:
        result: ``visual_match_results.json``.
        formats: ``"otio"``, ``"fcp7xml"``, ``"fcpxml"``, ``"edl"``, ``"mlt"``, ``"csv"``,
            ``"jianying"``, ``"srt"``; ``"review"`` for the review sheet.
        output: Folder for the files; by default ``timelines`` beside the reports, and the review
            sheet among those.
        framing: Whether crops and mirrors are switched on (``"commentary"``) or left off.
        drop_frame: Drop-frame record timecode; by default as the commentary's own timecode.
        movies: Where movies are that were moved since they were indexed.
        reader: Decoder.
        on_progress: Told how far the work is.

    Raises:
        SettingsError: For an unknown format, or none at all.
        ResultError: Where the result file is not sound.
        InputError: Where a file that was named is not one of the result's.
        MissingDependencyError: Where a library is not installed.
        OutputError: Where a file cannot be written.
    """
    _check_known(formats)
    path, given = Path(result), [local_file(movie) for movie in movies]
    timelines = needed_for([name for name in formats if name != SHEET])
    own = OutputFolder.of_result(path)
    found = read_result(path)
    files: dict[str, Path] = {}
    notes: list[str] = []
    if timelines:
        done = export_result(
            found,
            timelines,
            folder=own.timelines if output is None else Path(output),
            framing=framing,
            drop_frame=drop_frame,
            movies=given,
            reader=reader,
            on_progress=on_progress,
        )
        files |= done.files
        notes += done.notes
    if SHEET in formats:
        page = own.sheet if output is None else Path(output) / own.sheet.name
        sheet = write_sheet(
            found, page, movies=given, result_path=path, reader=reader, on_progress=on_progress
        )
        files[SHEET] = sheet.path
        notes += sheet.notes
    return ExportOutcome(files=files, notes=tuple(notes))


def _check_known(formats: Sequence[str]) -> None:
    known = (*FORMATS, SHEET)
    wrong = next((name for name in formats if name not in known), None)
    if wrong is not None:
        raise SettingsError(f"unknown format {wrong!r}; choose among: {', '.join(known)}")
    if not formats:
        raise SettingsError(f"no format was named; choose among: {', '.join(known)}")


def needed_for(formats: Sequence[str]) -> tuple[str, ...]:
    """Names of formats, once what they need is known to be there: asked before long work.

    Raises:
        SettingsError: For an unknown format.
        MissingDependencyError: Where a library is not installed.
    """
    names = known_formats(formats)
    if names:
        require(names)
    return names


def export_result(
    result: MatchResult,
    formats: Sequence[str],
    *,
    folder: Path,
    times: FrameTimes | None = None,
    framing: Framing = "movie",
    drop_frame: bool | None = None,
    movies: Sequence[Path] = (),
    reader: str = "pyav",
    on_progress: OnProgress | None = None,
) -> ExportOutcome:
    """Write a result as timelines into a folder.

    Args:
        result: What was matched.
        formats: As :func:`export` has them.
        folder: Made where it is missing.
        times: Of the commentary's frames, where they are known already.
        framing: As :func:`export` has it.
        drop_frame: As :func:`export` has it.
        movies: Where movies are that were moved since they were indexed.
        reader: Decoder.
        on_progress: Told how far the work is.
    """
    notes: list[str] = []
    commentary = _commentary(result, times, notes, reader, on_progress)
    media = _movies(result, movies, notes, reader, on_progress)
    size = _size(result, commentary, media, framing)
    fill = framing == "commentary"
    window = place(result.content, commentary.sample_aspect, size, fill=fill).box
    edit = build_edit(
        result,
        commentary=commentary,
        movies=media,
        size_px=size,
        pane_box=lambda pane: pane_box(pane, window),
        framing=framing,
        drop_frame=commentary.drop_frame if drop_frame is None else drop_frame,
    )
    if "mlt" in formats and fill:
        notes += [_between_bars(each) for each in media.values() if not _of_shape(each, size)]
    return ExportOutcome(files=write_timelines(edit, folder, formats), notes=tuple(notes))


def _of_shape(media: Media, size: tuple[int, int]) -> bool:
    shape = float(media.width_px * media.sample_aspect) / media.height_px
    return abs(shape * size[1] / size[0] - 1) < SAME_SHAPE


def _between_bars(media: Media) -> str:
    return (
        f"{media.name} has another shape than the sequence: MLT shows its retimed clips, and those "
        "of another frame rate, between bars, where the finished video fills the frame"
    )


def _commentary(
    result: MatchResult,
    times: FrameTimes | None,
    notes: list[str],
    reader: str,
    on_progress: OnProgress | None,
) -> Media:
    path = Path(result.commentary)
    if not path.is_file() or fingerprint(path) != result.commentary_fingerprint:
        return commentary_media(result, notes)
    times = times or read_times(path, reader=reader, on_progress=on_progress)
    if len(times) != result.frames:
        raise InputError(
            f"{path} has {len(times)} frames, but the result was made from {result.frames}; "
            "match it again"
        )
    return file_media(path, name=path.name, times=times, content=result.content, notes=notes)


def _movies(
    result: MatchResult,
    given: Sequence[Path],
    notes: list[str],
    reader: str,
    on_progress: OnProgress | None,
) -> dict[str, Media]:
    """Every movie that a segment or an alternative comes from."""
    offered = offered_movies(result.movies, given)
    found = {}
    named = named_movies(result)
    for movie in (movie for movie in result.movies if movie.name in named):
        path, times = at_hand(movie, offered), indexed_times(movie)
        if path is None:
            found[movie.name] = absent_media(movie, times, notes)
            continue
        times = times or read_times(
            path, reader=reader, on_progress=on_progress, stage=f"Reading {movie.name}"
        )
        found[movie.name] = file_media(
            path, name=movie.name, times=times, content=movie.content, notes=notes
        )
    return found


def _size(
    result: MatchResult, commentary: Media, movies: Mapping[str, Media], framing: Framing
) -> tuple[int, int]:
    """Size of the sequence: that of the finished video."""
    shown: Counter[str] = Counter()
    for segment in result.shown:
        assert segment.movie is not None
        shown[segment.movie] += segment.end_frame - segment.start_frame
    main = movies[shown.most_common(1)[0][0]] if shown else commentary
    return frame_size(
        main,
        content=main.content,
        commentary_aspect=content_aspect(commentary, result.content),
        framing=framing,
    )
