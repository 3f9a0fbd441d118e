"""Many movies in, a folder of ``.idx`` files out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from syncclip._addresses import is_stored
from syncclip.config import INDEXES, IndexConfig, MatchConfig
from syncclip.errors import IndexFileError, OutputError
from syncclip.index import locked
from syncclip.index.place import working_folder
from syncclip.pipeline.encoding import EncoderName, why_no_clip
from syncclip.pipeline.folders import held
from syncclip.pipeline.index_plan import IndexedFilm, planned_indexes
from syncclip.pipeline.indexing import IndexOutcome, index_movie
from syncclip.pipeline.lists import listed_rows
from syncclip.pipeline.naming import movie_mark
from syncclip.pipeline.shortlisting import library_refs
from syncclip.pipeline.storage import cached_path, fetched, put_back
from syncclip.pipeline.tasks import Failure, Overall, Task, task_runner
from syncclip.pipeline.workers import cores
from syncclip.progress import OnProgress
from syncclip.video import fingerprint

__all__ = ["IndexManyOutcome", "index_movies"]

STAGE = "Indexing films"
SHARES = {"Reading movie": (0.0, 0.98)}
"""Decoding is all but the whole."""
LOST_S = 30.0
"""Seconds in which a process that is not wanted any more has surely ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexManyOutcome:
    """What :func:`index_movies` did."""

    folder: str
    films: tuple[IndexedFilm, ...]
    """In the order in which they were named."""
    seconds: float
    why: str = ""
    """Why CLIP did not run, where that was left open."""
    notes: tuple[str, ...] = ()
    """What the user must know of the folder."""

    def count(self, status: str) -> int:
        """Films that ended so."""
        return sum(film.status == status for film in self.films)


