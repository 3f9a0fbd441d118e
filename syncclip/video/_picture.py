"""Shrinks, crops, rotates and unpacks decoded frames."""

from __future__ import annotations

import re
from fractions import Fraction

import av
import numpy as np
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter
from numpy.typing import NDArray

from syncclip.errors import SettingsError
from syncclip.types import ColourFrame, PixelRect, StreamInfo

__all__ = ["Shrinker", "is_full_range", "planes_of", "rgb_pixels", "to_rgb"]

# Plain planar formats that FFmpeg's rawvideo takes as they are.
_PLAIN = re.compile(r"(yuvj?4[1240][0124]p((9|10|12|14|16)le)?|gray((9|10|12|14|16)le)?)$")
# Turned by a quarter, these would need chroma subsampled the other way round.
_SQUARE = re.compile(r"(yuvj?4(20|44|10)p|gray)")
# Area averaging; the other two flags make the result the same on every processor and correctly
# rounded (largest difference from a float box mean: 0.51 grey levels; 4.5 without them). The cost
# is the same within the noise, about 4 % of decoding 1080p.
_AREA = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT


def is_full_range(frame: av.VideoFrame) -> bool:
    """Whether black is 0 and not 16."""
    name = frame.format.name
    rgb_or_grey = frame.format.is_rgb or name.startswith(("gray", "pal", "mono", "yuvj"))
    return rgb_or_grey or frame.color_range == ColorRange.JPEG


def _range(frame: av.VideoFrame) -> ColorRange:
    return ColorRange.JPEG if is_full_range(frame) else ColorRange.MPEG


