"""Commentary and indexes in, result, reports and finished video out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from syncclip._addresses import local_file
from syncclip._ffmpeg import ffmpeg_version, find_ffmpeg
from syncclip._version import __version__
from syncclip.config import MatchConfig, RenderConfig
from syncclip.errors import IndexFileError, OutputError, ResultError
from syncclip.index import Library, MovieIndex, open_searchable
from syncclip.pipeline.commentary import read_times
from syncclip.pipeline.correcting import corrected_earlier, with_corrections
from syncclip.pipeline.downloading import fetch, is_address
from syncclip.pipeline.exporting import needed_for
from syncclip.pipeline.extras import write_extras
from syncclip.pipeline.finding import Prepared, matched, settings_record
from syncclip.pipeline.folders import OutputFolder
from syncclip.pipeline.logs import RunLog, log_job, log_result, run_log
from syncclip.pipeline.movies import absent_movies, locate_movies, offered_movies, used_movies
from syncclip.pipeline.rendering import finish, log_video, settled
from syncclip.pipeline.shared import SharedWork
from syncclip.pipeline.shortlisting import (
    library_record,
    many_films,
    matched_in_library,
    scattered,
    shared_library,
)
from syncclip.pipeline.sources import movie_refs
from syncclip.pipeline.workers import cores
from syncclip.progress import OnProgress
from syncclip.rendering import SelfCheck
from syncclip.reports import read_result, report_files, reports_stand, write_reports
from syncclip.result import MatchResult, MovieRef
from syncclip.types import FrameTimes
from syncclip.video import fingerprint

__all__ = ["MatchOutcome", "match"]

LISTED = 10
"""Absent movies that a note names before it only counts them."""


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
    searched: tuple[MovieRef, ...] = ()
    """All films that were searched; of a library, the result names only some."""


def match(
    commentary: str | Path,
    index: str | Path | Sequence[str | Path],
    *,
    output: str | Path | None = None,
    config: MatchConfig | None = None,
    render: RenderConfig | None = None,
    movies: Sequence[str | Path] = (),
    timelines: Sequence[str] = (),
    keep_corrections: bool = True,
    sheet: bool = True,
    reader: str = "pyav",
    workers: int | None = None,
    device: str = "auto",
    force: bool = False,
    shared: SharedWork | None = None,
    on_progress: OnProgress | None = None,
) -> MatchOutcome:
    """Find every shot of a commentary in the indexed movies, report it, and rebuild the edit.

    A run that was stopped while it rendered goes on there: a result that stands for the same
    commentary, movies and settings is used again, edits in it included.

    Args:
        commentary: The commentary's file, or the address of a video on the web.
        index: An ``.idx`` file, a folder of them, or several of either. What is not sound in a
            folder, or indexes a movie that is there already, is left out with a note.
        output: Folder for the results; ``<commentary stem>_synced`` by default.
        config: How to match.
        render: How to make the finished video; None makes none.
        movies: Where movies are that were moved since they were indexed.
        timelines: Formats of timelines to write, as :func:`syncclip.export` knows them.
        keep_corrections: Where the commentary is matched again, keep what people corrected in the
            earlier result.
        sheet: Write the review sheet, where the movies are at hand.
        reader: Decoder: ``"pyav"`` or ``"decord"``.
        workers: Processes that search at the same time; by default one for each core. The result
            does not depend on it.
        device: Where a model runs, if the indexes have a track of one: ``"auto"``, ``"cpu"``,
            ``"cuda"``, ``"cuda:1"``, ``"mps"``.
        force: Match again and replace what stands in the output folder.
        shared: What matches of the same movies leave for each other in a process that does many;
            :func:`syncclip.match_many` does that by itself.
        on_progress: Told how far the work is.

    Raises:
        VideoError: Where the commentary cannot be read.
        IndexFileError: Where an index that is named is not sound or made by another version, or a
            folder holds none that is.
        InputError: Where a movie is not found or has changed (only when rendering). Of several
            movies, those in which nothing is found need not be there.
        OutputError: Where the output cannot be written, or holds another result.
        FFmpegError: Where ffmpeg is missing or fails (only when rendering).
        SyncClipError: Where a model is wanted and cannot run here.
        MissingDependencyError: Where a library that timelines need is not installed.
    """
    timelines = needed_for(timelines)
    config = config or MatchConfig()
    if is_address(commentary):
        commentary = fetch(str(commentary), on_progress=on_progress)
    path = Path(commentary)
    folder = OutputFolder.for_commentary(path, None if output is None else local_file(output))
    paths = [local_file(p) for p in ([index] if isinstance(index, str | Path) else index)]
    given, workers = [local_file(movie) for movie in movies], workers or cores()
    shared = shared or SharedWork()
    with ExitStack() as stack:
        films = stack.enter_context(_Films.open(paths, config, shared, on_progress))
        mark = fingerprint(path)
        found = None if force else _standing(folder, mark, films, config)
        offered = offered_movies(films.refs, given)
        absent = [] if render is None else _check_sources(found, films, offered)
        log = stack.enter_context(run_log(folder.logs, "match"))
        log_job(log, str(path.absolute()), mark, films.refs)
        log.info("%s, reader %s, %d processes", config, reader, workers)
        times = None
        since: tuple[str, ...] = ()
        if found is None:
            earlier = corrected_earlier(folder, mark) if keep_corrections else None

            def match_with(
                indexes: Sequence[MovieIndex], prepared: Prepared | None = None
            ) -> tuple[MatchResult, FrameTimes]:
                return matched(
                    path,
                    mark,
                    indexes,
                    config,
                    reader,
                    workers,
                    on_progress,
                    offered=offered,
                    device=device,
                    shared=shared,
                    prepared=prepared,
                )

            if films.library is None:
                found, times = match_with(films.indexes)
            else:
                found, times = matched_in_library(
                    path,
                    films.library,
                    config,
                    match_with,
                    reader=reader,
                    on_progress=on_progress,
                    wanted=() if earlier is None else used_movies(earlier),
                )
            found = with_corrections(films.noted(found), earlier)
            write_reports(found, folder.root)
        else:
            log.info("the result of an earlier run is used again")
            since = (*films.changed_since(found), *films.left_out_since(found))
            if render is None:
                found = _reported_again(found, folder)
        log_result(log, found)
        given = [offered[m.fingerprint] for m in found.movies if m.fingerprint in offered]
        files = report_files(found, folder.root)
        check, notes = None, [*found.notes, *since, *scattered(paths, config)]
        if render is not None:
            _log_rendering(log, render, absent)
            times = times or read_times(path, reader=reader, on_progress=on_progress)
            before = folder.result.read_bytes()
            done = finish(
                found,
                video=folder.video,
                folder=folder,
                times=times,
                config=render,
                movies=given,
                reader=reader,
                on_progress=on_progress,
            )
            # Only now: where rendering fails, the reports still tell of the video that is there.
            found, more = settled(found, done, folder, before=before)
            log_video(log, done)
            check, notes = done.selfcheck, [*notes, *_absent_note(absent), *done.notes, *more]
            files = {"video": done.video, **files}
        extras = write_extras(
            found,
            folder,
            sheet=sheet,
            timelines=timelines,
            times=times,
            framing=render.framing if render is not None else "movie",
            movies=given,
            reader=reader,
            on_progress=on_progress,
        )
    return MatchOutcome(
        result=found,
        folder=folder.root,
        files={**files, **extras.files, "log": log.path},
        selfcheck=check,
        notes=(*notes, *extras.notes),
        searched=tuple(films.refs),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Films:
    """What a commentary is searched in: a few films, all of them open, or a library of many."""

    indexes: Sequence[MovieIndex]
    library: Library | None
    refs: Sequence[MovieRef]
    left_out: tuple[str, ...] = ()
    """Notes of files in folders that are no sound index; a library has its own."""

    @classmethod
    @contextmanager
    def open(
        cls,
        paths: Sequence[Path],
        config: MatchConfig,
        shared: SharedWork,
        on_progress: OnProgress | None,
    ) -> Iterator[_Films]:
        """Open them, and close them in the end."""
        with ExitStack() as stack:
            if many_films(paths, config):
                library = shared_library(paths[0], shared, on_progress=on_progress)
                if not library.films:
                    raise IndexFileError(
                        f"no sound index stands in {paths[0]}; make one with: syncclip index MOVIE"
                    )
                yield cls((), library, [library.ref(n) for n in range(len(library.films))])
                return
            indexes, notes = open_searchable(paths)
            for opened in indexes:
                stack.callback(opened.close)
            yield cls(indexes, None, movie_refs(indexes), notes)

    def searched(self, result: MatchResult) -> bool:
        """Whether a result comes from these films; a library may have got others since."""
        searched = [movie.fingerprint for movie in result.movies]
        here = [movie.fingerprint for movie in self.refs]
        if self.library is not None:
            return "library" in result.settings and set(searched) <= set(here)
        return searched == here

    def noted(self, result: MatchResult) -> MatchResult:
        """A result that says which files were left out."""
        return replace(result, notes=(*self.left_out, *result.notes))

    def left_out_since(self, result: MatchResult) -> tuple[str, ...]:
        """Notes of files that were not there when a result was made, or sound then."""
        return tuple(note for note in self.left_out if note not in result.notes)

    def changed_since(self, result: MatchResult) -> tuple[str, ...]:
        """A note where the library is another than that of a result."""
        if self.library is None:
            return ()
        if result.settings.get("library") == library_record(self.library):
            return ()
        return ("the library has other films than when this was matched; --force searches them",)


def _standing(
    folder: OutputFolder, mark: str, films: _Films, config: MatchConfig
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
    settings = {name: value for name, value in result.settings.items() if name != "library"}
    same = (
        result.commentary_fingerprint == mark
        and films.searched(result)
        and settings == settings_record(config)
        and result.version == __version__
    )
    if not same:
        raise other
    return result


def _reported_again(found: MatchResult, folder: OutputFolder) -> MatchResult:
    """A result that is used again, its reports as it stands; without a video that is gone."""
    video = None if found.finished is None else Path(found.finished.path)
    # It may have been moved with its folder.
    lost = video and not (video.is_file() or folder.video.with_name(video.name).is_file())
    if lost:
        found = replace(found, finished=None)
    if lost or not reports_stand(found, folder.root):
        write_reports(found, folder.root)
    return found


def _check_sources(
    found: MatchResult | None, films: _Films, offered: Mapping[str, Path]
) -> list[MovieRef]:
    """Refuse before the long part what would only fail after it; movies that may be missed."""
    find_ffmpeg(encoder="libx264")
    if found is None:  # of a library's thousand films few are needed: it is seen then which
        return [] if films.library is not None else absent_movies(films.refs, offered)
    locate_movies(used_movies(found), [*offered.values()], others=found.movies)
    return []


def _log_rendering(log: RunLog, config: RenderConfig, absent: Sequence[MovieRef]) -> None:
    program = find_ffmpeg(encoder="libx264")
    log.info("%s, ffmpeg %s at %s", config, ffmpeg_version(program), program.path)
    for movie in absent:
        log.warning("%s is not where it was indexed, or has changed", movie.name)


def _absent_note(absent: Sequence[MovieRef]) -> list[str]:
    """What is said of movies that turned out not to be needed."""
    if not absent:
        return []
    names = ", ".join(movie.name for movie in absent[:LISTED])
    more = f" and {len(absent) - LISTED} more" if len(absent) > LISTED else ""
    return [f"nothing was found in these movies, which are missing or have changed: {names}{more}"]
