"""What lies in the folders: films, indexes, results, subtitles."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from syncclip.errors import IndexFileError
from syncclip.pipeline.lists import VIDEO_SUFFIXES
from syncclip.pipeline.overview import IndexFacts, index_facts
from syncclip.pipeline.storage import RESULTS
from syncclip.ui.access import Folders

__all__ = ["Shelf"]

SUBTITLES = frozenset((".srt", ".vtt", ".ass", ".ssa"))
PICTURES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp"))
RESULT = "visual_match_results.json"
DEPTH = 5
"""Folders within folders that are looked into."""
MOST = 1000
"""Files of a kind that are listed."""


class Shelf:
    """Lists files that the page offers, as it shows their paths.

    Args:
        folders: Where to look.
    """

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._facts: dict[Path, tuple[tuple[int, int], IndexFacts | str | None]] = {}

    def videos(self) -> list[str]:
        """Films and commentaries; what SyncClip made itself is left out."""
        return self._listed(VIDEO_SUFFIXES, made=False)

    def subtitles(self) -> list[str]:
        """Subtitles of movies."""
        return self._listed(SUBTITLES, made=False)

    def pictures(self) -> list[str]:
        """Stills to search for."""
        return self._listed(PICTURES)

    def results(self) -> list[str]:
        """Results of matches, the newest first."""
        found = []
        for path in self._files():
            if path.name == RESULT:
                with suppress(OSError):  # it may go while the app looks
                    found.append((-path.stat().st_mtime, path))
        return [self._folders.shown(path) for _, path in sorted(found)[:MOST]]

    def indexes(self) -> list[str]:
        """Folders of indexes, each with a slash at its end, then indexes alone."""
        folders = [f"{self._folders.shown(folder)}/" for folder in self.libraries()]
        return [*folders, *(self._folders.shown(path) for path in self._indexes()[:MOST])]

    def libraries(self) -> list[Path]:
        """Folders in which indexes of movies stand."""
        return sorted({path.parent for path in self._indexes()})

    def library(self) -> list[tuple[str, IndexFacts | str]]:
        """Every index with what it holds, or with why it cannot be read."""
        known = ((path, self.facts(path)) for path in self._indexes())
        return [(self._folders.shown(path), facts) for path, facts in known if facts is not None]

    def facts(self, index: Path) -> IndexFacts | str | None:
        """What an index holds, by its header, which is read once, unless the file changes.

        Returns:
            Why it cannot be read, where that is so; None where it is no index at all.
        """
        try:
            known = index.stat()
        except OSError as error:
            return f"{index.name} cannot be read: {error.strerror or error}"
        state = (known.st_mtime_ns, known.st_size)
        if index not in self._facts or self._facts[index][0] != state:
            try:
                facts: IndexFacts | str | None = index_facts(index)
            except IndexFileError as error:
                facts = str(error)
            self._facts[index] = (state, facts)
        return self._facts[index][1]

    def _indexes(self) -> list[Path]:
        """Indexes of movies, by path; other files that end alike are left out."""
        named = (path for path in self._files() if path.suffix.lower() == ".idx")
        found = [path for path in named if self.facts(path) is not None]
        return sorted(found, key=lambda path: str(path).casefold())

    def _listed(self, endings: frozenset[str], *, made: bool = True) -> list[str]:
        """Files by their endings, as they are shown; ``made`` takes what a match made, too."""
        known = (path for path in self._files(made=made) if path.suffix.lower() in endings)
        return sorted(map(self._folders.shown, islice(known, MOST)), key=str.casefold)

    def _files(self, *, made: bool = True) -> Iterator[Path]:
        """Files within the folders, each once; links and hidden ones are left out."""
        seen: set[Path] = set()
        # Those that lie in others first: they are looked into as deep as the others are.
        for root in sorted(self._folders.roots, key=lambda root: -len(root.parts)):
            for folder, inner, names in os.walk(root):
                here = Path(folder)
                if here in seen:
                    inner.clear()
                    continue
                seen.add(here)
                deep = len(here.relative_to(root).parts) >= DEPTH
                within = (n for n in inner if not n.startswith(".") and (made or n != RESULTS))
                inner[:] = [] if deep else sorted(within)
                yield from (
                    here / name
                    for name in names
                    if not name.startswith(".") and not (here / name).is_symlink()
                )
