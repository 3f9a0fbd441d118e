"""Processes that a test started and waits for."""

from __future__ import annotations

from pathlib import Path

__all__ = ["of_session"]


def of_session(leader: int) -> list[str]:
    """Command lines of the processes that a session still has."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            line = (folder / "cmdline").read_text(encoding="utf-8").replace("\0", " ")
        except OSError:  # it has just ended
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append(line)
    return found
