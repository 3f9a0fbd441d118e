"""From checked JSON back to records: the meaning that a schema cannot hold is checked here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from syncclip._clock import FrameClock
from syncclip.reports._corrections import decode_corrections, decode_past
from syncclip.reports._transcript import decode_transcript
from syncclip.reports._validate import reject, shorten
from syncclip.result import (
    Action,
    Alternative,
    Correction,
    FinishedVideo,
    MatchResult,
    MovieRef,
    Segment,
    Tier,
    UnlikeStretch,
)
from syncclip.types import FULL_FRAME, PixelRect, Rect

__all__ = ["decode_alternatives", "decode_result"]

Alternatives = Mapping[tuple[int, int], tuple[Alternative, ...]]
"""Alternatives by the ``(start_frame, end_frame)`` of their segment."""

END_SLACK_S = 1.0
"""Seconds by which ``movie_start`` may stand outside the movie: durations are not exact."""
AGREES_S = 5e-4
"""A ``movie_end`` within half a millisecond of start + speed × length was not edited."""


def decode_result(document: Mapping[str, Any], others: Alternatives, *, path: Path) -> MatchResult:
    """The result of a document that fits its schema.

    Raises:
        ResultError: Where segments leave gaps or overlap, or a movie or rectangle is impossible.
    """
    commentary = document["commentary"]
    rate = _rate(commentary, "commentary", path)
    movies = _movies(document["movies"], path)
    clock = _clock(commentary, "commentary", rate, path)
    clocks = {
        item["name"]: _clock(item, f"movies[{i}]", movies[item["name"]].frame_rate, path)
        for i, item in enumerate(document["movies"])
    }
    _check_contiguous(document["primary_segments"], int(commentary["frames"]), path)
    frames = int(commentary["frames"])

    def pane(item: Mapping[str, Any], where: str) -> Segment:
        known: dict[str, Any] = {"clock": clock, "movies": movies, "clocks": clocks}
        return _pane_segment(item, where, path, frames=frames, **known)

    corrections = decode_corrections(
        document.get("corrections", ()),
        lambda item, where: _whole_segment(
            item, where, path, clock=clock, movies=movies, clocks=clocks
        ),
        pane,
        path,
    )
    others = {**others, **_corrected_alternatives(corrections)}
    pane_segments = tuple(
        pane(item, f"pane_segments[{i}]")
        for i, item in enumerate(document.get("pane_segments", ()))
    )
    return MatchResult(
        commentary=commentary["path"],
        commentary_fingerprint=commentary["fingerprint"],
        duration_s=float(commentary["duration_s"]),
        frame_rate=rate,
        frames=int(commentary["frames"]),
        width_px=int(commentary["width_px"]),
        height_px=int(commentary["height_px"]),
        content=_pixels(commentary, "commentary", path),
        segments=tuple(
            _SegmentDecoder(item, f"primary_segments[{i}]", path).segment(
                clock=clock, movies=movies, clocks=clocks, others=others
            )
            for i, item in enumerate(document["primary_segments"])
        ),
        movies=tuple(movies.values()),
        encoders=tuple(document["encoders"]),
        settings=dict(document["settings"]),
        timings_s={name: float(seconds) for name, seconds in document["timings_s"].items()},
        notes=tuple(document.get("notes", ())),
        transcript=decode_transcript(document.get("transcript", ()), path),
        corrections=corrections,
        past_corrections=decode_past(document.get("past_corrections", ())),
        pane_segments=pane_segments,
        version=document["version"],
        finished=_finished(document.get("finished_video")),
    )


def _finished(item: Mapping[str, Any] | None) -> FinishedVideo | None:
    if item is None:
        return None
    unlike = tuple(UnlikeStretch(**stretch) for stretch in item["unlike"])
    return FinishedVideo(**{**item, "unlike": unlike})


def _corrected_alternatives(corrections: Sequence[Correction]) -> Alternatives:
    """Alternatives of segments that people changed: the list beside a copy is not theirs."""
    return {
        (segment.start_frame, segment.end_frame): segment.alternatives
        for correction in corrections
        if not correction.undone
        for segment in correction.after
    }


def _whole_segment(
    item: Mapping[str, Any],
    where: str,
    path: Path,
    *,
    clock: FrameClock,
    movies: Mapping[str, MovieRef],
    clocks: Mapping[str, FrameClock],
) -> Segment:
    """A segment of the history, which holds its alternatives itself."""
    start, end = int(item["youtube_start_frame"]), int(item["youtube_end_frame"])
    if end <= start:
        reject(path, f"{where}.youtube_end_frame", f"{end} is not after the start {start}")
    others = tuple(
        _alternative(other, f"{where}.other_places[{j}]", set(movies), path)
        for j, other in enumerate(item.get("other_places", ()))
    )
    return _SegmentDecoder(item, where, path).segment(
        clock=clock, movies=movies, clocks=clocks, others={(start, end): others}
    )


def _pane_segment(
    item: Mapping[str, Any],
    where: str,
    path: Path,
    *,
    frames: int,
    clock: FrameClock,
    movies: Mapping[str, MovieRef],
    clocks: Mapping[str, FrameClock],
) -> Segment:
    """A segment of a pane beside others."""
    segment = _whole_segment(item, where, path, clock=clock, movies=movies, clocks=clocks)
    if segment.movie is None:
        reject(path, f"{where}.movie", "null: what stands beside others shows a movie")
    if segment.pane == FULL_FRAME:
        reject(path, f"{where}.pane", "is missing: what stands beside others has a part")
    if segment.end_frame > frames:
        reject(path, f"{where}.youtube_end_frame", f"{segment.end_frame} of {frames} frames")
    return segment


def decode_alternatives(
    listed: Mapping[str, Any], *, result: Mapping[str, Any], path: Path
) -> Alternatives:
    """The alternatives of a document that fits its schema.

    Raises:
        ResultError: Where the file belongs to another result or names an unknown movie.
    """
    if listed["commentary_fingerprint"] != result["commentary"]["fingerprint"]:
        reject(path, "commentary_fingerprint", "belongs to another result; move this file away")
    names = {movie["name"] for movie in result["movies"]}
    found: dict[tuple[int, int], tuple[Alternative, ...]] = {}
    for i, item in enumerate(listed["segments"]):
        interval = (int(item["youtube_start_frame"]), int(item["youtube_end_frame"]))
        where = f"segments[{i}].alternatives"
        found[interval] = tuple(
            _alternative(other, f"{where}[{j}]", names, path)
            for j, other in enumerate(item["alternatives"])
        )
    return found


def _alternative(item: Mapping[str, Any], where: str, names: set[str], path: Path) -> Alternative:
    if item["movie"] not in names:
        reject(path, f"{where}.movie", f"{shorten(repr(item['movie']))} is not among the movies")
    return Alternative(
        movie=item["movie"],
        movie_start_s=float(item["movie_start"]),
        movie_end_s=float(item["movie_end"]),
        movie_start_frame=int(item["movie_start_frame"]),
        speed=float(item["speed"]),
        mirrored=item["mirrored"],
        crop=_rect(item["crop"], f"{where}.crop", path),
        similarity=float(item["similarity"]),
    )


class _SegmentDecoder:
    """One segment of the file, with the place to name when it is wrong."""

    def __init__(self, item: Mapping[str, Any], where: str, path: Path) -> None:
        self.item = item
        self.where = where
        self.path = path

    def segment(
        self,
        *,
        clock: FrameClock,
        movies: Mapping[str, MovieRef],
        clocks: Mapping[str, FrameClock],
        others: Alternatives,
    ) -> Segment:
        """The segment, with every derived field worked out again."""
        item = self.item
        start, end = int(item["youtube_start_frame"]), int(item["youtube_end_frame"])
        start_s, end_s = clock.seconds_of(start), clock.seconds_of(end)
        slack, still = (item.get(name, (0.0, 0.0)) for name in ("offset_slack_s", "still_slack_s"))
        return Segment(
            start_frame=start,
            end_frame=end,
            start_s=start_s,
            end_s=end_s,
            speed=float(item["speed"]),
            mirrored=item["mirrored"],
            crop=_rect(item["crop"], f"{self.where}.crop", self.path),
            pane=self._pane(),
            similarity=float(item["avg_similarity"]),
            certainty=float(item.get("certainty", 0.0)),
            confidence=float(item["confidence"]),
            offset_slack_s=(float(slack[0]), float(slack[1])),
            still_slack_s=(float(still[0]), float(still[1])),
            dissolve_in_frames=int(item.get("dissolve_in_frames", 0)),
            alternatives=others.get((start, end), ()),
            ambiguous=item.get("ambiguous", False),
            corrected=Action(item["corrected"]) if "corrected" in item else None,
            caption=item.get("caption"),
            movie_caption=item.get("movie_caption"),
            **self._place(movies, clocks, length_s=end_s - start_s),
        )

    def _pane(self) -> Rect:
        if "pane" not in self.item:
            return FULL_FRAME
        return _rect(self.item["pane"], f"{self.where}.pane", self.path)

    def _place(
        self,
        movies: Mapping[str, MovieRef],
        clocks: Mapping[str, FrameClock],
        *,
        length_s: float,
    ) -> dict[str, Any]:
        name = self.item["movie"]
        if name is None:
            return {"tier": Tier.UNMATCHED}
        movie = movies.get(name)
        if movie is None:
            known = ", ".join(repr(other) for other in movies) or "none"
            self._reject("movie", f"{shorten(repr(name))} is not among the movies ({known})")
        start_s = self._start_s(movie)
        return {
            "movie": name,
            "movie_start_s": start_s,
            "movie_end_s": self._end_s(start_s + float(self.item["speed"]) * length_s),
            "movie_start_frame": clocks[name].frame_at(start_s),
            "tier": self._tier(),
        }

    def _start_s(self, movie: MovieRef) -> float:
        value = self.item["movie_start"]
        if value is None:
            self._reject("movie_start", "null, but the segment names a movie")
        if not -END_SLACK_S <= value <= movie.duration_s + END_SLACK_S:
            self._reject("movie_start", f"{value} is outside the movie (0 to {movie.duration_s} s)")
        return float(value)

    def _end_s(self, derived_s: float) -> float:
        """The end as written where it still follows from the start, else the one that does."""
        written = self.item["movie_end"]
        agrees = written is not None and abs(written - derived_s) <= AGREES_S
        return float(written) if agrees else derived_s

    def _tier(self) -> Tier:
        """A place entered by hand where nothing was matched is one to look at."""
        tier = Tier(self.item["tier"])
        return Tier.REVIEW if tier is Tier.UNMATCHED else tier

    def _reject(self, key: str, what: str) -> NoReturn:
        reject(self.path, f"{self.where}.{key}", what)


def _check_contiguous(items: list[Mapping[str, Any]], frames: int, path: Path) -> None:
    expected = 0
    for i, item in enumerate(items):
        start, end = int(item["youtube_start_frame"]), int(item["youtube_end_frame"])
        where = f"primary_segments[{i}]"
        if start != expected:
            reject(
                path, f"{where}.youtube_start_frame", f"{start}, want {expected}: no gap or overlap"
            )
        if end <= start:
            reject(path, f"{where}.youtube_end_frame", f"{end} is not after the start {start}")
        expected = end
    if expected != frames:
        last = f"primary_segments[{len(items) - 1}].youtube_end_frame"
        reject(path, last, f"{expected}, want {frames}: the segments must fill the commentary")


def _movies(items: list[Mapping[str, Any]], path: Path) -> dict[str, MovieRef]:
    movies: dict[str, MovieRef] = {}
    for i, item in enumerate(items):
        where, name = f"movies[{i}]", item["name"]
        if name in movies:
            reject(path, f"{where}.name", f"{shorten(repr(name))} is there twice")
        movies[name] = MovieRef(
            name=name,
            path=item["path"],
            index=item["index"],
            fingerprint=item["fingerprint"],
            duration_s=float(item["duration_s"]),
            frame_rate=_rate(item, where, path),
            width_px=int(item["width_px"]),
            height_px=int(item["height_px"]),
            content=_pixels(item, where, path),
        )
    return movies


def _clock(item: Mapping[str, Any], where: str, rate: Fraction, path: Path) -> FrameClock:
    pairs = [(int(frame), float(seconds)) for frame, seconds in item.get("frame_times", ())]
    try:
        return FrameClock.from_pairs(pairs, rate)
    except ValueError as error:
        reject(path, f"{where}.frame_times", str(error))


def _rate(item: Mapping[str, Any], where: str, path: Path) -> Fraction:
    rate = Fraction(item["frame_rate"])
    if not Fraction(1, 1000) <= rate <= 1000:
        reject(path, f"{where}.frame_rate", f"{item['frame_rate']!r} is no frame rate")
    return rate


def _pixels(item: Mapping[str, Any], where: str, path: Path) -> PixelRect:
    x, y, w, h = (int(v) for v in item["content"])
    if w < 1 or h < 1 or x + w > item["width_px"] or y + h > item["height_px"]:
        reject(path, f"{where}.content", f"{item['content']} is not inside the picture")
    return PixelRect(x, y, w, h)


def _rect(values: list[float], where: str, path: Path) -> Rect:
    try:
        return Rect(*(float(v) for v in values))
    except ValueError as error:
        reject(path, where, str(error))
