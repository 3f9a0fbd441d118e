"""Times as people type and read them."""

from __future__ import annotations

import re

__all__ = ["length_text", "typed_seconds"]

TYPED = re.compile(r"(\d+:){0,2}\d+(\.\d*)?")


def typed_seconds(text: str) -> float | None:
    """Seconds, or hours, minutes and seconds with colons; None where a text is neither."""
    if not TYPED.fullmatch(text.strip()):
        return None
    seconds = 0.0
    for part in text.strip().split(":"):
        seconds = 60 * seconds + float(part)
    return seconds


def length_text(seconds: float) -> str:
    """``1:02:03``: how long a film is."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
