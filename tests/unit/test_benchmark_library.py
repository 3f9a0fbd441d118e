"""The benchmark of libraries: what its figures are made of, with the long parts stood in for."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks import __main__ as commands
from benchmarks import batches, engine, library, shortlist
from benchmarks.crowd import crowd_views, rows_of
from benchmarks.engine import Cost
from benchmarks.figures import Figure, wilson_lower
from syncclip.encoders import BuiltinEncoder
from syncclip.matching import Commentary, ShortlistSettings
from syncclip.pipeline.shortlisting import current_library
from syncclip.types import PixelRect, Shot
from tests.index_fakes import FakeReader, build, stream_info


def quiet(_: str) -> None:
    return None


def cost(seconds: float) -> Cost:
    return Cost(seconds=seconds, cpu_s=seconds, peak_memory_mib=512.0)


@pytest.mark.parametrize(("found", "of"), [(40, 40), (120, 120), (19, 20), (1, 9)])
def test_a_share_of_few_is_less_certain(found: int, of: int) -> None:
    lower = wilson_lower(found, of)
    # Where that were the true share, so many would be found in one of twenty times.
    deviation = (lower * (1 - lower) / of) ** 0.5
    assert (found / of - lower) / deviation == pytest.approx(1.645, abs=1e-3)


def test_bounds_of_shares_without_exception() -> None:
    assert wilson_lower(40, 40) == pytest.approx(0.9366, abs=1e-4)
    assert wilson_lower(0, 9) == 0.0


def test_what_is_no_share_is_refused() -> None:
    for found, of in ((0, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="is no share"):
            wilson_lower(found, of)


def a_commentary(frames: int = 100, rate: float = 10.0) -> Commentary:
    random = np.random.default_rng(1)
    grey = random.integers(0, 256, (frames, 36, 64), dtype=np.uint8)
    shots = (Shot(0, 25), Shot(25, 70), Shot(70, frames))
    return Commentary(grey, np.arange(frames) / rate, 16 / 9, shots)


def test_pieces_are_commentaries_of_their_own() -> None:
    whole = a_commentary()
    stretches = shortlist._stretches(whole, 3.0)
    assert stretches == [(0, 30), (30, 60), (60, 90)]
    assert shortlist._stretches(whole, 5.0) == [(0, 50), (50, 100)]
    piece = shortlist._piece(whole, 30, 60)
    assert (piece.grey == whole.grey[30:60]).all()
    assert piece.shots == (Shot(0, 30),)
    assert piece.seconds_of(30) == pytest.approx(6.0)
    assert shortlist._piece(whole, 60, 90).shots == (Shot(0, 10), Shot(10, 30))


def test_every_piece_is_looked_up_for_the_films_that_it_shows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = a_commentary(600, rate=20.0)  # two pieces of 15 s: film 0, then film 1 for an instant
    film = np.zeros((600, 2), np.int16)
    film[:, 1] = -1
    film[580:] = 1
    truth = SimpleNamespace(film=film, films=[SimpleNamespace(path=n) for n in ("b.mp4", "a.mp4")])
    read = SimpleNamespace(frames=whole, times=SimpleNamespace(end_s=30.0))
    monkeypatch.setattr(shortlist, "read_commentary", lambda *_, **__: read)
    monkeypatch.setattr(shortlist, "load_truth", lambda _: truth)

    class Nothing:
        def search(self, queries: Any, k: int) -> tuple[Any, Any]:
            shape = (len(queries), k)
            return np.full(shape, -1.0, np.float32), np.full(shape, -1, np.int64)

    names = ["a.mp4", "b.mp4"]
    view = shortlist.view_of(whole.aspect, ShortlistSettings())
    looked = shortlist._looked_up("light", Path("case"), Nothing(), view, names, 3)
    assert looked is not None
    # Without a vote the first film of all is taken, which is not b.mp4.
    assert looked["pieces"] == [(0, 1), (0, 1)]
    assert shortlist._looked_up("light", Path("case"), Nothing(), 1 - view, names, 3) is None


def test_recall_stands_beside_what_it_is_at_least() -> None:
    cases = [{"pieces": [(1, 1)] * 12 + [(0, 0)]}, {"pieces": [[2, 2], [1, 2]]}]
    recall, least = shortlist._recall("films", cases)
    assert recall.what == "films, 15 pieces of 15 s"
    assert recall.measured == pytest.approx(15 / 16)
    assert least.measured == pytest.approx(wilson_lower(15, 16))
    assert shortlist._recall("films", []) == []


def test_what_one_process_shares_is_told_from_two_side_by_side(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    taken = {"1": 60.0, "2": 90.0, "4": 160.0, "first": 100.0, "second": 80.0, "both": 140.0}
    asked: dict[str, list[str]] = {}

    def run(words: list[str], *, scratch: Path) -> Cost:
        name = Path(words[words.index("--output") + 1]).name.removeprefix("batch-")
        asked[name] = words
        return cost(taken[name])

    (tmp_path / "case.mp4").touch()
    truth = SimpleNamespace(frames=3000, fps=30)
    monkeypatch.setattr(engine, "syncclip", run)
    monkeypatch.setattr(engine, "index_movie", lambda *_: None)
    monkeypatch.setattr(batches, "cached_case", lambda *_, **__: (tmp_path, truth))
    figures, runs = batches.measure_batch(
        footage=tmp_path, work=tmp_path, seed=1, repeats=1, say=quiet
    )
    assert [figure.measured for figure in figures] == [0.3, 0.4, 0.4, 0.5]
    assert set(runs["batch"]) == set(taken)
    both = asked["both"]
    assert [*both[2:6]] == ["--jobs", "1", "--workers", "1"]
    assert Path(both[1]).read_text() == "commentary\ncommentary-0.mp4\ncommentary-1.mp4\n"
    assert Path(asked["second"][1]).read_text() == "commentary\ncommentary-1.mp4\n"
    assert len([word for word in asked["4"] if word.endswith(".mp4")]) == 4


def test_a_growing_library_has_the_rows_of_long_films(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = build(
        FakeReader(60, info=stream_info(Path("/films/real.mp4"))),
        tmp_path / "real.idx",
        fingerprint="abc",
        encoders=[BuiltinEncoder()],
        content=PixelRect(0, 0, 160, 90),
    )
    monkeypatch.setattr(library, "CROWD_HOURS", 0.05)
    monkeypatch.setattr(library, "CROWD_S", 5.0)
    folder = library.crowd_library(3, [real], work=tmp_path, say=quiet)
    rows = library.fill_shortlist(folder, [real], hours=library.CROWD_HOURS)
    opened = current_library(folder)
    assert (opened.rows, opened.stored, len(opened.films)) == (rows, True, 3)
    assert [film.rows for film in opened.films[:2]] == [2 * rows_of(0.05)] * 2
    assert 0 < library._opened(folder, rows, work=tmp_path) < 5
    with pytest.raises(engine.BenchmarkError, match="was opened with 3 films"):
        library._opened(folder, rows + 1, work=tmp_path)


def test_a_film_of_two_hours_has_so_many_rows() -> None:
    assert 2 * rows_of(2.0) == 15_600
    signatures = [np.random.default_rng(0).integers(0, 256, (40, 18, 32), dtype=np.uint8)]
    views = crowd_views(signatures, 5, np.random.default_rng(1))
    assert [view.shape for view in views] == [(5, BuiltinEncoder().dim)] * 2


def test_what_was_measured_is_written_after_every_part(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "library.json"

    def first(**_: object) -> tuple[list[Figure], dict[str, Any]]:
        return [Figure(what="a", measure="b", measured=1.0)], {"index_many": [1]}

    def second(**options: Any) -> tuple[list[Figure], dict[str, Any]]:
        assert (options["commentaries"], options["seconds"]) == (6, 30.0)
        assert json.loads(out.read_text(encoding="utf-8"))["index_many"] == [1]
        raise engine.BenchmarkError("stopped")

    monkeypatch.setattr(commands, "measure_index_many", first)
    monkeypatch.setattr(commands, "measure_shortlist", second)
    words = ["library", "--part", "index", "--part", "shortlist", "--out", str(out)]
    words += ["--work", str(tmp_path), "--commentaries", "6", "--seconds", "30"]
    assert commands.main(words) == 1
    assert [each["what"] for each in json.loads(out.read_text())["figures"]] == ["a"]
