"""Pictures of a result's segments, read in several threads."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from syncclip.pipeline import stills
from syncclip.pipeline.stills import Stills, WantedStills, read_stills
from syncclip.sheet import Moment

COUNT = 60


def wanted(path: Path | None) -> WantedStills:
    moments = (Moment(n, "middle", float(n), "film.mkv", float(n)) for n in range(COUNT))
    return WantedStills(path, "movie", None, tuple((float(m.segment), m) for m in moments))


def test_pieces_hold_every_moment_once_and_in_order() -> None:
    whole = wanted(None)
    parts = list(whole.parts())
    assert len(parts) > 1
    assert tuple(moment for part in parts for moment in part.moments) == whole.moments


@pytest.mark.parametrize("there", [True, False])
def test_a_file_that_cannot_be_read_is_told_once(tmp_path: Path, there: bool) -> None:
    path = tmp_path / "film.mkv" if there else None
    if path is not None:
        path.write_bytes(b"no video")
    told: list[int] = []
    found = read_stills([wanted(path)], "pyav", told.append)
    assert not found.pictures
    assert len(found.notes) == 1
    assert sum(told) == COUNT


def test_no_thread_goes_on_after_the_run_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(part: WantedStills, _reader: str, stop: threading.Event) -> Stills:
        if part.moments[0][0] > 0:
            stop.wait(60)
        return Stills()

    def stopped(_count: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stills, "_read_part", endless)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        read_stills([wanted(None)], "pyav", stopped)
    assert threading.active_count() == before
