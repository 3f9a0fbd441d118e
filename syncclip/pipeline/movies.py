"""Where the movies of a result are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from syncclip.errors import InputError, MovieChangedError
from syncclip.pipeline.storage import fetched_again, may_be_fetched
from syncclip.result import MatchResult, MovieRef
from syncclip.video import fingerprint

__all__ = [
    "absent_movies",
    "at_hand",
    "locate_movies",
    "movie_at_hint",
    "named_movies",
    "offered_movies",
    "used_movies",
]

ANOTHER = (
    "index it again with syncclip index --force and match again, "
    "or name the right file with --movie"
)


def used_movies(result: MatchResult) -> list[MovieRef]:
    """The movies that a result cuts from."""
    names = {segment.movie for segment in result.shown}
    return [movie for movie in result.movies if movie.name in names]


def named_movies(result: MatchResult) -> set[str]:
    """Names of movies that a result cuts from, or might: alternatives count, too."""
    names = {movie.name for movie in used_movies(result)}
    return names | {other.movie for segment in result.segments for other in segment.alternatives}


def absent_movies(library: Sequence[MovieRef], offered: Mapping[str, Path]) -> list[MovieRef]:
    """Movies of a library whose files are missing or have changed, before any is known as needed.

    Args:
        library: Movies to be searched. A single one is needed for sure.
        offered: Files that the user named, by fingerprint.

    Raises:
        InputError: Where the only movie is not found.
        MovieChangedError: Where it has changed.
    """
    if len(library) == 1:
        locate_movies(library, [*offered.values()])
        return []
    return [
        movie
        for movie in library
        if not may_be_fetched(Path(movie.path), beside=Path(movie.index))
        and at_hand(movie, offered) is None
    ]


def offered_movies(library: Sequence[MovieRef], given: Sequence[Path]) -> dict[str, Path]:
    """Files that the user named, by fingerprint.

    Raises:
        VideoError: Where one cannot be read.
        MovieChangedError: Where one is in no index.
    """
    offered = {fingerprint(path): path for path in given}
    known = {movie.fingerprint for movie in library}
    for path in (path for mark, path in offered.items() if mark not in known):
        which = "not the movie that was" if len(known) == 1 else "none of the movies that were"
        raise MovieChangedError(f"{path} is {which} indexed; {ANOTHER}")
    return offered


def at_hand(movie: MovieRef, offered: Mapping[str, Path]) -> Path | None:
    """The file of a movie; None where it is missing or has changed.

    Args:
        movie: Of a library.
        offered: Files that the user named, by fingerprint.
    """
    try:
        return offered.get(movie.fingerprint) or movie_at_hint(movie)
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
        found[movie.name] = offered.get(movie.fingerprint) or movie_at_hint(movie, unknown)
    return found


def movie_at_hint(movie: MovieRef, unknown: Sequence[Path] = ()) -> Path:
    """The movie where it was when it was indexed, or beside its index.

    Args:
        movie: The movie.
        unknown: Files that the user named and that are no movie indexed: one may be meant.

    Raises:
        InputError: Where it is missing.
        MovieChangedError: Where it is not the one that was indexed.
    """
    if unknown:
        raise MovieChangedError(f"{unknown[0]} is not the {movie.name} that was indexed; {ANOTHER}")
    hint = Path(movie.path)
    places = [hint, Path(movie.index).parent / hint.name]
    there = [place for place in places if place.is_file()]
    if not there and (again := fetched_again(hint, beside=Path(movie.index))):
        there = [again]
    if not there:
        raise InputError(f"{hint} is not there any more; say where the movie is with --movie")
    for place in there:
        if fingerprint(place) == movie.fingerprint:
            return place
    raise MovieChangedError(f"{there[0]} has changed since it was indexed; {ANOTHER}")
