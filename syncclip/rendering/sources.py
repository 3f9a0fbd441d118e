"""Raw frames of every layer: from the movies, from the commentary, or a still."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip.contracts import VideoReader
from syncclip.errors import VideoError
from syncclip.rendering.colour import SRGB_STILL, Colour, source_colour
from syncclip.rendering.footage import Footage, OpenVideo, SourceFile
from syncclip.rendering.geometry import Placement, crop_pixels, pane_box, picture_filters, place
from syncclip.rendering.plan import Layer, Source
from syncclip.types import ColourFrame, PixelRect

__all__ = ["RawClip", "ReaderPool", "layer_filters"]


def layer_filters(layer: Layer, footage: Footage, target: Colour) -> list[str]:
    """FFmpeg filters from a layer's marked source frames to finished frames of the result."""
    source = footage.file_of(layer)
    if source is None:
        return [f"scale={target.scale_options()}", "setsar=1", *target.output_filters()]
    info = source.info
    picture = picture_filters(
        _placement(layer, source, footage),
        (info.width_px, info.height_px),
        mirrored=footage.fill and layer.mirrored,
        scale_options=target.scale_options(),
    )
    return [*picture, *target.output_filters()]


def _placement(layer: Layer, source: SourceFile, footage: Footage) -> Placement:
    """Which part of a source stands where."""
    info = source.info
    if layer.pane is not None:  # filled with what the commentary shows, whatever the framing
        box = pane_box(layer.pane, footage.commentary_box)
        return Placement(crop_pixels(layer.crop, source.content), box, *footage.size)
    region = PixelRect(0, 0, info.width_px, info.height_px)
    if footage.fill:
        # Gaps keep the commentary's content rectangle: the window its matched shots stand in.
        whole = layer.source is Source.COMMENTARY
        region = source.content if whole else crop_pixels(layer.crop, source.content)
    return place(region, info.sample_aspect, footage.size, fill=footage.fill)


class ReaderPool:
    """Open readers, lent to one thread at a time and kept open between pieces."""

    def __init__(self, open_video: OpenVideo) -> None:
        self._open_video = open_video
        self._idle: dict[Path, list[VideoReader]] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def lend(self, path: Path) -> Iterator[VideoReader]:
        """A reader of this file; one that failed is closed and not lent again."""
        with self._lock:
            waiting = self._idle.setdefault(path, [])
            reader = waiting.pop() if waiting else None
        if reader is None:
            reader = self._open_video(path)
        try:
            yield reader
        except BaseException:
            reader.close()
            raise
        with self._lock:
            self._idle[path].append(reader)

    def close(self) -> None:
        """Close every reader."""
        with self._lock:
            for readers in self._idle.values():
                while readers:
                    readers.pop().close()


@dataclass(frozen=True, slots=True, eq=False)
class RawClip:
    """Frames of one layer in the form that FFmpeg's ``rawvideo`` takes."""

    pixel_format: str
    width_px: int
    height_px: int
    colour: Colour
    frames: Iterator[bytes]
    """One item per frame of the result: a frame held on screen comes again."""

    @classmethod
    @contextlib.contextmanager
    def open(
        cls, layer: Layer, count: int, *, footage: Footage, pool: ReaderPool
    ) -> Iterator[RawClip]:
        """The frames of a layer.

        Args:
            layer: What to show.
            count: Frames that the result needs of it.
            footage: Where it comes from.
            pool: Readers.

        Raises:
            VideoError: Where a frame cannot be read.
        """
        source = footage.file_of(layer)
        if source is None:
            picture = footage.still(layer)
            width, height = footage.size
            frames = itertools.repeat(picture.tobytes(), count)
            yield cls("rgb24", width, height, SRGB_STILL, iter(frames))
            return
        with pool.lend(source.path) as reader:
            yield cls._from_reader(reader, layer, source)

    @classmethod
    def _from_reader(cls, reader: VideoReader, layer: Layer, source: SourceFile) -> RawClip:
        wanted, repeats = np.unique(layer.pts, return_counts=True)
        decoded = reader.frames([int(pts) for pts in wanted])
        first = next(decoded, None)
        if first is None:
            raise VideoError(f"{str(source.path)!r}: no frame could be read; check the file")
        return cls(
            # yuvj420p is yuv420p with full range, which the colour says.
            first.pixel_format.replace("yuvj", "yuv"),
            first.width_px,
            first.height_px,
            source_colour(source.info, first.pixel_format),
            _repeated(itertools.chain([first], decoded), repeats, first, source.path),
        )


def _repeated(
    decoded: Iterator[ColourFrame], repeats: NDArray[np.intp], first: ColourFrame, path: Path
) -> Iterator[bytes]:
    """Each frame as often as the result shows it.

    Raises:
        VideoError: Where frames are missing or change their size or format on the way.
    """
    shape = (first.width_px, first.height_px, first.pixel_format)
    given = 0
    for frame, times in zip(decoded, repeats, strict=False):
        if (frame.width_px, frame.height_px, frame.pixel_format) != shape:
            raise VideoError(
                f"{str(path)!r}: the picture's size or format changes within the file; "
                "convert it to one size first"
            )
        yield from itertools.repeat(b"".join(frame.planes), int(times))
        given += 1
    if given != len(repeats):
        raise VideoError(
            f"{str(path)!r}: {len(repeats) - given} frames could not be read; check the file"
        )
