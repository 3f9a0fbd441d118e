"""The command line as tests go through it."""

from __future__ import annotations

from typing import Any

from typer.main import get_command

from syncclip.cli import app

__all__ = ["commands"]


def commands() -> dict[str, Any]:
    """Every command by its words; those of a group after the group's own name."""
    found: dict[str, Any] = {}
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", {})
        found |= {f"{name} {sub}": part for sub, part in inner.items()} or {name: command}
    return found
