"""A result as an OpenTimelineIO timeline: the model that every other format is written from.

Tracks from below: the movie, tracks for the further panes of split screens (disabled: whoever wants
them shrinks each into its place; only MLT has them there), one for each rank of alternative
(disabled), the commentary as a reference (disabled), the narration. Record times are whole frames
of the commentary's rate; a clip's start is a whole frame of its movie's rate. What OpenTimelineIO
has no field for stands in each clip's ``metadata["syncclip"]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from syncclip.errors import MissingDependencyError
from syncclip.result import Alternative, MatchResult, Segment, TranscriptLine
from syncclip.timelines.labels import COLOURS, describe, place_title
from syncclip.timelines.media import Media
from syncclip.types import FULL_FRAME, PixelRect, Rect

if TYPE_CHECKING:
    from opentimelineio.schema import Clip, Gap, Timeline, Track

__all__ = ["KEY", "Edit", "build_edit", "opentimelineio"]

KEY = "syncclip"
"""Of the metadata."""

_Numbered = tuple[int, Segment]
"""A segment of another pane, and the number of the one that it stands beside."""


def opentimelineio() -> Any:  # noqa: ANN401 - a module without types
    """The library, imported on first use.

    Raises:
        MissingDependencyError: Where it is not installed.
    """
    try:
        import opentimelineio as otio
    except ImportError as error:
        raise MissingDependencyError("opentimelineio", extra="timelines") from error
    return otio


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edit:
    """A timeline with the files that it refers to."""

    timeline: Timeline
    commentary: Media
    movies: Mapping[str, Media]
    """By the name that clips' media references carry."""
    width_px: int
    """Size of the sequence's picture."""
    height_px: int
    framing: Literal["movie", "commentary"]
    """Whether crops and mirrors are switched on."""
    drop_frame: bool
    """Whether record timecode is drop-frame."""
    transcript: tuple[TranscriptLine, ...] = ()
    """What is spoken, by seconds of the commentary's file."""

    @property
    def media(self) -> dict[str, Media]:
        """Every file by name; the commentary's stands under the empty name."""
        return {"": self.commentary, **self.movies}


