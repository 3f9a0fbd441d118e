"""Draws the figures of docs/how-it-works.md: a diagram, and two plots of what syncclip demo found.

python docs/figures.py syncclip-demo docs/images
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from picture import COLOURS, save
from PIL import Image

from syncclip.index import open_index
from syncclip.reports import read_result
from syncclip.result import MatchResult, Tier
from syncclip.video import open_video

BOX_PX = (132, 62)
GAP_PX = 26
LINE_PX = 16
ROAD = (
    (
        ("movie", "the file"),
        ("decode", "every frame, once"),
        ("signatures", "32×18 grey, every frame"),
        ("vectors", "two frames a second"),
        (".idx file", "all there is to search"),
    ),
    (
        ("commentary", "the file"),
        ("decode", "at its full rate; cuts"),
        ("look up", "nearest neighbours"),
        ("vote", "lines of movie time"),
        ("prove", "crop, offset, speed"),
    ),
    (
        ("path", "one line at a time"),
        ("closer look", "the movie, 3× finer"),
        ("segments", "confidence, tier"),
        ("cut", "FFmpeg, in parallel"),
        ("check", "frame by frame"),
    ),
)
"""Rows of boxes: what is done, and with what. An arrow leads from each to the next."""
STYLE = (
    "rect{fill:#eef2ff;stroke:#4f5b93;stroke-width:1.2}"
    "path{stroke:#4f5b93;stroke-width:1.6;fill:none;marker-end:url(#tip)}"
    "text{font-family:sans-serif;text-anchor:middle;fill:#1f2340}"
    ".name{font-size:14px;font-weight:bold}.what{font-size:10px}"
)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="what syncclip demo wrote")
    parser.add_argument("images", type=Path, help="folder to draw into")
    arguments = parser.parse_args()
    draw_figures(arguments.folder, arguments.images)


def draw_figures(folder: Path, images: Path) -> None:
    """All figures."""
    images.mkdir(parents=True, exist_ok=True)
    (images / "road.svg").write_text(road(ROAD), encoding="utf-8")
    result = read_result(folder / "proceed" / "results" / "visual_match_results.json")
    lines(result, images / "lines.png")
    proof(result, folder / "demo-film.idx", images / "proof.png")


def road(rows: Sequence[Sequence[tuple[str, str]]]) -> str:
    """The road of a frame, as SVG with nothing to fetch."""
    (width, height), columns = BOX_PX, max(map(len, rows))
    whole = (columns * (width + GAP_PX) + GAP_PX, len(rows) * (height + GAP_PX) + GAP_PX)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole[0]} {whole[1]}" '
        f'width="{whole[0]}" height="{whole[1]}" role="img">',
        "<title>From the movie and the commentary to the finished video</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="tip" markerWidth="7" markerHeight="7" refX="6" refY="3.5" '
        'orient="auto"><polygon points="0,0 7,3.5 0,7" fill="#4f5b93"/></marker></defs>',
        f'<rect width="{whole[0]}" height="{whole[1]}" style="fill:#fff;stroke:none"/>',
    ]
    for row, boxes in enumerate(rows):
        y = GAP_PX + row * (height + GAP_PX)
        for column, (name, what) in enumerate(boxes):
            x = GAP_PX + column * (width + GAP_PX)
            parts += _box(x, y, name, what)
            if column + 1 < len(boxes):
                middle = y + height / 2
                parts.append(f'<path d="M{x + width} {middle} H{x + width + GAP_PX - 2}"/>')
    parts += _turns(len(rows))
    return "\n".join([*parts, "</svg>\n"])


def _box(x: float, y: float, name: str, what: str) -> list[str]:
    width, height = BOX_PX
    middle = x + width / 2
    return [
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="7"/>',
        f'<text class="name" x="{middle}" y="{y + height / 2 - 3}">{escape(name)}</text>',
        f'<text class="what" x="{middle}" y="{y + height / 2 + LINE_PX}">{escape(what)}</text>',
    ]


def _turns(rows: int) -> list[str]:
    """From the index down to where it is looked up, and from the proof on to the path."""
    width, height = BOX_PX
    step_x, step_y = width + GAP_PX, height + GAP_PX
    bottom = GAP_PX + height
    index_x, look_x = GAP_PX + 4.5 * step_x - GAP_PX / 2, GAP_PX + 2.5 * step_x - GAP_PX / 2
    down = f"M{index_x} {bottom} V{bottom + GAP_PX / 2} H{look_x} V{bottom + GAP_PX - 2}"
    second = bottom + step_y
    path_x = GAP_PX + width / 2
    on = f"M{index_x} {second} V{second + GAP_PX / 2} H{path_x} V{second + GAP_PX - 2}"
    return [f'<path d="{turn}"/>' for turn in (down, on)[: rows - 1]]


def lines(result: MatchResult, picture: Path) -> None:
    """Every segment as a line of movie time over commentary time."""
    figure = Figure(figsize=(7.2, 3.4), dpi=110, layout="constrained")
    axes: Axes = figure.subplots()
    for number, segment in enumerate(result.segments, start=1):
        if segment.movie_start_s is None or segment.movie_end_s is None:
            axes.axvspan(segment.start_s, segment.end_s, color="#eaeef2")
            axes.text((segment.start_s + segment.end_s) / 2, 2, "in no movie", ha="center")
            continue
        span = (segment.movie_start_s, segment.movie_end_s)
        axes.plot((segment.start_s, segment.end_s), span, color=COLOURS[segment.tier], lw=3)
        axes.text(segment.start_s, span[1] + 0.8, f"#{number}  {segment.speed:.2f}×", fontsize=8)
    axes.set(xlabel="seconds of the commentary", ylabel="seconds of the movie")
    axes.set_xlim(0, result.duration_s)
    axes.margins(y=0.12)
    axes.grid(alpha=0.3)
    save(figure, picture)


def proof(result: MatchResult, index: Path, picture: Path) -> None:
    """How like one commentary frame every frame of the movie is."""
    whole = next(s for s in result.segments if s.tier is Tier.EXACT and s.crop.w > 0.99)
    middle_s = (whole.start_s + whole.end_s) / 2
    with open_index(index) as opened:
        signatures = np.asarray(opened.signatures, dtype=np.float32)
        seconds = opened.times.seconds
    size = (signatures.shape[2], signatures.shape[1])
    with open_video(Path(result.commentary)) as video:
        frame = next(iter(video.sample([middle_s])))[1]
    grey = np.asarray(Image.fromarray(frame).convert("L").resize(size, Image.Resampling.BOX))
    likeness = _correlation(signatures, grey.astype(np.float32))
    figure = Figure(figsize=(7.2, 2.8), dpi=110, layout="constrained")
    far, near = figure.subplots(1, 2, width_ratios=(2.2, 1))
    far.plot(seconds, likeness, lw=0.9, color="#4f5b93")
    far.set(xlabel="seconds of the movie", ylabel="correlation of the signatures")
    best = int(np.argmax(likeness))
    around = slice(max(0, best - 12), best + 13)
    near.plot(np.arange(around.start, around.stop) - best, likeness[around], ".-", color="#4f5b93")
    near.set(xlabel="frames from the best")
    for axes in (far, near):
        axes.grid(alpha=0.3)
    save(figure, picture)


def _correlation(signatures: NDArray[np.float32], grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) normalised correlation of every signature with one picture."""
    flat = signatures.reshape(len(signatures), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    wanted = (grey - grey.mean()).ravel()
    scale = np.linalg.norm(flat, axis=1) * np.linalg.norm(wanted) + 1e-6
    found: NDArray[np.float32] = flat @ wanted / scale
    return found


if __name__ == "__main__":
    main()
