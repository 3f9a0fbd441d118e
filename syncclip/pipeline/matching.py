"""Commentary and indexes in, result, reports and finished video out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from syncclip._version import __version__
from syncclip.config import MatchConfig, RenderConfig
from syncclip.encoders import BuiltinEncoder
from syncclip.errors import OutputError, ResultError
from syncclip.index import MovieIndex, open_indexes
from syncclip.matching import (
    CandidateSettings,
    FinderSettings,
    Found,
    PathSettings,
    Source,
    build_segments,
    find,
    reconsider,
)
from syncclip.pipeline.commentary import ReadCommentary, read_commentary, read_times
from syncclip.pipeline.folders import OutputFolder
from syncclip.pipeline.logs import run_log
from syncclip.pipeline.movies import locate_movies
from syncclip.pipeline.rendering import finish
from syncclip.pipeline.searching import WindowSearch
from syncclip.pipeline.sources import movie_sources
from syncclip.pipeline.workers import begin_workers, cores
from syncclip.progress import OnProgress, Progress
from syncclip.rendering import SelfCheck
from syncclip.reports import read_result, write_reports
from syncclip.types import FrameTimes, MatchResult, Segment
from syncclip.video import fingerprint

__all__ = ["MatchOutcome", "match"]

UNITS = {
    "Looking up": "frames",
    "Voting": "stretches",
    "Proving": "stretches",
    "Weighing": "places",
    "Refining": "runs",
}
"""What each step of the search counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchOutcome:
    """What :func:`match` found and wrote."""

    result: MatchResult
    folder: Path
    """The folder ``proceed`` with everything in it."""
    files: Mapping[str, Path]
    """Written files by name: ``video`` (when rendered), ``result``, ``match_report``, …"""
    selfcheck: SelfCheck | None
    """None where nothing was rendered."""
    notes: tuple[str, ...]


def match(
    commentary: str | Path,
    index: str | Path | Sequence[str | Path],
    *,
    output: str | Path | None = None,
    config: MatchConfig | None = None,
    render: RenderConfig | None = None,
    movies: Sequence[str | Path] = (),
    reader: str = "pyav",
    workers: int | None = None,
    force: bool = False,
    on_progress: OnProgress | None = None,
) -> MatchOutcome:
    """Find every shot of a commentary in the indexed movies, report it, and rebuild the edit.

    A run that was stopped while it rendered goes on there: a result that stands for the same
    commentary, movies and settings is used again, edits in it included.

    Args:
        commentary: The commentary's file.
        index: An ``.idx`` file, a folder of them, or several of either.
        output: Folder for the results; ``<commentary stem>_synced`` by default.
        config: How to match.
        render: How to make the finished video; None makes none.
        movies: Where movies are that were moved since they were indexed.
        reader: Decoder: ``"pyav"`` or ``"decord"``.
        workers: Processes that search at the same time; by default one for each core. The result
            does not depend on it.
        force: Match again and replace what stands in the output folder.
        on_progress: Told how far the work is.

    Raises:
        VideoError: Where the commentary cannot be read.
        IndexFileError: Where an index is not sound or made by another version.
        InputError: Where a movie is not found or has changed (only when rendering).
        OutputError: Where the output cannot be written, or holds another result.
        FFmpegError: Where ffmpeg is missing or fails (only when rendering).
    """
    path, config = Path(commentary), config or MatchConfig()
    folder = OutputFolder.for_commentary(path, None if output is None else Path(output))
    paths = [Path(index)] if isinstance(index, str | Path) else [Path(p) for p in index]
    indexes = open_indexes(paths)
    try:
        mark = fingerprint(path)
        found = None if force else _standing(folder, mark, indexes, config)
        if render is not None:
            # Known before the long part: a movie that is missing would waste it.
            locate_movies([index.ref for index in indexes if movies], [Path(m) for m in movies])
        with run_log(folder.logs, "match") as log:
            times: FrameTimes | None = None
            if found is None:
                found, times = _matched(
                    path, mark, indexes, config, reader, workers or cores(), on_progress
                )
                files = write_reports(found, folder.root)
            else:
                log.info("the result of an earlier run is used again")
                files = write_reports(found, folder.root)
            log.info("%d segments; %s", len(found.segments), "; ".join(found.notes) or "no notes")
            notes, check = list(found.notes), None
            if render is not None:
                done = finish(
                    found,
                    video=folder.video,
                    folder=folder,
                    times=times or read_times(path, reader=reader, on_progress=on_progress),
                    config=render,
                    movies=[Path(movie) for movie in movies],
                    reader=reader,
                    on_progress=on_progress,
                )
                check = done.selfcheck
                notes += done.notes
                files = {"video": done.video, **write_reports(found, folder.root, selfcheck=check)}
                log.info("rendered %d frames to %s", done.frames, done.video)
    finally:
        for opened in indexes:
            opened.close()
    return MatchOutcome(
        result=found,
        folder=folder.root,
        files={**files, "log": log.path},
        selfcheck=check,
        notes=tuple(notes),
    )


