"""Where the files of a result lie."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from syncclip._addresses import is_stored
from syncclip.errors import OutputError
from syncclip.index import locked

__all__ = ["OutputFolder", "held"]


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """The folder ``proceed`` of one commentary."""

    root: Path

    @classmethod
    def for_commentary(cls, commentary: Path, output: Path | None) -> OutputFolder:
        """``<output>/proceed``; the output is named after the commentary by default."""
        return cls((output or Path(f"{commentary.stem}_synced")) / "proceed")

    @classmethod
    def of_result(cls, result: Path) -> OutputFolder:
        """The folder of a result file, or the one around a copy of it."""
        parent = result.absolute().parent
        return cls(parent.parent if parent.name == "results" else parent)

    @property
    def result(self) -> Path:
        """The result file."""
        return self.root / "results" / "visual_match_results.json"

    @property
    def video(self) -> Path:
        """The finished video."""
        return self.root / "final_output.mp4"

    def work(self, video: Path) -> Path:
        """Pieces of an unfinished video: each has its own, so that two can be made at once."""
        if video.absolute() == self.video.absolute():
            return self.root / ".pieces"
        mark = blake2b(os.fsencode(video.absolute()), digest_size=4).hexdigest()
        return self.root / f".pieces-{mark}"

    @property
    def sheet(self) -> Path:
        """The review sheet."""
        return self.root / "review.html"

    @property
    def timelines(self) -> Path:
        """Timelines for editing programs."""
        return self.root / "timelines"

    @property
    def logs(self) -> Path:
        """Log files, one for each run."""
        return self.root / "logs"


@contextmanager
def held(folder: str, name: str) -> Iterator[None]:
    """One run for each folder that is made of many files; two would do the same work twice.

    Args:
        folder: Made where it is missing. An address in a store is not held: stores have no locks.
        name: Of the hidden folder of the lock.

    Raises:
        OutputError: Where another run holds it, or it cannot be made.
    """
    if is_stored(folder):
        yield
        return
    with ExitStack() as stack:
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(Path(folder, name), output=Path(folder)))
        except OSError as error:
            reason = error.strerror or str(error)
            raise OutputError(
                f"{folder} cannot be made: {reason}; choose another folder with -o"
            ) from error
        yield
