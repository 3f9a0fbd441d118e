"""Many commentaries in; for each its results, and reports over all of them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from syncclip._addresses import is_stored
from syncclip.config import MatchConfig, RenderConfig
from syncclip.errors import SyncClipError
from syncclip.pipeline.exporting import needed_for
from syncclip.pipeline.folders import OutputFolder, held
from syncclip.pipeline.lists import listed_rows
from syncclip.pipeline.match_jobs import (
    COLUMNS,
    MatchJob,
    absolute_names,
    absolute_root,
    inside,
    job_of,
    placed_jobs,
)
from syncclip.pipeline.matching import MatchOutcome, match
from syncclip.pipeline.shared import SharedWork
from syncclip.pipeline.shortlisting import searched_refs
from syncclip.pipeline.storage import (
    cached_path,
    fetched,
    fetched_folder,
    put_back,
    put_back_folder,
)
from syncclip.pipeline.tasks import Failure, Overall, Task, task_runner
from syncclip.pipeline.workers import cores
from syncclip.progress import OnProgress
from syncclip.reports import BatchEntry, batch_files, write_batch_reports
from syncclip.result import MovieRef

__all__ = ["BatchOutcome", "match_many"]

STAGE = "Matching commentaries"
SHARES = {
    "Reading commentary": (0.0, 0.3),
    "Proving": (0.3, 0.6),
    "Cutting": (0.6, 0.95),
}
"""Of a commentary's time: roughly, so that a bar moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """What :func:`match_many` found and wrote."""

    entries: tuple[BatchEntry, ...]
    """Every commentary, in the order in which they were named."""
    files: Mapping[str, str]
    """``batch_report`` (JSON) and ``batch_report_text``."""
    seconds: float
    library: tuple[MovieRef, ...] = ()
    """Films that commentaries were to be searched in; results name only some of a library's."""

    def count(self, status: str) -> int:
        """Commentaries that ended so."""
        return sum(entry.status == status for entry in self.entries)


