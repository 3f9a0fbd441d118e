"""Which colours a video's numbers mean, and how the result keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av

from syncclip._ffmpeg import file_url
from syncclip.types import StreamInfo

__all__ = ["SRGB_STILL", "Colour", "movie_colour", "source_colour"]

_UNSPECIFIED = 2  # ISO/IEC 23091-2 code point, for primaries and for transfer
_MATRICES = {  # FFmpeg's names of what a video says, and what its scale filter calls it
    "bt709": "bt709",
    "smpte170m": "bt601",
    "bt470bg": "bt601",
    "smpte240m": "smpte240m",
    "fcc": "fcc",
    "bt2020nc": "bt2020",
    "bt2020c": "bt2020",
}
_RGB = "rgb"
_HDR_TRANSFERS = {16, 18}  # SMPTE ST 2084 (PQ) and ARIB STD-B67 (HLG)
_RGB_NAMES = ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8")


@dataclass(frozen=True, slots=True)
class Colour:
    """Range and matrix of a picture; tags that a player needs besides."""

    range: str
    """``"tv"`` or ``"pc"``."""
    matrix: str
    """Luma-chroma matrix as the scale filter names it, or ``"rgb"``."""
    tag: str
    """What the file says of its matrix: ``"unknown"`` where it says nothing."""
    primaries: int = _UNSPECIFIED
    transfer: int = _UNSPECIFIED

    @property
    def high_dynamic_range(self) -> bool:
        """True for PQ and HLG pictures."""
        return self.transfer in _HDR_TRANSFERS

    def input_filters(self) -> list[str]:
        """Filters that tell FFmpeg what raw frames mean."""
        if self.matrix == _RGB:
            return [f"setparams=range={self.range}"]
        names = {"bt601": "smpte170m", "bt2020": "bt2020nc"}
        space = names.get(self.matrix, self.matrix)
        return [f"setparams=range={self.range}:colorspace={space}"]

    def scale_options(self) -> str:
        """Options by which the scale filter converts to this colour."""
        return f"out_color_matrix={self.matrix}:out_range={self.range}"

    def output_filters(self) -> list[str]:
        """Filters that mark finished frames."""
        tags = f"color_primaries={self.primaries}:color_trc={self.transfer}"
        return [f"format=yuv420p,setparams=range={self.range}:colorspace={self.tag}:{tags}"]

    def encoder_options(self) -> list[str]:
        """Options by which the encoder writes the marks into the stream."""
        options = ["-color_range", self.range, "-colorspace", self.tag]
        return [*options, "-color_primaries", str(self.primaries), "-color_trc", str(self.transfer)]


SRGB_STILL = Colour("pc", _RGB, "unknown")


def source_colour(info: StreamInfo, pixel_format: str) -> Colour:
    """What a reader's frames mean; unmarked ones as players guess, by their height.

    Args:
        info: The stream.
        pixel_format: Of the frames as the reader gives them.
    """
    if pixel_format.startswith(_RGB_NAMES):
        return Colour("pc", _RGB, "unknown")
    if info.pixel_format.startswith(_RGB_NAMES):
        # A reader that turns RGB into luma and chroma does it as FFmpeg does unasked.
        return Colour("pc", "bt601", "unknown")
    guess = "bt709" if info.height_px >= 720 else "bt601"
    known = info.color_space in _MATRICES
    full = info.color_range == "pc" or pixel_format.startswith("yuvj")
    return Colour(
        "pc" if full else "tv",
        _MATRICES.get(info.color_space, guess),
        info.color_space if known else "unknown",
    )


def movie_colour(info: StreamInfo) -> Colour:
    """The colour of a result that follows this movie: its own, tags included."""
    colour = source_colour(info, info.pixel_format)
    if colour.matrix == _RGB:
        return Colour("tv", "bt709", "bt709")
    primaries, transfer = _tags(info.path)
    return Colour(colour.range, colour.matrix, colour.tag, primaries, transfer)


def _tags(path: Path) -> tuple[int, int]:
    """Code points of primaries and transfer, unspecified where nothing is said."""
    with av.open(file_url(path)) as container:
        context = container.streams.video[0].codec_context
        found = (int(context.color_primaries), int(context.color_trc))
    reserved = {0, 3}  # code points without a meaning, which FFmpeg's options refuse
    first, second = (_UNSPECIFIED if value in reserved else value for value in found)
    return first, second
