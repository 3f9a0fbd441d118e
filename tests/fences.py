"""What stands in the fences of a Markdown page: commands of a shell, and Python."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Command", "commands", "programs"]

_FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_VARIABLE = re.compile(r"\$(\w+)")
_ASSIGNMENT = re.compile(r"(\w+)=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """One command as a page shows it."""

    shown: str
    """The line that it stands in."""
    words: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    """Variables that are set for it alone."""


def commands(page: Path) -> list[Command]:
    """Every command in the ``sh`` and ``console`` fences of a page, in order."""
    found: list[Command] = []
    for fence in _FENCE.finditer(page.read_text(encoding="utf-8")):
        if fence["language"] in ("sh", "bash", "console"):
            found += _commands(_lines(fence["body"], fence["language"]))
    return found


def programs(page: Path) -> list[str]:
    """Every ``python`` fence of a page."""
    text = page.read_text(encoding="utf-8")
    return [fence["body"] for fence in _FENCE.finditer(text) if fence["language"] == "python"]


def _lines(body: str, language: str) -> list[str]:
    """Lines that are typed: what a console prints is left out, long lines are put together."""
    lines = body.replace("\\\n", " ").splitlines()
    if language != "console":
        return lines
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def _commands(lines: list[str]) -> Iterator[Command]:
    known: dict[str, str] = {}
    for line in lines:
        for words in _between(shlex.split(line, comments=True)):
            filled = [_filled(word, known) for word in words]
            own: list[tuple[str, str]] = []
            while filled and (set_ := _ASSIGNMENT.fullmatch(filled[0])):
                own.append((set_[1], set_[2]))
                filled.pop(0)
            if filled:
                yield Command(line, tuple(filled), tuple(own))
            else:
                known |= dict(own)


def _filled(word: str, known: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda name: known[name[1]], word)


def _between(words: list[str]) -> Iterator[list[str]]:
    """The commands of a line: ``a && b`` are two."""
    run: list[str] = []
    for word in [*words, "&&"]:
        if word == "&&":
            yield run
            run = []
        else:
            run.append(word)
