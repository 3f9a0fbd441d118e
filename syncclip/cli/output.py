"""Results to stdout, status to stderr, and nothing that a file name could break."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

__all__ = [
    "StdoutClosed",
    "abandon_stdout",
    "columns",
    "one_line",
    "out",
    "out_json",
    "print_table",
    "tell",
    "tell_notes",
]


USUAL, WIDEST = 200, 10_000
"""Letters in a line of a table, and of one in which nothing is folded."""


class StdoutClosed(Exception):
    """The reader of stdout has gone; the work is done and only its printing is not."""


def one_line(text: object) -> str:
    """Text with line breaks and other control characters written out as escapes."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii")
        for c in str(text)
    )


def out(text: str = "") -> None:
    """Print a result.

    Raises:
        StdoutClosed: Where nobody reads any more.
    """
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        abandon_stdout()
        raise StdoutClosed from None


def out_json(value: object) -> None:
    """Print a result as JSON, readable where the terminal can show it."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(value, indent=2, ensure_ascii=not utf8, default=_plain)
    # A file name that is no valid text stays an escape, as JSON writes it.
    out(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def tell(text: str) -> None:
    """Print one line of status."""
    try:
        sys.stderr.write(one_line(text) + "\n")
        sys.stderr.flush()
    except BrokenPipeError:
        return  # nobody listens; the work goes on


def tell_notes(notes: Iterable[str]) -> None:
    """Print what the user must know of a result, a line each."""
    for note in notes:
        tell(f"note: {note}")


def columns(rows: Iterable[Sequence[object]]) -> str:
    """Names and values side by side; each value on its own line."""
    lines = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, whole: bool = False) -> None:
    """Print a table as a result, with a ruled head.

    Args:
        head: Of the columns.
        rows: Their cells.
        whole: Fold no cell, however long: paths are copied out of it.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for cell in head:
        table.add_column(Text(one_line(cell)))
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    page = StringIO()
    Console(file=page, width=WIDEST if whole else USUAL, no_color=True).print(table)
    out("\n".join(line.rstrip() for line in page.getvalue().strip("\n").splitlines()))


def abandon_stdout() -> None:
    """Point stdout nowhere, so that Python's own flush at exit has nothing to fail on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be printed as JSON")
