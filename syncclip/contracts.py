"""What the stages ask of each other's work: what reads video, and what turns it into vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from syncclip.types import ColourFrame, ColourWish, DecodeGap, FrameBlock, PixelRect, StreamInfo

__all__ = ["Encoder", "PictureEncoder", "TextEncoder", "TrackEncoder", "VideoReader"]


class VideoReader(Protocol):
    """What every decoder back end offers. Open one per thread; close it or use ``with``."""

    name: str

    @property
    def info(self) -> StreamInfo:
        """Facts about the video stream."""
        ...

    @property
    def gaps(self) -> Sequence[DecodeGap]:
        """Damage met so far while reading."""
        ...

    def thumbnails(
        self,
        *,
        size: tuple[int, int],
        crop: PixelRect | None = None,
        from_pts: int | None = None,
        block: int = 256,
        colour: ColourWish | None = None,
    ) -> Iterator[FrameBlock]:
        """Every frame in presentation order as area-averaged grey pictures.

        Args:
            size: ``(width, height)`` in pixels.
            crop: Part of the displayed picture to shrink; the whole picture by default.
            from_pts: Leave out frames before this timestamp, without decoding them all. The frames
                that follow have exactly the pixels that an unbroken reading gives.
            block: Most frames in one block.
            colour: Frames to shrink in colour as well.
        """
        ...

    def frames(self, pts: Sequence[int]) -> Iterator[ColourFrame]:
        """Full-size frames at these timestamps (sorted, increasing; each must exist).

        Raises:
            VideoError: Where a timestamp has no frame.
        """
        ...

    def sample(
        self, times_s: Sequence[float], *, size: tuple[int, int] | None = None
    ) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """``(pts, (h, w, 3) RGB)`` of the frames on screen at these increasing times."""
        ...

    def close(self) -> None:
        """Release the file."""
        ...

    def __enter__(self) -> VideoReader: ...

    def __exit__(self, *args: object) -> None: ...


class TrackEncoder(Protocol):
    """What fills a track of vectors for nearest-neighbour search."""

    @property
    def id(self) -> str:
        """Short name of its track: lower-case letters, digits, ``-`` and ``_``."""
        ...

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same picture would get another vector."""
        ...


class Encoder(TrackEncoder, Protocol):
    """What turns grey frames into vectors."""

    def describe(self, grey: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float32]:
        """Vectors of frames.

        Args:
            grey: (n, height, width) luma, 0 to 255.

        Returns:
            (n, dim) unit rows; a row of zeros marks a flat frame that cannot be described.
        """
        ...


class PictureEncoder(TrackEncoder, Protocol):
    """What turns colour pictures into vectors: a model."""

    @property
    def model(self) -> str:
        """The model as a user names it, so that it can be found again."""
        ...

    @property
    def preprocessing(self) -> str:
        """What the model is shown."""
        ...

    @property
    def picture_size(self) -> tuple[int, int]:
        """Width and height in pixels at which pictures need not be scaled again."""
        ...

    @property
    def batch(self) -> int:
        """Pictures that are best described at a time."""
        ...

    def describe(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Vectors of pictures.

        Args:
            pictures: (n, height, width, 3) RGB.

        Returns:
            (n, dim) unit rows.
        """
        ...


class TextEncoder(Protocol):
    """What turns words into vectors of the same space as a picture encoder's."""

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    def describe_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dim) unit rows."""
        ...
