"""Final Cut Pro 7 XML (xmeml 5), which Premiere Pro and DaVinci Resolve import.

Written here and not by otio-fcp-adapter, which drops effects (so retimes, crops and mirrors), the
``enabled`` flags that keep alternatives dark, and the sizes of files. That adapter reads what is
written here, in the tests.

A retimed clip counts in and out in frames of the retimed clip, as Apple's *Final Cut Pro XML
Interchange Format* has it: a clip at 200 % that starts at source frame 100 has in 50.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from fractions import Fraction

from syncclip.timelines._xml import child, clean, to_text
from syncclip.timelines.cuts import Cut, Marker, Row, rows, sequence_markers
from syncclip.timelines.media import Media
from syncclip.timelines.model import Edit
from syncclip.timelines.timecode import format_timecode, nominal_rate
from syncclip.types import FULL_FRAME

__all__ = ["to_fcp7"]

LABELS = {"GREEN": "Forest", "CYAN": "Caribbean", "YELLOW": "Mango", "RED": "Rose"}
"""Premiere's names of clip colours."""
FREEZE_PERCENT = 0.0


def to_fcp7(edit: Edit) -> str:
    """The project as text."""
    return _Writer(edit).text()


class _Writer:
    def __init__(self, edit: Edit) -> None:
        self._edit = edit
        self._rate = edit.commentary.rate
        self._told: set[str] = set()
        self._clips = 0

    def text(self) -> str:
        root = ET.Element("xmeml", version="5")
        edit, tracks = self._edit, rows(self._edit)
        sequence = child(root, "sequence", id="sequence-1")
        child(sequence, "name", edit.timeline.name)
        child(sequence, "duration", tracks[0].frames)
        _add_rate(sequence, self._rate)
        _add_timecode(sequence, 0, self._rate, drop=edit.drop_frame)
        media = child(sequence, "media")
        video = child(media, "video")
        self._add_format(video)
        for row in tracks:
            if row.video:
                self._add_track(video, row)
        audio = child(media, "audio")
        for row in tracks:
            if not row.video:
                self._add_track(audio, row)
        for marker in sequence_markers(edit):
            _add_marker(sequence, marker, at=marker.at)
        return to_text(root, doctype="xmeml")

    def _add_format(self, video: ET.Element) -> None:
        facts = child(child(video, "format"), "samplecharacteristics")
        _add_rate(facts, self._rate)
        child(facts, "width", self._edit.width_px)
        child(facts, "height", self._edit.height_px)
        child(facts, "pixelaspectratio", "square")
        child(facts, "fielddominance", "none")

    def _add_track(self, parent: ET.Element, row: Row) -> None:
        track = child(parent, "track")
        for cut in row.cuts:
            self._add_clip(track, cut, row)
        child(track, "enabled", _flag(row.enabled))
        child(track, "locked", "FALSE")

    def _add_clip(self, track: ET.Element, cut: Cut, row: Row) -> None:
        self._clips += 1
        item = child(track, "clipitem", id=f"clipitem-{self._clips}")
        first, last, whole = _in_out(cut, self._rate)
        child(item, "name", cut.media.name)
        child(item, "enabled", _flag(cut.enabled and row.enabled))
        child(item, "duration", whole)
        _add_rate(item, cut.media.rate)
        child(item, "start", cut.start)
        child(item, "end", cut.end)
        child(item, "in", first)
        child(item, "out", last)
        self._add_file(item, cut.media)
        if row.video:
            self._add_effects(item, cut)
        else:
            source = child(item, "sourcetrack")
            child(source, "mediatype", "audio")
            child(source, "trackindex", 1)
        for marker in cut.markers:
            _add_marker(item, marker, at=first)
        if cut.colour in LABELS:
            child(child(item, "labels"), "label2", LABELS[cut.colour])
        child(child(item, "logginginfo"), "lognote", cut.name)

    def _add_file(self, item: ET.Element, media: Media) -> None:
        """The file in full where it comes first, a reference to it later."""
        key = f"file-{[each.name for each in self._edit.media.values()].index(media.name) + 1}"
        file = child(item, "file", id=key)
        if key in self._told:
            return
        self._told.add(key)
        child(file, "name", media.name)
        child(file, "pathurl", media.path.absolute().as_uri())
        _add_rate(file, media.rate)
        child(file, "duration", media.duration_frames)
        code = _add_timecode(file, media.start_frame, media.rate, drop=media.drop_frame)
        child(child(code, "reel"), "name", media.reel)
        streams = child(file, "media")
        facts = child(child(streams, "video"), "samplecharacteristics")
        _add_rate(facts, media.rate)
        child(facts, "width", media.width_px)
        child(facts, "height", media.height_px)
        if media.audio_channels:
            audio = child(streams, "audio")
            facts = child(audio, "samplecharacteristics")
            child(facts, "samplerate", media.audio_rate_hz)
            child(audio, "channelcount", media.audio_channels)

    def _add_effects(self, item: ET.Element, cut: Cut) -> None:
        on = self._edit.framing == "commentary"
        if cut.speed != 1:
            _add_speed(item, cut)
        if cut.crop != FULL_FRAME:
            _add_crop(item, cut, on=on)
        if cut.mirrored:
            _add_effect(item, "Flop", "Flop", "video", "Perspective", on=on)
        self._add_motion(item, cut, on=on)

    def _add_motion(self, item: ET.Element, cut: Cut, *, on: bool) -> None:
        """Scale and place the picture: programs show a file at its own size otherwise."""
        media, edit = cut.media, self._edit
        fill = on and cut.number > 0
        part = media.picture_part(cut.crop) if fill else FULL_FRAME
        full_width = float(media.width_px * media.sample_aspect)
        ratios = (
            edit.width_px / (part.w * full_width),
            edit.height_px / (part.h * media.height_px),
        )
        scale = max(ratios) if fill else min(ratios)
        across = (0.5 - part.x - part.w / 2) * scale
        down = (0.5 - part.y - part.h / 2) * scale
        if abs(scale - 1) < 1e-9 and abs(across) < 1e-6 and abs(down) < 1e-6:
            return
        if fill and cut.mirrored:
            across = -across
        effect = _add_effect(item, "Basic Motion", "basic", "motion", "motion", on=True)
        _add_parameter(effect, "scale", "Scale", f"{100 * scale:.4f}")
        place = child(_add_parameter(effect, "center", "Center", None), "value")
        # Final Cut counts a picture's centre in widths and heights of the file from the middle.
        child(place, "horiz", f"{across:.6f}")
        child(place, "vert", f"{down:.6f}")