def build_edit(
    result: MatchResult,
    *,
    commentary: Media,
    movies: Mapping[str, Media],
    size_px: tuple[int, int],
    framing: Literal["movie", "commentary"] = "movie",
    drop_frame: bool = False,
    pane_box: Callable[[Rect], PixelRect] | None = None,
) -> Edit:
    """Lay a result out as a timeline.

    Args:
        result: What was matched.
        commentary: The commentary's file.
        movies: Files of every movie that a segment or an alternative names.
        size_px: Width and height of the sequence.
        framing: ``"commentary"`` switches crops and mirrors on; ``"movie"`` leaves them off, there
            for whoever wants them.
        drop_frame: Drop-frame record timecode, where the commentary's rate has it.
        pane_box: Where the finished video has a pane, in pixels of the sequence; by default in
            proportion to the whole picture.

    Raises:
        MissingDependencyError: Where OpenTimelineIO is not installed.
    """
    pane_box = pane_box or PixelRect(0, 0, *size_px).part
    builder = _Builder(result, commentary, movies, framing, pane_box)
    return Edit(
        timeline=builder.timeline(drop_frame),
        commentary=commentary,
        movies=movies,
        width_px=size_px[0],
        height_px=size_px[1],
        framing=framing,
        drop_frame=drop_frame,
        transcript=result.transcript,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A line in a movie, of a segment or of an alternative to it."""

    movie: str
    start_s: float
    speed: float
    mirrored: bool
    crop: Rect


class _Builder:
    """Makes the timeline of one result."""

    def __init__(
        self,
        result: MatchResult,
        commentary: Media,
        movies: Mapping[str, Media],
        framing: str,
        pane_box: Callable[[Rect], PixelRect],
    ) -> None:
        self._otio = opentimelineio()
        self._result = result
        self._commentary = commentary
        self._movies = movies
        self._effects_on = framing == "commentary"
        self._pane_box = pane_box

    def timeline(self, drop_frame: bool) -> Timeline:
        """All tracks."""
        schema, result = self._otio.schema, self._result
        timeline = schema.Timeline(name=self._commentary.path.stem)
        timeline.global_start_time = self._record(0)
        timeline.metadata[KEY] = {
            "record_rate": str(self._commentary.rate),
            "drop_frame": drop_frame,
            "variable_rate": sorted(m.name for m in self._movies.values() if not m.constant),
        }
        kinds = schema.TrackKind
        tracks = [self._track("Movie", kinds.Video, self._main())]
        beside = [(number, self._beside(pane)) for number, pane in result.numbered_panes]
        for number, panes in enumerate(_layers(beside), start=1):
            track = self._track(f"Panes {number}", kinds.Video, self._panes(panes))
            track.enabled = False
            tracks.append(track)
        ranks = max((len(s.alternatives) for s in result.segments), default=0)
        for rank in range(ranks):
            track = self._track(f"Alternatives {rank + 1}", kinds.Video, self._others(rank))
            track.enabled = False
            tracks.append(track)
        reference = self._track("Commentary (reference)", kinds.Video, [self._reference(False)])
        reference.enabled = False
        tracks.append(reference)
        if self._commentary.audio_channels:
            tracks.append(self._track("Narration", kinds.Audio, [self._reference(True)]))
        timeline.tracks.extend(tracks)
        timeline.tracks.markers.extend(self._gap_markers())
        return timeline

    def _track(self, name: str, kind: str, items: Any) -> Track:  # noqa: ANN401
        track = self._otio.schema.Track(name=name, kind=kind)
        track.extend(list(items))
        return track

    def _main(self) -> Iterator[Clip | Gap]:
        for number, segment, _, frames in self._spans():
            if segment.movie is None or segment.movie_start_s is None:
                yield self._gap(frames)
                continue
            clip = self._clip(number, _place(segment), frames, self._facts(segment))
            colour = COLOURS[segment.tier]
            clip.color = getattr(self._otio.core.Color, colour)
            text = describe(number, segment, self._result)
            clip.markers.append(self._marker(text, colour, clip.source_range.start_time))
            yield clip

    def _panes(self, panes: Sequence[_Numbered]) -> Iterator[Clip | Gap]:
        """Panes that follow each other, each with the number of the segment that it is beside."""
        at = 0
        for number, pane in panes:
            start, end = map(self._commentary.edge, (pane.start_frame, pane.end_frame))
            if end <= max(start, at):
                continue
            if start > at:
                yield self._gap(start - at)
            clip = self._clip(number, _place(pane), end - start, self._facts(pane))
            clip.enabled = False
            text = describe(number, pane, self._result)
            clip.markers.append(
                self._marker(text, COLOURS[pane.tier], clip.source_range.start_time)
            )
            yield clip
            at = end
        if at < (total := self._commentary.edge(self._result.frames)):
            yield self._gap(total - at)

    def _beside(self, pane: Segment) -> Segment:
        """A pane as far as split screens reach: corrections move the edges of one pane alone."""
        split = [s for s in self._result.segments if pane in self._result.panes_beside(s)]
        start = max(pane.start_frame, split[0].start_frame)
        end = min(pane.end_frame, split[-1].end_frame)
        assert pane.movie_start_s is not None
        later_s = float((start - pane.start_frame) / self._commentary.rate)
        start_s = pane.movie_start_s + pane.speed * later_s
        return replace(pane, start_frame=start, end_frame=end, movie_start_s=start_s)

    def _others(self, rank: int) -> Iterator[Clip | Gap]:
        """The alternatives of one rank, each over its segment."""
        for number, segment, _, frames in self._spans():
            if rank >= len(segment.alternatives):
                yield self._gap(frames)
                continue
            other = segment.alternatives[rank]
            facts = {"alternative": rank + 1, "similarity": other.similarity}
            clip = self._clip(number, _place(other), frames, facts)
            clip.enabled = False
            yield clip

    def _spans(self) -> Iterator[tuple[int, Segment, int, int]]:
        """Number, segment, record start and length; those without a tick of their own left out."""
        for number, segment in enumerate(self._result.segments, start=1):
            start = self._commentary.edge(segment.start_frame)
            frames = self._commentary.edge(segment.end_frame) - start
            if frames > 0:
                yield number, segment, start, frames

    def _clip(self, number: int, place: _Place, frames: int, facts: dict[str, Any]) -> Clip:
        media = self._movies[place.movie]
        frame = media.frame_at(place.start_s)
        start = media.start_frame + media.position(frame)
        clip = self._media_clip(place_title(number, media.name), media, start, frames)
        clip.effects.extend(self._effects(place))
        clip.metadata[KEY] = {
            "segment": number,
            "movie": place.movie,
            "movie_frame": frame,
            "movie_start_s": place.start_s,
            "speed": place.speed,
            "mirrored": place.mirrored,
            "crop": place.crop.as_list(),
            **facts,
        }
        return clip

    def _facts(self, segment: Segment) -> dict[str, Any]:
        """What is known of a segment, for its clip."""
        facts = {
            "tier": segment.tier.value,
            "confidence": segment.confidence,
            "similarity": segment.similarity,
            "ambiguous": segment.ambiguous,
            "commentary_frames": [segment.start_frame, segment.end_frame],
        }
        if segment.pane == FULL_FRAME:
            return facts
        box = self._pane_box(segment.pane)
        return {**facts, "pane": segment.pane.as_list(), "pane_px": [box.x, box.y, box.w, box.h]}

    def _effects(self, place: _Place) -> Iterator[Any]:
        schema = self._otio.schema
        if place.speed == 0:
            yield schema.FreezeFrame()
        elif place.speed != 1:
            yield schema.LinearTimeWarp(time_scalar=place.speed)
        if place.crop != FULL_FRAME:
            yield self._effect("Crop", {"crop": place.crop.as_list()})
        if place.mirrored:
            yield self._effect("Mirror", {"axis": "horizontal"})

    def _effect(self, name: str, facts: dict[str, Any]) -> Any:  # noqa: ANN401
        effect = self._otio.schema.Effect(name=name, effect_name=name, metadata={KEY: facts})
        effect.enabled = self._effects_on
        return effect

    def _reference(self, sound: bool) -> Clip:
        media = self._commentary
        clip = self._media_clip(media.name, media, media.start_frame, media.duration_frames)
        clip.enabled = sound
        clip.metadata[KEY] = {"segment": 0, "movie": ""}
        return clip

    def _media_clip(self, name: str, media: Media, start: int, frames: int) -> Clip:
        opentime, schema = self._otio.opentime, self._otio.schema

        def at_own_rate(value: int) -> Any:  # noqa: ANN401
            return opentime.RationalTime(value, float(media.rate))

        reference = schema.ExternalReference(
            target_url=media.path.absolute().as_uri(),
            available_range=opentime.TimeRange(
                at_own_rate(media.start_frame), at_own_rate(media.duration_frames)
            ),
            metadata={"cmx_3600": {"reel": media.reel}, KEY: {"rate": str(media.rate)}},
        )
        reference.name = media.name
        return schema.Clip(
            name=name,
            media_reference=reference,
            source_range=opentime.TimeRange(at_own_rate(start), self._record(frames)),
        )

    def _gap(self, frames: int) -> Gap:
        span = self._otio.opentime.TimeRange(self._record(0), self._record(frames))
        return self._otio.schema.Gap(source_range=span)

    def _gap_markers(self) -> Iterator[Any]:
        for number, segment, start, _ in self._spans():
            if segment.movie is None:
                text = describe(number, segment, self._result)
                yield self._marker(text, COLOURS[segment.tier], self._record(start))

    def _marker(self, text: str, colour: str, start: Any) -> Any:  # noqa: ANN401
        opentime = self._otio.opentime
        one = opentime.RationalTime(1, start.rate)
        span = opentime.TimeRange(start, one)
        return self._otio.schema.Marker(name=text, color=colour, marked_range=span)

    def _record(self, frames: int) -> Any:  # noqa: ANN401
        return self._otio.opentime.RationalTime(frames, float(self._commentary.rate))


def _layers(panes: Sequence[_Numbered]) -> list[list[_Numbered]]:
    """Panes on as few tracks as hold them without overlap."""
    tracks: list[list[_Numbered]] = []
    for number, pane in sorted(panes, key=lambda each: each[1].start_frame):
        free = (track for track in tracks if track[-1][1].end_frame <= pane.start_frame)
        track = next(free, None)
        if track is None:
            tracks.append(track := [])
        track.append((number, pane))
    return tracks


def _place(source: Segment | Alternative) -> _Place:
    assert source.movie is not None
    assert source.movie_start_s is not None
    return _Place(
        movie=source.movie,
        start_s=source.movie_start_s,
        speed=source.speed,
        mirrored=source.mirrored,
        crop=source.crop,
    )
