"""``syncclip info``: what an index or a result holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from syncclip.cli.options import Json
from syncclip.cli.output import one_line, out, out_json

__all__ = ["info"]


def info(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="An .idx file, or a visual_match_results.json.",
            show_default=False,
        ),
    ],
    *,
    json: Json = False,
) -> None:
    """Say what an index or a result holds."""
    import syncclip

    facts = syncclip.describe(file)
    if json:
        out_json(facts)
        return
    for line in _lines(facts):
        out(line)


def _lines(facts: Mapping[str, Any], *, indent: str = "") -> Iterator[str]:
    """Names and values side by side; what holds more of them follows indented."""
    width = max((len(_title(name)) for name in facts), default=0)
    for name, value in facts.items():
        title = f"{indent}{_title(name)}"
        if isinstance(value, Mapping) and value:
            yield title
            yield from _lines(value, indent=indent + "  ")
        elif _holds_records(value):
            for number, item in enumerate(value, start=1):
                yield f"{title} {number}"
                yield from _lines(item, indent=indent + "  ")
        else:
            yield f"{title.ljust(width + len(indent))}  {_shown(value)}".rstrip()


def _title(name: str) -> str:
    return one_line(name).replace("_", " ")


def _holds_records(value: object) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value)


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"
    if isinstance(value, list | tuple):
        return ", ".join(_shown(item) for item in value) or "-"
    return one_line(value)
