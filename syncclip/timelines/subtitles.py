"""The edit as subtitles: for each stretch where it comes from, to watch over the commentary."""

from __future__ import annotations

from collections.abc import Iterator

from syncclip._subtitles import format_subtitles
from syncclip.result import TranscriptLine
from syncclip.timelines.cuts import Cut, rows, sequence_markers
from syncclip.timelines.model import Edit
from syncclip.timelines.timecode import format_timecode

__all__ = ["to_srt"]


def to_srt(edit: Edit) -> str:
    """One subtitle a segment: movie, source timecode, how sure, and how it was edited."""
    return format_subtitles(sorted(_lines(edit), key=lambda line: line.start_s), "srt")


def _lines(edit: Edit) -> Iterator[TranscriptLine]:
    rate, movie = edit.commentary.rate, rows(edit)[0]
    starts = [*(cut.start for cut in movie.cuts), movie.frames]
    for cut in movie.cuts:
        yield TranscriptLine(
            start_s=float(cut.start / rate), end_s=float(cut.end / rate), text=_text(cut)
        )
    for marker in sequence_markers(edit):
        end = min(start for start in starts if start > marker.at)
        yield TranscriptLine(
            start_s=float(marker.at / rate), end_s=float(end / rate), text=marker.text
        )


def _text(cut: Cut) -> str:
    media = cut.media
    at = format_timecode(media.start_frame + cut.position, media.rate, drop=media.drop_frame)
    note = cut.markers[0].text if cut.markers else f"#{cut.number}"
    return f"{media.name} {at}  {note}"
