"""Files that lie in a store: anything with an address that fsspec knows, as ``s3://bucket/a.mkv``.

Decoders and indexes need files. So what is read is fetched first, whole, to a cache on the machine
that reads it, and what is made is made there and put back, whole, under another name until all of
it is there.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

from syncclip._files import write_text
from syncclip.errors import InputError, MissingDependencyError, OutputError
from syncclip.index import locked
from syncclip.index.catalogue import FILE as LIBRARY
from syncclip.pipeline.downloading import default_cache

__all__ = [
    "RESULTS",
    "address_of",
    "cached_path",
    "fetched",
    "fetched_again",
    "fetched_folder",
    "may_be_fetched",
    "put_back",
    "put_back_folder",
    "stored_files",
]

MARK = "syncclip-files"
"""Folder of the cache; below it, addresses are paths: ``syncclip-files/s3/bucket/a.mkv``."""
RESULTS = "proceed"
"""Folder that match writes, in the one that is named for it."""
WAIT_S = 0.5
"""Seconds between looks whether another process has fetched the file that is wanted."""


def cached_path(address: str) -> Path:
    """Where the copy of a file, or of a folder, lies on this machine.

    Raises:
        InputError: Where the address has no place of its own there.
    """
    scheme, _, rest = address.partition("://")
    parts = [part for part in rest.split("/") if part]
    if not parts or any(part in (".", "..") or "\\" in part or "\0" in part for part in parts):
        raise InputError(f"{address} is not the address of a file or folder")
    # Of a host its port, which Windows takes for something else; names of files stay as they are.
    first = parts[0].replace("%", "%25").replace(":", "%3A")
    return _cache() / scheme.replace(":", "_") / Path(first, *parts[1:])


def address_of(path: Path) -> str | None:
    """The address of a copy in the cache of any machine, always spelled alike; else None."""
    parts = path.parts
    if MARK not in parts:
        return None
    scheme, *rest = parts[parts.index(MARK) + 1 :] or ("",)
    # Absolute paths of a scheme without a host, as file:///films/a.mkv, lost their first slash.
    root = "/" if scheme in ("file", "local", "memory") else ""
    if not rest or ".." in rest:
        return None
    first = rest[0].replace("%3A", ":").replace("%25", "%")
    return f"{scheme}://{root}{'/'.join((first, *rest[1:]))}"


def stored_files(folder: str) -> list[str]:
    """Addresses of all files in a folder and the folders in it; none where it is not there.

    Raises:
        InputError: Where the store cannot be read.
        MissingDependencyError: Where fsspec is not installed.
    """
    with _reading(folder):
        system, path = _opened(folder)
        system.invalidate_cache()
        return [_address(folder, system, path, found) for found in sorted(system.find(path))]


def fetched(address: str) -> Path:
    """The copy of a file, fetched unless the cache has the one that is in the store now.

    Raises:
        InputError: Where the file is not there or the store cannot be read.
        OutputError: Where the cache cannot be written.
        MissingDependencyError: Where fsspec is not installed.
    """
    target = cached_path(address)
    stamp = _stamp(target)
    with _reading(address):
        system, path = _opened(address)
        system.invalidate_cache()
        mark = str(system.checksum(path))
    with _alone(target):
        if _text(stamp) != f"{mark} {_state(target)}":
            part = target.with_name(f".{target.name}.part")
            try:
                with _reading(address):
                    system.get_file(path, str(part))
                stamp.unlink(missing_ok=True)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
            write_text(stamp, f"{mark} {_state(target)}")
    return target


def fetched_folder(folder: str) -> Path:
    """The copy of a folder: indexes that are no longer in the store are not in it either.

    What knows a library's films, ``library.json`` and the hidden folder beside it, is the copy's
    own: it goes by the files' times, which differ, and is brought up to date here.

    Raises:
        InputError: Where the store cannot be read, or has no such folder.
        OutputError: Where the cache cannot be written.
        MissingDependencyError: Where fsspec is not installed.
    """
    addresses = [
        address
        for address in stored_files(folder)
        if not _is_hidden(address, folder) and address.rpartition("/")[2] != LIBRARY
    ]
    if not addresses:
        raise InputError(f"{folder} holds no file; check the address")
    there = {fetched(address) for address in addresses}
    copy = cached_path(folder)
    for path in _files(copy) - there:
        if path.suffix == ".idx":
            path.unlink(missing_ok=True)
    return copy


@contextmanager
def put_back(address: str) -> Iterator[Path]:
    """The copy of a file that is to be made or made anew; what has changed is put into the store.

    Raises:
        InputError: Where the store cannot be read.
        OutputError: Where it cannot be written.
        MissingDependencyError: Where fsspec is not installed.
    """
    path = cached_path(address)
    with _reading(address):
        system, inside = _opened(address)
        system.invalidate_cache()
        there = system.exists(inside)
    if there:
        fetched(address)
    else:
        path.unlink(missing_ok=True)
    before = _state(path)
    yield path
    if _state(path) != before:
        _put(path, address)


@contextmanager
def put_back_folder(folder: str) -> Iterator[Path]:
    """The copy of a folder; what match writes in it is put into the store, results last.

    Only the folder in it that match writes is looked at, and nothing that is hidden: what else a
    user keeps there is neither fetched nor changed.

    Raises:
        InputError: Where the store cannot be read.
        OutputError: Where it cannot be written.
        MissingDependencyError: Where fsspec is not installed.
    """
    inside = f"{folder.rstrip('/')}/{RESULTS}"
    copy = cached_path(inside)
    there = [address for address in stored_files(inside) if not _is_hidden(address, inside)]
    before = {fetched(address): address for address in there}
    for path in _files(copy) - set(before):  # of another run, which never put it back
        path.unlink(missing_ok=True)
    states = {path: _state(path) for path in before}
    yield cached_path(folder)
    now = _files(copy)
    changed = [path for path in now if _state(path) != states.get(path)]
    for path in sorted(changed, key=lambda path: (path.parent.name == "results", path)):
        _put(path, f"{inside}/{path.relative_to(copy).as_posix()}")
    for path, address in before.items():
        if path not in now:
            with _writing(address):
                system, place = _opened(address)
                system.rm_file(place)


def may_be_fetched(hint: Path, *, beside: Path) -> bool:
    """Whether a film was indexed out of a store that its index comes from, too.

    Where a film was is written in its index, which may come from anyone, and where the index was is
    written in a result, which may, too. So a film is only looked for in the very store that its
    index was fetched from, on this machine: that one, the user named.

    Args:
        hint: Where the film was when it was indexed, on whichever machine.
        beside: The index.
    """
    film, index = address_of(hint), address_of(beside)
    if film is None or index is None or not beside.is_relative_to(_cache()):
        return False
    return _store(film) == _store(index) and _was_fetched(beside)


def fetched_again(hint: Path, *, beside: Path) -> Path | None:
    """The copy of a film that was indexed out of a store; None where it was not, or is not there.

    So of a library in a store, only the films that a match looks at are fetched.
    """
    address = address_of(hint)
    if address is None or not may_be_fetched(hint, beside=beside):
        return None
    try:
        return fetched(address)
    except InputError:
        return None


def _cache() -> Path:
    return default_cache().absolute() / MARK


def _stamp(copy: Path) -> Path:
    """File beside a copy that says of which state in the store it is, and in which it was left."""
    return copy.with_name(f".{copy.name}.stamp")


def _was_fetched(copy: Path) -> bool:
    """Whether a file is a copy as it was fetched: a path may say so of anything."""
    state = _state(copy)
    return state is not None and (_text(_stamp(copy)) or "").endswith(f" {state}")


def _store(address: str) -> tuple[str, str]:
    """Scheme and first part, the host or bucket, of an address."""
    scheme, _, rest = address.partition("://")
    return scheme, rest.strip("/").partition("/")[0]


def _opened(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingDependencyError("fsspec", extra="cluster") from error
    system, path = url_to_fs(address)
    return system, path


def _address(folder: str, system: Any, path: str, found: str) -> str:  # noqa: ANN401
    """The address of a file that was found in a folder."""
    inside = PurePosixPath(system._strip_protocol(found)).relative_to(PurePosixPath(path))
    return f"{folder.rstrip('/')}/{inside}"


def _put(path: Path, address: str) -> None:
    with _writing(address):
        system, inside = _opened(address)
        parent, _, name = inside.rpartition("/")
        part = f"{parent}/.{name}.{uuid.uuid4().hex[:8]}.part"
        if parent:
            system.makedirs(parent, exist_ok=True)
        try:
            system.put_file(str(path), part)
            system.mv(part, inside)
        except BaseException:
            with suppress(Exception):
                system.rm_file(part)
            raise


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Wait until no other process of this machine fetches the same file."""
    folder = target.with_name(f".{target.name}.fetching")
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(locked(folder, output=target))
                break
            except OutputError:
                time.sleep(WAIT_S)
            except OSError as error:
                raise OutputError(
                    f"{target.parent} cannot be written: {error.strerror or error}; set "
                    "SYNCCLIP_CACHE to another folder"
                ) from error
        yield


@contextmanager
def _reading(address: str) -> Iterator[None]:
    try:
        yield
    except (InputError, MissingDependencyError):
        raise
    except Exception as error:  # each store has its own kinds
        raise InputError(f"{address} cannot be read: {_reason(error)}") from error


@contextmanager
def _writing(address: str) -> Iterator[None]:
    try:
        yield
    except MissingDependencyError:
        raise
    except Exception as error:
        raise OutputError(f"{address} cannot be written: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    return " ".join(str(error).split()) or type(error).__name__


def _files(folder: Path) -> set[Path]:
    """Files of a folder, without what is hidden: pieces of what is not finished."""
    return {
        path
        for path in folder.rglob("*")
        if path.is_file() and not _any_hidden(path.relative_to(folder).parts)
    }


def _is_hidden(address: str, folder: str) -> bool:
    """Whether a file of a folder in a store is hidden, or in a folder that is."""
    return _any_hidden(address[len(folder.rstrip("/")) + 1 :].split("/"))


def _any_hidden(parts: Iterable[str]) -> bool:
    return any(part.startswith(".") for part in parts)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
