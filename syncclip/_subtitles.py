"""Subtitle files: read from anyone, written for players and editing programs (pysubs2)."""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from syncclip.errors import InputError, MissingDependencyError
from syncclip.result import TranscriptLine

if TYPE_CHECKING:
    from pysubs2 import SSAFile

__all__ = ["SubtitleFormat", "format_subtitles", "read_subtitles"]

SubtitleFormat = Literal["srt", "vtt"]

MAX_FILE_BYTES = 16 << 20
"""A film's subtitles have about a hundred kilobytes."""
MOST_S = 99 * 3600.0
"""SubRip has two digits for hours."""
KINDS = {"srt", "vtt", "ass", "ssa"}
GIVE = "give the subtitles of the movie as .srt, .vtt or .ass"


def read_subtitles(path: Path) -> tuple[TranscriptLine, ...]:
    """The lines of a subtitle file, by start, without markup: SubRip, WebVTT, SubStation.

    Text that is not Unicode is read in the encoding that fits it best.

    Raises:
        InputError: Where the file is missing, too large, or holds no subtitles.
    """
    subtitles = _parsed(_text(path), path)
    lines = [
        TranscriptLine(
            start_s=event.start / 1000,
            end_s=event.end / 1000,
            text=" ".join(html.unescape(event.plaintext).split()),
        )
        for event in subtitles.get_text_events()
        if 0 <= event.start <= event.end <= MOST_S * 1000
    ]
    lines = sorted((line for line in lines if line.text), key=lambda line: line.start_s)
    if not lines:
        raise InputError(f"{path} holds no subtitles; {GIVE}")
    return tuple(lines)


def format_subtitles(lines: Iterable[TranscriptLine], kind: SubtitleFormat) -> str:
    """Lines as the content of a subtitle file."""
    from pysubs2 import SSAEvent, SSAFile

    file = SSAFile()
    for line in lines:
        start_s, end_s = (min(max(s, 0.0), MOST_S) for s in (line.start_s, line.end_s))
        text = " ".join(line.text.split())
        # WebVTT has entities for what would be markup; SubRip has none.
        text = html.escape(text, quote=False) if kind == "vtt" else text.replace("-->", "→")
        if text:
            event = SSAEvent(start=round(start_s * 1000), end=round(end_s * 1000))
            event.plaintext = text
            file.append(event)
    return file.to_string(kind, keep_ssa_tags=True)


def _text(path: Path) -> str:
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; {GIVE}")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; {GIVE}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_FILE_BYTES:
        raise InputError(f"{path} has over {MAX_FILE_BYTES >> 20} MB: no subtitle file; {GIVE}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _guessed(data, path)


def _guessed(data: bytes, path: Path) -> str:
    """Text of a file that is not UTF-8, as many subtitles of other languages are."""
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        raise MissingDependencyError("charset_normalizer", extra="transcribe") from None
    best = from_bytes(data).best()
    if best is None:
        raise InputError(f"{path} is no text; {GIVE}")
    return str(best).removeprefix("\ufeff")


def _parsed(text: str, path: Path) -> SSAFile:
    from pysubs2 import Pysubs2Error, SSAFile
    from pysubs2.formats import autodetect_format

    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        kind = autodetect_format(text)
        return SSAFile.from_string(text, kind) if kind in KINDS else SSAFile()
    except (Pysubs2Error, ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        raise InputError(f"{path} is no subtitle file that can be read; {GIVE}") from None
