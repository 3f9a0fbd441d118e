"""A library of many films: which of them a commentary is compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip.config import MatchConfig
from syncclip.contracts import Encoder
from syncclip.encoders import BuiltinEncoder
from syncclip.errors import IndexFileError
from syncclip.index import (
    DescribeFilm,
    Library,
    MovieIndex,
    Shortlist,
    index_files,
    index_states,
    open_library,
    read_head,
)
from syncclip.matching import (
    FilmVotes,
    ShortlistSettings,
    cut_windows,
    film_votes,
    films_between,
    middle_windows,
    shortlisted,
    view_of,
)
from syncclip.matching.records import Commentary
from syncclip.pipeline.commentary import content_aspect, read_commentary
from syncclip.pipeline.finding import Prepared
from syncclip.pipeline.searching import WINDOW_SIZE
from syncclip.pipeline.shared import SharedWork
from syncclip.pipeline.sources import movie_refs
from syncclip.pipeline.words import titled_movies
from syncclip.progress import OnProgress, Progress
from syncclip.result import MatchResult, MovieRef, Tier
from syncclip.types import FrameTimes, Shot

__all__ = [
    "Match",
    "current_library",
    "describe_films",
    "library_record",
    "library_refs",
    "many_films",
    "matched_in_library",
    "scattered",
    "searched_refs",
    "shared_library",
    "votes_for_films",
]

SMALL_BYTES = 150_000_000
"""Of the index files of a folder up to which all films are compared frame by frame: two hours and a
half of film, for which that takes less time than it takes to watch the commentary."""
LIKENESS = 0.9
"""Cosine of built-in vectors from which a frame counts as the one before it: 65 rows a minute of an
animated film are left of 120. With 0.8 and two seconds between rows the right film came first for
50 % of the frames of typical edits, with these for 72 %."""
SHORTEST_FRAMES = 12
"""Stretches without a movie, or in doubt, that further films are looked at for: half a second."""
WIDENINGS = 2
"""Times that further films are looked at."""

Match = Callable[[Sequence[MovieIndex], Prepared], tuple[MatchResult, FrameTimes]]
"""Compares a commentary with some films, frame by frame."""


def many_films(paths: Sequence[Path], config: MatchConfig) -> bool:
    """Whether the films named are so many that a shortlist is worth while."""
    if len(paths) != 1 or not paths[0].is_dir() or config.shortlist == "never":
        return False
    size = _bytes_of(paths)
    return size > SMALL_BYTES or (config.shortlist == "always" and size > 0)


def scattered(paths: Sequence[Path], config: MatchConfig) -> tuple[str, ...]:
    """A note where many films are compared frame by frame because no one folder holds them."""
    if len(paths) < 2 or config.shortlist == "never" or _bytes_of(paths) <= SMALL_BYTES:
        return ()
    return (
        "the films of several folders were all compared frame by frame; only one folder has a "
        "shortlist: make one of them with: syncclip library merge FOLDER... -l LIBRARY",
    )


def _bytes_of(paths: Sequence[Path]) -> int:
    """What index files take, and those of folders."""
    inside = (path.glob("*.idx") if path.is_dir() else [path] for path in paths)
    return sum(path.stat().st_size for each in inside for path in each if path.is_file())


def current_library(
    folder: Path, *, rebuild: bool = False, on_progress: OnProgress | None = None
) -> Library:
    """Open a folder of indexes as a library, brought up to date.

    Raises:
        IndexFileError: Where it cannot be read, or what stands in it is damaged.
    """
    return open_library(folder, describe_films(), rebuild=rebuild, on_progress=on_progress)


def shared_library(
    folder: Path, shared: SharedWork, *, on_progress: OnProgress | None = None
) -> Library:
    """The library that the match before this one opened, unless films came, changed or went.

    Raises:
        IndexFileError: Where it cannot be read, or what stands in it is damaged.
    """
    states = tuple(index_states(folder).items())
    return shared.once(
        "library",
        (folder.resolve(), states),
        lambda: current_library(folder, on_progress=on_progress),
    )


def library_refs(
    paths: Sequence[Path], config: MatchConfig, *, on_progress: OnProgress | None = None
) -> list[MovieRef]:
    """The films of a library that is searched in two stages, brought up to date; else none.

    Raises:
        IndexFileError: Where it cannot be read, or what stands in it is damaged.
    """
    if not many_films(paths, config):
        return []
    library = current_library(paths[0], on_progress=on_progress)
    return [library.ref(number) for number in range(len(library.films))]


def searched_refs(
    paths: Sequence[Path], config: MatchConfig, *, on_progress: OnProgress | None = None
) -> list[MovieRef]:
    """The films of indexes and of folders of them; a library's, brought up to date.

    Where there are few, they are told by their headers alone, as far as these are sound.

    Raises:
        IndexFileError: Where there is none, or a library cannot be read.
    """
    if many_films(paths, config):
        return library_refs(paths, config, on_progress=on_progress)
    heads = []
    for path in index_files(paths):
        with suppress(IndexFileError):
            heads.append(read_head(path))
    return movie_refs(heads)


def describe_films() -> DescribeFilm:
    """What makes the rows that stand for a film in the shortlist of a library."""
    encoder, settings = BuiltinEncoder(), ShortlistSettings()
    parts = f"middle and tall 1/{settings.zoom:g}"
    return DescribeFilm(
        describe=lambda index: _rows(index, encoder, settings),
        fingerprint=f"{encoder.fingerprint}, {parts}, alike from {LIKENESS:g}",
    )


def _rows(
    index: MovieIndex, encoder: Encoder, settings: ShortlistSettings
) -> list[NDArray[np.float32]]:
    """Parts of pictures that differ from those before them; flat ones are left out."""
    index.require([encoder])
    track = index.tracks[encoder.id]
    kept, last = [], None
    for row, vector in enumerate(track.vectors.astype(np.float32)):
        if last is None or float(vector @ last) < LIKENESS:
            kept.append(row)
            last = vector
    pictures = index.signatures[track.frames[kept]]
    aspect = content_aspect(index.manifest.info, index.manifest.content)
    views = [
        encoder.describe(cut_windows(pictures, window, size=WINDOW_SIZE))
        for window in middle_windows(aspect, settings)
    ]
    return [rows[rows.any(axis=1)] for rows in views]


def library_record(library: Library) -> Mapping[str, object]:
    """What a result keeps of the library that was searched."""
    return {"films": len(library.films), "digest": library.digest}


def matched_in_library(
    path: Path,
    library: Library,
    config: MatchConfig,
    match: Match,
    *,
    reader: str,
    on_progress: OnProgress | None,
    wanted: Sequence[MovieRef] = (),
) -> tuple[MatchResult, FrameTimes]:
    """Find the films of a commentary, and every shot in them.

    Where stretches without a movie, or whose place is in doubt, speak for films that were not
    looked at, these are looked at as well, and the whole commentary is matched again.

    Args:
        path: The commentary.
        library: Films.
        config: How to match; films whose subtitles are given are looked at.
        match: Does it with the films chosen.
        reader: Decoder.
        on_progress: Told how far the work is.
        wanted: Films that are looked at in any case.

    Raises:
        VideoError: Where the commentary cannot be read.
        IndexFileError: Where the shortlist is damaged, or every index is. A single one that turns
            out to be damaged is left out with a note.
    """
    read = read_commentary(path, size=config.thumbnail_size, reader=reader, on_progress=on_progress)
    settings = ShortlistSettings()
    report = on_progress or (lambda _: None)
    report(Progress("Choosing films", 0, len(library.films), "films"))
    shortlist = library.shortlist(view_of(read.frames.aspect, settings))
    votes = votes_for_films(read.frames, shortlist, len(library.films), settings)
    report(Progress("Choosing films", len(library.films), len(library.films), "films"))
    films = shortlisted(votes, settings)
    prepared = Prepared(read=read)
    films = _with(films, library, wanted, config.subtitle_files)
    damaged: dict[int, str] = {}
    for left in range(WIDENINGS, -1, -1):
        with ExitStack() as stack:
            films, votes, indexes = _opened(films, votes, library, damaged, settings, stack)
            result, times = match(indexes, prepared)
        further = films_between(votes, _doubtful(result), films, settings) if left else []
        if not further:
            break
        films = [*films, *further]
    note = (
        f"of {len(library.films)} films, {len(films)} were compared frame by frame: "
        f"{', '.join(library.names[number] for number in films)}"
    )
    return replace(
        result,
        settings={**result.settings, "library": library_record(library)},
        notes=(
            *library.notes,
            *(f"left out: {reason}" for reason in damaged.values()),
            *result.notes,
            note,
        ),
    ), times


def votes_for_films(
    commentary: Commentary, shortlist: Shortlist, films: int, settings: ShortlistSettings
) -> FilmVotes:
    """How much the frames of a commentary speak for each of so many films."""
    encoder = BuiltinEncoder()

    def nearest(
        pictures: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        return shortlist.search(encoder.describe(pictures), k)

    return film_votes(commentary, nearest, films, settings)


def _with(
    films: list[int], library: Library, wanted: Sequence[MovieRef], subtitles: Sequence[Path]
) -> list[int]:
    """These films, those that are wanted, and those that subtitles are called after."""
    marks = {movie.fingerprint for movie in wanted}
    more = [n for n, film in enumerate(library.films) if film.manifest.fingerprint in marks]
    names = [film.manifest.name for film in library.films]
    more += [number for path in subtitles for number in titled_movies(path, names)]
    return list(dict.fromkeys([*films, *more]))


def _opened(
    films: list[int],
    votes: FilmVotes,
    library: Library,
    damaged: dict[int, str],
    settings: ShortlistSettings,
    stack: ExitStack,
) -> tuple[list[int], FilmVotes, list[MovieIndex]]:
    """Open the indexes of films; in the place of damaged ones, what is worth to look at then.

    Args:
        films: Their numbers.
        votes: For all films.
        library: Films.
        damaged: Why films cannot be opened; added to.
        settings: How many films are looked at.
        stack: Closes them.

    Raises:
        IndexFileError: Where not one film can be opened.
    """
    opened: dict[int, MovieIndex] = {}
    while True:
        for number in (number for number in films if number not in opened):
            try:
                (opened[number],) = library.open([number])
                stack.callback(opened[number].close)
            except IndexFileError as error:
                damaged[number] = str(error)
        if all(number in opened for number in films):
            return films, votes, [opened[number] for number in films]
        votes = votes.without(list(damaged))
        voted = dict.fromkeys([*films, *shortlisted(votes, settings)])
        films = [number for number in voted if number not in damaged]
        # Where nothing else got a vote, any film will do: that nothing is found is said of it.
        films = films or [number for number in range(votes.films) if number not in damaged][:1]
        if not films:
            raise IndexFileError(next(iter(damaged.values())))


def _doubtful(result: MatchResult) -> list[Shot]:
    """Stretches of some length that nothing was found for, or nothing that can be trusted."""
    return [
        Shot(segment.start_frame, segment.end_frame)
        for segment in result.segments
        if segment.tier in (Tier.UNMATCHED, Tier.REVIEW)
        and segment.end_frame - segment.start_frame >= SHORTEST_FRAMES
    ]
