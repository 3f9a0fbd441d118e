"""CMX 3600 edit decision list: one video track, gaps as black, the narration as sound.

Written here and not by otio-cmx3600-adapter, which divides a retimed clip's source by its speed
where it should multiply, gives source times at the record's rate whatever the file's own, writes
no drop-frame statement and puts clip names into M2 lines where the reel belongs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from syncclip.timelines.cuts import Cut, rows
from syncclip.timelines.media import Media
from syncclip.timelines.model import Edit
from syncclip.timelines.timecode import format_timecode, nominal_rate

__all__ = ["to_edl"]

REEL_LENGTH = 8
BLACK = "BL"


def to_edl(edit: Edit) -> str:
    """The list as text."""
    return _Writer(edit).text()


@dataclass(frozen=True, slots=True)
class _Event:
    reel: str
    channel: str
    source_in: str
    source_out: str
    record: tuple[int, int]
    comments: tuple[str, ...]


class _Writer:
    def __init__(self, edit: Edit) -> None:
        self._edit = edit
        self._rate = edit.commentary.rate
        tracks = rows(edit)
        self._main = tracks[0]
        self._others = [cut for row in tracks[1:] if row.video for cut in row.cuts if cut.number]
        self._sound = [row for row in tracks if not row.video]
        self._reels = _reels(edit.media)

    def text(self) -> str:
        mode = "DROP FRAME" if self._edit.drop_frame else "NON-DROP FRAME"
        lines = [f"TITLE: {_line(self._edit.timeline.name)}", f"FCM: {mode}", ""]
        for number, event in enumerate(self._events(), start=1):
            start, end = (self._record(frame) for frame in event.record)
            lines.append(
                f"{number:03}  {event.reel:<{REEL_LENGTH}} {event.channel:<5} C        "
                f"{event.source_in} {event.source_out} {start} {end}"
            )
            lines.extend(event.comments)
        return "\n".join(lines) + "\n"

    def _events(self) -> Iterator[_Event]:
        at = 0
        for cut in self._main.cuts:
            yield from self._black(at, cut.start)
            yield self._event(cut, "V")
            at = cut.end
        yield from self._black(at, self._main.frames)
        for row in self._sound:
            yield from (self._event(cut, "AA") for cut in row.cuts)

    def _black(self, start: int, end: int) -> Iterator[_Event]:
        if end > start:
            length = self._record(end - start)
            beside = [c for c in self._others if not c.rank and start <= c.start < end]
            comments = tuple(self._named("PANE", pane) for pane in beside)
            yield _Event(BLACK, "V", self._record(0), length, (start, end), comments)

    def _event(self, cut: Cut, channel: str) -> _Event:
        media, reel = cut.media, self._reels[cut.media.name]
        first = media.start_frame + cut.position
        last = first + (1 if cut.speed == 0 else cut.source_frames(self._rate))
        source_in, source_out = self._source(first, media), self._source(last, media)
        comments = [f"* FROM CLIP NAME:  {_line(media.name)}"]
        if cut.speed == 0:
            comments.append("* * FREEZE FRAME")
        if cut.speed != 1 or media.rate != self._rate:
            # Frames per second at which the source plays, as the tape machine is told.
            speed = float(cut.speed * media.rate)
            at = source_in.replace(";", ":")
            comments.insert(0, f"M2   {reel:<{REEL_LENGTH}}       {speed:05.1f}      {at}")
        if media.rate != self._rate:
            comments.append(f"* SOURCE FRAME RATE: {_decimal(media.rate)}")
            comments.append(f"* SOURCE FRAME: {cut.position}")
        comments.extend(self._notes(cut))
        return _Event(reel, channel, source_in, source_out, (cut.start, cut.end), tuple(comments))

    def _notes(self, cut: Cut) -> Iterator[str]:
        for marker in cut.markers:
            yield f"* LOC: {self._record(marker.at)} {marker.colour:<7} {_line(marker.text)}"
        for other in self._others:
            if other.number == cut.number:
                yield self._named("ALTERNATIVE" if other.rank else "PANE", other)

    def _named(self, what: str, cut: Cut) -> str:
        """A comment that names a place beside the one that is cut."""
        at = self._source(cut.media.start_frame + cut.position, cut.media)
        return f"* {what}: {self._reels[cut.media.name]} {at} {_line(cut.media.name)}"

    def _source(self, frame: int, media: Media) -> str:
        """Source timecode in the file's own frames where a list of this rate has as many."""
        rate = media.rate
        if nominal_rate(rate) > nominal_rate(self._rate):
            frame, rate = int(frame / rate * self._rate), self._rate
        return format_timecode(frame, rate, drop=media.drop_frame)

    def _record(self, frame: int) -> str:
        return format_timecode(frame, self._rate, drop=self._edit.drop_frame)


def _decimal(rate: Fraction) -> str:
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def _line(text: str) -> str:
    """Text that stays on one line and starts no comment of its own."""
    return " ".join(text.split())


def _reels(media: Mapping[str, Media]) -> dict[str, str]:
    """Reel names of eight letters and digits, one for each file."""
    reels: dict[str, str] = {}
    for each in media.values():
        if each.name in reels:
            continue
        name = re.sub(r"[^A-Z0-9]", "", each.reel.upper())[:REEL_LENGTH] or "REEL"
        taken = {*reels.values(), BLACK, "AX"}
        number = 1
        reel = name
        while reel in taken:
            number += 1
            reel = f"{name[: REEL_LENGTH - len(str(number))]}{number}"
        reels[each.name] = reel
    return reels
