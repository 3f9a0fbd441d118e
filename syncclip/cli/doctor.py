"""``syncclip doctor``: what works here and what to install."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from syncclip.cli.options import Json
from syncclip.cli.outcome import Exit
from syncclip.cli.output import columns, one_line, out, out_json

if TYPE_CHECKING:
    from syncclip.cli.checks import Check

__all__ = ["doctor"]

MARKS = {"works": "ok", "absent": "-", "broken": "MISSING"}


def doctor(*, json: Json = False) -> None:
    """Check this machine: ffmpeg, codecs, CPU, GPU, optional parts, and what to install.

    Ends with exit code 1 where something is missing that the main job needs.
    """
    from syncclip.cli.checks import State, all_checks

    checks = all_checks()
    broken = [check for check in checks if check.state is State.BROKEN]
    if json:
        out_json({"works": not broken, "checks": [asdict(check) for check in checks]})
    else:
        _print(checks)
        out()
        out("SyncClip works here." if not broken else f"{len(broken)} missing: see the commands.")
    if broken:
        raise typer.Exit(Exit.FAILED)


def _print(checks: list[Check]) -> None:
    lines = columns((MARKS[c.state], c.name, c.found) for c in checks).splitlines()
    group = ""
    for check, line in zip(checks, lines, strict=True):
        if check.group != group:
            group = check.group
            out(group if check is checks[0] else f"\n{group}")
        out("  " + line)
        if check.remedy:
            out(f"  {'':7}  -> {one_line(check.remedy)}")
