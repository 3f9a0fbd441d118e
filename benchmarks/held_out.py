"""Calibration on the films that confidence was not fitted on, read off a result file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.calibration import pooled
from benchmarks.rows import Made
from benchmarks.strata import FITTED, REPRISES

__all__ = ["held_out", "held_out_sentence"]

_OWN = "syncclip"


def held_out(document: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """Rows of a result file of whose movies none was fitted on, and their pooled calibration.

    A film that shows some shots twice is the film that it was made of.
    """
    made = (row.cases for row in FITTED if isinstance(row.cases, Made))
    fitted = {film for cases in made for film in cases.films}
    rows = [
        row
        for row in document["rows"]
        if not fitted & {REPRISES.get(movie, movie) for movie in row["movies"]}
    ]
    return len(rows), pooled(scores["calibration"] for row in rows for scores in _own(row))


def held_out_sentence(document: Mapping[str, Any]) -> str:
    """What the pooled calibration is without the films that confidence was fitted on."""
    count, found = held_out(document)
    exact = found["tiers"].get("exact")
    if found["ece"] is None or exact is None:
        return ""
    return (
        f"On films that confidence was not fitted on ({count} of {len(document['rows'])} rows), "
        f"its expected calibration error is {found['ece']:.3f}, and the precision of tier `exact` "
        f"{exact['precision']:.3f}."
    )


def _own(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Scores of SyncClip's own cases, alone or beside other methods."""
    for case in row["cases"]:
        yield case["methods"][_OWN]["scores"] if "methods" in case else case["scores"]
