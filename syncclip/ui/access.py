"""Which files the app may touch: those in the folders that it was started with."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from syncclip.errors import InputError
from syncclip.pipeline.folders import OutputFolder
from syncclip.pipeline.storage import MARK, may_be_fetched
from syncclip.result import MatchResult

__all__ = ["Folders", "Refusal"]

WRITTEN = ("results", "logs", "timelines", "alternative_segments", ".pieces")
"""Folders of a result that are written into: none of them, and nothing in them, leads elsewhere."""


LISTS = ".csv"
"""Ending of lists, which name further files: each of those would have to be inside, too."""


class Refusal(InputError):
    """Something that the app does not do, in words of its own that can be translated.

    Args:
        key: Of the message among the app's texts.
        message: It in English.
        values: What stands in it.
    """

    def __init__(self, key: str, message: str, **values: object) -> None:
        super().__init__(message.format(**values))
        self.key = key
        self.values: Mapping[str, object] = values


class Folders:
    """The folders that the app was started with. Relative paths count from the first.

    Args:
        roots: They; at least one.

    Raises:
        InputError: Where one is not a folder.
    """

    def __init__(self, roots: Sequence[Path]) -> None:
        for root in roots:
            if not root.is_dir():
                raise InputError(f"{root} is not a folder; start the app with a folder of films")
        self.roots = tuple(dict.fromkeys(root.resolve() for root in roots))
        self.arriving: Path | None = None
        """Where files arrive: this app's alone, see :func:`syncclip.ui.uploads.scratch`."""
        self.held = ExitStack()
        """What the app holds until it ends."""

    @property
    def home(self) -> Path:
        """The first folder, where new files go."""
        return self.roots[0]

    def inside(self, typed: str | Path) -> Path:
        """What a user named, links followed.

        Raises:
            Refusal: Where it lies outside the folders, or is no path at all.
        """
        try:
            named = typed.strip() if isinstance(typed, str) else typed
            path = (self.home / named).resolve()
        except (OSError, ValueError, RuntimeError) as error:  # a zero byte, a loop of links
            raise Refusal("refused.path", "{typed!r} is no path", typed=str(typed)) from error
        if not self.holds(path):
            raise Refusal(
                "refused.outside",
                "{typed} is outside the folders that the app was started with ({folders}); "
                "start it with that folder, too",
                typed=typed,
                folders=", ".join(map(str, self.roots)),
            )
        return path

    def holds(self, path: Path) -> bool:
        """Whether a path lies in the folders, links followed."""
        return any(path.resolve().is_relative_to(root) for root in self.roots)

    def file(self, typed: str | Path) -> Path:
        """A file that is there.

        Raises:
            Refusal: Where it is not, or lies outside.
        """
        path = self.inside(typed)
        try:
            there = path.is_file()
        except OSError:  # a name longer than any
            there = False
        if not there:
            raise Refusal("refused.missing", "there is no file {typed}", typed=typed)
        return path

    def output(self, typed: str | Path) -> Path:
        """A folder that results may be written into, made or not.

        Raises:
            Refusal: Where it, or a folder in it that a match writes into, lies outside.
        """
        path = self.inside(typed)
        self._writable(OutputFolder(path / "proceed"))
        return path

    def result_output(self, result: str | Path) -> Path:
        """The folder of a result file, which changes of it are written into.

        Raises:
            Refusal: Where it, or a folder in it that is written into, lies outside.
        """
        folder = OutputFolder.of_result(self.inside(result))
        self._writable(folder)
        return folder.root

    def _writable(self, folder: OutputFolder) -> None:
        self.inside(folder.root)
        for name in WRITTEN:
            for place, folders, files in os.walk(self.inside(folder.root / name)):
                for each in (*folders, *files):
                    if Path(place, each).is_symlink():
                        self.inside(Path(place, each))

    def video(self, typed: str | Path) -> Path:
        """A film or a commentary that is there.

        Raises:
            Refusal: Where it is not, lies outside, or is a list of files.
        """
        path = self.file(typed)
        if path.suffix.lower() == LISTS:
            raise Refusal(
                "refused.list",
                "{typed} is a list; choose the films themselves, or give it to the command line",
                typed=typed,
            )
        return path

    def library(self, typed: str | Path) -> Path:
        """A folder that indexes may be written into, made or not.

        Raises:
            Refusal: Where it, or what is written in it, lies outside.
        """
        path = self.inside(typed)
        for name in ("library.json", ".library", ".indexing"):
            self.inside(path / name)
        for pattern in ("*.idx", ".*.idx.part"):
            for each in path.glob(pattern):
                self.inside(each)
        return path

    def model(self, named: str) -> str:
        """The name of a model, or the path of one that lies inside.

        Raises:
            Refusal: Where it, or the checkpoint after its name, is a path to something outside.
        """
        if Path(named).is_absolute():
            return str(self.inside(named))
        for part in named.split(":"):
            if part.startswith("~"):  # which libraries take for the user's home
                raise Refusal("refused.path", "{typed!r} is no path", typed=part)
            if Path(part).is_absolute() or ".." in Path(part).parts:
                self.inside(part)
        return str(self.inside(named)) if (self.home / named).exists() else named

    def all_inside(self, paths: Iterable[str | Path]) -> None:
        """See that files which another file names are inside, or not there at all.

        Raises:
            Refusal: Where one is there and lies outside.
        """
        for path in map(Path, paths):
            if path.exists():
                self.inside(path)

    def index_inside(self, index: Path, movie: str, models: Iterable[str] = ()) -> None:
        """See that an index leads to no file outside.

        Args:
            index: Its file.
            movie: Where it says that its movie is.
            models: Those that made it.

        Raises:
            Refusal: Where it does.
        """
        path = self.home / movie
        self.all_inside([path, index.parent / path.name])
        if may_be_fetched(Path(movie), beside=index):
            self._at_hand([path])
        for model in models:
            self.model(model)

    def result_inside(self, result: MatchResult) -> None:
        """See that a result names no file outside: strangers may have written it.

        Raises:
            Refusal: Where it does.
        """
        named, beside = [result.commentary], []
        for movie in result.movies:
            named += [movie.path, movie.index]
            beside.append(str(Path(movie.index).parent / Path(movie.path).name))
        self.all_inside(self.home / path for path in (*named, *beside))
        self._at_hand(self.home / path for path in named if MARK in Path(path).parts)

    def _at_hand(self, paths: Iterable[Path]) -> None:
        """See that files which the library would fetch out of a store are here already."""
        for path in paths:
            if not path.is_file():
                raise Refusal(
                    "refused.stored",
                    "{name} lies in a store, and the app stays off the network: match it by the "
                    "command line",
                    name=path.name,
                )

    def shown(self, path: str | Path) -> str:
        """A path as the page shows it: from the first folder, where it lies in that."""
        full = Path(path)
        return str(full.relative_to(self.home)) if full.is_relative_to(self.home) else str(full)
