"""Speed figures: which runs they are made of, with the engine stood in for."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import engine, speed
from benchmarks.engine import Cost
from benchmarks.films import FilmFacts

MOVIE = Path("film.mp4")


def cost(seconds: float, memory: float = 512.0) -> Cost:
    return Cost(seconds=seconds, cpu_s=seconds, peak_memory_mib=memory)


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Half an hour of film; costs are handed out in the order they are put here."""
    state = SimpleNamespace(decode=[], index=[], match=[], order=[], bytes=20_000_000)

    def facts(path):
        return FilmFacts(
            path=path,
            width_px=1920,
            height_px=1080,
            sample_aspect=Fraction(1),
            frame_rate=Fraction(24),
            time_base=Fraction(1, 24),
            start_pts=0,
            duration_s=7200.0 if "2h" in path.name else 1800.0,
        )

    def run(words, *, scratch):
        assert "benchmarks.decode" in words
        state.order.append("decode")
        return state.decode.pop(0)

    def index(movie, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(state.bytes))
        state.order.append("index")
        return state.index.pop(0)

    def match(commentary, indexes, out):
        return out / "result.json", state.match.pop(0)

    def lengthen(film, out, *, seconds):
        assert seconds == 7200
        out.write_bytes(b"long")

    monkeypatch.setattr(speed, "read_facts", facts)
    monkeypatch.setattr(speed, "lengthen", lengthen)
    monkeypatch.setattr(engine, "measured", run)
    monkeypatch.setattr(engine, "index_movie", index)
    monkeypatch.setattr(engine, "match", match)
    truth = SimpleNamespace(frames=4500, fps=Fraction(30))
    monkeypatch.setattr(speed, "cached_case", lambda spec, work: (tmp_path, truth))
    return state


def silent(line: str) -> None:
    pass


def test_index_ratio_is_fastest_over_fastest_in_turns(machine, tmp_path):
    machine.decode, machine.index = [cost(12), cost(10), cost(11)], [cost(15), cost(14), cost(20)]
    measured = speed.measure_indexing(MOVIE, repeats=3, work=tmp_path, say=silent)
    ratio, size = measured.figures
    assert ratio.measured == pytest.approx(1.4)
    assert ratio.met is True
    assert (size.measured, size.unit) == (40.0, "MB")  # 20 MB for half an hour
    assert machine.order == ["decode", "index"] * 3
    assert [each["seconds"] for each in measured.runs["index_costs"]] == [15, 14, 20]


def test_match_ratio_is_time_over_the_commentarys_length(machine, tmp_path):
    machine.index, machine.match = [cost(30)], [cost(90, 1024), cost(60, 2048)]
    measured = speed.measure_matching(MOVIE, seed=101, repeats=2, work=tmp_path, say=silent)
    ratio, memory = measured.figures
    assert ratio.measured == pytest.approx(60 / 150)
    assert ratio.met is True
    assert memory.measured == pytest.approx(2.0)


def test_long_film_shows_its_peak_and_what_it_is_beyond_the_short_one(machine, tmp_path):
    machine.index = [cost(10, 512), cost(400, 1792)]
    measured = speed.measure_long_film(MOVIE, hours=2, work=tmp_path, say=silent)
    peak, growth, size = measured.figures
    assert (peak.measured, peak.met) == (1.75, False)
    assert growth.measured == pytest.approx(1.25)
    assert size.measured == pytest.approx(10.0)
