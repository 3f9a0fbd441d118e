"""A folder of index files that is searched as one, and brought up to date a film at a time.

Beside the ``.idx`` files stand ``library.json``, which knows every film without opening it, and the
folder ``.library`` with the parts of the shortlist. Both can be made anew from the ``.idx`` files.
Parts are never changed: a writer adds new ones and puts a new catalogue in place of the old one, so
that readers see the library before or after it, and a killed writer leaves nothing but a file that
nobody names. One writer at a time holds a lock that the system drops with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from syncclip.errors import IndexFileError, OutputError
from syncclip.index._messages import mismatch, writing
from syncclip.index.catalogue import (
    Catalogue,
    CataloguedFilm,
    UnsoundFile,
    read_catalogue,
    scanned,
    without_twins,
)
from syncclip.index.file import MovieIndex, open_index
from syncclip.index.ivfpq import TRAIN_ROWS, Quantiser
from syncclip.index.layout import digest
from syncclip.index.lock import locked
from syncclip.index.opening import by_name, distinct_names
from syncclip.index.shortlist import (
    REPAIR,
    FilmRows,
    Part,
    Shortlist,
    read_quantiser,
    write_quantiser,
)
from syncclip.progress import OnProgress, Progress
from syncclip.result import MovieRef

__all__ = ["DescribeFilm", "Library", "open_library"]

PARTS_FOLDER = ".library"
SUFFIX = ".part"
MOST_PARTS = 16
"""More are joined: every one is a file to open and to check."""
MOST_DEAD = 0.3
"""Share of rows of films that are gone from which the others are written anew."""
PATIENCE_S = 60.0
"""How long a writer waits for another: adding a film takes about a second."""
ATTEMPTS = 5
"""Times that a reader starts again because a writer removed a part that it was about to read."""
STAGE = "Reading indexes"

Rows = NDArray[np.float16] | NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class DescribeFilm:
    """What makes the rows that stand for a film."""

    describe: Callable[[MovieIndex], NDArray[np.float32]]
    """Gives (n, dim) unit rows."""
    fingerprint: str
    """Of what it does: rows of another one are not compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Library:
    """The films of a folder as they were when it was opened."""

    folder: Path
    films: tuple[CataloguedFilm, ...]
    """Each film once, by file name."""
    names: tuple[str, ...]
    """What results call them."""
    unsound: Mapping[str, str]
    """Why a file is left out, by its name."""
    twins: tuple[str, ...]
    """Files that index a movie once more; they are left out."""
    notes: tuple[str, ...]
    """What the user must know."""
    stored: bool
    """Whether the shortlist stands on the disk as it is here."""
    _parts: Sequence[Part] = field(repr=False)
    _quantiser: Quantiser | None = field(repr=False)

    @property
    def digest(self) -> str:
        """Of which films it holds, whatever the files are called."""
        marks = sorted(film.manifest.fingerprint for film in self.films)
        return digest(mark.encode() for mark in marks)

    @property
    def duration_s(self) -> float:
        """Of all films together."""
        return sum(film.end_s for film in self.films)

    @property
    def rows(self) -> int:
        """Rows of the shortlist."""
        return sum(film.rows for film in self.films)

    @property
    def quantised(self) -> bool:
        """Whether the shortlist is an inverted file of codes; a small one holds vectors."""
        return self._quantiser is not None

    @property
    def shortlist_bytes(self) -> int:
        """What the rows take on the disk."""
        return sum(film.rows.nbytes for part in self._parts for film in part.films)

    @property
    def tracks(self) -> Mapping[str, int]:
        """How many films have a track of each encoder."""
        count: dict[str, int] = {}
        for film in self.films:
            for record in film.manifest.encoders:
                count[record.id] = count.get(record.id, 0) + 1
        return count

    def ref(self, number: int) -> MovieRef:
        """A film as a result names it."""
        film = self.films[number]
        made = film.manifest
        return MovieRef(
            name=self.names[number],
            path=str(made.info.path),
            index=str((self.folder / film.file).absolute()),
            fingerprint=made.fingerprint,
            duration_s=film.end_s,
            frame_rate=made.info.frame_rate,
            width_px=made.info.width_px,
            height_px=made.info.height_px,
            content=made.content,
        )

    def shortlist(self) -> Shortlist:
        """What is searched first; its films have the numbers that they have here."""
        marks = [film.manifest.fingerprint for film in self.films]
        return Shortlist(self._parts, marks, self._quantiser)

    def open(self, numbers: Sequence[int]) -> list[MovieIndex]:
        """Open the indexes of some films.

        Raises:
            IndexFileError: Where one is missing, damaged, or was replaced meanwhile.
        """
        opened: list[MovieIndex] = []
        try:
            for number in numbers:
                index = self.films[number].open(self.folder)
                opened.append(replace(index, name=self.names[number]))
        except IndexFileError:
            for index in opened:
                index.close()
            raise
        return opened


@dataclass(slots=True, eq=False)
class _State:
    """A library while it is brought up to date."""

    films: dict[str, CataloguedFilm] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    quantiser: Quantiser | None = None
    quantiser_file: str | None = None
    unsound: dict[str, UnsoundFile] = field(default_factory=dict)

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(
            films=tuple(sorted(self.films.values(), key=lambda film: by_name(Path(film.file)))),
            parts=tuple(self.parts),
            quantiser=self.quantiser_file,
            unsound=tuple(self.unsound[name] for name in sorted(self.unsound)),
        )


