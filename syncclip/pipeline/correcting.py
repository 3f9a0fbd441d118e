"""A result file, corrected by a person and written back whole."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from syncclip import corrections
from syncclip._addresses import local_file
from syncclip._files import format_json, write_bytes, write_text
from syncclip.errors import InputError, ResultError, SettingsError
from syncclip.pipeline.changing import changing
from syncclip.pipeline.commentary import read_times
from syncclip.pipeline.folders import OutputFolder
from syncclip.pipeline.movies import locate_movies
from syncclip.pipeline.times import movie_times
from syncclip.progress import OnProgress
from syncclip.reports import ALTERNATIVES_FILE, read_result, write_reports, write_result
from syncclip.result import Action, Correction, MatchResult, Segment
from syncclip.types import FULL_FRAME, Rect

__all__ = ["Review", "TruthOutcome", "corrected_earlier", "with_corrections"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthOutcome:
    """What :meth:`Review.truth` wrote."""

    files: tuple[Path, ...]
    frames: int
    confirmed_frames: int


def corrected_earlier(folder: OutputFolder, commentary_fingerprint: str) -> MatchResult | None:
    """The result of a commentary that stands in a folder, where people ever corrected it."""
    if not folder.result.is_file():
        return None
    try:
        earlier = read_result(folder.result)
    except ResultError:
        return None  # the user has asked for it to be replaced
    same = earlier.commentary_fingerprint == commentary_fingerprint
    touched = bool(earlier.corrections or earlier.past_corrections)
    touched = touched or any(segment.corrected for segment in earlier.segments)
    return earlier if same and touched else None


def with_corrections(found: MatchResult, earlier: MatchResult | None) -> MatchResult:
    """A new result with the corrections of an earlier one of the same commentary."""
    if earlier is None:
        return found
    kept, notes = corrections.carry_over(earlier, found)
    return replace(kept, notes=(*kept.notes, *notes))


class Review:
    """Corrects a result file: every call reads it, changes it and writes it back.

    The reports beside the result follow. A copy under another name or in another folder is changed
    alone.

    Args:
        result: ``visual_match_results.json``, or a copy of it.
    """

    def __init__(self, result: str | Path) -> None:
        self._path = Path(result)
        self._known: tuple[tuple[int, ...], MatchResult] | None = None

    def result(self) -> MatchResult:
        """The result as it stands; read only where the file is another than before.

        Raises:
            ResultError: Where the file is not sound.
        """
        if self._known is None or self._known[0] != self._mark():
            mark = self._mark()
            self._known = (mark, read_result(self._path))
        return self._known[1]

    def _mark(self) -> tuple[int, ...]:
        """Tells one state of the result from another: each is a new file under the old name."""
        folder = OutputFolder.of_result(self._path).root
        mark: list[int] = []
        for path in (self._path, folder / ALTERNATIVES_FILE, folder / ALTERNATIVES_FILE.name):
            with suppress(OSError):
                state = path.stat()
                mark += [state.st_ino, state.st_mtime_ns, state.st_size]
        return tuple(mark)

    def accept(self, *numbers: int) -> tuple[Segment, ...]:
        """Segments are right as they stand.

        Raises:
            SettingsError: Where there is no such segment.
        """
        return self._each(numbers, corrections.accept)

    def reject(self, *numbers: int) -> tuple[Segment, ...]:
        """The places of segments are wrong: they stand as in no movie.

        Raises:
            SettingsError: Where there is no such segment, or it has no place.
        """
        return self._each(numbers, corrections.reject)

    def swap(self, number: int, *, to: int) -> Segment:
        """A segment comes from its alternative ``to``, counted from 1.

        Raises:
            SettingsError: Where there is no such segment or alternative.
        """
        return self._one(number, lambda r, made: corrections.swap(r, number, to=to, made=made))

    def nudge(
        self, number: int, *, in_frames: int = 0, out_frames: int = 0, slip_frames: int = 0
    ) -> Segment:
        """Move a segment's edges (commentary frames) or its source (movie frames).

        Raises:
            SettingsError: Where that is impossible.
        """
        return self._one(
            number,
            lambda r, made: corrections.nudge(
                r,
                number,
                in_frames=in_frames,
                out_frames=out_frames,
                slip_frames=slip_frames,
                made=made,
            ),
        )

    def set(
        self,
        number: int,
        *,
        movie: str,
        start_s: float,
        speed: float = 1.0,
        mirrored: bool = False,
        crop: Rect = FULL_FRAME,
    ) -> Segment:
        """A segment comes from a place found by hand.

        Raises:
            SettingsError: Where there is no such segment or movie, or the place is outside of it.
        """
        return self._one(
            number,
            lambda r, made: corrections.set_place(
                r,
                number,
                movie=Path(movie).name,
                start_s=start_s,
                speed=speed,
                mirrored=mirrored,
                crop=crop,
                made=made,
            ),
        )

    def undo(self) -> Correction:
        """Take the last correction back.

        Raises:
            SettingsError: Where there is none.
            ResultError: Where its segments were edited by hand since.
        """
        with changing(self._path):
            result, undone = corrections.undo(self.result())
            self._write(result)
        return undone

    def truth(
        self,
        folder: str | Path,
        *,
        movies: Sequence[str | Path] = (),
        reader: str = "pyav",
        on_progress: OnProgress | None = None,
    ) -> TruthOutcome:
        """Write what was confirmed as truth for the benchmark: ``truth.json``, ``truth.npz``.

        Args:
            folder: Made where it is missing.
            movies: Where movies are that were moved since they were indexed.
            reader: Decoder.
            on_progress: Told how far the work is.

        Raises:
            SettingsError: Where nothing was corrected yet.
            InputError: Where the commentary or a movie is not found.
            OutputError: Where a file cannot be written.
        """
        result, folder = self.result(), Path(folder)
        shown = {s.movie for s in result.segments if s.corrected not in (None, Action.REJECT)}
        if not shown:
            raise SettingsError(f"{self._path} has no corrections yet: accept segments first")
        wanted = [movie for movie in result.movies if movie.name in shown]
        files = locate_movies(wanted, [local_file(movie) for movie in movies], others=result.movies)
        commentary = Path(result.commentary)
        if not commentary.is_file():
            raise InputError(f"{commentary}, the commentary, is not there any more; put it back")
        times = read_times(commentary, reader=reader, on_progress=on_progress)
        if len(times) != result.frames:
            raise InputError(f"{commentary} has changed since it was matched; match it again")
        made = corrections.confirmed_truth(
            result,
            commentary=times,
            movies=movie_times(wanted, files, reader=reader, on_progress=on_progress),
            paths=files,
        )
        packed = io.BytesIO()
        np.savez_compressed(packed, **made.arrays)  # type: ignore[arg-type]
        paths = (folder / "truth.json", folder / "truth.npz")
        write_bytes(paths[1], packed.getvalue())
        write_text(paths[0], format_json(made.document) + "\n")
        return TruthOutcome(
            files=paths, frames=result.frames, confirmed_frames=made.confirmed_frames
        )

    def _each(
        self, numbers: Sequence[int], change: Callable[..., MatchResult]
    ) -> tuple[Segment, ...]:
        """Change several segments, all or none."""
        with changing(self._path):
            result, made = self.result(), _now()
            for number in numbers:
                result = change(result, number, made=made)
            self._write(result)
        return tuple(result.segments[number - 1] for number in numbers)

    def _one(self, number: int, change: Callable[[MatchResult, str], MatchResult]) -> Segment:
        with changing(self._path):
            result = change(self.result(), _now())
            self._write(result)
        return result.segments[number - 1]

    def _write(self, result: MatchResult) -> None:
        folder = OutputFolder.of_result(self._path)
        if folder.result.is_file() and folder.result.samefile(self._path):
            write_reports(result, folder.root)
            # It is read back exactly as it is written, which would take as long as the rest.
            self._known = (self._mark(), result)
        else:
            write_result(result, self._path)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
