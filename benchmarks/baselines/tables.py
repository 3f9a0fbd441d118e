"""Side-by-side table of one result file: strata down, methods across."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["INSTEAD", "KIND", "mean_scores", "side_by_side", "table_row"]

KIND = "side by side"
MEASURES = ("f1@1frame", "f1@0.1s")
INSTEAD = "false"
"""Shown where nothing is from the movie and there is no f1."""


def side_by_side(document: Mapping[str, Any]) -> str:
    """Markdown: f1 at one frame / at 0.1 s of every method on every stratum, the best in bold."""
    methods = [name for name in document["methods"] if _runs(document, name)]
    titles = [document["methods"][name]["title"] for name in methods]
    lines = [
        table_row(["f1@1frame / f1@0.1s", *titles]),
        table_row(["---"] * (len(titles) + 1)),
    ]
    lines += [table_row([row["what"], *_row(row, methods)]) for row in document["rows"]]
    lines += ["", *_notes(document, methods)]
    return "\n".join(lines)


def mean_scores(row: Mapping[str, Any], method: str, measure: str) -> tuple[float | None, int]:
    """Mean of a measure over the cases that a method ran on, and their number."""
    cases = [case["methods"][method] for case in row["cases"] if method in case["methods"]]
    known = [case["scores"][measure] for case in cases]
    known = [value for value in known if value is not None]
    return (float(np.mean(known)) if known else None), len(cases)


def _runs(document: Mapping[str, Any], method: str) -> bool:
    return any(mean_scores(row, method, INSTEAD)[1] for row in document["rows"])


def _row(row: Mapping[str, Any], methods: Sequence[str]) -> list[str]:
    shown = [[mean_scores(row, method, measure)[0] for method in methods] for measure in MEASURES]
    if all(value is None for values in shown for value in values):
        return [_false(row, method) for method in methods]
    columns = [_bold_best(values) for values in shown]
    counts = [mean_scores(row, method, INSTEAD)[1] for method in methods]
    return [
        " / ".join(column[i] for column in columns) + _share(count, len(row["cases"]))
        if count
        else "–"
        for i, count in enumerate(counts)
    ]


def _false(row: Mapping[str, Any], method: str) -> str:
    value, count = mean_scores(row, method, INSTEAD)
    return "–" if value is None else f"false {value:.3f}{_share(count, len(row['cases']))}"


def _share(count: int, cases: int) -> str:
    return "" if count in (0, cases) else f" ({count} of {cases})"


def _bold_best(values: Sequence[float | None]) -> list[str]:
    known = [value for value in values if value is not None]
    best = max(known, default=None)
    texts = ["–" if value is None else f"{value:.3f}" for value in values]
    return [
        f"**{text}**" if value is not None and value == best else text
        for value, text in zip(values, texts, strict=True)
    ]


def _notes(document: Mapping[str, Any], methods: Iterable[str]) -> list[str]:
    described = [document["methods"][name] for name in methods]
    return ["; ".join(f"*{method['title']}*: {method['what']}" for method in described) + "."]


def table_row(cells: Iterable[str]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
