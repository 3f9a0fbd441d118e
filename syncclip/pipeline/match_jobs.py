"""Which commentary of a batch is matched how, and into which folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from syncclip._addresses import is_stored
from syncclip.config import MatchConfig
from syncclip.errors import InputError, SettingsError, SyncClipError
from syncclip.pipeline.downloading import fetch, is_address
from syncclip.pipeline.folders import OutputFolder
from syncclip.pipeline.lists import Row, placed
from syncclip.pipeline.naming import Names, result_mark
from syncclip.progress import OnProgress
from syncclip.reports import BatchEntry
from syncclip.video import fingerprint

__all__ = [
    "COLUMNS",
    "MatchJob",
    "absolute_names",
    "absolute_root",
    "inside",
    "job_of",
    "placed_jobs",
]

COLUMNS = ("output", "index", "language", "subtitles")
"""Of a list, besides ``commentary``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchJob:
    """One commentary and how it is matched; sent to where it is done."""

    commentary: str
    indexes: tuple[str, ...]
    folder: str
    """For the results: a path, or an address in a store."""
    config: MatchConfig
    subtitles: tuple[str, ...]
    """Paths or addresses; of ``config`` when they are at hand."""
    movies: tuple[str, ...]
    options: Mapping[str, Any]


def absolute_names(names: Sequence[str | Path]) -> tuple[str, ...]:
    """Names that mean the same in another process, on another machine."""
    return tuple(placed(str(name), ".") for name in names)


def absolute_root(output: str | Path | None) -> str:
    """The batch's folder: the working folder where none is named."""
    return str(output) if is_stored(output or "") else str(Path(output or ".").absolute())


def job_of(row: Row, common: MatchJob) -> MatchJob:
    """What a row says, else what is said for all.

    Raises:
        InputError: Where no index is named for it, or its output leads out of the batch's folder.
        SettingsError: Where its settings contradict each other.
    """
    indexes = row.files("index") or common.indexes
    if not indexes:
        raise InputError(f"{row.where}: no index is named; name one with --index")
    subtitles = row.files("subtitles") or common.subtitles
    try:
        config = replace(
            common.config,
            language=row.cells.get("language", common.config.language),
            subtitles=tuple(map(Path, subtitles)),
        )
    except SettingsError as error:
        raise SettingsError(f"{row.where}: {error}") from error
    output = _output(row)
    return replace(
        common,
        commentary=row.name,
        indexes=indexes,
        folder=output,
        config=replace(config, subtitles=()) if subtitles else config,
        subtitles=subtitles,
    )


def _output(row: Row) -> str:
    """The folder that a row names, spelled in one way; nothing where it names none."""
    name = row.cells.get("output", "")
    parts = PurePath(name).parts
    if name and (is_stored(name) or PurePath(name).anchor or ".." in parts or not parts):
        raise InputError(
            f"{row.where}: output is {name!r}; name a folder in the one that -o names, "
            "without .. and not from the root"
        )
    return "/".join(parts)


def placed_jobs(
    jobs: Sequence[MatchJob], root: str, *, cluster: str | None, on_progress: OnProgress | None
) -> list[BatchEntry]:
    """Every commentary with the folder of its results and the status ``"waiting"``, or failed."""
    names = Names(job.folder for job in jobs if job.folder)
    entries = []
    taken: dict[str, str] = {}
    for job in jobs:
        entry = BatchEntry(commentary=job.commentary, status="waiting", folder=None)
        try:
            local = _downloaded(job.commentary, cluster=cluster, on_progress=on_progress)
            folder = job.folder or _folder_name(local, root, names)
            names.take(folder)
            entry = replace(entry, commentary=local, folder=inside(root, folder))
            key = str(entry.folder).casefold()
            if key in taken:
                reason = f"{entry.folder} is the output of {taken[key]}; name another one"
                entry = replace(entry, status="failed", reason=reason)
            taken.setdefault(key, local)
        except SyncClipError as error:
            entry = replace(entry, status="failed", reason=str(error))
        entries.append(entry)
    return entries


def _downloaded(commentary: str, *, cluster: str | None, on_progress: OnProgress | None) -> str:
    if not is_address(commentary):
        return commentary
    if cluster is not None:
        raise InputError(
            f"{commentary} is on the web; download it to a folder that all machines share first"
        )
    return str(fetch(commentary, on_progress=on_progress))


def _folder_name(commentary: str, root: str, names: Names) -> str:
    """``<stem>_synced``, with a number where that is another commentary's."""
    stem = Path(commentary.rpartition("/")[2] if is_stored(commentary) else commentary).stem
    if is_stored(commentary) or is_stored(root):
        return next(names.candidates(stem + "_synced", ""))
    mark = fingerprint(commentary)

    def fits(name: str) -> bool:
        result = OutputFolder.for_commentary(Path(commentary), Path(root, name)).result
        return not result.exists() or result_mark(result) in (mark, None)

    return next(name for name in names.candidates(stem + "_synced", "") if fits(name))


def inside(root: str, folder: str) -> str:
    """A folder or file of the batch's folder."""
    return f"{root.rstrip('/')}/{folder}" if is_stored(root) else str(Path(root, folder))
