"""In which films of a library it is worth to look: the votes of single frames.

Every film is known by the middle of some of its pictures. A commentary shows the picture cropped,
it is not known how; so each of its frames is looked up by several windows, one of which lies about
where the film's middle is. A film that is shown gets votes from many frames that no other film
gets; among a thousand films chance gives each of the others next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.records import Commentary, Crop
from syncclip.matching.windows import cut_windows
from syncclip.types import Shot

__all__ = [
    "FilmLookup",
    "FilmVotes",
    "ShortlistSettings",
    "film_votes",
    "films_between",
    "middle_windows",
    "shortlisted",
    "view_of",
]


TALL = 9 / 16
"""Width ÷ height of the tall part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortlistSettings:
    """How films are looked for, and how many are kept."""

    zoom: float = 1.32
    """Of the middle of a film's picture by which it is known. Among 150,000 other rows the right
    film came first for 62 % of the frames of typical edits looked up whole at 1.12; for 75 % at
    1.25 and 82 % at 1.32 with the windows below; 49 %, 56 % and 63 % of hard ones."""
    inner: tuple[tuple[float, int], ...] = ((1.0, 1), (0.88, 3), (0.76, 1))
    """Windows of a commentary's picture: size as a share of it, and places each way. They show the
    middle of the film where the commentary is zoomed by 1.32, 1.15 or not at all."""
    tall_below: float = 1.2
    """Width ÷ height of a commentary below which its pictures are taken to be cut out of wide
    films, and are looked up among tall parts of these: a 9:16 picture shows nothing like the middle
    of a wide one, and its film was never among the first 300 of a thousand."""
    query_interval_s: float = 1.0
    """Seconds between frames that are looked up; every shot has one at least."""
    neighbours: int = 16
    """Rows asked for each window."""
    rank: int = 8
    """Rank among the films of a frame whose similarity counts as chance; of few films, that of half
    of them. A frame shows one film, or two: the second or third is chance even where all are shown
    in turn."""
    clear: float = 0.1
    """Similarity beyond chance from which a frame speaks for a film at all. Among 40 films a shown
    one gets 0.26 from half of the frames of typical edits, 0.12 of hard ones; of films that are not
    shown one frame in a hundred gives 0.08."""
    chance_rank: int = 16
    """Films behind the first so many show what chance gives; fewer films show nothing of it."""
    above_chance: float = 3.0
    """A film with so many times what chance gives is looked at, …"""
    least: float = 0.3
    """… where it has so many votes; the best one in any case, …"""
    most: int = 8
    """… and no more than these."""
    wide: float = 0.2
    """Votes in doubtful stretches from which a further film is looked at: one frame or two."""


FilmLookup = Callable[[NDArray[np.float32], int], tuple[NDArray[np.float32], NDArray[np.int64]]]
"""Called with (n, h, w) pictures and k: (n, k) similarities, greatest first, and (n, k) films."""


