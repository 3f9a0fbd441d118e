"""Frames as small pictures that a page can hold."""

from __future__ import annotations

import base64
import io
import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["PICTURE_AREA_PX", "data_uri", "picture_size"]

PICTURE_AREA_PX = 256 * 144
"""Pixels of a picture: seen half as large as a phone shows a film, in about six kilobytes."""
QUALITY = 62
"""JPEG quality: blocks show only where two pictures are subtracted."""


def picture_size(aspect: float) -> tuple[int, int]:
    """Width and height of a picture of this shape: even, and always about as many pixels."""
    aspect = min(max(aspect, 0.2), 5.0)
    height = math.sqrt(PICTURE_AREA_PX / aspect)
    return max(2, round(height * aspect / 2) * 2), max(2, round(height / 2) * 2)


def data_uri(picture: NDArray[np.uint8]) -> str:
    """An (h, w, 3) RGB picture as a JPEG in a URI."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
