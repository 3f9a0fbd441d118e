"""Corrections in the result file."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from syncclip.reports._validate import reject
from syncclip.result import Action, Correction, Segment

__all__ = ["corrections_to_json", "decode_corrections"]


def corrections_to_json(
    corrections: Sequence[Correction], segment_to_json: Callable[[Segment], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Corrections as the result file holds them, each with its segments whole."""
    return [
        {
            "action": correction.action.value,
            "segment": correction.segment,
            "made": correction.made,
            "undone": correction.undone,
            "before": [segment_to_json(segment) for segment in correction.before],
            "after": [segment_to_json(segment) for segment in correction.after],
        }
        for correction in corrections
    ]


def decode_corrections(
    items: Sequence[Mapping[str, Any]],
    decode_segment: Callable[[Mapping[str, Any], str], Segment],
    path: Path,
) -> tuple[Correction, ...]:
    """The corrections of a document that fits its schema.

    Args:
        items: As :func:`corrections_to_json` wrote them.
        decode_segment: Makes a segment of an item, whose JSON path is its second argument.
        path: The file, for errors.

    Raises:
        ResultError: Where a correction does not put segments over the frames that it took.
    """
    found = []
    for i, item in enumerate(items):
        where = f"corrections[{i}]"
        runs = {
            side: tuple(
                decode_segment(each, f"{where}.{side}[{k}]") for k, each in enumerate(item[side])
            )
            for side in ("before", "after")
        }
        if _span(runs["before"], where, path) != _span(runs["after"], where, path):
            reject(path, where, "before and after are not over the same frames")
        found.append(
            Correction(
                action=Action(item["action"]),
                segment=int(item["segment"]),
                made=item["made"],
                before=runs["before"],
                after=runs["after"],
                undone=item["undone"],
            )
        )
    return tuple(found)


def _span(segments: Sequence[Segment], where: str, path: Path) -> tuple[int, int]:
    for one, following in itertools.pairwise(segments):
        if one.end_frame != following.start_frame:
            reject(path, where, "its segments leave a gap or overlap")
    return segments[0].start_frame, segments[-1].end_frame
