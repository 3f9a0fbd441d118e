"""Words, times and tables for reports that people read."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

__all__ = ["count", "one_line", "percent", "span", "table", "timecode"]


def timecode(seconds: float) -> str:
    """``hh:mm:ss.mmm``, with a leading minus before zero."""
    milliseconds = round(abs(seconds) * 1000)
    sign = "-" if seconds < 0 and milliseconds else ""
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def span(start_s: float, end_s: float) -> str:
    """Two times, start and end."""
    return f"{timecode(start_s)} - {timecode(end_s)}"


def percent(share: float) -> str:
    """A share as a whole percentage that says 100 or 0 only where it is all or nothing."""
    whole = round(100 * share)
    if 0 < share < 1:
        whole = min(99, max(1, whole))
    return f"{whole} %"


def count(number: int, noun: str) -> str:
    """A number with its noun: ``1 segment``, ``2 segments``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def one_line(text: str) -> str:
    """Text with line breaks and other control characters written out as escapes."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Columns side by side, two spaces apart; ``right`` names those that end flush."""
    lines = [[(cell, _width(cell)) for cell in line] for line in (head, *rows)]
    widths = [max(line[i][1] for line in lines) for i in range(len(head))]
    flush = [i in right for i in range(len(head))]
    return "\n".join("  ".join(map(_padded, line, widths, flush)).rstrip() for line in lines)


def _padded(cell: tuple[str, int], width: int, flush_right: bool) -> str:
    text, own = cell
    space = " " * (width - own)
    return space + text if flush_right else text + space


def _width(text: str) -> int:
    """Columns on a terminal: Chinese, Japanese and Korean letters take two, marks take none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    marks = sum(unicodedata.combining(character) > 0 for character in text)
    return len(text) + wide - marks
