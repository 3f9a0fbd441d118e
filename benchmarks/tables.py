"""Tables of the documents, generated from committed results."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.baselines.tables import KIND, side_by_side, table_row
from benchmarks.headline import HEADLINES, SOURCES, headline
from benchmarks.held_out import held_out_sentence

__all__ = ["TableError", "documents", "fill", "markdown"]

_OPEN = "<!-- benchmark:"
_OF_TIERS = "calibration.tiers."
"""Asked of all rows of a suite together."""

_BLOCK = re.compile(
    r"(?P<open><!-- benchmark:(?P<name>[\w-]+) -->)(?P<body>.*?)(?P<close><!-- /benchmark -->)",
    re.DOTALL,
)


class TableError(Exception):
    """A document asks for a table that cannot be made."""


def documents(root: Path) -> list[Path]:
    """The pages of a checkout that have tables: READMEs, and what stands in ``docs``."""
    pages = [*sorted(root.glob("README*.md")), *sorted((root / "docs").glob("*.md"))]
    return [page for page in pages if _OPEN in page.read_text(encoding="utf-8")]


def fill(text: str, *, results: Path) -> str:
    """A document with the table of ``results/NAME.json`` between each pair of markers.

    The markers are ``<!-- benchmark:NAME -->`` and ``<!-- /benchmark -->``. Some names are those of
    headlines, which are made from several results.

    Raises:
        TableError: Results are missing, or a marker has no partner.
    """
    opened = text.count(_OPEN)
    if opened != len(_BLOCK.findall(text)) or opened != text.count("<!-- /benchmark -->"):
        raise TableError("a benchmark marker has no partner; write both, on lines of their own")

    def table(found: re.Match[str]) -> str:
        if found["name"] in HEADLINES:
            made = _headline(found["name"], results)
        else:
            made = markdown(_load(results, found["name"]))
        return f"{found['open']}\n{made}\n{found['close']}"

    return _BLOCK.sub(table, text)


def _load(results: Path, name: str) -> dict[str, Any]:
    path = results / f"{name}.json"
    if not path.is_file():
        raise TableError(f"no results {path.name}; run the benchmark that writes them")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _headline(name: str, results: Path) -> str:
    try:
        return headline(name, {source: _load(results, source) for source in SOURCES})
    except KeyError as error:
        raise TableError(f"{' and '.join(SOURCES)} have nothing called {error}") from error


def markdown(document: dict[str, Any]) -> str:
    """The table of one result file, and a line that says where it comes from."""
    figures = document["figures"]
    lines = []
    if document.get("kind") == KIND:
        lines += [side_by_side(document), "", _met(figures), ""]
    lines += ["| what | measure | asked | measured |", "|---|---|---|---|"]
    lines += [_row(figure) for figure in figures]
    if any(figure["measure"].startswith(_OF_TIERS) for figure in figures):
        sentence = held_out_sentence(document)
        lines += ["", sentence] if sentence else []
    origin = document["environment"]
    hardware = origin["hardware"]
    busy = origin.get("load_average")
    lines += [
        "",
        f"`{origin['command']}` at commit `{(origin['commit'] or 'unknown')[:12]}`"
        f"{' with uncommitted changes' if origin['uncommitted_changes'] else ''}, "
        f"{hardware['cores']} cores ({hardware['cpu']}), {hardware['memory_gib']} GiB"
        f"{'' if busy is None else f', at a load average of {busy}'}.",
    ]
    return "\n".join(lines)


def _met(figures: Sequence[dict[str, Any]]) -> str:
    """How many of the figures that were asked for are met."""
    asked = [figure["met"] for figure in figures if figure["met"] is not None]
    return f"Of {len(asked)} figures asked for, {sum(asked)} are met."


def _row(figure: dict[str, Any]) -> str:
    unit = f" {figure['unit']}" if figure["unit"] else ""
    asked = "–"
    if figure["at_least"] is not None:
        asked = f"≥ {_number(figure['at_least'])}{unit}"
    elif figure["at_most"] is not None:
        asked = f"≤ {_number(figure['at_most'])}{unit}"
    measured = "–" if figure["measured"] is None else f"{_number(figure['measured'])}{unit}"
    if figure["worst"] is not None:
        measured += f" (worst {_number(figure['worst'])})"
    if figure["met"] is False:
        measured = f"**{measured}, missed**"
    return table_row([figure["what"], figure["measure"], asked, measured])


def _number(value: float) -> str:
    """Three decimals below ten, one above."""
    digits = 3 if abs(value) < 10 else 1
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")