def _standing(
    folder: OutputFolder, mark: str, indexes: Sequence[MovieIndex], config: MatchConfig
) -> MatchResult | None:
    """The result of an earlier run of the same job, None where there is no result at all."""
    if not folder.result.exists():
        return None
    other = OutputError(
        f"{folder.root} holds the result of another match; "
        "replace it with --force or name another folder with -o"
    )
    try:
        result = read_result(folder.result)
    except ResultError as error:
        raise other from error
    same = (
        result.commentary_fingerprint == mark
        and [m.fingerprint for m in result.movies] == [i.manifest.fingerprint for i in indexes]
        and dict(result.settings) == _settings(config)
        and result.version == __version__
    )
    if not same:
        raise other
    return result


def _settings(config: MatchConfig) -> dict[str, object]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(config).items()
    }


def _matched(
    path: Path,
    mark: str,
    indexes: Sequence[MovieIndex],
    config: MatchConfig,
    reader: str,
    workers: int,
    on_progress: OnProgress | None,
) -> tuple[MatchResult, FrameTimes]:
    """Match from the beginning."""
    report = on_progress or (lambda _: None)
    encoder = BuiltinEncoder()
    for index in indexes:
        index.require([encoder])
    clock = _Stopwatch()
    read = read_commentary(path, size=config.thumbnail_size, reader=reader, on_progress=on_progress)
    clock.lap("read")
    sources = movie_sources(indexes)
    aspects = [source.aspect for source in sources]
    search = WindowSearch.over(indexes, aspects, read.frames.aspect, encoder, on_progress)
    clock.lap("prepare")

    def on_step(step: str, done: int, total: int) -> None:
        report(Progress(step, done, total, UNITS.get(step, "parts")))

    settings = FinderSettings(
        candidates=CandidateSettings(frame_interval_s=config.frame_interval_s),
        path=PathSettings(time_jumps=config.time_jumps),
    )
    paths = [index.path for index in indexes]
    with begin_workers(read.frames, sources, paths, settings, count=workers) as team:
        found = find(read.frames, sources, search, settings, on_step, workers=team)
    segments, notes = _claimed(found, read, sources, settings, config)
    clock.lap("find")
    result = MatchResult(
        commentary=str(path.absolute()),
        commentary_fingerprint=mark,
        duration_s=read.times.end_s - float(read.times.seconds[0]),
        frame_rate=read.info.frame_rate,
        frames=len(read.times),
        width_px=read.info.width_px,
        height_px=read.info.height_px,
        content=read.content,
        segments=segments,
        movies=tuple(replace(index.ref, index=str(index.path.absolute())) for index in indexes),
        encoders=(encoder.id,),
        settings=_settings(config),
        timings_s=clock.laps,
        notes=(*read.notes, *notes),
        version=__version__,
    )
    return result, read.times


def _claimed(
    found: Found,
    read: ReadCommentary,
    sources: Sequence[Source],
    settings: FinderSettings,
    config: MatchConfig,
) -> tuple[tuple[Segment, ...], list[str]]:
    """Segments that pass the threshold, relaxed step by step where none does."""
    threshold, notes = config.threshold, []
    segments = build_segments(found, read.frames, sources, threshold=threshold)
    for _ in range(config.relaxations):
        if any(segment.movie is not None for segment in segments):
            break
        threshold = round(threshold - config.relaxation_step, 6)
        notes.append(f"nothing passed; the threshold was relaxed to {threshold:.2f}")
        found = reconsider(found, read.frames, settings, threshold=threshold)
        segments = build_segments(found, read.frames, sources, threshold=threshold)
    return segments, notes


class _Stopwatch:
    """Seconds of each part of the work."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, name: str) -> None:
        """Note the time since the last lap under a name."""
        now = time.monotonic()
        self.laps[name] = round(now - self._last, 3)
        self._last = now