def index_movies(
    movies: str | Path | Sequence[str | Path],
    output: str | Path = INDEXES,
    *,
    config: IndexConfig | None = None,
    encoder: EncoderName = "auto",
    clip_model: str | None = None,
    captions: bool = False,
    blip_model: str | None = None,
    device: str = "auto",
    reader: str = "pyav",
    force: bool = False,
    jobs: int | None = None,
    cluster: str | None = None,
    on_progress: OnProgress | None = None,
) -> IndexManyOutcome:
    """Index many movies side by side, into a folder.

    A movie that fails is reported and does not stop the others. An index that is current is left
    alone, and a movie that a stopped run has begun goes on where it was. A movie is known by its
    content: wherever it lies now, it keeps the index that the folder has of it.

    Args:
        movies: Files, folders and lists (``.csv`` with the columns ``movie`` and ``output``), or
            addresses of either in a store.
        output: Folder for the indexes, or its address in a store. An index is named after its
            movie, with a number where another movie has the name.
        config: What goes into the indexes.
        encoder: As :func:`syncclip.index_movie` takes it.
        clip_model: The same.
        captions: The same.
        blip_model: The same.
        device: The same.
        reader: The same.
        force: Index again; only ever the same movie's index is replaced.
        jobs: Movies at the same time; by default one for each core, with one decoding thread. No
            index depends on it.
        cluster: Address of a Ray cluster whose machines do the work.
        on_progress: Told how far the work is.

    Raises:
        InputError: Where a list is not as it should be, or a folder holds no movie.
        OutputError: Where the folder cannot be written, or another run is writing into it.
        SettingsError: Where ``jobs`` is less than 1.
        MissingDependencyError: Where a cluster or store is named and its library is not installed.
        SyncClipError: Where no cluster answers.
    """
    began = time.monotonic()
    named = [movies] if isinstance(movies, str | Path) else list(movies)
    rows = listed_rows(named, column="movie", others=("output",))
    if str(output).lower().endswith(".idx"):
        raise OutputError(f"{output} names one index; of many movies, name a folder with -o")
    folder = str(output) if is_stored(output) else str(Path(output).absolute())
    jobs = cores() if jobs is None else jobs
    # Found out once: every film alone would ask for the model again, and wait for an answer.
    why = (why_no_clip() or "") if encoder == "auto" and clip_model is None else ""
    runner = task_runner(jobs=jobs, cluster=cluster, device=device)
    options = {
        "config": config,
        "encoder": "builtin" if why else encoder,
        "clip_model": clip_model,
        "captions": captions,
        "blip_model": blip_model,
        "device": device,
        "reader": reader,
        "force": force,
    }
    with ExitStack() as stack:
        stack.enter_context(held(folder, ".indexing"))
        films = planned_indexes(rows, folder)
        todo = [number for number, film in enumerate(films) if film.status == "waiting"]
        threads = 1 if cluster is not None else max(1, cores() // max(1, min(jobs, len(todo))))
        stack.enter_context(runner)
        # The longest first: begun last, one film would keep one core busy and the others waiting.
        todo.sort(key=lambda number: _size(films[number].movie), reverse=True)
        tasks: list[Task] = [
            partial(_index_one, films[number].movie, str(films[number].index), options, threads)
            for number in todo
        ]
        overall = Overall(STAGE, len(todo), "films", shares=SHARES, on_progress=on_progress)
        for number, done in runner.run(tasks, overall.reported):
            films[todo[number]] = _ended(films[todo[number]], done)
            overall.ended(number)
        notes = () if is_stored(folder) else _brought_up(Path(folder), on_progress)
    seconds = time.monotonic() - began
    return IndexManyOutcome(
        folder=folder, films=tuple(films), seconds=seconds, why=why, notes=notes
    )


def _brought_up(folder: Path, on_progress: OnProgress | None) -> tuple[str, ...]:
    """Bring a library up to date once for all films; what went wrong is no end of them."""
    try:
        library_refs([folder], MatchConfig(), on_progress=on_progress)
    except IndexFileError as error:
        return (f"the library was not brought up to date: {error}",)
    return ()


def _index_one(
    movie: str,
    index: str,
    options: Mapping[str, Any],
    threads: int,
    on_progress: OnProgress,
) -> IndexOutcome:
    """The task: index a movie wherever this runs."""
    with ExitStack() as stack:
        source = stack.enter_context(_fetched_for_now(movie)) if is_stored(movie) else Path(movie)
        output = stack.enter_context(put_back(index)) if is_stored(index) else Path(index)
        _wait_for_who_was_lost(output)
        if output.exists() and movie_mark(output) not in ("", fingerprint(source)):
            raise OutputError(f"{index} is of another film, or no index; give another output")
        return index_movie(source, output, threads=threads, on_progress=on_progress, **options)


def _wait_for_who_was_lost(output: Path) -> None:
    """Processes of a machine that left a cluster take a moment to end; until then, they write."""
    deadline = time.monotonic() + LOST_S
    while time.monotonic() < deadline:
        try:
            with locked(working_folder(output), output=output):
                return
        except OutputError:
            time.sleep(1)
        except OSError:
            return  # indexing says it better


@contextmanager
def _fetched_for_now(address: str) -> Iterator[Path]:
    """A film out of a store. Nobody has room for all of them: it goes when it is indexed."""
    was_there = cached_path(address).exists()
    try:
        yield fetched(address)
    finally:
        if not was_there:
            cached_path(address).unlink(missing_ok=True)


def _ended(film: IndexedFilm, done: IndexOutcome | Failure) -> IndexedFilm:
    if isinstance(done, Failure):
        return replace(film, index=None, status="failed", reason=done.reason)
    return replace(
        film,
        status="indexed" if done.built else "current",
        frames=done.frames,
        duration_s=done.duration_s,
        bytes=done.bytes,
        seconds=done.seconds,
        notes=done.notes,
    )


def _size(movie: str) -> int:
    try:
        return Path(movie).stat().st_size
    except OSError:
        return 0
