"""How a library is brought up to date: what stands on the disk, what is new, what is put in place.

Parts are never changed: a writer adds new ones and puts a new catalogue in place of the old one, so
that readers see the library before or after it, and a killed writer leaves nothing but a file that
nobody names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from syncclip.errors import IndexFileError, IndexMismatchError
from syncclip.index._messages import mismatch, shown
from syncclip.index.catalogue import (
    Catalogue,
    CataloguedFilm,
    FileState,
    UnsoundFile,
    index_states,
    read_catalogue,
)
from syncclip.index.file import MovieIndex, open_index
from syncclip.index.ivfpq import TRAIN_ROWS, Quantiser
from syncclip.index.opening import by_name
from syncclip.index.parts import (
    REPAIR,
    FilmRows,
    Part,
    read_quantiser,
    write_quantiser,
)
from syncclip.progress import Progress

__all__ = ["PARTS_FOLDER", "DescribeFilm", "State", "bring_up", "outdated", "read_state", "save"]

PARTS_FOLDER = ".library"
SUFFIX = ".part"
MOST_PARTS = 16
"""More are joined: every one is a file to open and to check."""
MOST_DEAD = 0.3
"""Share of rows of films that are gone from which the others are written anew."""
KEEP_EVERY = 50
"""New films between two times that a library is written: half a minute's work at most is lost."""
ATTEMPTS = 5
"""Times that a reader starts again because a writer removed a part that it was about to read."""
STAGE = "Reading indexes"


@dataclass(frozen=True, slots=True)
class DescribeFilm:
    """What makes the rows that stand for a film."""

    describe: Callable[[MovieIndex], Sequence[NDArray[np.float32]]]
    """Gives (n, dim) unit rows for each view of the film."""
    fingerprint: str
    """Of what it does: rows of another one are not compared."""


@dataclass(slots=True, eq=False)
class State:
    """A library while it is brought up to date."""

    films: dict[str, CataloguedFilm] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    quantiser: Quantiser | None = None
    quantiser_file: str | None = None
    unsound: dict[str, UnsoundFile] = field(default_factory=dict)

    @property
    def catalogue(self) -> Catalogue:
        """What the library is to know of itself."""
        return Catalogue(
            films=tuple(sorted(self.films.values(), key=lambda film: by_name(Path(film.file)))),
            parts=tuple(self.parts),
            quantiser=self.quantiser_file,
            unsound=tuple(
                self.unsound[name]
                for name in sorted(self.unsound)
                if not self.unsound[name].passing
            ),
        )


def read_state(folder: Path, describe: DescribeFilm) -> State:
    """What stands on the disk; nothing of it where the rows were made in another way."""
    for attempt in range(ATTEMPTS):
        catalogue = read_catalogue(folder)
        if catalogue is None:
            return State()
        try:
            state = _loaded(folder, catalogue)
        except IndexFileError:
            if attempt + 1 < ATTEMPTS and read_catalogue(folder) != catalogue:
                continue
            raise
        same = all(part.encoder == describe.fingerprint for part in state.parts.values())
        return state if same else State()
    raise IndexFileError(f"{shown(folder)} is being written without end; run again")


def _loaded(folder: Path, catalogue: Catalogue) -> State:
    inside = folder / PARTS_FOLDER
    quantiser, mark = None, None
    if catalogue.quantiser is not None:
        quantiser, mark = read_quantiser(inside / catalogue.quantiser)
    parts = {name: Part.read(inside / name) for name in catalogue.parts}
    if any(part.quantiser != mark for part in parts.values()):
        raise IndexFileError(f"the parts of {shown(folder)} do not fit each other; {REPAIR}")
    return State(
        films={film.file: film for film in catalogue.films},
        parts=parts,
        quantiser=quantiser,
        quantiser_file=catalogue.quantiser,
        unsound={file.file: file for file in catalogue.unsound},
    )


def outdated(folder: Path, state: State) -> bool:
    """Whether films came, changed or went since the state was written."""
    known = {name: file.state for name, file in (state.films | state.unsound).items()}
    return known != index_states(folder)