def _turn(picture: NDArray[np.generic], clockwise_deg: int) -> NDArray[np.generic]:
    return np.ascontiguousarray(np.rot90(picture, -clockwise_deg // 90))


def _pixels(frame: av.VideoFrame, plane: int = 0) -> NDArray[np.uint8]:
    """(rows, bytes) view of a plane without row padding."""
    data = frame.planes[plane]
    rows = np.frombuffer(memoryview(data), np.uint8, count=data.line_size * data.height)
    wide = data.width * max(1, _bytes_per_sample(frame))
    return rows.reshape(data.height, data.line_size)[:, :wide]


def rgb_pixels(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """(height, width, 3) pixels of an RGB frame."""
    rows = frame.planes[0]
    data = np.frombuffer(memoryview(rows), np.uint8).reshape(-1, rows.line_size)
    return data[: frame.height, : 3 * frame.width].reshape(frame.height, frame.width, 3)


def _bytes_per_sample(frame: av.VideoFrame) -> int:
    return (frame.format.components[0].bits + 7) // 8


class Shrinker:
    """Makes area-averaged pictures, black 0 and white 255, of one size.

    Args:
        info: The stream that the frames come from.
        size: ``(width, height)`` of the result.
        crop: Part of the displayed picture; the whole picture by default.
        colour: RGB instead of grey.

    Raises:
        SettingsError: Where the crop leaves the picture.
    """

    def __init__(
        self,
        info: StreamInfo,
        size: tuple[int, int],
        crop: PixelRect | None,
        *,
        colour: bool = False,
    ) -> None:
        self._format = "rgb24" if colour else "gray"
        self._turn_deg = info.rotation_deg
        self._size = size[::-1] if info.rotation_deg % 180 else size
        self._scaler = VideoReformatter()
        self._crop = None if crop is None else _coded_rect(crop, info)
        self._cropper: _Cropper | None = None

    def __call__(self, frame: av.VideoFrame) -> NDArray[np.uint8]:
        """(height, width) grey levels, or (height, width, 3) RGB."""
        source_range = _range(frame)
        if self._crop is not None:
            if self._cropper is None or not self._cropper.fits(frame):
                self._cropper = _Cropper(frame, self._crop)
            frame = self._cropper(frame)
        small = self._scaler.reformat(
            frame,
            width=self._size[0],
            height=self._size[1],
            format=self._format,
            interpolation=_AREA,
            src_color_range=source_range,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        picture = rgb_pixels(small) if self._format == "rgb24" else _pixels(small)
        return _turn(picture, self._turn_deg).astype(np.uint8, copy=False)


def _coded_rect(rect: PixelRect, info: StreamInfo) -> PixelRect:
    """Where a rectangle of the displayed picture lies in the picture as it was coded."""
    right, below = info.width_px - rect.x - rect.w, info.height_px - rect.y - rect.h
    if right < 0 or below < 0:
        raise SettingsError(
            f"crop {rect.w}x{rect.h}+{rect.x}+{rect.y} leaves the picture of "
            f"{str(info.path)!r} ({info.width_px}x{info.height_px}); choose a smaller one"
        )
    if info.rotation_deg == 90:
        return PixelRect(rect.y, right, rect.h, rect.w)
    if info.rotation_deg == 180:
        return PixelRect(right, below, rect.w, rect.h)
    if info.rotation_deg == 270:
        return PixelRect(below, rect.x, rect.h, rect.w)
    return rect


class _Cropper:
    """FFmpeg's crop filter for frames of one size and format: moves pointers, copies nothing."""

    def __init__(self, frame: av.VideoFrame, rect: PixelRect) -> None:
        self._kind = (frame.width, frame.height, frame.format.name)
        graph = av.filter.Graph()
        self._enter = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
        )
        crop = graph.add("crop", f"{rect.w}:{rect.h}:{rect.x}:{rect.y}:exact=1")
        self._leave = graph.add("buffersink")
        graph.link_nodes(self._enter, crop, self._leave).configure()
        self._graph = graph

    def fits(self, frame: av.VideoFrame) -> bool:
        return self._kind == (frame.width, frame.height, frame.format.name)

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        self._enter.push(frame)
        cropped = self._leave.pull()
        assert isinstance(cropped, av.VideoFrame)
        return cropped


def to_rgb(
    frame: av.VideoFrame, info: StreamInfo, size: tuple[int, int] | None
) -> NDArray[np.uint8]:
    """(height, width, 3) RGB, rotated for display."""
    width, height = size or (info.width_px, info.height_px)
    if info.rotation_deg % 180:
        width, height = height, width
    rgb = frame.reformat(
        width=width,
        height=height,
        format="rgb24",
        interpolation=_AREA if size else Interpolation.BICUBIC,
        src_color_range=_range(frame),
        dst_color_range=ColorRange.JPEG,
        threads=1,
    )
    return _turn(rgb_pixels(rgb), info.rotation_deg).astype(np.uint8, copy=False)


def planes_of(frame: av.VideoFrame, pts: int, info: StreamInfo) -> ColourFrame:
    """A full-size frame for FFmpeg's ``rawvideo``, in the source's format where that is plain."""
    turned = info.rotation_deg % 180 != 0
    width, height = info.width_px, info.height_px
    if turned:
        width, height = height, width
    target = _plain_format(frame, turned)
    if (frame.width, frame.height, frame.format.name) != (width, height, target):
        frame = frame.reformat(
            width=width,
            height=height,
            format=target,
            interpolation=Interpolation.BICUBIC,
            threads=1,
        )
    kind = np.uint16 if _bytes_per_sample(frame) == 2 else np.uint8
    planes = (_pixels(frame, i).view(kind) for i in range(len(frame.planes)))
    return ColourFrame(
        pts=pts,
        planes=tuple(_turn(plane, info.rotation_deg).tobytes() for plane in planes),
        width_px=info.width_px,
        height_px=info.height_px,
        pixel_format=target,
    )


def _plain_format(frame: av.VideoFrame, turned: bool) -> str:
    name = frame.format.name
    if _PLAIN.match(name) and (not turned or _SQUARE.match(name)):
        return name
    deep = "10le" if _bytes_per_sample(frame) > 1 else ""
    first, second = frame.format.components[0], frame.format.components[-2:][0]
    subsampled = (second.width, second.height) != (first.width, first.height)
    return f"yuv4{'20' if subsampled and not turned else '44'}p{deep}"
