"""What a batch of commentaries takes from its films: how much, what twice, what never.

Pure functions over results. A film is the same in two results where its fingerprint is, whatever
each calls it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from syncclip._names import distinct_names
from syncclip.reports.intervals import Interval, merged, overlaps, total
from syncclip.reports.quality import JUMP_TOLERANCE_FRAMES
from syncclip.result import MatchResult, MovieRef, Segment

__all__ = ["FilmUse", "Reuse", "SegmentUse", "film_uses", "footage_used_again"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentUse:
    """A segment that shows a film."""

    commentary: int
    """Position of its result."""
    segment: int
    """Its number there, from 1."""
    start_s: float
    end_s: float
    """In the commentary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmUse:
    """How much a batch shows of one film."""

    movie: MovieRef
    name: str
    """As the results call it, with a number where another film has the same name."""
    shown_s: float
    """Seconds of commentary that show it."""
    ranges: tuple[Interval, ...]
    """Seconds of the film that are shown, in order and without overlap."""
    by_commentary: tuple[tuple[int, float], ...]
    """Positions of the results that show it, and for how many seconds."""

    @property
    def used_s(self) -> float:
        """Seconds of the film that are shown, each counted once."""
        return total(self.ranges)

    @property
    def share(self) -> float:
        """Of the film: 0 to 1."""
        return min(1.0, self.used_s / self.movie.duration_s) if self.movie.duration_s > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reuse:
    """A stretch of a film that is shown more than once."""

    name: str
    """The film's, as in :attr:`FilmUse.name`."""
    start_s: float
    end_s: float
    uses: tuple[SegmentUse, ...]
    """In the order of the commentaries, two at least."""


def film_uses(results: Sequence[MatchResult], library: Iterable[MovieRef] = ()) -> list[FilmUse]:
    """Every film of the results and the library: the most shown first, then those never shown.

    Args:
        results: Of the commentaries.
        library: Films that were searched, where results name only some of them.
    """
    films, names = _films(results, library)
    shown = _shown(results)
    uses = []
    for mark, movie in films.items():
        seconds: dict[int, float] = {}
        for use, _ in shown.get(mark, ()):
            length_s = use.end_s - use.start_s
            seconds[use.commentary] = seconds.get(use.commentary, 0.0) + length_s
        uses.append(
            FilmUse(
                movie=movie,
                name=names[mark],
                shown_s=sum(seconds.values()),
                ranges=tuple(merged(_range(segment, movie) for _, segment in shown.get(mark, ()))),
                by_commentary=tuple(sorted(seconds.items())),
            )
        )
    return sorted(uses, key=lambda use: (-use.shown_s, -use.used_s, use.name))


def footage_used_again(
    results: Sequence[MatchResult], library: Iterable[MovieRef] = ()
) -> list[Reuse]:
    """Stretches that are shown more than once, by one commentary or by several.

    An overlap that is no longer than the place of a segment is certain to, three frames of the
    film, is where one shot was cut in two, and does not count.

    Args:
        results: Of the commentaries.
        library: As for :func:`film_uses`, so that films are called the same.
    """
    films, names = _films(results, library)
    found = []
    for mark, shown in _shown(results).items():
        movie = films[mark]
        tolerance_s = float(JUMP_TOLERANCE_FRAMES * _period_s(movie))
        uses = [(_range(segment, movie), use) for use, segment in shown]
        found += [
            Reuse(name=names[mark], start_s=start_s, end_s=end_s, uses=shared)
            for (start_s, end_s), shared in overlaps(uses, longer_than=tolerance_s)
        ]
    return sorted(found, key=lambda reuse: (reuse.name, reuse.start_s))


def _films(
    results: Sequence[MatchResult], library: Iterable[MovieRef]
) -> tuple[dict[str, MovieRef], dict[str, str]]:
    """Films by their fingerprints, and what each is called."""
    films: dict[str, MovieRef] = {}
    for movie in (*library, *(movie for result in results for movie in result.movies)):
        films.setdefault(movie.fingerprint, movie)
    names = distinct_names(movie.name for movie in films.values())
    return films, dict(zip(films, names, strict=True))


def _shown(results: Sequence[MatchResult]) -> dict[str, list[tuple[SegmentUse, Segment]]]:
    """Every segment that shows a film, by the film's fingerprint."""
    shown: dict[str, list[tuple[SegmentUse, Segment]]] = {}
    for number, result in enumerate(results):
        marks = {movie.name: movie.fingerprint for movie in result.movies}
        for place, segment in (*enumerate(result.segments, start=1), *result.numbered_panes):
            if segment.movie is None or segment.movie not in marks:
                continue
            use = SegmentUse(
                commentary=number, segment=place, start_s=segment.start_s, end_s=segment.end_s
            )
            shown.setdefault(marks[segment.movie], []).append((use, segment))
    return shown


def _range(segment: Segment, movie: MovieRef) -> Interval:
    """The seconds of the film that a segment shows; of a freeze frame, that frame's."""
    if segment.movie_start_s is None or segment.movie_end_s is None:
        return 0.0, 0.0
    start_s, end_s = sorted((segment.movie_start_s, segment.movie_end_s))
    return max(0.0, start_s), max(end_s, start_s + float(_period_s(movie)))


def _period_s(movie: MovieRef) -> Fraction:
    return 1 / movie.frame_rate if movie.frame_rate > 0 else Fraction(1, 24)
