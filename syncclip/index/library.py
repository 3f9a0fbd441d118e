"""A folder of index files that is searched as one, and brought up to date a film at a time.

Beside the ``.idx`` files stand ``library.json``, which knows every film without opening it, and the
folder ``.library`` with the parts of the shortlist. Both can be made anew from the ``.idx`` files
(:mod:`syncclip.index.upkeep`). One writer at a time holds a lock that the system drops with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from syncclip._names import distinct_names
from syncclip.errors import IndexFileError, OutputError
from syncclip.index._messages import writing
from syncclip.index.catalogue import CataloguedFilm, without_twins
from syncclip.index.file import MovieIndex
from syncclip.index.ivfpq import Quantiser
from syncclip.index.layout import digest
from syncclip.index.lock import locked
from syncclip.index.parts import Part
from syncclip.index.shortlist import Shortlist
from syncclip.index.upkeep import (
    PARTS_FOLDER,
    DescribeFilm,
    State,
    bring_up,
    outdated,
    read_state,
    save,
)
from syncclip.progress import OnProgress
from syncclip.result import MovieRef

__all__ = ["PATIENCE_S", "Library", "open_library"]

PATIENCE_S = 60.0
"""How long a writer waits for another: adding a film takes about a second."""


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
    twins: Mapping[str, str]
    """Files that index a movie once more and are left out, each with the one that stands for it."""
    notes: tuple[str, ...]
    """What the user must know."""
    stored: bool
    """Whether the shortlist stands on the disk as it is here."""
    _parts: Sequence[Part] = field(repr=False)
    _quantiser: Quantiser | None = field(repr=False)
    _shortlists: dict[int, Shortlist] = field(repr=False, default_factory=dict)
    """Made ready, by view."""

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
        return sum(film.nbytes for part in self._parts for film in part.films)

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

    def shortlist(self, view: int = 0) -> Shortlist:
        """What is searched first; its films have the numbers that they have here.

        Args:
            view: Of the films: 0 whole pictures, 1 tall parts.

        Raises:
            IndexFileError: Where a part on the disk is damaged: it is read now, not before.
        """
        if view not in self._shortlists:
            marks = [film.manifest.fingerprint for film in self.films]
            self._shortlists[view] = Shortlist(self._parts, marks, self._quantiser, view=view)
        return self._shortlists[view]

    def check(self) -> None:
        """Read the whole shortlist and check every byte of it.

        Raises:
            IndexFileError: Where it is damaged.
        """
        for part in self._parts:
            part.check()

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


def open_library(
    folder: Path,
    describe: DescribeFilm,
    *,
    rebuild: bool = False,
    on_progress: OnProgress | None = None,
) -> Library:
    """Open a library and bring it up to date: films that came, changed or went since then.

    Of one that is up to date, the catalogue is read, and of the shortlist nothing but headers.
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
    state = State() if rebuild else read_state(folder, describe)
    if not rebuild and not outdated(folder, state):
        return _library(folder, state, stored=True)
    try:
        with (
            writing(folder),
            locked(folder / PARTS_FOLDER, output=folder, patience_s=PATIENCE_S),
        ):
            # Another writer may have done it while this one waited.
            state = State() if rebuild else read_state(folder, describe)
            bring_up(folder, state, describe, report, lambda: save(folder, state))
        return _library(folder, state, stored=True)
    except OutputError as error:
        bring_up(folder, state, describe, report)
        note = f"what was read of new films is not kept: {error}"
        return _library(folder, state, stored=False, notes=(note,))


def _library(folder: Path, state: State, *, stored: bool, notes: tuple[str, ...] = ()) -> Library:
    films, twins = without_twins(state.catalogue.films)
    kept = {film.manifest.fingerprint: film.file for film in films}
    said = [f"{film.file} is left out: it indexes a movie that is there already" for film in twins]
    said += [f"{file.file} is left out: {file.reason}" for file in state.unsound.values()]
    return Library(
        folder=folder,
        films=tuple(films),
        names=tuple(distinct_names(film.manifest.name for film in films)),
        unsound={name: file.reason for name, file in state.unsound.items()},
        twins={twin.file: kept[twin.manifest.fingerprint] for twin in twins},
        notes=(*notes, *said),
        stored=stored,
        _parts=tuple(state.parts.values()),
        _quantiser=state.quantiser,
    )