def _in_out(cut: Cut, record_rate: Fraction) -> tuple[int, int, int]:
    """In, out and length of the whole file, in frames of the clip as retimed."""
    media = cut.media
    length = round(Fraction(cut.frames) / record_rate * media.rate)
    if cut.speed in (0, 1):
        return cut.position, cut.position + max(1, length), media.duration_frames
    # The number whose source frame is the one wanted, where retimed frames lie close enough.
    speed = Fraction(cut.speed).limit_denominator(10**6)
    first = -(-Fraction(cut.position) // speed)
    return int(first), int(first) + max(1, length), round(media.duration_frames / speed)


def _add_rate(parent: ET.Element, rate: Fraction) -> None:
    element = child(parent, "rate")
    child(element, "timebase", nominal_rate(rate))
    child(element, "ntsc", _flag(rate.denominator == 1001))


def _add_timecode(parent: ET.Element, frame: int, rate: Fraction, *, drop: bool) -> ET.Element:
    code = child(parent, "timecode")
    _add_rate(code, rate)
    child(code, "string", format_timecode(frame, rate, drop=drop))
    child(code, "frame", frame)
    child(code, "displayformat", "DF" if drop else "NDF")
    return code


def _add_marker(parent: ET.Element, marker: Marker, *, at: int) -> None:
    element = child(parent, "marker")
    child(element, "name", marker.text)
    child(element, "comment", marker.colour)
    child(element, "in", at)
    child(element, "out", -1)


def _add_speed(item: ET.Element, cut: Cut) -> None:
    effect = _add_effect(item, "Time Remap", "timeremap", "motion", "motion", on=True)
    percent = 100 * cut.speed if cut.speed else FREEZE_PERCENT
    _add_parameter(effect, "variablespeed", "variablespeed", 0)
    _add_parameter(effect, "speed", "speed", f"{percent:.6f}")
    _add_parameter(effect, "reverse", "reverse", "FALSE")
    _add_parameter(effect, "frameblending", "frameblending", "FALSE")


def _add_crop(item: ET.Element, cut: Cut, *, on: bool) -> None:
    part = cut.media.picture_part(cut.crop)
    effect = _add_effect(item, "Crop", "crop", "motion", "motion", on=on)
    sides = {
        "left": part.x,
        "right": 1 - part.x - part.w,
        "top": part.y,
        "bottom": 1 - part.y - part.h,
    }
    for side, share in sides.items():
        _add_parameter(effect, side, side, f"{max(0.0, 100 * share):.4f}")


def _add_effect(
    item: ET.Element, name: str, key: str, kind: str, category: str, *, on: bool
) -> ET.Element:
    filter_ = child(item, "filter")
    child(filter_, "enabled", _flag(on))
    effect = child(filter_, "effect")
    child(effect, "name", name)
    child(effect, "effectid", key)
    child(effect, "effectcategory", category)
    child(effect, "effecttype", "filter" if kind == "video" else kind)
    child(effect, "mediatype", "video")
    return effect


def _add_parameter(effect: ET.Element, key: str, name: str, value: object) -> ET.Element:
    parameter = child(effect, "parameter")
    child(parameter, "parameterid", key)
    child(parameter, "name", clean(name))
    if value is not None:
        child(parameter, "value", value)
    return parameter


def _flag(on: bool) -> str:
    return "TRUE" if on else "FALSE"
