"""The transcript in the result file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from syncclip.reports._validate import reject
from syncclip.result import SpokenWord, TranscriptLine

__all__ = ["decode_transcript", "transcript_to_json"]


def transcript_to_json(transcript: Sequence[TranscriptLine]) -> list[dict[str, Any]]:
    """Lines as the result file holds them."""
    return [
        {
            "start": float(line.start_s),
            "end": float(line.end_s),
            "text": line.text,
            "words": [[float(word.start_s), float(word.end_s), word.text] for word in line.words],
        }
        for line in transcript
    ]


def decode_transcript(items: Sequence[Mapping[str, Any]], path: Path) -> tuple[TranscriptLine, ...]:
    """The lines of a document that fits its schema.

    Raises:
        ResultError: Where something ends before it starts, or lines are out of order.
    """
    lines: list[TranscriptLine] = []
    for i, item in enumerate(items):
        line = _line(item)
        spans = [(line.start_s, line.end_s), *((w.start_s, w.end_s) for w in line.words)]
        if any(end_s < start_s for start_s, end_s in spans):
            reject(path, f"transcript[{i}]", "ends before it starts")
        if lines and line.start_s < lines[-1].start_s:
            reject(path, f"transcript[{i}].start", f"{line.start_s} is before the line above it")
        lines.append(line)
    return tuple(lines)


def _line(item: Mapping[str, Any]) -> TranscriptLine:
    return TranscriptLine(
        start_s=float(item["start"]),
        end_s=float(item["end"]),
        text=item["text"],
        words=tuple(
            SpokenWord(start_s=float(start), end_s=float(end), text=text)
            for start, end, text in item.get("words", ())
        ),
    )