@dataclass(frozen=True, slots=True, eq=False)
class FilmVotes:
    """How much each frame of a commentary speaks for each film: one row for each pair."""

    frame: NDArray[np.int64]
    """(v,) number of the commentary's frame."""
    film: NDArray[np.int64]
    """(v,) number of the film."""
    weight: NDArray[np.float32]
    """(v,) similarity beyond chance."""
    films: int
    """Films of the library."""

    def total(self, chosen: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """(films,) votes of all frames, or of the chosen rows."""
        rows = slice(None) if chosen is None else chosen
        found = np.bincount(self.film[rows], weights=self.weight[rows], minlength=self.films)
        return found.astype(np.float64)

    def without(self, films: Sequence[int]) -> FilmVotes:
        """The votes for the others; films keep their numbers."""
        kept = ~np.isin(self.film, films)
        return FilmVotes(self.frame[kept], self.film[kept], self.weight[kept], self.films)


def middle_windows(film_aspect: float, settings: ShortlistSettings) -> tuple[Crop, Crop]:
    """The parts of a film's picture by which it is known: its middle, and a tall one.

    Args:
        film_aspect: Width ÷ height of the film's content.
        settings: How far they are zoomed.
    """
    size = 1 / settings.zoom
    relative = TALL / film_aspect
    width, height = size * min(1.0, relative), size * min(1.0, 1 / relative)
    return (
        Crop((1 - size) / 2, (1 - size) / 2, size, size),
        Crop((1 - width) / 2, (1 - height) / 2, width, height),
    )


def view_of(commentary_aspect: float, settings: ShortlistSettings) -> int:
    """Which of a film's parts a commentary is looked up among: 0 the middle, 1 the tall one."""
    return int(commentary_aspect < settings.tall_below)


def film_votes(
    commentary: Commentary, lookup: FilmLookup, films: int, settings: ShortlistSettings
) -> FilmVotes:
    """Look frames of a commentary up, as they are and mirrored.

    Args:
        commentary: Frames to be found.
        lookup: Nearest rows of pictures among all films.
        films: How many there are.
        settings: How they are looked for.
    """
    frames = _query_frames(commentary, settings)
    best: dict[tuple[int, int], float] = {}
    least = np.zeros(len(frames), np.float32)
    pictures = commentary.grey[frames]
    for way in (pictures, pictures[:, :, ::-1]):
        for window in _inner_windows(commentary.aspect, settings):
            similarity, film = lookup(
                cut_windows(way, window, size=pictures.shape[1:]), settings.neighbours
            )
            # Films that are not among the neighbours are no more alike than the last of these.
            least = np.maximum(least, similarity[:, -1])
            rows, ranks = np.nonzero(film >= 0)
            for row, rank in zip(rows.tolist(), ranks.tolist(), strict=True):
                key = (row, int(film[row, rank]))
                best[key] = max(best.get(key, -1.0), float(similarity[row, rank]))
    return _beyond_chance(best, least, frames, films, settings)


def _query_frames(commentary: Commentary, settings: ShortlistSettings) -> NDArray[np.int64]:
    """Frames spread evenly over each shot; not its ends, which may be blends."""
    found = []
    for shot in commentary.shots:
        length_s = float(
            commentary.seconds[shot.end_frame - 1] - commentary.seconds[shot.start_frame]
        )
        count = max(round(length_s / settings.query_interval_s), 1)
        found.append(np.linspace(shot.start_frame, shot.end_frame, count + 2)[1:-1])
    last = len(commentary.grey) - 1
    return np.unique(np.minimum(np.concatenate(found).astype(np.int64), last))


def _inner_windows(aspect: float, settings: ShortlistSettings) -> list[Crop]:
    """Parts of a commentary's picture, one of which is about the part that a film is known by."""
    narrow = min(1.0, TALL / aspect) if view_of(aspect, settings) else 1.0
    windows = []
    for size, count in settings.inner:
        across = _places(size * narrow, count)
        windows += [Crop(x, y, size * narrow, size) for y in _places(size, count) for x in across]
    return windows


def _places(size: float, count: int) -> list[float]:
    """Where so many windows of a size begin, spread over the picture."""
    if count == 1:
        return [(1 - size) / 2]
    return [float(place) for place in np.linspace(0, 1 - size, count)]


def _beyond_chance(
    best: dict[tuple[int, int], float],
    least: NDArray[np.float32],
    frames: NDArray[np.int64],
    films: int,
    settings: ShortlistSettings,
) -> FilmVotes:
    """Similarity above that of the film of some rank."""
    if not best:
        empty = np.empty(0, np.int64)
        return FilmVotes(empty, empty, np.empty(0, np.float32), films)
    keys = np.array(list(best), np.int64)
    similarity = np.fromiter(best.values(), np.float32, len(best))
    order = np.lexsort((-similarity, keys[:, 0]))
    row, film, similarity = keys[order, 0], keys[order, 1], similarity[order]
    starts = np.flatnonzero(np.r_[True, row[1:] != row[:-1]])
    lengths = np.diff(np.r_[starts, len(row)])
    rank = min(settings.rank, 1 + films // 2)
    ranked = similarity[starts + np.minimum(rank, lengths) - 1]
    chance = np.where(lengths >= rank, ranked, least[row[starts]])
    weight = similarity - np.repeat(chance, lengths)
    kept = weight >= settings.clear
    return FilmVotes(frames[row[kept]], film[kept], weight[kept], films)


def shortlisted(votes: FilmVotes, settings: ShortlistSettings) -> list[int]:
    """The films that are worth to look at, most votes first."""
    total = votes.total()
    found = _above(total, settings.least, settings)
    return found or [int(number) for number in np.argsort(-total, kind="stable")[:1]]


def _above(total: NDArray[np.float64], least: float, settings: ShortlistSettings) -> list[int]:
    """Films with more votes than chance gives, and so many at least, most votes first."""
    order = np.argsort(-total, kind="stable")
    voted = order[total[order] > 0]
    # All of a few films may be shown: what is chance is not seen there, and looking costs little.
    behind = total[voted[settings.chance_rank :]]
    chance = behind[0] if len(behind) else 0.0
    enough = max(least, settings.above_chance * chance)
    return [int(number) for number in voted[: settings.most] if total[number] >= enough]


def films_between(
    votes: FilmVotes,
    doubtful: Sequence[Shot],
    known: Sequence[int],
    settings: ShortlistSettings,
) -> list[int]:
    """Further films that frames of doubtful stretches speak for, most votes first.

    Args:
        votes: Of all frames.
        doubtful: Stretches that nothing was found for, or nothing that can be trusted.
        known: Films that were looked at.
        settings: How many films are looked at.
    """
    chosen = np.zeros(len(votes.frame), np.bool_)
    for part in doubtful:
        chosen |= (votes.frame >= part.start_frame) & (votes.frame < part.end_frame)
    found = _above(votes.total(chosen), settings.wide, settings)
    return [number for number in found if number not in known]
