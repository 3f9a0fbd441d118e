"""Corrections in the result file."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from syncclip.reports._validate import reject
from syncclip.result import Action, Correction, PastCorrection, Segment

__all__ = ["corrections_to_json", "decode_corrections", "decode_past", "past_to_json"]


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
            **_panes_to_json(correction, segment_to_json),
        }
        for correction in corrections
    ]


def _panes_to_json(
    correction: Correction, segment_to_json: Callable[[Segment], dict[str, Any]]
) -> dict[str, Any]:
    if correction.panes_before is None:
        return {}
    return {"panes_before": [segment_to_json(pane) for pane in correction.panes_before]}


def past_to_json(corrections: Sequence[PastCorrection]) -> list[dict[str, Any]]:
    """Corrections of results before, as the result file holds them."""
    return [
        {
            "action": correction.action.value,
            "segment": correction.segment,
            "made": correction.made,
            "undone": correction.undone,
            "start_frame": correction.start_frame,
            "end_frame": correction.end_frame,
        }
        for correction in corrections
    ]


def decode_past(items: Sequence[Mapping[str, Any]]) -> tuple[PastCorrection, ...]:
    """The corrections of results before, of a document that fits its schema."""
    return tuple(
        PastCorrection(
            action=Action(item["action"]),
            segment=int(item["segment"]),
            made=item["made"],
            start_frame=int(item["start_frame"]),
            end_frame=int(item["end_frame"]),
            undone=item["undone"],
        )
        for item in items
    )


def decode_corrections(
    items: Sequence[Mapping[str, Any]],
    decode_segment: Callable[[Mapping[str, Any], str], Segment],
    decode_pane: Callable[[Mapping[str, Any], str], Segment],
    path: Path,
) -> tuple[Correction, ...]:
    """The corrections of a document that fits its schema.

    Args:
        items: As :func:`corrections_to_json` wrote them.
        decode_segment: Makes a segment of an item, whose JSON path is its second argument.
        decode_pane: The same for what stands beside others.
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
                panes_before=tuple(
                    decode_pane(each, f"{where}.panes_before[{k}]")
                    for k, each in enumerate(item["panes_before"])
                )
                if "panes_before" in item
                else None,
            )
        )
    return tuple(found)


def _span(segments: Sequence[Segment], where: str, path: Path) -> tuple[int, int]:
    for one, following in itertools.pairwise(segments):
        if one.end_frame != following.start_frame:
            reject(path, where, "its segments leave a gap or overlap")
    return segments[0].start_frame, segments[-1].end_frame
