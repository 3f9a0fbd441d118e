"""A library of films, kept: what is in it, what comes and goes, and whether it is sound."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from syncclip._addresses import local_file
from syncclip.config import INDEXES
from syncclip.errors import IndexFileError, InputError, MovieChangedError, SyncClipError
from syncclip.index import CataloguedFilm, Library, open_index, put_in, take_out
from syncclip.pipeline.movies import movie_at_hint
from syncclip.pipeline.shortlisting import current_library
from syncclip.progress import OnProgress, Progress
from syncclip.result import MovieRef

__all__ = [
    "LibraryChange",
    "LibraryFilm",
    "LibraryState",
    "Problem",
    "add_to_library",
    "library_films",
    "library_stats",
    "remove_from_library",
    "verify_library",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryFilm:
    """A film of a library."""

    movie: MovieRef
    file: str
    """Name of its index file."""
    bytes: int
    """Of that file."""
    tracks: tuple[str, ...]
    captions: bool
    rows: int
    """What stands for it in the shortlist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryState:
    """A library in numbers."""

    folder: Path
    films: int
    duration_s: float
    index_bytes: int
    shortlist_rows: int
    shortlist_bytes: int
    quantised: bool
    """Whether the shortlist is an inverted file with product quantisation by now."""
    tracks: dict[str, int]
    """Films that have a track of each encoder."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryChange:
    """What came to a library or went from it."""

    folder: Path
    changed: tuple[str, ...]
    """Names of the index files."""
    unchanged: tuple[str, ...]
    """Files given whose films were there before."""
    failed: dict[str, str]
    """Why a file was not taken, by its path."""
    films: int
    """In the library now."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a library that is not as it should be."""

    file: str
    reason: str
    harmful: bool
    """False where matching works all the same: a movie that is only needed for cutting."""


def library_films(
    folder: str | Path = INDEXES, *, on_progress: OnProgress | None = None
) -> tuple[list[LibraryFilm], tuple[str, ...]]:
    """The films of a library, by file name, and what the user must know of the others.

    Raises:
        IndexFileError: Where it cannot be read, or what stands in it is damaged.
    """
    library = _opened(folder, on_progress)
    films = [_film(library, number, film) for number, film in enumerate(library.films)]
    return films, library.notes


def _film(library: Library, number: int, film: CataloguedFilm) -> LibraryFilm:
    return LibraryFilm(
        movie=library.ref(number),
        file=film.file,
        bytes=film.state.bytes,
        tracks=tuple(record.id for record in film.manifest.encoders),
        captions=film.manifest.captions is not None,
        rows=film.rows,
    )


def library_stats(
    folder: str | Path = INDEXES, *, on_progress: OnProgress | None = None
) -> LibraryState:
    """A library in numbers.

    Raises:
        IndexFileError: Where it cannot be read, or what stands in it is damaged.
    """
    library = _opened(folder, on_progress)
    return LibraryState(
        folder=library.folder,
        films=len(library.films),
        duration_s=library.duration_s,
        index_bytes=sum(film.state.bytes for film in library.films),
        shortlist_rows=library.rows,
        shortlist_bytes=library.shortlist_bytes,
        quantised=library.quantised,
        tracks=dict(library.tracks),
        notes=library.notes,
    )


def add_to_library(
    sources: Sequence[str | Path],
    folder: str | Path = INDEXES,
    *,
    on_progress: OnProgress | None = None,
) -> LibraryChange:
    """Take index files into a library: they are copied, unless they stand in it.

    A film that is there already is not taken again. A file that cannot be taken does not stop the
    others.

    Args:
        sources: Index files, and folders of them.
        folder: The library; made where it is missing.
        on_progress: Told how many files were looked at.

    Raises:
        InputError: Where a source does not exist, or an address is named.
        IndexFileError: Where the library is damaged.
        OutputError: Where it cannot be written.
    """
    report = on_progress or (lambda _: None)
    folder = local_file(folder)
    files = _index_files(sources)
    known = {}
    if folder.is_dir():
        films = _opened(folder, on_progress).films
        known = {film.file: (film.state, film.manifest.fingerprint) for film in films}
    changed, unchanged, failed = [], [], {}
    for done, file in enumerate(files):
        report(Progress("Taking indexes", done, len(files), "files"))
        try:
            with open_index(file) as index:
                mark = index.manifest.fingerprint
            put = put_in(folder, file, fingerprint=mark, known=known)
            if put is None:
                unchanged.append(str(file))
            else:
                changed.append(put.name)
        except IndexFileError as error:
            failed[str(file)] = str(error)
    report(Progress("Taking indexes", len(files), len(files), "files"))
    library = _opened(folder, on_progress) if folder.is_dir() else None
    return LibraryChange(
        folder=folder,
        changed=tuple(changed),
        unchanged=tuple(unchanged),
        failed=failed,
        films=0 if library is None else len(library.films),
        notes=() if library is None else library.notes,
    )


