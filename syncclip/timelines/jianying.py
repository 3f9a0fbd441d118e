"""A JianYing (CapCut) draft folder, plain JSON as those programs read it (pyJianYingDraft)."""

from __future__ import annotations

import copy
import json
import math
import uuid
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from syncclip.errors import InputError, MissingDependencyError
from syncclip.timelines.cuts import Cut, rows
from syncclip.timelines.model import Edit
from syncclip.types import FULL_FRAME, Rect

__all__ = ["jianying_library", "to_jianying"]

TRANSCRIPT = "Transcript"
"""Name of the track."""
SLOWEST = 0.1
"""The programs' slowest speed, which stands for a freeze frame: they freeze only stills."""


def jianying_library() -> Any:  # noqa: ANN401 - a module without types
    """The library, imported on first use.

    Raises:
        MissingDependencyError: Where it is not installed.
    """
    try:
        import pyJianYingDraft
    except ImportError as error:
        raise MissingDependencyError("pyJianYingDraft", extra="timelines") from error
    return pyJianYingDraft


def to_jianying(edit: Edit) -> dict[str, str]:
    """The files of a draft folder by name.

    The commentary is one clip above all others, without opacity: its sound is the narration, and
    its picture the reference for whoever turns the opacity up. What is spoken is a track of
    subtitles, in the form in which the programs import them.

    Raises:
        MissingDependencyError: Where pyJianYingDraft is not installed.
        InputError: Where a file of the edit is not there: a draft holds its length and size.
    """
    library = jianying_library()
    for media in edit.media.values():
        if not media.path.is_file():
            raise InputError(f"{media.path} is not there: a JianYing draft needs every file")
    return _Writer(edit, library).files()


class _Writer:
    def __init__(self, edit: Edit, library: Any) -> None:  # noqa: ANN401 - a library without types
        self._edit = edit
        self._rate = edit.commentary.rate
        self._lib = library
        self._materials: dict[tuple[str, Rect], Any] = {}

    def files(self) -> dict[str, str]:
        lib, edit = self._lib, self._edit
        script = lib.ScriptFile(edit.width_px, edit.height_px, float(self._rate), False)
        tracks = [row for row in rows(edit) if row.video]
        for row in tracks:
            track = lib.TrackSpec(lib.TrackType.video, name=row.name)
            reference = script.append_track(track)
            for cut in row.cuts:
                script.add_segment(self._segment(cut), reference)
        lines = list(self._lines())
        if lines:
            spoken = lib.TrackSpec(lib.TrackType.text, name=TRANSCRIPT)
            reference = script.append_track(spoken)
            for line in lines:
                script.add_segment(line, reference)
        content = json.loads(script.dumps())
        for row, track in zip(tracks, content["tracks"][: len(tracks)], strict=True):
            for cut, segment in zip(row.cuts, track["segments"], strict=True):
                segment["visible"] = row.enabled or not cut.number
        meta = json.loads(Path(lib.assets.get_asset_path("DRAFT_META_TEMPLATE")).read_text("utf-8"))
        meta["draft_name"] = edit.timeline.name
        return {
            "draft_content.json": json.dumps(content, ensure_ascii=False, indent=1),
            "draft_meta_info.json": json.dumps(meta, ensure_ascii=False, indent=1),
        }

    def _lines(self) -> Iterator[Any]:
        """Subtitles; where two overlap, which a track cannot hold, the later one begins later."""
        lib, after = self._lib, 0
        frames = max((row.frames for row in rows(self._edit)), default=0)
        length = self._microseconds(frames)
        for line in self._edit.transcript:
            start_s, end_s = (s - self._edit.commentary.first_s for s in (line.start_s, line.end_s))
            start, end = max(after, round(start_s * 10**6)), min(length, round(end_s * 10**6))
            if start >= end:
                continue
            yield lib.TextSegment(
                line.text,
                lib.Timerange(start, end - start),
                style=lib.TextStyle(size=5, align=1, auto_wrapping=True),
                clip_settings=lib.ClipSettings(transform_y=-0.8),
            )
            after = end

    def _segment(self, cut: Cut) -> Any:  # noqa: ANN401
        lib = self._lib
        start, end = self._microseconds(cut.start), self._microseconds(cut.end)
        source = self._source(cut, end - start)
        material = self._named(self._material(cut), cut)
        # The library refuses what runs past a length that it knows to the millisecond only.
        material.duration = max(material.duration, source.end)
        return lib.VideoSegment(
            material,
            lib.Timerange(start, end - start),
            source_timerange=source,
            volume=0.0 if cut.number else 1.0,
            clip_settings=self._settings(cut),
        )

    def _source(self, cut: Cut, length: int) -> Any:  # noqa: ANN401
        """Microseconds of the file: from where the match says, within the frame that it shows."""
        media = cut.media
        frame_s = Fraction(cut.position) / media.rate
        start_s = max(frame_s, Fraction(cut.source_s - media.first_s))
        if start_s >= frame_s + 1 / media.rate:
            start_s = frame_s
        speed = Fraction(cut.speed or SLOWEST).limit_denominator(10**6)
        return self._lib.Timerange(math.ceil(start_s * 10**6), max(1, round(length * speed)))

    def _material(self, cut: Cut) -> Any:  # noqa: ANN401
        """The file, once for each crop: the format keeps the crop with the file."""
        part = self._part(cut)
        key = (cut.media.name, part)
        if key not in self._materials:
            right, bottom = min(1.0, part.x + part.w), min(1.0, part.y + part.h)
            crop = self._lib.CropSettings(
                upper_left_x=part.x,
                upper_left_y=part.y,
                upper_right_x=right,
                upper_right_y=part.y,
                lower_left_x=part.x,
                lower_left_y=bottom,
                lower_right_x=right,
                lower_right_y=bottom,
            )
            try:
                made = self._lib.VideoMaterial(str(cut.media.path), cut.media.name, crop)
            except (ValueError, OSError, RuntimeError) as error:
                raise InputError(
                    f"{cut.media.path} cannot be put into a JianYing draft: {error}"
                ) from error
            self._materials[key] = made
        return self._materials[key]

    def _named(self, material: Any, cut: Cut) -> Any:  # noqa: ANN401
        """The file under a name that says what the format cannot: the programs show it on clips."""
        if not cut.markers:
            return material
        named = copy.copy(material)
        named.material_id = uuid.uuid4().hex
        named.material_name = f"{cut.media.name} {cut.markers[0].text.partition(' | ')[0]}"
        return named

    def _part(self, cut: Cut) -> Rect:
        if not cut.number or self._edit.framing == "movie":
            return FULL_FRAME
        return cut.media.picture_part(cut.crop)

    def _settings(self, cut: Cut) -> Any:  # noqa: ANN401
        flipped = cut.mirrored and self._edit.framing == "commentary"
        return self._lib.ClipSettings(flip_horizontal=flipped, alpha=1.0 if cut.number else 0.0)

    def _microseconds(self, frame: int) -> int:
        return round(frame / self._rate * 10**6)