def open_library(
    folder: Path,
    describe: DescribeFilm,
    *,
    rebuild: bool = False,
    on_progress: OnProgress | None = None,
) -> Library:
    """Open a library and bring it up to date: films that came, changed or went since then.

    Where the folder cannot be written, it is brought up to date in memory alone, and a note says
    so.

    Args:
        folder: With ``.idx`` files in it.
        describe: Makes the rows of films that are new.
        rebuild: Read every film again, whatever stands on the disk.
        on_progress: Told how many films were read.

    Raises:
        IndexFileError: Where the folder cannot be read, or what stands in it is damaged.
    """
    report = on_progress or (lambda _: None)
    state = _State() if rebuild else _read(folder, describe)
    if not rebuild and not _outdated(folder, state):
        return _library(folder, state, stored=True)
    try:
        with (
            writing(folder),
            locked(folder / PARTS_FOLDER, output=folder, patience_s=PATIENCE_S),
        ):
            # Another writer may have done it while this one waited.
            state = _State() if rebuild else _read(folder, describe)
            _bring_up(folder, state, describe, report)
            _save(folder, state)
        return _library(folder, state, stored=True)
    except OutputError as error:
        _bring_up(folder, state, describe, report)
        note = f"what was read of new films is not kept: {error}"
        return _library(folder, state, stored=False, notes=(note,))


def _read(folder: Path, describe: DescribeFilm) -> _State:
    """What stands on the disk; nothing of it where the rows were made in another way."""
    for attempt in range(ATTEMPTS):
        catalogue = read_catalogue(folder)
        if catalogue is None:
            return _State()
        try:
            state = _loaded(folder, catalogue)
        except IndexFileError:
            if attempt + 1 < ATTEMPTS and read_catalogue(folder) != catalogue:
                continue
            raise
        same = all(part.encoder == describe.fingerprint for part in state.parts.values())
        return state if same else _State()
    raise IndexFileError(f"{folder} is being written without end; run again")


def _loaded(folder: Path, catalogue: Catalogue) -> _State:
    inside = folder / PARTS_FOLDER
    quantiser, mark = None, None
    if catalogue.quantiser is not None:
        quantiser, mark = read_quantiser(inside / catalogue.quantiser)
    parts = {name: Part.read(inside / name) for name in catalogue.parts}
    if any(part.quantiser != mark for part in parts.values()):
        raise IndexFileError(f"the parts of {folder} do not fit each other; {REPAIR}")
    return _State(
        films={film.file: film for film in catalogue.films},
        parts=parts,
        quantiser=quantiser,
        quantiser_file=catalogue.quantiser,
        unsound={file.file: file for file in catalogue.unsound},
    )


def _outdated(folder: Path, state: _State) -> bool:
    known = {name: file.state for name, file in (state.films | state.unsound).items()}
    return known != scanned(folder)


def _bring_up(
    folder: Path, state: _State, describe: DescribeFilm, report: Callable[[Progress], None]
) -> None:
    """Read what is new, forget what is gone, and keep the parts few."""
    there = scanned(folder)
    state.films = {n: f for n, f in state.films.items() if there.get(n) == f.state}
    state.unsound = {n: f for n, f in state.unsound.items() if there.get(n) == f.state}
    known = {film.fingerprint for part in state.parts.values() for film in part.films}
    wanted = [name for name in there if name not in state.films | state.unsound]
    added: dict[str, Rows] = {}
    for done, name in enumerate(wanted):
        report(Progress(STAGE, done, len(wanted), "films"))
        try:
            with open_index(folder / name) as index:
                mark = index.manifest.fingerprint
                _check_size(index, state)
                rows = describe.describe(index).astype(np.float16)
                film = CataloguedFilm.read(folder / name, there[name], len(rows), index)
        except IndexFileError as error:
            state.unsound[name] = UnsoundFile(name, there[name], str(error))
            continue
        state.films[name] = film
        if mark not in known:
            added[mark] = rows
    report(Progress(STAGE, len(wanted), len(wanted), "films"))
    if added:
        films = tuple(FilmRows(mark, rows) for mark, rows in added.items())
        part = Part(films, describe.fingerprint, None)
        if state.quantiser is not None:
            part = part.coded(state.quantiser)
        state.parts[_new_name()] = part
    _tidy(state)


def _check_size(index: MovieIndex, state: _State) -> None:
    """See that signatures can be compared with those of the films before."""
    size = index.manifest.config.signature_size
    for film in state.films.values():
        if film.manifest.config.signature_size != size:
            raise mismatch(index.path, f"has signatures of another size than {film.file}")


def _tidy(state: _State) -> None:
    """Join parts that became many or empty, and encode the rows once they are many."""
    alive = {film.manifest.fingerprint for film in state.films.values()}
    rows = sum(part.rows for part in state.parts.values())
    kept = [
        film for part in state.parts.values() for film in part.films if film.fingerprint in alive
    ]
    left = sum(len(film.rows) for film in kept)
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


def _save(folder: Path, state: _State) -> None:
    """Write what is new, then the catalogue that names it, then remove what it no longer names."""
    inside = folder / PARTS_FOLDER
    for name, part in state.parts.items():
        if not (inside / name).exists():
            part.write(inside / name)
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


def _library(folder: Path, state: _State, *, stored: bool, notes: tuple[str, ...] = ()) -> Library:
    films, twins = without_twins(state.catalogue.films)
    said = [f"{film.file} is left out: it indexes a movie that is there already" for film in twins]
    said += [f"{file.file} is left out: {file.reason}" for file in state.unsound.values()]
    return Library(
        folder=folder,
        films=tuple(films),
        names=tuple(distinct_names(film.manifest.name for film in films)),
        unsound={name: file.reason for name, file in state.unsound.items()},
        twins=tuple(film.file for film in twins),
        notes=(*notes, *said),
        stored=stored,
        _parts=tuple(state.parts.values()),
        _quantiser=state.quantiser,
    )
