"""The Hugging Face hub: what lies in its cache, and fetching files into it with bounded waits.

The cache is read as it lies on the disk, so that what is here is known without the hub's library.
That library fetches, in a thread of its own: it waits for minutes where it is left alone.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from importlib import util
from pathlib import Path
from queue import Empty, SimpleQueue

from syncclip.encoders.download import NotReachable
from syncclip.encoders.models import HubFiles
from syncclip.errors import MissingDependencyError

__all__ = [
    "address",
    "cached",
    "endpoint",
    "fetch",
    "hub_cache",
    "repository_folder",
    "require_hub",
]

ETAG_S = 5.0
"""How long the hub may take to say what a file is."""
ANSWER_S = 60.0
"""Seconds until the file itself begins to come: the library asks six times, a minute each."""
STILL_S = 120.0
"""Longest time without anything new: the library hands on 10 MB at a time, which take two minutes
on a line of 85 kB/s."""

Told = Callable[[int, int | None], None]
"""Called with the bytes that are there and, where known, with their number in the end."""


def hub_cache() -> Path:
    """The folder of the hub's cache, as its library finds it."""
    said = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if said:
        return Path(said).expanduser()
    home = os.environ.get("HF_HOME")
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return (Path(home).expanduser() if home else user / "huggingface") / "hub"


def repository_folder(repository: str) -> Path:
    """The folder in which files of a repository are kept."""
    return hub_cache() / f"models--{repository.replace('/', '--')}"


def endpoint() -> str:
    """Address of the hub, or of the mirror that stands in for it."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def address(weights: HubFiles) -> str:
    """Of the first file that is fetched."""
    return f"{endpoint()}/{weights.repository}/resolve/main/{weights.files[0][0]}"


def cached(weights: HubFiles) -> Path | None:
    """The files as they lie in the cache: one, or the folder of several; None where one lacks."""
    folder = repository_folder(weights.repository)
    try:
        commit = (folder / "refs" / "main").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    snapshot = folder / "snapshots" / commit
    files: list[Path] = []
    for group in weights.files:
        found = next((snapshot / name for name in group if (snapshot / name).is_file()), None)
        if found is None:
            return None
        files.append(found)
    return _one(files)


def require_hub() -> None:
    """See that the library which fetches is installed, before any network is asked.

    Raises:
        MissingDependencyError: Where it is not.
    """
    if util.find_spec("huggingface_hub") is None:
        raise MissingDependencyError("huggingface_hub", extra="models")


def fetch(weights: HubFiles, told: Told) -> Path:
    """Fetch every file into the hub's cache.

    Args:
        weights: What is wanted.
        told: How far a file is.

    Returns:
        The file, or the folder where there are several.

    Raises:
        NotReachable: Where the hub has no such file, or does not give it, for whatever reason.
        MissingDependencyError: Where the hub's library is not installed.
    """
    require_hub()
    for name in weights.also:
        _fetched(weights.repository, name, told)
    files: list[Path] = []
    for group in weights.files:
        places = (_fetched(weights.repository, name, told) for name in group)
        found = next((place for place in places if place is not None), None)
        if found is None:
            raise NotReachable(f"{weights.page} has no {' or '.join(group)}")
        files.append(found)
    return _one(files)


def _one(files: list[Path]) -> Path:
    return files[0] if len(files) == 1 else files[0].parent


def _fetched(repository: str, name: str, told: Told) -> Path | None:
    """One file, by the hub's library, watched from here; None where the repository has none."""
    from huggingface_hub import hf_hub_download

    news: SimpleQueue[tuple[int, int | None] | str | BaseException] = SimpleQueue()
    given_up = threading.Event()

    def count(done: int, total: int | None) -> None:
        if given_up.is_set():  # nobody waits any more
            raise NotReachable("given up")
        news.put((done, total))

    def work() -> None:
        try:
            with _SILENCE:
                place = hf_hub_download(
                    repository,
                    name,
                    cache_dir=hub_cache(),
                    endpoint=endpoint(),
                    etag_timeout=ETAG_S,
                    tqdm_class=_counter(count),
                )
            news.put(str(place))
        except BaseException as error:  # it is raised where somebody waits for it
            news.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        return _awaited(news, repository_folder(repository), told)
    finally:
        given_up.set()


def _awaited(
    news: SimpleQueue[tuple[int, int | None] | str | BaseException], folder: Path, told: Told
) -> Path | None:
    """What the thread ends with; given up where nothing new has come for too long."""
    most, on_disk = -1, _bytes_in(folder)
    until = time.monotonic() + ANSWER_S
    while True:
        try:
            said = news.get(timeout=max(until - time.monotonic(), 0.0))
        except Empty:
            # Another process may be fetching the same file, which this one then waits for.
            now = _bytes_in(folder)
            if now <= on_disk:
                raise NotReachable("the download stands still") from None
            on_disk, until = now, time.monotonic() + STILL_S
            continue
        if isinstance(said, BaseException):
            _check_lacking(said)
            return None
        if isinstance(said, str):
            return Path(said)
        done, total = said
        # A server that cannot go on where it stopped begins anew, for ever: that is nothing new.
        if done > most:
            most, until = done, time.monotonic() + STILL_S
        told(done, total)


def _check_lacking(error: BaseException) -> None:
    """See that what ended a download is that the repository has no such file.

    Raises:
        NotReachable: For every other reason, of whichever library carries the bytes this year.
    """
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    network = isinstance(error, LocalEntryNotFoundError)
    if isinstance(error, EntryNotFoundError) and not network:
        return
    told = error.__cause__ or error if network else error
    raise NotReachable(str(told) or type(told).__name__) from error


def _bytes_in(folder: Path) -> int:
    """Bytes of a repository's files that are here, finished or not."""
    total = 0
    for path in (folder / "blobs").glob("*"):
        try:
            total += path.stat().st_size
        except OSError:  # renamed, as it is finished
            continue
    return total


class _Silence:
    """Without the lines in which the library tells of its own tries.

    One for all downloads: those that were given up end after others have begun.
    """

    def __init__(self) -> None:
        self._lock, self._within, self._level = threading.Lock(), 0, logging.NOTSET

    def __enter__(self) -> None:
        logger = logging.getLogger("huggingface_hub")
        with self._lock:
            if not self._within:
                self._level = logger.level
                logger.setLevel(logging.CRITICAL)
            self._within += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._within -= 1
            if not self._within:
                logging.getLogger("huggingface_hub").setLevel(self._level)


_SILENCE = _Silence()


def _counter(told: Told) -> type:
    """What stands in for the hub's progress bar, and tells how far it is instead of drawing."""
    from tqdm.auto import tqdm

    class Counter(tqdm):  # type: ignore[misc]
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **{**options, "disable": True})
            whole, begun = options.get("total"), options.get("initial")
            self._whole = whole if isinstance(whole, int) else None
            self._done = begun if isinstance(begun, int) else 0
            told(self._done, self._whole)

        def update(self, n: float | None = 1) -> None:
            self._done += int(n or 0)
            told(self._done, self._whole)

    return Counter
