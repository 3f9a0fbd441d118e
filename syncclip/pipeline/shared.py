"""What matches that follow each other in one process use together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from syncclip.types import FrameBlock

__all__ = ["PictureCache", "SharedWork"]

PICTURE_BYTES = 256 << 20
"""Of a movie's finer pictures: half an hour of it as they are looked at first."""

Made = TypeVar("Made")


class SharedWork:
    """What one match leaves for the next: the library, the movies' windows, finer pictures of them.

    Give the same one to every match of a process. No result depends on it.
    """

    def __init__(self) -> None:
        self.pictures = PictureCache()
        self._made: dict[str, tuple[Hashable, Any]] = {}

    def once(self, kind: str, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made last of a kind, where it was made of the same; else it is made.

        Args:
            kind: One thing of each is kept.
            key: All that it depends on.
            make: Makes it.
        """
        if kind not in self._made or self._made[kind][0] != key:
            self._made.pop(kind, None)  # before the next one is there: both may be large
            self._made[kind] = (key, make())
        made: Made = self._made[kind][1]
        return made


class PictureCache:
    """Pictures of movies that were decoded before; those not asked for longest are forgotten first.

    Args:
        limit_bytes: What they may take together.
    """

    def __init__(self, limit_bytes: int = PICTURE_BYTES) -> None:
        self._limit, self._bytes = limit_bytes, 0
        self._pictures: OrderedDict[tuple[Hashable, int], NDArray[np.uint8]] = OrderedDict()

    def known(self, movie: Hashable, pts: NDArray[np.int64]) -> dict[int, NDArray[np.uint8]]:
        """Those pictures of a movie at these timestamps that are here."""
        found = {}
        for key in ((movie, int(at)) for at in pts):
            if key in self._pictures:
                self._pictures.move_to_end(key)
                found[key[1]] = self._pictures[key]
        return found

    def keep(self, movie: Hashable, read: FrameBlock) -> None:
        """Remember pictures of a movie.

        Args:
            movie: It, and all that its pictures depend on.
            read: With (n, h, w) grey pictures.
        """
        for at, picture in zip(read.pts, read.grey, strict=True):
            key = (movie, int(at))
            if key not in self._pictures:
                # A view would keep all pictures that were read with it.
                self._pictures[key] = picture.copy()
                self._bytes += picture.nbytes
        while self._bytes > self._limit:
            _, picture = self._pictures.popitem(last=False)
            self._bytes -= picture.nbytes
