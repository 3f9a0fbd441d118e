"""What a file says of itself beside its picture: timecode, tape, sound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from syncclip.video._source import Source

__all__ = ["FileTags", "read_tags"]

_REEL_TAGS = ("reel_name", "reel", "tape", "tape_name", "com.apple.quicktime.reelname")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTags:
    """Tags of a video file that editing programs go by."""

    timecode: str | None
    """Start timecode as written, ``"01:00:00:00"``; a semicolon means drop-frame."""
    reel: str | None
    """Name of the tape or camera card that the file was read from."""
    audio_channels: int
    """Channels of the first sound stream; 0 where the file has none."""
    audio_rate_hz: int


def read_tags(path: str | Path) -> FileTags:
    """Read the tags of a file: its own, its video's, and those of a timecode track.

    Raises:
        VideoError: Where the file is not a video.
    """
    with Source(Path(path)) as source:
        streams = source.container.streams
        others = [stream.metadata for stream in streams if stream is not source.stream]
        tags = [source.stream.metadata, source.container.metadata, *others]
        sound = streams.audio[0] if streams.audio else None
        return FileTags(
            timecode=_first(tags, ("timecode",)),
            reel=_first(tags, _REEL_TAGS),
            audio_channels=sound.channels if sound is not None else 0,
            audio_rate_hz=sound.rate or 0 if sound is not None else 0,
        )


def _first(tags: Iterable[Mapping[str, str]], names: Iterable[str]) -> str | None:
    """The first tag of one of these names that says anything; tags in odd case count too."""
    lowered = [{key.lower(): value.strip() for key, value in each.items()} for each in tags]
    return next((each[name] for name in names for each in lowered if each.get(name)), None)
