"""The clips of an edit as exact records: what the writers of other formats go by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from syncclip.timelines.media import Media
from syncclip.timelines.model import KEY, Edit, opentimelineio
from syncclip.types import FULL_FRAME, PixelRect, Rect

if TYPE_CHECKING:
    from opentimelineio.schema import Track

__all__ = ["Cut", "Marker", "Row", "rows", "sequence_markers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A note at one place."""

    text: str
    colour: str
    """OpenTimelineIO's name."""
    at: int
    """Record frame."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cut:
    """A clip over record frames ``[start, end)``."""

    name: str
    number: int
    """Of the segment, from 1; 0 for the commentary itself."""
    rank: int
    """Of the alternative that it is to the segment, from 1; 0 for the segment and its panes."""
    start: int
    end: int
    media: Media
    position: int
    """First source frame, counted from the file's first at its nominal rate."""
    source_s: float
    """Seconds of the file shown at the start, finer than a frame."""
    speed: float
    mirrored: bool
    crop: Rect
    """Part of the media's content rectangle that the commentary shows."""
    pane_px: PixelRect | None
    """Where it stands in the sequence's picture, as a pane of a split screen; None elsewhere."""
    colour: str | None
    enabled: bool
    markers: tuple[Marker, ...]

    @property
    def frames(self) -> int:
        """Length in record frames."""
        return self.end - self.start

    def source_frames(self, record_rate: Fraction) -> int:
        """Source frames that play while the clip does, at least one."""
        if self.speed == 1 and self.media.rate == record_rate:
            return self.frames
        exact = Fraction(self.frames) / record_rate * Fraction(self.speed) * self.media.rate
        return max(1, round(exact))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """A track and its clips in order; what lies between them is empty."""

    name: str
    video: bool
    enabled: bool
    frames: int
    """Record length of the track."""
    cuts: tuple[Cut, ...]


def rows(edit: Edit) -> list[Row]:
    """Every track of the timeline, from below."""
    return [_row(track, edit) for track in edit.timeline.tracks]


def sequence_markers(edit: Edit) -> list[Marker]:
    """Markers on the timeline itself."""
    return [
        Marker(text=m.name, colour=m.color, at=round(m.marked_range.start_time.value))
        for m in edit.timeline.tracks.markers
    ]


def _row(track: Track, edit: Edit) -> Row:
    otio = opentimelineio()
    cuts, at = [], 0
    for item in track:
        length = round(item.source_range.duration.value)
        if isinstance(item, otio.schema.Clip):
            cuts.append(_cut(item, at, length, edit))
        at += length
    return Row(
        name=track.name,
        video=track.kind == otio.schema.TrackKind.Video,
        enabled=track.enabled,
        frames=at,
        cuts=tuple(cuts),
    )


def _cut(clip: Any, at: int, length: int, edit: Edit) -> Cut:  # noqa: ANN401 - a library without types
    facts = clip.metadata[KEY]
    media = edit.media[facts["movie"]]
    position = round(clip.source_range.start_time.value) - media.start_frame
    return Cut(
        name=clip.name,
        number=facts["segment"],
        rank=facts.get("alternative", 0),
        start=at,
        end=at + length,
        media=media,
        position=position,
        source_s=facts.get("movie_start_s", media.first_s),
        speed=facts.get("speed", 1.0),
        mirrored=facts.get("mirrored", False),
        crop=Rect(*facts["crop"]) if "crop" in facts else FULL_FRAME,
        pane_px=PixelRect(*facts["pane_px"]) if "pane_px" in facts else None,
        colour=clip.markers[0].color if clip.markers else None,
        enabled=clip.enabled,
        markers=tuple(_markers(clip, at)),
    )


def _markers(clip: Any, at: int) -> Iterator[Marker]:  # noqa: ANN401
    for marker in clip.markers:
        yield Marker(text=marker.name, colour=marker.color, at=at)
