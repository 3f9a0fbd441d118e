"""What lies in the folders: films, indexes, results, subtitles."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from syncclip.errors import SyncClipError
from syncclip.ui.access import Folders

__all__ = ["Shelf"]

VIDEOS = frozenset(
    (".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v", ".ts", ".m2ts", ".mts", ".mpg", ".mpeg",
     ".wmv", ".flv", ".ogv", ".vob", ".mxf", ".3gp")
)  # fmt: skip
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
        self._facts: dict[tuple[Path, int, int], dict[str, Any]] = {}

    def videos(self) -> list[str]:
        """Films and commentaries; what SyncClip made itself is left out."""
        return self._listed(lambda p: p.suffix.lower() in VIDEOS and "proceed" not in p.parts)

    def subtitles(self) -> list[str]:
        """Subtitles of movies."""
        return self._listed(lambda p: p.suffix.lower() in SUBTITLES and "proceed" not in p.parts)

    def pictures(self) -> list[str]:
        """Stills to search for."""
        return self._listed(lambda p: p.suffix.lower() in PICTURES)

    def results(self) -> list[str]:
        """Results of matches, the newest first."""
        found = [path for path in self._files() if path.name == RESULT]
        newest = sorted(found, key=lambda path: -path.stat().st_mtime)
        return [self._folders.shown(path) for path in newest[:MOST]]

    def indexes(self) -> list[str]:
        """Indexes of movies."""
        return self._listed(lambda path: path.suffix.lower() == ".idx")

    def library(self) -> list[tuple[str, dict[str, Any]]]:
        """Every index with what it holds; ``{"error": …}`` where it is not sound."""
        return [(name, self.facts(self._folders.inside(name))) for name in self.indexes()]

    def facts(self, index: Path) -> dict[str, Any]:
        """What an index holds. Read once, unless the file changes."""
        import syncclip

        try:
            known = index.stat()
            key = (index, known.st_mtime_ns, known.st_size)
            if key not in self._facts:
                self._facts[key] = syncclip.describe(index)
        except (SyncClipError, OSError) as error:
            return {"error": str(error)}
        return self._facts[key]

    def _listed(self, wanted: Callable[[Path], bool]) -> list[str]:
        found = []
        for path in self._files():
            if wanted(path):
                found.append(self._folders.shown(path))
            if len(found) == MOST:
                break
        return sorted(found, key=str.casefold)

    def _files(self) -> Iterator[Path]:
        """Files within the folders, links and hidden ones left out."""
        seen: set[Path] = set()
        for root in self._folders.roots:
            for folder, inner, names in os.walk(root):
                here = Path(folder)
                deep = len(here.relative_to(root).parts) >= DEPTH or here in seen
                seen.add(here)
                inner[:] = [] if deep else sorted(n for n in inner if not n.startswith("."))
                yield from (
                    here / name
                    for name in names
                    if not name.startswith(".") and not (here / name).is_symlink()
                )
