"""What a library of many films costs, and whether the right films are found in it."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks import engine
from benchmarks.accuracy import cached_case
from benchmarks.crowd import CrowdFilm, crowd_views, rows_of
from benchmarks.engine import Say
from benchmarks.figures import Figure
from benchmarks.make import CaseSpec
from benchmarks.rows import BUNNY, CAMINANDES
from benchmarks.score import score_case
from benchmarks.truth import load_truth
from syncclip.config import IndexConfig
from syncclip.contracts import VideoReader
from syncclip.demo.film import make_film
from syncclip.encoders import BuiltinEncoder
from syncclip.index import DescribeFilm, MovieIndex, build_index, open_index, open_library
from syncclip.pipeline.shortlisting import describe_films
from syncclip.types import PixelRect

__all__ = ["FILMS", "crowd_library", "measure_growth", "measure_twenty", "real_signatures"]

SINTEL = "sintel_trailer_480x204_crop.mp4"
NOSFERATU = "nosferatu_1922_48s_640x480.mp4"
FILMS = (BUNNY, CAMINANDES, SINTEL)
"""What commentaries are cut from."""
TWENTY = 20
CROWD_S = 120.0
"""Of a film of the crowd: its index is opened where it is on the shortlist, which it never is."""
CROWD_HOURS = 2.0
"""Of film that its rows in the shortlist stand for, by which opening and searching cost."""
DECADES = (10, 100, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """One size of a library."""

    films: int
    rows: int
    """Of the shortlist."""
    open_s: float
    match_s: float
    peak_memory_mib: float


def indexed(films: Sequence[str], *, footage: Path, work: Path, say: Say) -> list[Path]:
    """Indexes of films of the footage, made where they are missing."""
    paths = []
    for name in films:
        path = engine.index_path(footage / name, work=work)
        if not path.exists():
            say(f"indexing {name}")
            engine.index_movie(footage / name, path)
        paths.append(path)
    return paths


def real_signatures(indexes: Sequence[Path]) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    """Signatures of films, as a crowd is made of them."""
    found = []
    for path in indexes:
        with open_index(path) as index:
            found.append(np.array(index.signatures))
    return found


def measure_twenty(
    *, footage: Path, work: Path, seeds: Sequence[int], say: Say
) -> tuple[list[Figure], dict[str, Any]]:
    """Accuracy in a library of twenty films, beside the three that the commentary is cut from."""
    folder = work / "library-20"
    folder.mkdir(parents=True, exist_ok=True)
    for path in indexed(FILMS, footage=footage, work=work, say=say):
        _linked(path, folder)
    for seed in range(TWENTY - len(FILMS)):
        path = folder / f"seeded-{seed}.idx"
        if not path.exists():
            say(f"making film {seed}")
            film = work / "seeded" / f"seeded-{seed}.mp4"
            film.parent.mkdir(parents=True, exist_ok=True)
            make_film(film, seed=seed)
            engine.index_movie(film, path)
    cases: list[dict[str, Any]] = []
    for seed in seeds:
        case, _ = cached_case(_spec(footage, seed=seed, duration_s=150.0), work=work)
        scores: dict[str, Any] = {}
        for name, where, more in (
            ("alone", indexed(FILMS, footage=footage, work=work, say=say), ()),
            ("library", [folder], ("--shortlist", "always")),
        ):
            say(f"seed {seed}: {name}")
            out = work / "results" / f"library-{name}-{seed}"
            result, cost = engine.match(case / "case.mp4", where, out, more=more)
            measured = score_case(case, result, work=work)
            scores[name] = {
                **{key: measured[key] for key in ("f1@1frame", "f1@0.1s", "false", "claimed")},
                "wrong_film": _wrong_film(case, result),
                "cost": asdict(cost),
            }
        cases.append({"seed": seed, **scores})
    loss = [case["alone"]["f1@0.1s"] - case["library"]["f1@0.1s"] for case in cases]
    wrong = [case["library"]["wrong_film"] for case in cases]
    what = f"{TWENTY} films, typical commentary cut from 3 of them"
    figures = [
        Figure(
            what=what,
            measure="f1@0.1s",
            measured=float(np.mean([case["library"]["f1@0.1s"] for case in cases])),
            worst=min(case["library"]["f1@0.1s"] for case in cases),
        ),
        Figure(
            what=what,
            measure="f1@0.1s below that of the 3 films alone",
            measured=float(np.mean(loss)),
            worst=max(loss),
            at_most=0.01,
        ),
        Figure(
            what=what,
            measure="frames given to a wrong film",
            measured=float(np.mean(wrong)),
            worst=max(wrong),
            at_most=0.001,
        ),
    ]
    return figures, {"twenty": cases}


def _spec(footage: Path, *, seed: int, duration_s: float) -> CaseSpec:
    return CaseSpec(
        films=tuple(footage / name for name in FILMS),
        inserts=(footage / NOSFERATU,),
        style="typical",
        seed=seed,
        duration_s=duration_s,
    )


def _wrong_film(case: Path, result: Path) -> float:
    """Share of the commentary's frames that were given to a film that they do not show."""
    truth = load_truth(case)
    names = [Path(film.path).name for film in truth.films]
    document = json.loads(result.read_text(encoding="utf-8"))
    wrong = 0
    for segment in document["primary_segments"]:
        if segment["movie"] is None:
            continue
        rows = truth.film[segment["youtube_start_frame"] : segment["youtube_end_frame"]]
        shown = [{names[f] for f in row if f >= 0} for row in np.atleast_2d(rows)]
        wrong += sum(segment["movie"] not in film for film in shown if film)
    return wrong / truth.frames


