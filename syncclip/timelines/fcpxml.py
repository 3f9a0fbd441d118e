"""Final Cut Pro XML 1.10 (fcpxml), which Final Cut Pro and DaVinci Resolve import.

Written here and not by otio-fcpx-xml-adapter, which reads and writes whole frame rates only (23.976
becomes 23), and has neither retimes nor crops nor disabled clips. All times are fractions of a
second, so nothing is rounded: a retimed clip starts between two frames where the match does.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from fractions import Fraction

from syncclip.timelines._xml import child, to_text
from syncclip.timelines.cuts import Cut, Marker, Row, rows, sequence_markers
from syncclip.timelines.media import Media
from syncclip.timelines.model import Edit
from syncclip.types import FULL_FRAME

__all__ = ["to_fcpxml"]

VERSION = "1.10"
CONFORM_RATES = {
    "23.98", "24", "25", "29.97", "30", "60", "47.95", "48", "50", "59.94",
}  # fmt: skip
"""Source rates that the format has names for."""
TIMESCALE = 720_000
"""Ticks in a second of movie times that lie between frames: the format keeps denominators in 32
bits."""
FREEZE_S = Fraction(1, 1000)
"""A time map needs two values: a freeze frame moves by less than a frame."""


def to_fcpxml(edit: Edit) -> str:
    """The project as text."""
    return _Writer(edit).text()


class _Writer:
    def __init__(self, edit: Edit) -> None:
        self._edit = edit
        self._rate = edit.commentary.rate
        self._formats: dict[tuple[object, ...], str] = {}
        self._assets: dict[str, str] = {}
        self._root = ET.Element("fcpxml", version=VERSION)
        self._resources = child(self._root, "resources")

    def text(self) -> str:
        edit, tracks = self._edit, rows(self._edit)
        form = self._format(self._rate, edit.width_px, edit.height_px, Fraction(1))
        for media in {each.name: each for each in edit.media.values()}.values():
            self._add_asset(media)
        event = child(self._root, "event", name="SyncClip")
        project = child(event, "project", name=edit.timeline.name)
        sequence = child(
            project,
            "sequence",
            format=form,
            duration=self._time(tracks[0].frames),
            tcStart="0s",
            tcFormat="DF" if edit.drop_frame else "NDF",
            audioLayout="stereo",
            audioRate="48k",
        )
        spine = child(sequence, "spine")
        items = self._fill_spine(spine, tracks[0])
        for lane, row in enumerate((row for row in tracks[1:] if row.video), start=1):
            self._attach(items, row, lane)
        for lane, row in enumerate((row for row in tracks[1:] if not row.video), start=1):
            self._attach(items, row, -lane)
        for marker in sequence_markers(edit):
            start, item = next(i for i in reversed(items) if i[0] <= marker.at)
            self._add_marker(item, marker, self._offset_in(item, marker.at - start))
        for _, item in items:
            _order(item)
        return to_text(self._root, doctype="fcpxml")

    def _format(self, rate: Fraction, width: int, height: int, aspect: Fraction) -> str:
        key = (rate, width, height, aspect)
        if key not in self._formats:
            self._formats[key] = f"r{len(self._formats) + 1}"
            child(
                self._resources,
                "format",
                id=self._formats[key],
                frameDuration=_seconds(1 / rate),
                width=width,
                height=height,
                paspH=None if aspect == 1 else aspect.numerator,
                paspV=None if aspect == 1 else aspect.denominator,
            )
        return self._formats[key]

    def _add_asset(self, media: Media) -> None:
        form = self._format(media.rate, media.width_px, media.height_px, media.sample_aspect)
        self._assets[media.name] = f"a{len(self._assets) + 1}"
        sound = media.audio_channels > 0
        asset = child(
            self._resources,
            "asset",
            id=self._assets[media.name],
            name=media.name,
            start=_seconds(media.start_frame / media.rate),
            duration=_seconds(media.duration_frames / media.rate),
            hasVideo=1,
            format=form,
            hasAudio=1 if sound else None,
            audioSources=1 if sound else None,
            audioChannels=media.audio_channels if sound else None,
            audioRate=media.audio_rate_hz if sound else None,
        )
        child(asset, "media-rep", kind="original-media", src=media.path.absolute().as_uri())
        facts = child(asset, "metadata")
        child(facts, "md", key="com.apple.proapps.studio.reel", value=media.reel)

    def _fill_spine(self, spine: ET.Element, row: Row) -> list[tuple[int, ET.Element]]:
        """The storyline: clips and gaps, with the record frame at which each starts."""
        items: list[tuple[int, ET.Element]] = []
        at = 0
        for cut in row.cuts:
            if cut.start > at:
                items.append((at, self._gap(spine, at, cut.start)))
            clip = self._clip(spine, cut, "video", offset=self._time(cut.start))
            items.append((cut.start, clip))
            at = cut.end
        if row.frames > at:
            items.append((at, self._gap(spine, at, row.frames)))
        return items

    def _gap(self, spine: ET.Element, start: int, end: int) -> ET.Element:
        return child(
            spine,
            "gap",
            name="Gap",
            offset=self._time(start),
            start="0s",
            duration=self._time(end - start),
        )

    def _attach(self, items: list[tuple[int, ET.Element]], row: Row, lane: int) -> None:
        """Hang the clips of a track on the storyline."""
        for cut in row.cuts:
            start, item = next(each for each in reversed(items) if each[0] <= cut.start)
            offset = self._offset_in(item, cut.start - start)
            clip = self._clip(item, cut, "video" if row.video else "audio", offset=offset)
            clip.set("lane", str(lane))
            if not row.enabled:
                clip.set("enabled", "0")

    def _offset_in(self, item: ET.Element, frames: int) -> str:
        """A place in an item, in its own time: that of its start attribute."""
        start = Fraction((item.get("start") or "0s").removesuffix("s"))
        return _seconds(start + frames / self._rate)

    def _clip(self, parent: ET.Element, cut: Cut, enable: str, *, offset: str) -> ET.Element:
        media = cut.media
        remapped = cut.speed != 1
        first_s = (media.start_frame + cut.position) / media.rate
        clip = child(
            parent,
            "asset-clip",
            ref=self._assets[media.name],
            name=cut.name,
            offset=offset,
            start="0s" if remapped else _seconds(first_s),
            duration=self._time(cut.frames),
            tcFormat="DF" if media.drop_frame else "NDF",
            srcEnable=enable,
            enabled=None if cut.enabled else 0,
        )
        if media.rate != self._rate:
            name = f"{float(media.rate):.2f}".removesuffix(".00")
            known = name if name in CONFORM_RATES else None
            child(clip, "conform-rate", scaleEnabled=0, srcFrameRate=known)
        if remapped:
            self._add_time_map(clip, cut)
        if enable == "video":
            self._add_picture(clip, cut)
        for marker in cut.markers:
            self._add_marker(clip, marker, clip.get("start") or "0s")
        return clip

    def _add_time_map(self, clip: ET.Element, cut: Cut) -> None:
        """Movie time over clip time, from the very second that the match says."""
        media = cut.media
        frame_s, period_s = cut.position / media.rate, 1 / media.rate
        within_s = Fraction(cut.source_s - media.first_s) - frame_s
        # A frame of variable rate has its place by time alone, where the line may not be in it.
        start_s = media.start_frame / media.rate + frame_s
        start_s += min(max(within_s, Fraction(0)), period_s * 9 / 10)
        length_s = cut.frames / self._rate
        moved_s = Fraction(cut.speed) * length_s if cut.speed else FREEZE_S
        start_s, end_s = (_tick(value) for value in (start_s, start_s + moved_s))
        points = child(clip, "timeMap", frameSampling="floor")
        child(points, "timept", time="0s", value=_seconds(start_s), interp="linear")
        child(points, "timept", time=_seconds(length_s), value=_seconds(end_s), interp="linear")

    def _add_picture(self, clip: ET.Element, cut: Cut) -> None:
        on = None if self._edit.framing == "commentary" else 0
        media = cut.media
        part = media.picture_part(cut.crop) if cut.number else FULL_FRAME
        cropped = cut.crop != FULL_FRAME or (on is None and part != FULL_FRAME)
        if cropped:
            # Sides in percent of the picture's height, as Final Cut Pro counts them.
            wide = float(media.width_px * media.sample_aspect) / media.height_px
            crop = child(clip, "adjust-crop", mode="crop", enabled=on)
            child(
                crop,
                "crop-rect",
                left=f"{100 * part.x * wide:.4f}",
                top=f"{100 * part.y:.4f}",
                right=f"{100 * max(0.0, 1 - part.x - part.w) * wide:.4f}",
                bottom=f"{100 * max(0.0, 1 - part.y - part.h):.4f}",
            )
        if cut.mirrored:
            child(clip, "adjust-transform", scale="-1 1", enabled=on)

    def _add_marker(self, item: ET.Element, marker: Marker, start: str) -> None:
        child(
            item,
            "marker",
            start=start,
            duration=_seconds(1 / self._rate),
            value=marker.text,
            completed=0 if marker.colour in ("YELLOW", "RED") else None,
        )

    def _time(self, frames: int) -> str:
        return _seconds(frames / self._rate)


_ORDER = (
    "note",
    "conform-rate",
    "timeMap",
    "adjust-crop",
    "adjust-transform",
    "asset-clip",
    "marker",
)


def _order(item: ET.Element) -> None:
    """Children in the order that the format's definition asks for."""
    item[:] = sorted(item, key=lambda each: _ORDER.index(each.tag))


def _tick(seconds: Fraction) -> Fraction:
    """The next tick of the fine timescale: never before the frame that is meant."""
    return Fraction(-(-seconds * TIMESCALE // 1), TIMESCALE)


def _seconds(value: Fraction | int) -> str:
    """``"1001/30000s"``."""
    value = Fraction(value)
    if value.denominator == 1:
        return f"{value.numerator}s"
    return f"{value.numerator}/{value.denominator}s"
