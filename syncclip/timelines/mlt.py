"""MLT XML: played and rendered by ``melt``, opened by Shotcut, taken as a clip by Kdenlive.

Written here and not by otio-mlt-adapter, which keeps the source length of a retimed clip, starts
it at the wrong frame, and cannot leave a track dark. Clips whose rate or speed differs from the
sequence's, or whose frames do not follow each other one by one in the finished video, go through
MLT's *timeremap* link, which takes movie time in seconds: measured with melt 7.12, its pictures are
the finished video's frame for frame, while the *timewarp* producer counts the start in frames
already retimed and is one frame off in up to every frame.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from syncclip.timelines._xml import child, to_text
from syncclip.timelines.cuts import Cut, Row, rows, sequence_markers
from syncclip.timelines.instants import Instants
from syncclip.timelines.mlt_picture import add_filters, set_properties
from syncclip.timelines.model import Edit

__all__ = ["to_mlt"]

COLOURS = {"GREEN": "#00a000", "CYAN": "#00a0c0", "YELLOW": "#e0a000", "RED": "#e00000"}


def to_mlt(edit: Edit) -> str:
    """The project as text."""
    return _Writer(edit).text()


class _Writer:
    def __init__(self, edit: Edit) -> None:
        self._edit = edit
        self._rate = edit.commentary.rate
        self._root = ET.Element("mlt", LC_NUMERIC="C", producer="main", title=edit.timeline.name)
        self._clips = 0

    def text(self) -> str:
        tracks = rows(self._edit)
        self._add_profile()
        self._add_background(tracks[0].frames)
        for number, row in enumerate(tracks):
            self._add_playlist(f"playlist{number}", row)
        self._add_main(tracks)
        return to_text(self._root)

    def _add_profile(self) -> None:
        edit = self._edit
        child(
            self._root,
            "profile",
            description="SyncClip",
            width=edit.width_px,
            height=edit.height_px,
            progressive=1,
            sample_aspect_num=1,
            sample_aspect_den=1,
            display_aspect_num=edit.width_px,
            display_aspect_den=edit.height_px,
            frame_rate_num=self._rate.numerator,
            frame_rate_den=self._rate.denominator,
            colorspace=709 if edit.height_px > 576 else 601,
        )

    def _add_background(self, frames: int) -> None:
        producer = child(self._root, "producer", id="black", in_=0, out=frames - 1)
        set_properties(producer, length=frames, eof="pause", resource="0", mlt_service="color")
        playlist = child(self._root, "playlist", id="background")
        child(playlist, "entry", producer="black", in_=0, out=frames - 1)

    def _add_playlist(self, key: str, row: Row) -> None:
        entries: list[tuple[Cut, str, int]] = []
        for cut in row.cuts:
            identity, first = self._add_chain(cut, row)
            entries.append((cut, identity, first))
        playlist = child(self._root, "playlist", id=key)
        set_properties(playlist, **{"shotcut:name": row.name, f"shotcut:{_kind(row)}": 1})
        at = 0
        for cut, identity, first in entries:
            if cut.start > at:
                child(playlist, "blank", length=cut.start - at)
            child(playlist, "entry", producer=identity, in_=first, out=first + cut.frames - 1)
            at = cut.end
        if row.frames > at:
            child(playlist, "blank", length=row.frames - at)

    def _add_chain(self, cut: Cut, row: Row) -> tuple[str, int]:
        """A clip's source, its identity, and the frame of it that the clip starts with."""
        self._clips += 1
        identity = f"chain{self._clips}"
        media = cut.media
        instants = Instants(cut, self._edit.commentary)
        plain = instants.plain
        whole = max(media.duration_frames, cut.position + cut.frames)
        length = whole if plain else cut.frames
        chain = child(self._root, "chain", id=identity, in_=0, out=length - 1)
        set_properties(
            chain,
            length=length,
            eof="pause",
            resource=_path(media.path),
            mlt_service="avformat-novalidate",
            **{"shotcut:caption": cut.name},
        )
        if cut.markers:
            set_properties(chain, **{"shotcut:comment": cut.markers[0].text})
        if not plain:
            _add_time_map(chain, instants)
        if row.video:
            add_filters(chain, cut, self._edit, mapped=not plain)
        return identity, cut.position if plain else 0

    def _add_main(self, tracks: list[Row]) -> None:
        length = tracks[0].frames
        tractor = child(self._root, "tractor", id="main", in_=0, out=length - 1)
        set_properties(tractor, shotcut=1, **{"shotcut:projectAudioChannels": 2})
        self._add_markers(tractor, tracks[0])
        child(tractor, "track", producer="background")
        for number, row in enumerate(tracks):
            # The picture's own sound is muted: the narration is on a track of its own.
            shown = "audio" if row.video else "video"
            child(
                tractor,
                "track",
                producer=f"playlist{number}",
                hide=shown if row.enabled or _has_panes(row) else "both",
            )
        self._add_compositing(tractor, tracks)
        for number, row in enumerate(tracks, start=1):
            if not row.video:
                mix = child(tractor, "transition")
                set_properties(
                    mix, mlt_service="mix", a_track=0, b_track=number, always_active=1, sum=1
                )

    def _add_compositing(self, tractor: ET.Element, tracks: list[Row]) -> None:
        """Lay split screens together: what is around a pane lets the tracks below through."""
        if not any(_has_panes(row) for row in tracks):
            return
        for number, row in enumerate(tracks, start=1):
            if row.video and (row.enabled or _has_panes(row)):
                join = child(tractor, "transition")
                laid = {"a_track": 0, "b_track": number, "always_active": 1}
                middle = {"halign": "centre", "valign": "centre"}
                set_properties(join, mlt_service="composite", progressive=1, **laid, **middle)

    def _add_markers(self, tractor: ET.Element, row: Row) -> None:
        cut_markers = (marker for cut in row.cuts for marker in cut.markers)
        markers = sorted([*sequence_markers(self._edit), *cut_markers], key=lambda each: each.at)
        listed = child(tractor, "properties", name="shotcut:markers")
        for number, marker in enumerate(markers):
            at = self._clock(marker.at)
            facts = child(listed, "properties", name=number)
            set_properties(facts, text=marker.text, start=at, end=at, color=COLOURS[marker.colour])

    def _clock(self, frame: int) -> str:
        """``hh:mm:ss.mmm``, as MLT writes times."""
        milliseconds = round(frame / self._rate * 1000)
        minutes, rest = divmod(milliseconds, 60_000)
        hours, minutes = divmod(minutes, 60)
        return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def _add_time_map(chain: ET.Element, instants: Instants) -> None:
    """Movie seconds over the clip's frames."""
    keys = ";".join(f"{frame}={seconds:.9f}" for frame, seconds in instants.keys().items())
    link = child(chain, "link")
    # "map" is the name up to MLT 7.12, "time_map" since.
    set_properties(link, mlt_service="timeremap", map=keys, time_map=keys, image_mode="nearest")


def _has_panes(row: Row) -> bool:
    return any(cut.pane_px is not None for cut in row.cuts)


def _kind(row: Row) -> str:
    return "video" if row.video else "audio"


def _path(path: Path) -> str:
    return str(path.absolute())