def measure_growth(
    *, footage: Path, work: Path, seed: int, repeats: int, say: Say
) -> tuple[list[Figure], dict[str, Any]]:
    """Time to open a library, and to match against it, as it grows by tens."""
    real = indexed(FILMS, footage=footage, work=work, say=say)
    case, truth = cached_case(_spec(footage, seed=seed, duration_s=150.0), work=work)
    duration_s = truth.frames / float(truth.fps)
    found = []
    for films in DECADES:
        folder = crowd_library(films, real, work=work, say=say)
        say(f"{films} films: bringing the library up to date")
        rows = fill_shortlist(folder, real, hours=CROWD_HOURS)
        opening = min(_opened(folder, rows, work=work) for _ in range(3))
        costs = []
        for turn in range(repeats):
            say(f"{films} films: matching ({turn + 1} of {repeats})")
            out = work / "results" / "library-growth"
            costs.append(engine.match(case / "case.mp4", [folder], out)[1])
        fastest = min(costs, key=lambda cost: cost.seconds)
        found.append(
            Growth(
                films=films,
                rows=rows,
                open_s=opening,
                match_s=fastest.seconds,
                peak_memory_mib=fastest.peak_memory_mib,
            )
        )
    figures = [
        Figure(
            what=f"library of {found[-1].films} films of {CROWD_HOURS:g} h",
            measure="opening it",
            measured=found[-1].open_s,
            at_most=1.0,
            unit="s",
        )
    ]
    figures += [
        Figure(
            what=f"{size.films} films, {duration_s:.0f} s of commentary",
            measure="match time ÷ commentary duration",
            measured=size.match_s / duration_s,
        )
        for size in found
    ]
    figures += [
        Figure(
            what=f"from {small.films} to {large.films} films",
            measure="match time grows by a factor of",
            measured=large.match_s / small.match_s,
            at_most=2.0,
        )
        for small, large in itertools.pairwise(found)
    ]
    return figures, {"growth": [asdict(size) for size in found]}


def crowd_library(films: int, real: Sequence[Path], *, work: Path, say: Say) -> Path:
    """A folder of so many films: the real ones, and a crowd of two minutes each."""
    folder, pool = work / f"library-{films}-{CROWD_HOURS:g}h", work / "crowd"
    folder.mkdir(parents=True, exist_ok=True)
    pool.mkdir(parents=True, exist_ok=True)
    for path in real:
        _linked(path, folder)
    signatures = None
    for seed in range(films - len(real)):
        path = pool / f"crowd-{seed:05}.idx"
        if not path.exists():
            signatures = signatures or real_signatures(real)
            if seed % 100 == 0:
                say(f"making films of the crowd from number {seed}")
            film = CrowdFilm(signatures, seed, CROWD_S)
            build_index(
                cast(VideoReader, film),  # what building asks of one
                output=path,
                config=IndexConfig(),
                fingerprint=f"{seed:032x}",
                content=PixelRect(0, 0, 320, 180),
                encoders=[BuiltinEncoder()],
                detect_shots=lambda _, film=film: film.shots,  # type: ignore[misc]
            )
        _linked(path, folder)
    return folder


def fill_shortlist(folder: Path, real: Sequence[Path], *, hours: float) -> int:
    """Bring a library up to date as if the films of the crowd were this long; all of its rows."""
    made, signatures = describe_films(), real_signatures(real)

    def describe(index: MovieIndex) -> Sequence[NDArray[np.float32]]:
        if not index.name.startswith("crowd-"):
            return made.describe(index)
        rng = np.random.default_rng([int(index.manifest.fingerprint, 16), 3])
        return crowd_views(signatures, rows_of(hours), rng)

    # By the name of the true one: what opens the library finds it up to date.
    return open_library(folder, DescribeFilm(describe, made.fingerprint)).rows


def _linked(path: Path, folder: Path) -> None:
    target = folder / path.name
    if target.exists() and target.stat().st_size != path.stat().st_size:
        target.unlink()
    if not target.exists():
        target.hardlink_to(path)


def _opened(folder: Path, rows: int, *, work: Path) -> float:
    """Seconds that opening takes in a new process, without starting Python."""
    report = work / "opened.json"
    code = (
        "import json, sys, time\n"
        "from pathlib import Path\n"
        "from syncclip.pipeline.shortlisting import current_library\n"
        "began = time.perf_counter()\n"
        "library = current_library(Path(sys.argv[1]))\n"
        "taken = time.perf_counter() - began\n"
        "found = [len(library.films), library.rows, taken]\n"
        "Path(sys.argv[2]).write_text(json.dumps(found))\n"
    )
    engine.measured([sys.executable, "-c", code, str(folder), str(report)], scratch=work)
    films, there, seconds = json.loads(report.read_text(encoding="utf-8"))
    if (films, there) != (len(list(folder.glob("*.idx"))), rows):
        raise engine.BenchmarkError(f"{folder} was opened with {films} films, {there} rows")
    return float(seconds)
