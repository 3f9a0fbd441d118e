"""The films of a suite: those of the footage, and those that are made of them first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.reprise import reprise
from benchmarks.suites import REPRISES, Made, Row

__all__ = ["prepared_footage"]


def prepared_footage(rows: Sequence[Row], *, footage: Path, work: Path) -> Path:
    """A folder with every film that the rows name; the footage itself where it has them all.

    Films that show shots twice are made once and kept in ``work``.
    """
    names = {name for row in rows for name in row.movies}
    names |= {name for row in rows if isinstance(row.cases, Made) for name in row.cases.films}
    if not names & REPRISES.keys():
        return footage
    folder = work / "footage"
    folder.mkdir(parents=True, exist_ok=True)
    for film in footage.iterdir():
        link = folder / film.name
        if not link.is_symlink() or link.resolve() != film.resolve():
            link.unlink(missing_ok=True)
            link.symlink_to(film.absolute())
    for name in sorted(names & REPRISES.keys()):
        if not (folder / name).exists():
            reprise(footage / REPRISES[name], folder / name)
    return folder
