"""Names for what is made of many files: after each file, unique, and never another one's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from syncclip._names import numbered
from syncclip.index.layout import MAX_HEADER_BYTES, PREFIX
from syncclip.pipeline.storage import address_of

__all__ = ["Names", "indexed_films", "movie_mark", "result_mark"]


class Names:
    """Gives every file a name that no other one has, whether letters are big or small.

    Args:
        taken: Names that are given already.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {name.casefold() for name in taken}

    def take(self, name: str) -> bool:
        """Whether a name was still free; it is not any more."""
        free = name.casefold() not in self._taken
        self._taken.add(name.casefold())
        return free

    def candidates(self, stem: str, ending: str) -> Iterator[str]:
        """``film.idx``, ``film (2).idx``, … as far as they are free."""
        return (name for name in numbered(stem, ending) if name.casefold() not in self._taken)


def indexed_films(folder: Path) -> dict[str, Path]:
    """The indexes of a folder by what their movie is known by, by their headers alone.

    That is its fingerprint and, of one that was indexed out of a store, its address. Whether they
    are sound is for who opens them to say.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*.idx")):
        source = _movie(path) or {}
        for mark in (source.get("fingerprint"), address_of(Path(str(source.get("path", ""))))):
            if mark and isinstance(mark, str):
                found.setdefault(mark, path)
    return found


def movie_mark(index: Path) -> str | None:
    """The fingerprint of an index's movie; empty where the index is damaged.

    None where it is no index, or cannot be read just now: what is not known is never replaced. Also
    of an index that another version made.
    """
    source = _movie(index)
    if source is None:
        return None
    mark = source.get("fingerprint")
    return mark if isinstance(mark, str) else ""


def _movie(index: Path) -> Mapping[str, object] | None:
    """What an index's header says of its movie; nothing where it is damaged, None as above."""
    try:
        with index.open("rb") as file:
            length, prefix = int.from_bytes(file.read(8), "little"), file.read(len(PREFIX))
            if prefix != PREFIX or length > MAX_HEADER_BYTES:
                return None  # a film's .idx may also be its subtitles (VobSub)
            header = json.loads(prefix + file.read(length - len(PREFIX)))
        source = json.loads(header["__metadata__"]["manifest"])["source"]
    except OSError:
        return None
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return source if isinstance(source, dict) else {}


def result_mark(result: Path) -> str | None:
    """The fingerprint of a result's commentary; None where there is none that can be read."""
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        mark = json.loads(result.read_bytes())["commentary"]["fingerprint"]
        return mark if isinstance(mark, str) else None
    return None
