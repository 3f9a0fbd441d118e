"""What is known of a commentary: its segments, where they come from, how sure that is.

Time and frame numbers are counted as :mod:`syncclip.types` says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

from syncclip.types import FULL_FRAME, PixelRect, Rect

__all__ = [
    "Action",
    "Alternative",
    "Correction",
    "MatchResult",
    "MovieRef",
    "PastCorrection",
    "Segment",
    "SpokenWord",
    "Tier",
    "TranscriptLine",
]


class Tier(StrEnum):
    """How far a segment can be trusted."""

    EXACT = "exact"
    LIKELY = "likely"
    REVIEW = "review"
    UNMATCHED = "unmatched"


class Action(StrEnum):
    """What a person did to a segment."""

    ACCEPT = "accept"
    REJECT = "reject"
    SWAP = "swap"
    NUDGE = "nudge"
    SET = "set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another place that a segment may come from."""

    movie: str
    movie_start_s: float
    movie_end_s: float
    movie_start_frame: int
    speed: float
    mirrored: bool
    crop: Rect
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of the commentary and the line in a movie that it shows.

    Commentary frame ``f`` in ``[start_frame, end_frame)`` shows the movie frame that is on screen
    at ``movie_start_s + speed * (t(f) - t(start_frame))``. Every ``movie…`` field is None where the
    stretch comes from no movie of the library.
    """

    start_frame: int
    end_frame: int
    start_s: float
    end_s: float
    movie: str | None = None
    """File name of the movie; key into :attr:`MatchResult.movies`."""
    movie_start_s: float | None = None
    movie_end_s: float | None = None
    movie_start_frame: int | None = None
    speed: float = 1.0
    """Source seconds per commentary second; 0 for a freeze frame."""
    mirrored: bool = False
    crop: Rect = FULL_FRAME
    """What the commentary shows, in fractions of the movie's content rectangle."""
    pane: Rect = FULL_FRAME
    """Where the picture stands in the commentary's, in fractions of its content rectangle: a part
    of it in a split screen."""
    similarity: float = 0.0
    """Mean normalised correlation of the signatures, 0 to 1."""
    certainty: float = 0.0
    """Standard deviations by which picture and motion are beyond what chance makes alike."""
    confidence: float = 0.0
    """Probability that the place is right within three frames."""
    tier: Tier = Tier.UNMATCHED
    offset_slack_s: tuple[float, float] = (0.0, 0.0)
    """How far the source may slide earlier (≤ 0) and later (≥ 0) and fit as well: static shots, and
    slow zooms and pans, where another crop makes up for it."""
    still_slack_s: tuple[float, float] = (0.0, 0.0)
    """The same under this very crop: how long the picture stands."""
    dissolve_in_frames: int = 0
    """Frames over which the segment before dissolves into this one; the boundary is the middle."""
    alternatives: tuple[Alternative, ...] = ()
    ambiguous: bool = False
    """True where an alternative explains the stretch as well as the place chosen."""
    corrected: Action | None = None
    """What a person last did to it; None where it stands as it was found."""
    caption: str | None = None
    """What the commentary's picture shows, in words; None where none were made."""
    movie_caption: str | None = None
    """What the movie shows there, in words; None where none were made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A change that a person made, with what is needed to take it back."""

    action: Action
    segment: int
    """Number of the segment when it was made, from 1."""
    made: str
    """When, in UTC: ``"2026-11-27T02:20:18Z"``."""
    before: tuple[Segment, ...]
    """The segments that were changed: a run of the commentary without gap."""
    after: tuple[Segment, ...]
    """What took their place, over the same frames."""
    undone: bool = False
    panes_before: tuple[Segment, ...] | None = None
    """All other panes as they were before, where they were changed, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCorrection:
    """A change that was made in a result which this one replaces: what is remembered of it."""

    action: Action
    segment: int
    """Number of the segment in that result, from 1."""
    made: str
    start_frame: int
    end_frame: int
    undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MovieRef:
    """A movie as a result names it."""

    name: str
    path: str
    """Where the movie was when it was indexed."""
    index: str
    """The ``.idx`` file that was searched."""
    fingerprint: str
    duration_s: float
    frame_rate: Fraction
    width_px: int
    height_px: int
    content: PixelRect
    """The picture without letterbox or pillarbox, in displayed pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenWord:
    """A word and when it is spoken, in seconds of the commentary."""

    start_s: float
    end_s: float
    text: str
    """As it stands in its line, with the space before it: not every language has any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptLine:
    """What is spoken in one go, in seconds of the commentary."""

    start_s: float
    end_s: float
    text: str
    words: tuple[SpokenWord, ...] = ()
    """In order; empty where only the line's own times are known."""

    def spoken(self, start_s: float, end_s: float) -> str:
        """The words of which the middle lies in ``[start_s, end_s)``, else none or all of them."""
        words = self.words or (SpokenWord(start_s=self.start_s, end_s=self.end_s, text=self.text),)
        chosen = (w.text for w in words if start_s <= (w.start_s + w.end_s) / 2 < end_s)
        return "".join(chosen).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlikeStretch:
    """Frames of a finished video that do not look like the commentary's."""

    start_frame: int
    end_frame: int
    likeness: float | None
    """Mean correlation; None where none could be measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedVideo:
    """What the self-check found of the video that was rendered last."""

    path: str
    edit: str
    """:attr:`MatchResult.edit` as it was rendered."""
    frames: int
    frames_expected: int
    """Frames of the commentary."""
    likeness: float | None
    """Mean correlation of all frames that could be measured."""
    floor: float
    """Correlation below which a segment is named."""
    unlike: tuple[UnlikeStretch, ...] = ()
    """The segments below it, in order, as they stood then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResult:
    """All that is known of one commentary."""

    commentary: str
    """Path of the commentary."""
    commentary_fingerprint: str
    duration_s: float
    frame_rate: Fraction
    frames: int
    width_px: int
    height_px: int
    content: PixelRect
    """Where the movie's picture stands in the commentary's frame."""
    segments: tuple[Segment, ...]
    """In commentary order, without gap or overlap, unmatched stretches included. Of a split screen,
    the pane of which most was found."""
    movies: tuple[MovieRef, ...]
    encoders: tuple[str, ...] = ("builtin",)
    settings: Mapping[str, Any] = field(default_factory=dict)
    timings_s: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What the user must know: thresholds relaxed, damage met, other things used than asked for."""
    transcript: tuple[TranscriptLine, ...] = ()
    """What is spoken in the commentary, by start; empty where nothing was, or was not asked for."""
    corrections: tuple[Correction, ...] = ()
    """What people changed, in the order in which they did; the segments hold it already."""
    past_corrections: tuple[PastCorrection, ...] = ()
    """What people changed in results that this one replaces, in order; those that were kept stand
    in ``corrections``, too."""
    pane_segments: tuple[Segment, ...] = ()
    """What the other panes of split screens show, by start: each within the frames of segments
    that have a pane, too."""
    version: str = ""
    finished: FinishedVideo | None = None
    """The video that was made of it; None where there is none yet."""

    @property
    def outdated(self) -> bool:
        """True where the video shows another edit than the result names now."""
        return self.finished is not None and self.finished.edit != self.edit

    @property
    def edit(self) -> str:
        """Fingerprint of what a video of this result shows, to a microsecond."""
        places = []
        for s in (*self.segments, *self.pane_segments):
            numbers = [s.movie_start_s or 0.0, s.speed, *s.crop.as_list(), *s.pane.as_list()]
            rounded = [round(float(number), 6) for number in numbers]
            frames = int(s.start_frame), int(s.end_frame)
            places.append((*frames, s.movie, bool(s.mirrored), *rounded))
        return hashlib.sha256(repr(places).encode()).hexdigest()

    @property
    def shown(self) -> tuple[Segment, ...]:
        """All that is shown of movies: segments that were found, then the panes beside them."""
        found = (segment for segment in self.segments if segment.movie is not None)
        return (*found, *(pane for _, pane in self.numbered_panes))

    @property
    def numbered_panes(self) -> tuple[tuple[int, Segment], ...]:
        """What other panes show, each with the number, from 1, of the first segment beside it.

        What stands beside none, as after a correction, is left out.
        """
        first: dict[int, tuple[int, Segment]] = {}
        for number, segment in enumerate(self.segments, start=1):
            for pane in self.panes_beside(segment):
                first.setdefault(id(pane), (number, pane))
        return tuple(first.values())

    def panes_beside(self, segment: Segment) -> tuple[Segment, ...]:
        """What other panes show while a segment is on screen that is a pane of a split screen."""
        if segment.pane == FULL_FRAME:
            return ()
        return tuple(
            other
            for other in self.pane_segments
            if other.start_frame < segment.end_frame and segment.start_frame < other.end_frame
        )

    def spoken_in(self, segment: Segment) -> str:
        """What is spoken during a segment; every word belongs to the segment of its middle."""
        lines = (line.spoken(segment.start_s, segment.end_s) for line in self.transcript)
        return " ".join(text for text in lines if text)
