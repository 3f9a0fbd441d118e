"""Cases of a suite that is under way: one that was stopped goes on where it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.environment import clean_commit
from syncclip._files import write_text

__all__ = ["Keep", "unfinished"]

Keep = Callable[[str, Callable[[], dict[str, Any]]], dict[str, Any]]
"""Takes the name of a case and what measures it; gives what was measured, now or before."""


@contextmanager
def unfinished(folder: Path) -> Iterator[Keep]:
    """Keep what each case gave until all of them are done, for a run of the very same code.

    Code with changes that are not committed has no name to know it by: nothing is kept of it.

    Args:
        folder: Of this suite alone; removed when all is done.
    """
    commit = clean_commit()

    def keep(name: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        path = folder / f"{name}.json"
        if commit is not None and path.exists():
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["commit"] == commit:
                return dict(document["measured"])
        measured = measure()
        if commit is not None:
            write_text(path, json.dumps({"commit": commit, "measured": measured}))
        return measured

    yield keep
    shutil.rmtree(folder, ignore_errors=True)