def match_many(
    commentaries: str | Path | Sequence[str | Path],
    index: str | Path | Sequence[str | Path] = (),
    *,
    output: str | Path | None = None,
    config: MatchConfig | None = None,
    render: RenderConfig | None = None,
    movies: Sequence[str | Path] = (),
    timelines: Sequence[str] = (),
    keep_corrections: bool = True,
    sheet: bool = True,
    reader: str = "pyav",
    jobs: int | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    device: str = "auto",
    force: bool = False,
    on_progress: OnProgress | None = None,
) -> BatchOutcome:
    """Match many commentaries side by side, each into a folder of its own, and report over all.

    A commentary that fails is reported and does not stop the others. A run that was stopped goes
    on: what stands is used again, as :func:`syncclip.match` does.

    Args:
        commentaries: Files, folders, addresses, and lists (``.csv`` with the columns ``commentary``
            and, each as it is wanted, ``output``, ``index``, ``language``, ``subtitles``).
        index: As :func:`syncclip.match` takes it, or addresses in a store; not needed where a list
            names one in every row.
        output: Folder for the results, or its address in a store; the working folder by default.
            Those of one commentary are in ``<commentary stem>_synced``, with a number where
            another commentary has the name.
        config: How to match; subtitles may be named by their addresses in a store.
        render: How to make the finished videos; None makes none.
        movies: As :func:`syncclip.match` takes it, or addresses in a store.
        timelines: The same.
        keep_corrections: The same.
        sheet: The same.
        reader: The same.
        jobs: Commentaries at the same time; by default one for each core. No result depends on it.
        workers: Processes of each; by default those that are left, one at least.
        cluster: Address of a Ray cluster whose machines do the work.
        device: As :func:`syncclip.match` takes it.
        force: Match again and replace what stands.
        on_progress: Told how far the work is.

    Raises:
        InputError: Where a list is not as it should be, a folder holds no commentary, or no index
            is named.
        OutputError: Where the reports cannot be written, or another batch is writing into the
            folder.
        SettingsError: Where ``jobs`` is less than 1, or a row's settings contradict each other.
        MissingDependencyError: Where a library that is asked for is not installed.
        SyncClipError: Where no cluster answers.
    """
    began = time.monotonic()
    jobs = cores() if jobs is None else jobs
    runner = task_runner(jobs=jobs, cluster=cluster, device=device)
    named = [commentaries] if isinstance(commentaries, str | Path) else list(commentaries)
    rows = listed_rows(named, column="commentary", others=COLUMNS)
    alone = 1 if cluster is not None else max(1, cores() // max(1, min(jobs, len(rows))))
    workers = workers or alone
    common = MatchJob(
        commentary="",
        indexes=absolute_names([index] if isinstance(index, str | Path) else index),
        folder="",
        config=config or MatchConfig(),
        subtitles=absolute_names((config or MatchConfig()).subtitles),
        movies=absolute_names(movies),
        options={
            "render": render and replace(render, workers=min(render.workers, workers)),
            "timelines": needed_for(timelines),
            "keep_corrections": keep_corrections,
            "sheet": sheet,
            "reader": reader,
            "workers": workers,
            "device": device,
            "force": force,
        },
    )
    root = absolute_root(output)
    planned = [job_of(row, common) for row in rows]
    with ExitStack() as stack:
        stack.enter_context(held(root, ".matching"))
        entries = placed_jobs(planned, root, cluster=cluster, on_progress=on_progress)
        todo = [number for number, entry in enumerate(entries) if entry.status == "waiting"]
        library = _library(planned, cluster, on_progress)
        stack.enter_context(runner)
        tasks: list[Task] = [
            partial(_match_one, replace(planned[number], commentary=entries[number].commentary,
                                        folder=str(entries[number].folder)))
            for number in todo
        ]  # fmt: skip
        overall = Overall(STAGE, len(todo), "commentaries", shares=SHARES, on_progress=on_progress)
        for number, done in runner.run(tasks, overall.reported):
            entries[todo[number]] = _ended(entries[todo[number]], done)
            library |= {} if isinstance(done, Failure) else done.films
            overall.ended(number)
        films = tuple(library.values())
        files = _write_reports(entries, root, films)
    return BatchOutcome(
        entries=tuple(entries),
        files=files,
        seconds=time.monotonic() - began,
        library=films,
    )


def _library(
    jobs: Sequence[MatchJob], cluster: str | None, on_progress: OnProgress | None
) -> dict[str, MovieRef]:
    """Films that commentaries are searched in, by fingerprint, brought up to date once for all.

    Where a cluster does the work, this machine fetches no library out of a store: whoever searches
    it tells what is in it. What cannot be read is no end of a batch: those that need it say so.
    """
    films: dict[str, MovieRef] = {}
    for names in dict.fromkeys(job.indexes for job in jobs):
        if cluster is not None and any(is_stored(name) for name in names):
            continue
        with suppress(SyncClipError):
            paths = [Path(_index_at_hand(name)) for name in names]
            for ref in searched_refs(paths, jobs[0].config, on_progress=on_progress):
                films.setdefault(ref.fingerprint, ref)
    return films


@dataclass(frozen=True, slots=True)
class _Done:
    """What a task gives."""

    outcome: MatchOutcome
    folder: str
    standing: bool
    """Whether an earlier run's result was used again."""
    seconds: float
    films: Mapping[str, MovieRef]
    """Those that were searched in a store, by fingerprint: others are known."""


_shared = SharedWork()
"""Of this process, for the commentaries that it matches one after another."""


def _match_one(job: MatchJob, on_progress: OnProgress) -> _Done:
    """The task: match a commentary wherever this runs."""
    began = time.monotonic()
    with ExitStack() as stack:
        folder = (
            stack.enter_context(put_back_folder(job.folder))
            if is_stored(job.folder)
            else Path(job.folder)
        )
        standing = OutputFolder.for_commentary(Path(job.commentary), folder).result.exists()
        done = match(
            _at_hand(job.commentary),
            [_index_at_hand(name) for name in job.indexes],
            output=folder,
            config=replace(job.config, subtitles=tuple(Path(_at_hand(s)) for s in job.subtitles)),
            movies=[_at_hand(movie) for movie in job.movies],
            shared=_shared,
            on_progress=on_progress,
            **job.options,
        )
    standing = standing and not job.options["force"]
    stored = any(is_stored(name) for name in job.indexes)
    films = {film.fingerprint: film for film in done.searched} if stored else {}
    # Sent once, and not a second time with the outcome: there may be thousands.
    done = replace(done, searched=())
    return _Done(done, job.folder, standing, time.monotonic() - began, films)


def _at_hand(name: str) -> str:
    """A file on this machine."""
    return str(fetched(name)) if is_stored(name) else name


def _index_at_hand(name: str) -> str:
    if not is_stored(name) or name.endswith(".idx"):
        return _at_hand(name)
    return str(fetched_folder(name))


def _ended(entry: BatchEntry, done: _Done | Failure) -> BatchEntry:
    if isinstance(done, Failure):
        return replace(entry, status="failed", reason=done.reason)
    outcome = done.outcome
    root = done.folder.rstrip("/") + "/proceed" if is_stored(done.folder) else str(outcome.folder)

    def where(path: Path) -> str:
        """Of a file in a store, its address: its copy's place here tells nobody anything."""
        if not is_stored(done.folder):
            return str(path)
        return f"{root}/{path.relative_to(outcome.folder).as_posix()}"

    return replace(
        entry,
        status="standing" if done.standing else "matched",
        folder=root,
        result=outcome.result,
        files={name: where(path) for name, path in outcome.files.items()},
        notes=outcome.notes,
        seconds=done.seconds,
    )


def _write_reports(
    entries: Sequence[BatchEntry], root: str, library: Sequence[MovieRef]
) -> dict[str, str]:
    """Both reports of the batch, in its folder; results name only some films of a library.

    Raises:
        OutputError: Where they cannot be written.
    """
    folder = cached_path(root) if is_stored(root) else Path(root)
    files = batch_files(folder)
    if not is_stored(root):
        write_batch_reports(entries, folder, library)
        return {name: str(path) for name, path in files.items()}
    addresses = {name: inside(root, path.name) for name, path in files.items()}
    with ExitStack() as stack:
        for address in addresses.values():
            stack.enter_context(put_back(address))
        write_batch_reports(entries, folder, library)
    return addresses
