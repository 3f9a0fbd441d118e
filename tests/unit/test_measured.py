"""Times that tests keep where the documents' tables are made from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.tables import fill
from tests.measured import FOLDER, keep_times

TOOK = {"open": 900.0, "next": 12.4, "save": 250.0}


def test_times_are_told_and_kept_where_a_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: dict[str, int] = {}
    keep = {"record": told.__setitem__, "test": "tests/x.py -k y", "unasked": ("open",)}
    monkeypatch.delenv(FOLDER, raising=False)
    keep_times("times", "a page", TOOK, **keep)
    assert told == {"a page, open, ms": 900, "a page, next, ms": 12, "a page, save, ms": 250}
    assert "a page, ms: open 900, next 12, save 250" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv(FOLDER, str(tmp_path))
    keep_times("times", "a page", TOOK, **keep)
    document = json.loads((tmp_path / "times.json").read_text("utf-8"))
    assert [figure["met"] for figure in document["figures"]] == [None, True, False]
    table = fill("<!-- benchmark:times --><!-- /benchmark -->", results=tmp_path)
    assert "| a page | save | ≤ 200 ms | **250 ms, missed** |" in table
    assert "pytest -n 0 tests/x.py -k y" in table
