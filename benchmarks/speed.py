"""What indexing and matching cost, each against something run in the same call."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import engine
from benchmarks.accuracy import cached_case
from benchmarks.engine import Cost, Say
from benchmarks.figures import Figure
from benchmarks.films import read_facts
from benchmarks.lengthen import lengthen
from benchmarks.make import CaseSpec

__all__ = ["Measured", "decode_cost", "measure_indexing", "measure_long_film", "measure_matching"]

_GIB_IN_MIB = 1024
_MEGABYTE = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Figures, and the runs behind them."""

    figures: Sequence[Figure]
    runs: dict[str, Any]


def measure_indexing(film: Path, *, repeats: int, work: Path, say: Say) -> Measured:
    """Index time ÷ decode-only time and index size; the fastest of each counts.

    Decoding and indexing take turns, so that a busy machine disturbs both alike.
    """
    index = engine.index_path(film, work=work)
    decode_costs, index_costs = [], []
    for turn in range(repeats):
        say(f"decoding and indexing {film.name} ({turn + 1} of {repeats})")
        decode_costs.append(decode_cost(film, scratch=work))
        index_costs.append(engine.index_movie(film, index))
    ratio = _fastest(index_costs).seconds / _fastest(decode_costs).seconds
    figures = [
        Figure(
            what=f"indexing {film.name}",
            measure="index time ÷ decode-only time",
            measured=ratio,
            at_most=1.5,
        ),
        _size(film, index),
    ]
    costs = {"decode_costs": decode_costs, "index_costs": index_costs}
    return Measured(figures=figures, runs={name: _plain(each) for name, each in costs.items()})


def measure_matching(
    film: Path, *, seed: int, repeats: int, work: Path, say: Say, hours: float = 0.0
) -> Measured:
    """Match time ÷ commentary duration for a *typical* commentary; the fastest run counts.

    Args:
        film: Film that the commentary is cut from and matched against.
        seed: Of the commentary.
        repeats: Runs.
        work: Folder for cases, indexes and results.
        say: Told what is being done.
        hours: Match against the film repeated for so long instead.
    """
    folder, truth = cached_case(CaseSpec(films=(film,), style="typical", seed=seed), work=work)
    movie = _lengthened(film, hours, work=work, say=say) if hours else film
    index = engine.index_path(movie, work=work)
    say(f"indexing {movie.name}")
    engine.index_movie(movie, index)
    costs = []
    for turn in range(repeats):
        say(f"matching ({turn + 1} of {repeats})")
        costs.append(engine.match(folder / "case.mp4", [index], work / "results" / "speed")[1])
    fastest = _fastest(costs)
    duration_s = truth.frames / float(truth.fps)
    what = (
        f"matching {duration_s:.0f} s against {read_facts(movie).duration_s / 60:.0f} min of film"
    )
    figures = [
        Figure(
            what=what,
            measure="match time ÷ commentary duration",
            measured=fastest.seconds / duration_s,
            at_most=1.0 if hours else 0.5,
        ),
        _memory(what, fastest),
    ]
    name = "long_match_costs" if hours else "match_costs"
    return Measured(figures=figures, runs={"seed": seed, name: _plain(costs)})


def measure_long_film(film: Path, *, hours: float, work: Path, say: Say) -> Measured:
    """Peak memory of indexing a film and the same film repeated for ``hours``."""
    long = _lengthened(film, hours, work=work, say=say)
    costs = {}
    for movie in (film, long):
        say(f"indexing {movie.name}")
        costs[movie.name] = engine.index_movie(movie, engine.index_path(movie, work=work))
    facts = read_facts(long)
    what = f"indexing {hours:g} h at {facts.width_px}×{facts.height_px}"
    growth = costs[long.name].peak_memory_mib - costs[film.name].peak_memory_mib
    figures = [
        _memory(what, costs[long.name], at_most=1.5),
        Figure(
            what=what,
            measure=f"peak memory beyond that of {read_facts(film).duration_s / 60:.1f} min",
            measured=growth / _GIB_IN_MIB,
            unit="GiB",
        ),
        _size(long, engine.index_path(long, work=work)),
    ]
    runs = {name: asdict(cost) for name, cost in costs.items()}
    return Measured(figures=figures, runs={"long_film_costs": runs})


def _lengthened(film: Path, hours: float, *, work: Path, say: Say) -> Path:
    """The film repeated for so long."""
    work.mkdir(parents=True, exist_ok=True)
    long = work / f"{film.stem}-{hours:g}h.mp4"
    if not long.exists():
        say(f"making {long.name}")
        lengthen(film, long, seconds=hours * 3600)
    return long


def _size(film: Path, index: Path) -> Figure:
    hours = read_facts(film).duration_s / 3600
    return Figure(
        what=f"indexing {film.name}",
        measure="index size per film hour",
        measured=index.stat().st_size / _MEGABYTE / hours,
        at_most=80,
        unit="MB",
    )


def _memory(what: str, cost: Cost, *, at_most: float | None = None) -> Figure:
    return Figure(
        what=what,
        measure="peak memory",
        measured=cost.peak_memory_mib / _GIB_IN_MIB,
        at_most=at_most,
        unit="GiB",
    )


def decode_cost(film: Path, *, scratch: Path) -> Cost:
    """What only decoding a film costs."""
    scratch.mkdir(parents=True, exist_ok=True)
    return engine.measured([sys.executable, "-m", "benchmarks.decode", str(film)], scratch=scratch)


def _fastest(costs: Sequence[Cost]) -> Cost:
    return min(costs, key=lambda cost: cost.seconds)


def _plain(costs: Sequence[Cost]) -> list[dict[str, float]]:
    return [asdict(cost) for cost in costs]