def bring_up(
    folder: Path,
    state: State,
    describe: DescribeFilm,
    report: Callable[[Progress], None],
    keep: Callable[[], None] = lambda: None,
) -> None:
    """Read what is new, forget what is gone, and keep the parts few.

    Args:
        folder: With the index files.
        state: Of the library; changed.
        describe: Makes the rows of films.
        report: Told how many films were read.
        keep: Called whenever the state is one that may be written, the last time at the end.
    """
    there = index_states(folder)
    state.films = {n: f for n, f in state.films.items() if there.get(n) == f.state}
    state.unsound = {n: f for n, f in state.unsound.items() if there.get(n) == f.state}
    wanted = [name for name in there if name not in state.films | state.unsound]
    for start in range(0, len(wanted), KEEP_EVERY):
        files = {name: there[name] for name in wanted[start : start + KEEP_EVERY]}
        rows: list[FilmRows] = []
        for done, (name, file) in enumerate(files.items(), start):
            report(Progress(STAGE, done, len(wanted), "films"))
            rows += _take(folder / name, file, state, describe)
        _add(state, rows, describe)
        if start + KEEP_EVERY < len(wanted):
            _tidy(state)  # vectors of a thousand films of two hours are 4 GB, their codes 0.6 GB
            keep()
    report(Progress(STAGE, len(wanted), len(wanted), "films"))
    _tidy(state)
    keep()


def _take(path: Path, file: FileState, state: State, describe: DescribeFilm) -> list[FilmRows]:
    """Note a new file; its rows, none where it is not sound."""
    try:
        with open_index(path) as index:
            _check_size(index, state)
            views = [rows.astype(np.float16) for rows in describe.describe(index)]
            rows = FilmRows(
                index.manifest.fingerprint, np.concatenate(views), tuple(map(len, views))
            )
            state.films[path.name] = CataloguedFilm.read(path, file, len(rows.rows), index)
    except IndexFileError as error:
        passing = isinstance(error, IndexMismatchError) or isinstance(error.__cause__, OSError)
        state.unsound[path.name] = UnsoundFile(path.name, file, str(error), passing=passing)
        return []
    return [rows]


def _add(state: State, rows: Sequence[FilmRows], describe: DescribeFilm) -> None:
    """Make a part of the films that are in no part yet."""
    known = {film.fingerprint for part in state.parts.values() for film in part.films}
    added = {film.fingerprint: film for film in rows if film.fingerprint not in known}
    if not added:
        return
    part = Part(tuple(added.values()), describe.fingerprint, None)
    if state.quantiser is not None:
        part = part.coded(state.quantiser)
    state.parts[_new_name()] = part


def _check_size(index: MovieIndex, state: State) -> None:
    """See that signatures can be compared with those of the films before."""
    size = index.manifest.config.signature_size
    for film in state.films.values():
        if film.manifest.config.signature_size != size:
            raise mismatch(index.path, f"has signatures of another size than {film.file}")


def _tidy(state: State) -> None:
    """Join parts that became many or empty, and encode the rows once they are many."""
    alive = {film.manifest.fingerprint for film in state.films.values()}
    rows = sum(part.rows for part in state.parts.values())
    kept = [
        film for part in state.parts.values() for film in part.films if film.fingerprint in alive
    ]
    left = sum(sum(film.counts) for film in kept)
    train = state.quantiser is None and left >= TRAIN_ROWS
    if not (train or len(state.parts) > MOST_PARTS or rows - left > MOST_DEAD * rows):
        return
    encoder = next(iter(state.parts.values())).encoder
    mark = next(iter(state.parts.values())).quantiser
    joined = Part(tuple(kept), encoder, mark)
    if train:
        state.quantiser = Quantiser.train(np.concatenate([film.rows for film in kept]))
        state.quantiser_file = _new_name()
        joined = joined.coded(state.quantiser)
    state.parts = {_new_name(): joined} if kept else {}


def _new_name() -> str:
    return f"{uuid4().hex}{SUFFIX}"


def save(folder: Path, state: State) -> None:
    """Write what is new, then the catalogue that names it, then remove what it no longer names."""
    inside = folder / PARTS_FOLDER
    for name, part in state.parts.items():
        if not (inside / name).exists():
            part.write(inside / name)
            state.parts[name] = Part.read(inside / name)  # mapped: it need not stay in memory
    if state.quantiser is not None and state.quantiser_file is not None:
        path = inside / state.quantiser_file
        if not path.exists():
            write_quantiser(state.quantiser, path)
    state.catalogue.write(folder)
    named = {*state.parts, state.quantiser_file}
    for path in inside.glob(f"*{SUFFIX}"):
        if path.name not in named:
            with suppress(OSError):  # Windows does not remove files that a reader maps
                path.unlink()
