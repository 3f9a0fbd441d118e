"""The texts that the package can say, read from its source: what is filled in stands as ``…``."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import syncclip

__all__ = ["templates"]

SHORTEST = 12


@cache
def templates() -> tuple[str, ...]:
    """Every text and every f-string of the package."""
    found = []
    for file in sorted(Path(syncclip.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            text = _template(node)
            if text is not None and len(text) >= SHORTEST:
                found.append(text)
    return tuple(found)


def _template(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
        )
    return None
