"""Where a source's picture stands in the result's frame: pure arithmetic, no files.

The result has square pixels and even sides.

- ``framing="movie"``: the frame is the movie's displayed picture; a source of another shape is
  fitted into it between black bars.
- ``framing="commentary"``: the frame is the largest rectangle of the commentary's content aspect
  that the movie's content rectangle holds, so nothing is enlarged beyond what the commentary's own
  zoom asks for. The commentary's crop fills it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol

from syncclip.types import PixelRect, Rect

__all__ = [
    "Placement",
    "Sized",
    "crop_pixels",
    "frame_size",
    "pane_box",
    "picture_filters",
    "place",
    "shown_part",
]


class Sized(Protocol):
    """What has a picture: a stream, or a file by what is known of it."""

    @property
    def width_px(self) -> int:
        """Displayed width."""
        ...

    @property
    def height_px(self) -> int:
        """Displayed height."""
        ...

    @property
    def sample_aspect(self) -> Fraction:
        """Width ÷ height of one pixel."""
        ...


@dataclass(frozen=True, slots=True)
class Placement:
    """A region of a source picture and the box of the result's frame that it fills."""

    region: PixelRect
    box: PixelRect
    width_px: int
    """Width of the result's frame."""
    height_px: int


def even(value: float) -> int:
    """The largest even number that is not above ``value``, at least 2."""
    return max(2, int(value + 1e-6) // 2 * 2)


def frame_size(
    movie: Sized,
    *,
    content: PixelRect,
    commentary_aspect: float,
    framing: Literal["movie", "commentary"],
) -> tuple[int, int]:
    """Width and height of the result in pixels.

    Args:
        movie: The movie that sets the size.
        content: Its picture without bars.
        commentary_aspect: Width ÷ height on screen of the commentary's content rectangle.
        framing: As :class:`RenderConfig` has it.
    """
    if framing == "movie":
        return even(float(movie.width_px * movie.sample_aspect)), even(movie.height_px)
    width = float(content.w * movie.sample_aspect)
    height = min(float(content.h), width / commentary_aspect)
    return even(height * commentary_aspect), even(height)


def crop_pixels(crop: Rect, content: PixelRect) -> PixelRect:
    """A crop in fractions of the content rectangle as whole pixels of the picture."""
    left, right = _span(crop.x, crop.w, content.w, least=2)
    top, bottom = _span(crop.y, crop.h, content.h, least=2)
    return PixelRect(content.x + left, content.y + top, right - left, bottom - top)


def _span(start: float, length: float, size: int, *, least: int) -> tuple[int, int]:
    """First pixel and the one after the last: at least so many where there are, all inside."""
    first = min(max(round(start * size), 0), max(size - least, 0))
    last = max(min(round((start + length) * size), size), min(first + least, size))
    return first, last


def place(
    region: PixelRect, sample_aspect: Fraction, size: tuple[int, int], *, fill: bool
) -> Placement:
    """Fit a region into the result's frame.

    Args:
        region: Part of the source's displayed picture.
        sample_aspect: Shape of the source's pixels.
        size: Width and height of the result's frame.
        fill: Fill the frame even if the shapes differ (a crop whose shape the commentary sets);
            else keep the shape and leave bars.
    """
    width, height = size
    if sample_aspect == 1 and 0 <= region.w - width < 2 and 0 <= region.h - height < 2:
        # An odd last row or column is left out: better than resampling the whole picture.
        region = PixelRect(region.x, region.y, width, height)
        return Placement(region, PixelRect(0, 0, width, height), width, height)
    if fill:
        return Placement(region, PixelRect(0, 0, width, height), width, height)
    shown_w = float(region.w * sample_aspect)
    scale = min(width / shown_w, height / region.h)
    box_w = min(width, 2 * round(shown_w * scale / 2) or 2)
    box_h = min(height, 2 * round(region.h * scale / 2) or 2)
    left, top = (width - box_w) // 4 * 2, (height - box_h) // 4 * 2
    return Placement(region, PixelRect(left, top, box_w, box_h), width, height)


def pane_box(pane: Rect, box: PixelRect) -> PixelRect:
    """The part of a box that a pane takes, in pixels of the result: even, as chroma wants it."""
    left, right = (2 * edge for edge in _span(pane.x, pane.w, box.w // 2, least=1))
    top, bottom = (2 * edge for edge in _span(pane.y, pane.h, box.h // 2, least=1))
    return PixelRect(box.x + left, box.y + top, right - left, bottom - top)


def picture_filters(
    placement: Placement, source: tuple[int, int], *, mirrored: bool, scale_options: str
) -> list[str]:
    """FFmpeg filters that bring a source's frame into the result's frame.

    Args:
        placement: Where the picture goes.
        source: Width and height of the source's frame.
        mirrored: Flip left and right.
        scale_options: Further options of the ``scale`` filter: colour.
    """
    region, box = placement.region, placement.box
    filters = []
    if (region.w, region.h) != source:
        filters.append(f"crop={region.w}:{region.h}:{region.x}:{region.y}:exact=1")
    if mirrored:
        filters.append("hflip")
    filters.append(f"scale={box.w}:{box.h}:flags=lanczos+accurate_rnd:{scale_options}")
    if (box.w, box.h) != (placement.width_px, placement.height_px):
        filters.append(f"pad={placement.width_px}:{placement.height_px}:{box.x}:{box.y}")
    filters.append("setsar=1")
    return filters


def shown_part(crop: Rect, content: PixelRect, placement: Placement) -> Rect:
    """Where a crop of the content rectangle stands in the result, in fractions of its frame."""
    region, box = placement.region, placement.box
    x_scale, y_scale = box.w / region.w, box.h / region.h
    left = box.x + (content.x + crop.x * content.w - region.x) * x_scale
    top = box.y + (content.y + crop.y * content.h - region.y) * y_scale
    right = min(left + crop.w * content.w * x_scale, placement.width_px)
    bottom = min(top + crop.h * content.h * y_scale, placement.height_px)
    width, height = placement.width_px, placement.height_px
    left, top = max(left, 0.0), max(top, 0.0)
    return Rect(left / width, top / height, (right - left) / width, (bottom - top) / height)
