"""Names that tell apart what is called the same: each after the first gets a number."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

__all__ = ["distinct_names", "numbered"]


def numbered(stem: str, ending: str = "") -> Iterator[str]:
    """``film.idx``, ``film (2).idx``, ``film (3).idx`` and so on, without end."""
    yield f"{stem}{ending}"
    for number in itertools.count(2):
        yield f"{stem} ({number}){ending}"


def distinct_names(names: Iterable[str]) -> list[str]:
    """Names of which those that came before get a number: ``film.mp4``, ``film.mp4 (2)``."""
    taken: dict[str, None] = {}
    for plain in names:
        taken[next(name for name in numbered(plain) if name not in taken)] = None
    return list(taken)
