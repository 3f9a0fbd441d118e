"""What an index says of itself, as a record and as checked JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from syncclip.config import IndexConfig, PictureConfig
from syncclip.contracts import Encoder, PictureEncoder
from syncclip.errors import SettingsError
from syncclip.index.fields import Fields
from syncclip.types import DecodeGap, PixelRect, StreamInfo

__all__ = ["CaptionRecord", "EncoderRecord", "Manifest"]

ENCODER_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
MAX_PTS = 1 << 60
MAX_SIDE_PX = 1 << 16
MAX_DIM = 1 << 16
MAX_GAPS = 10_000
"""Damage beyond this many places is counted at the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderRecord:
    """The encoder that a track was made with."""

    id: str
    dim: int
    preprocessing: str
    """What the encoder was shown: ``"grey 32x18"``."""
    fingerprint: str
    """Of the model and its settings."""
    model: str = field(default="", compare=False)
    """The model as a user named it, so that a query finds it again; empty where there is none. The
    same weights may have another name elsewhere, and are the same encoder."""

    def __post_init__(self) -> None:
        if not ENCODER_ID.fullmatch(self.id):
            raise ValueError(f"not the id of an encoder: {self.id!r}")

    @classmethod
    def of(cls, encoder: Encoder, config: IndexConfig) -> EncoderRecord:
        """The record of an encoder that is shown frame signatures."""
        width, height = config.signature_size
        return cls(
            id=encoder.id,
            dim=encoder.dim,
            preprocessing=f"grey {width}x{height}",
            fingerprint=encoder.fingerprint,
        )

    @classmethod
    def of_pictures(cls, encoder: PictureEncoder, config: PictureConfig) -> EncoderRecord:
        """The record of an encoder that is shown colour pictures of chosen frames."""
        chosen = f"{config.samples_per_s:g} frames/s, alike from {config.likeness:g}"
        return cls(
            id=encoder.id,
            dim=encoder.dim,
            preprocessing=f"{encoder.preprocessing}; {chosen}",
            fingerprint=encoder.fingerprint,
            model=encoder.model,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionRecord:
    """The model that wrote the captions."""

    model: str
    """As a user named it, so that the commentary's shots can be captioned alike."""
    fingerprint: str
    """Of the model and its settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything in an index but its arrays."""

    created_by: str
    """The SyncClip that made it: ``"syncclip 0.1.0"``."""
    fingerprint: str
    """Of the movie file."""
    name: str
    """The movie's file name."""
    info: StreamInfo
    """Facts about the movie; ``info.path`` is where it was when it was indexed."""
    end_pts: int
    """Presentation timestamp at which the last frame leaves the screen."""
    content: PixelRect
    """The picture without letterbox or pillarbox, in displayed pixels."""
    config: IndexConfig
    encoders: tuple[EncoderRecord, ...]
    gaps: tuple[DecodeGap, ...]
    """Damage in the movie file."""
    captions: CaptionRecord | None = None
    """Who wrote captions of the shots; None where there are none."""

    def __post_init__(self) -> None:
        if not self.name or Path(self.name).name != self.name:
            raise ValueError(f"not the name of a movie: {self.name!r}")
        rect = self.content
        if rect.x + rect.w > self.info.width_px or rect.y + rect.h > self.info.height_px:
            raise ValueError("the content rectangle leaves the picture")
        if len({record.id for record in self.encoders}) != len(self.encoders):
            raise ValueError("an encoder stands twice")

    @property
    def end_s(self) -> float:
        """Second at which the last frame leaves the screen."""
        return float((self.end_pts - self.info.start_pts) * self.info.time_base)

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON; :meth:`from_json` gives an equal record back."""
        rect = self.content
        return {
            "created_by": self.created_by,
            "source": {
                "fingerprint": self.fingerprint,
                "name": self.name,
                "path": str(self.info.path),
            },
            "stream": _stream_to_json(self.info, self.end_pts),
            "content": [rect.x, rect.y, rect.w, rect.h],
            "config": {
                "signature_size": list(self.config.signature_size),
                "samples_per_s": float(self.config.samples_per_s),
            },
            "encoders": [_encoder_to_json(record) for record in self.encoders],
            "gaps": [[gap.after_s, gap.packets_lost] for gap in _limited(self.gaps)],
            **_captions_to_json(self.captions),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Manifest:
        """The record of a manifest that came from anywhere.

        Raises:
            ValueError: Where a value is missing, of another type, or impossible.
        """
        top = Fields(value, "manifest")
        source, stream, config = top.fields("source"), top.fields("stream"), top.fields("config")
        try:
            return cls(
                created_by=top.text("created_by"),
                fingerprint=source.text("fingerprint"),
                name=source.text("name"),
                info=_stream_from_json(stream, source.text("path")),
                end_pts=stream.integer("end_pts", -MAX_PTS, MAX_PTS),
                content=PixelRect(*top.integers("content", 4, 0, MAX_SIDE_PX)),
                config=_config_from_json(config),
                encoders=tuple(_encoder_from_json(item) for item in top.items("encoders")),
                gaps=tuple(_gap_from_json(item) for item in top.items("gaps")),
                captions=_captions_from_json(top),
            )
        except SettingsError as error:
            raise ValueError(str(error)) from error


def _limited(gaps: Sequence[DecodeGap]) -> Sequence[DecodeGap]:
    if len(gaps) <= MAX_GAPS:
        return gaps
    rest = sum(gap.packets_lost for gap in gaps[MAX_GAPS - 1 :])
    return [*gaps[: MAX_GAPS - 1], DecodeGap(gaps[MAX_GAPS - 1].after_s, rest)]


def _stream_to_json(info: StreamInfo, end_pts: int) -> dict[str, Any]:
    def ratio(value: Fraction) -> list[int]:
        return [value.numerator, value.denominator]

    return {
        "width_px": info.width_px,
        "height_px": info.height_px,
        "sample_aspect": ratio(info.sample_aspect),
        "rotation_deg": info.rotation_deg,
        "frame_rate": ratio(info.frame_rate),
        "time_base": ratio(info.time_base),
        "start_pts": info.start_pts,
        "end_pts": end_pts,
        "duration_s_from_header": info.duration_s_from_header,
        "frames_from_header": info.frames_from_header,
        "codec": info.codec,
        "pixel_format": info.pixel_format,
        "has_audio": info.has_audio,
        "color_range": info.color_range,
        "color_space": info.color_space,
    }


def _stream_from_json(fields: Fields, path: str) -> StreamInfo:
    duration, frames = "duration_s_from_header", "frames_from_header"
    rotation = fields.integer("rotation_deg", 0, 270)
    if rotation % 90:
        raise ValueError(f"a rotation by {rotation} degrees is impossible")
    return StreamInfo(
        path=Path(path),
        width_px=fields.integer("width_px", 1, MAX_SIDE_PX),
        height_px=fields.integer("height_px", 1, MAX_SIDE_PX),
        sample_aspect=fields.ratio("sample_aspect"),
        rotation_deg=rotation,
        frame_rate=fields.ratio("frame_rate"),
        time_base=fields.ratio("time_base"),
        start_pts=fields.integer("start_pts", -MAX_PTS, MAX_PTS),
        duration_s_from_header=fields.number(duration, 0, 1e9) if fields.has(duration) else None,
        frames_from_header=fields.integer(frames, 0, MAX_PTS) if fields.has(frames) else None,
        codec=fields.text("codec"),
        pixel_format=fields.text("pixel_format"),
        has_audio=fields.flag("has_audio"),
        color_range=fields.text("color_range"),
        color_space=fields.text("color_space"),
    )


def _config_from_json(fields: Fields) -> IndexConfig:
    width, height = fields.integers("signature_size", 2, 1, MAX_SIDE_PX)
    return IndexConfig(
        signature_size=(width, height), samples_per_s=fields.number("samples_per_s", 0, 1e3)
    )


def _encoder_to_json(record: EncoderRecord) -> dict[str, Any]:
    model = {"model": record.model} if record.model else {}
    return {
        "id": record.id,
        "dim": record.dim,
        "preprocessing": record.preprocessing,
        "fingerprint": record.fingerprint,
        **model,
    }


def _encoder_from_json(value: object) -> EncoderRecord:
    fields = Fields(value, "encoder")
    return EncoderRecord(
        id=fields.text("id"),
        dim=fields.integer("dim", 1, MAX_DIM),
        preprocessing=fields.text("preprocessing"),
        fingerprint=fields.text("fingerprint"),
        model=fields.text("model") if fields.holds("model") else "",
    )


def _gap_from_json(value: object) -> DecodeGap:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("a decode gap is malformed")
    fields = Fields({"after_s": value[0], "packets_lost": value[1]}, "gap")
    return DecodeGap(
        after_s=fields.number("after_s", -1e9, 1e9),
        packets_lost=fields.integer("packets_lost", 0, MAX_PTS),
    )


def _captions_to_json(record: CaptionRecord | None) -> dict[str, Any]:
    if record is None:
        return {}
    return {"captions": {"model": record.model, "fingerprint": record.fingerprint}}


def _captions_from_json(top: Fields) -> CaptionRecord | None:
    if not top.holds("captions"):
        return None
    fields = top.fields("captions")
    return CaptionRecord(model=fields.text("model"), fingerprint=fields.text("fingerprint"))
