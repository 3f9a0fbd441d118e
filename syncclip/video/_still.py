"""Reads one still picture: PNG, JPEG, WebP and whatever else FFmpeg knows."""

from __future__ import annotations

from pathlib import Path

import av
import av.error
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from syncclip.errors import VideoError
from syncclip.video._picture import rgb_pixels
from syncclip.video._source import check_file, file_url

__all__ = ["read_still"]

MAX_PIXELS = 1 << 28
"""Larger pictures would only fill the memory."""
MAX_SIDE_PX = 1280
"""Finer than anything that looks at a still; larger ones are shrunk."""


def read_still(path: Path) -> NDArray[np.uint8]:
    """The first picture of a file.

    Returns:
        (height, width, 3) RGB, no side longer than 1280 pixels.

    Raises:
        VideoError: Where the file is not a picture that can be read.
    """
    check_file(path)
    try:
        with av.open(file_url(path), options={"protocol_whitelist": "file"}) as container:
            context = container.streams.video[0].codec_context
            if context.width * context.height > MAX_PIXELS:
                raise VideoError(f"{str(path)!r} is too large a picture; name a smaller one")
            frame = next(container.decode(video=0))
            shrink = min(1.0, MAX_SIDE_PX / max(frame.width, frame.height))
            rgb = frame.reformat(
                width=max(round(frame.width * shrink), 1),
                height=max(round(frame.height * shrink), 1),
                format="rgb24",
                interpolation=Interpolation.AREA,
            )
            return rgb_pixels(rgb).copy()
    except (av.error.FFmpegError, IndexError, StopIteration, ValueError) as error:
        raise VideoError(
            f"{str(path)!r} is not a picture that can be read; name a PNG or JPEG file"
        ) from error
