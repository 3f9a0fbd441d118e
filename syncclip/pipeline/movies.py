"""Where the movies of a result are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from syncclip.errors import InputError, MovieChangedError
from syncclip.types import MatchResult, MovieRef
from syncclip.video import fingerprint

__all__ = ["absent_movies", "at_hand", "locate_movies", "used_movies"]

ANOTHER = (
    "index it again with syncclip index --force and match again, "
    "or name the right file with --movie"
)


def used_movies(result: MatchResult) -> list[MovieRef]:
    """The movies that a result cuts from."""
    names = {segment.movie for segment in result.segments}
    return [movie for movie in result.movies if movie.name in names]


def absent_movies(library: Sequence[MovieRef], given: Sequence[Path] = ()) -> list[MovieRef]:
    """Movies of a library whose files are missing or have changed, before any is known as needed.

    Args:
        library: Movies to be searched. A single one is needed for sure.
        given: Files that the user named.

    Raises:
        InputError: Where the only movie is not found.
        MovieChangedError: Where it has changed, or a file that the user named is in no index.
    """
    if len(library) == 1:
        locate_movies(library, given)
        return []
    offered = {fingerprint(path): path for path in given}
    known = {movie.fingerprint for movie in library}
    for path in (path for mark, path in offered.items() if mark not in known):
        raise MovieChangedError(f"{path} is none of the movies that were indexed; {ANOTHER}")
    absent = []
    for movie in (movie for movie in library if movie.fingerprint not in offered):
        try:
            _at_hint(movie, ())
        except InputError:
            absent.append(movie)
    return absent


def at_hand(movie: MovieRef, library: Sequence[MovieRef], given: Sequence[Path]) -> Path | None:
    """The file of a movie; None where it is missing or has changed.

    Args:
        movie: Of the library.
        library: All movies that are searched.
        given: Files that the user named.
    """
    try:
        return locate_movies([movie], given, others=library)[movie.name]
    except InputError:
        return None


def locate_movies(
    wanted: Sequence[MovieRef],
    given: Sequence[Path] = (),
    *,
    others: Sequence[MovieRef] = (),
) -> Mapping[str, Path]:
    """Find the file of every movie, and make sure that it is the one that was indexed.

    Args:
        wanted: Movies that are needed.
        given: Files that the user named; recognised by their fingerprint, not by name.
        others: Movies that were searched and are not needed; their files may be given too.

    Returns:
        Path of each movie by its name.

    Raises:
        InputError: Where a movie is not found.
        MovieChangedError: Where a file is not the movie that was indexed.
    """
    offered = {fingerprint(path): path for path in given}
    known = {movie.fingerprint for movie in (*wanted, *others)}
    unknown = [path for mark, path in offered.items() if mark not in known]
    found = {}
    for movie in wanted:
        found[movie.name] = offered.get(movie.fingerprint) or _at_hint(movie, unknown)
    return found


def _at_hint(movie: MovieRef, unknown: Sequence[Path]) -> Path:
    """The movie where it was when it was indexed, or beside its index."""
    if unknown:
        raise MovieChangedError(f"{unknown[0]} is not the {movie.name} that was indexed; {ANOTHER}")
    hint = Path(movie.path)
    places = [hint, Path(movie.index).parent / hint.name]
    there = [place for place in places if place.is_file()]
    if not there:
        raise InputError(f"{hint} is not there any more; say where the movie is with --movie")
    for place in there:
        if fingerprint(place) == movie.fingerprint:
            return place
    raise MovieChangedError(f"{there[0]} has changed since it was indexed; {ANOTHER}")
