"""How the cost of a match grows with a library: a plot of what the benchmark of libraries wrote."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["draw_growth"]


def draw_growth(results: Path, picture: Path) -> None:
    """Draw the time of a match, and of opening the library, over the number of films.

    Raises:
        ValueError: The file has no sizes of a library.
    """
    from matplotlib.figure import Figure

    document = json.loads(results.read_text(encoding="utf-8"))
    if "growth" not in document:
        raise ValueError(f"{results.name} has no growth; draw what `library` wrote")
    sizes = document["growth"]
    films = [size["films"] for size in sizes]
    figure = Figure(figsize=(5.6, 3.8), dpi=110, layout="constrained")
    axis = figure.subplots()
    for name, what, colour in (
        ("match_s", "matching 150 s of commentary", "#0969da"),
        ("open_s", "opening the library", "#9a6700"),
    ):
        axis.plot(films, [size[name] for size in sizes], color=colour, marker="o", label=what)
    doubled = [sizes[0]["match_s"] * 2**n for n in range(len(sizes))]
    axis.plot(
        films, doubled, color="#57606a", linewidth=0.8, linestyle="--", label="twice per decade"
    )
    axis.set(xlabel="films in the library", ylabel="seconds", xscale="log", yscale="log")
    axis.legend()
    axis.grid(color="#d0d7de", linewidth=0.6, which="both")
    axis.set_axisbelow(True)
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture)