def _index_files(sources: Sequence[str | Path]) -> list[Path]:
    files: list[Path] = []
    for source in map(local_file, sources):
        if source.is_dir():
            inside = sorted(path for path in source.glob("*.idx") if path.is_file())
            if not inside:
                raise InputError(f"{source} holds no .idx file; index movies with: syncclip index")
            files += inside
        elif source.is_file():
            files.append(source)
        else:
            raise InputError(f"{source} does not exist; name .idx files, or folders of them")
    return files


def remove_from_library(
    names: Sequence[str],
    folder: str | Path = INDEXES,
    *,
    on_progress: OnProgress | None = None,
) -> LibraryChange:
    """Delete the index files of some films; the movies themselves stay.

    Args:
        names: Of films or of index files, with or without what follows the last dot.
        folder: The library.
        on_progress: Told how far the library is brought up to date.

    Raises:
        InputError: Where no film, or more than one, is called so; nothing is removed then.
        OutputError: Where a file cannot be removed.
    """
    library = _opened(folder, on_progress)
    files = list(dict.fromkeys(_named(library, name) for name in names))
    take_out(library.folder, files)
    left = _opened(folder, on_progress)
    return LibraryChange(
        folder=library.folder,
        changed=tuple(files),
        unchanged=(),
        failed={},
        films=len(left.films),
        notes=left.notes,
    )


def _named(library: Library, name: str) -> str:
    """The one index file that a user means."""
    found = [
        film.file
        for film, title in zip(library.films, library.names, strict=True)
        if name in {film.file, title, Path(film.file).stem, Path(title).stem}
    ]
    aside = [*library.unsound, *library.twins]
    exact = [file for file in (*(film.file for film in library.films), *aside) if file == name]
    found = exact or found
    if len(found) != 1:
        which = "no film" if not found else f"{len(found)} films"
        raise InputError(
            f"{which} of {library.folder} called {name!r}; "
            "syncclip library list shows what is there: name the .idx file"
        )
    return found[0]


def verify_library(
    folder: str | Path = INDEXES,
    *,
    repair: bool = False,
    on_progress: OnProgress | None = None,
) -> list[Problem]:
    """Read every byte of a library.

    Args:
        folder: The library.
        repair: Make the catalogue and the shortlist anew from the index files first.
        on_progress: Told how many indexes were read.

    Returns:
        What is wrong: indexes that are damaged or index a movie once more, movies that are missing
        or have changed, and a shortlist that is. Nothing where all is well.

    Raises:
        IndexFileError: Where there is no library.
    """
    report = on_progress or (lambda _: None)
    folder = _checked(folder)
    try:
        library = current_library(folder, rebuild=repair, on_progress=on_progress)
        library.check()
    except IndexFileError as error:
        return [Problem("library.json", str(error), harmful=True)]
    problems = [Problem(file, reason, harmful=True) for file, reason in library.unsound.items()]
    if not library.stored:
        problems.append(Problem("library.json", library.notes[0], harmful=True))
    problems += [
        Problem(file, _twin(library.folder, file, other), harmful=True)
        for file, other in library.twins.items()
    ]
    for done, (number, film) in enumerate(enumerate(library.films)):
        report(Progress("Verifying", done, len(library.films), "films"))
        try:
            film.open(library.folder).close()
        except IndexFileError as error:
            problems.append(Problem(film.file, str(error), harmful=True))
        if reason := _movie_problem(library.ref(number)):
            problems.append(Problem(film.file, reason, harmful=False))
    report(Progress("Verifying", len(library.films), len(library.films), "films"))
    return problems


def _movie_problem(movie: MovieRef) -> str:
    """What is wrong with the file of a movie, and who takes another one; nothing where it is well.

    Those who cut from a movie advise an option of theirs, which this command does not have.
    """
    remedy = "match, render and export find it by their option --movie"
    try:
        movie_at_hint(movie)
    except MovieChangedError:
        return f"its movie {movie.path} has changed; if it was moved, {remedy}"
    except InputError:
        return f"its movie is not at {movie.path} any more; {remedy}"
    except SyncClipError as error:
        return str(error)
    return ""


def _twin(folder: Path, file: str, other: str) -> str:
    remove = shlex.join(["syncclip", "library", "remove", file, "-l", str(folder)])
    return f"it indexes the movie that {other} indexes, and is left out; remove one: {remove}"


def _opened(folder: str | Path, on_progress: OnProgress | None) -> Library:
    return current_library(_checked(folder), on_progress=on_progress)


def _checked(folder: str | Path) -> Path:
    folder = local_file(folder)
    if not folder.is_dir():
        raise IndexFileError(
            f"{folder} is no folder; make a library with: syncclip index MOVIE... -o FOLDER"
        )
    return folder
