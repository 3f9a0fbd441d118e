"""Draws the README's picture: commentary frames above the movie frames that were found for them.

python docs/picture.py syncclip-demo docs/images/demo.png
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from syncclip.reports import read_result
from syncclip.result import Segment, Tier
from syncclip.video import open_video

COLOURS = {
    Tier.EXACT: "#2da44e",
    Tier.LIKELY: "#bf8700",
    Tier.REVIEW: "#cf222e",
    Tier.UNMATCHED: "#8c959f",
}
COLUMNS = 5
COLOURS_KEPT = 192  # a palette keeps the file small enough for a repository
FRAME_PX = (320, 180)


def frames_at(path: Path, times_s: Sequence[float]) -> list[NDArray[np.uint8]]:
    """(h, w, 3) RGB pictures on screen at these increasing times."""
    with open_video(path) as video:
        return [picture for _, picture in video.sample(times_s, size=FRAME_PX)]


def label(segment: Segment) -> str:
    """What was found, in two short lines."""
    if segment.movie_start_s is None:
        return "not in the movie\nthe commentary's own picture is kept"
    edits = [f"{1 / min(segment.crop.w, segment.crop.h):.2f}× zoom"]
    edits += [f"{segment.speed:.2f}× speed"]
    edits += ["mirrored"] if segment.mirrored else []
    return f"movie {segment.movie_start_s:.2f} s, {segment.tier.value}\n{', '.join(edits)}"


def draw(folder: Path, picture: Path) -> None:
    """Two rows: the commentary, and the video that was rebuilt from the movie."""
    result = read_result(folder / "proceed" / "results" / "visual_match_results.json")
    segments = result.segments[1 : 1 + COLUMNS]
    middles_s = [(segment.start_s + segment.end_s) / 2 for segment in segments]
    rows = {
        "commentary": frames_at(Path(result.commentary), middles_s),
        "rebuilt from the movie": frames_at(folder / "proceed" / "final_output.mp4", middles_s),
    }
    figure = Figure(figsize=(11, 3.15), dpi=110, layout="constrained")
    axes = figure.subplots(2, COLUMNS)
    for axis_row, (title, pictures) in zip(axes, rows.items(), strict=True):
        axis_row[0].set_ylabel(title, fontsize=9)
        for axis, image, segment in zip(axis_row, pictures, segments, strict=True):
            axis.imshow(image)
            axis.set(xticks=[], yticks=[])
            for spine in axis.spines.values():
                spine.set(color=COLOURS[segment.tier], linewidth=2.5)
    for axis, segment in zip(axes[0], segments, strict=True):
        axis.set_title(f"{segment.start_s:.2f} to {segment.end_s:.2f} s", fontsize=9)
    for axis, segment in zip(axes[1], segments, strict=True):
        axis.set_xlabel(label(segment), fontsize=8)
    save(figure, picture)


def save(figure: Figure, picture: Path) -> None:
    """Write a figure as a small PNG."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    drawn = BytesIO()
    figure.savefig(drawn)
    Image.open(drawn).convert("RGB").quantize(COLOURS_KEPT).save(picture, optimize=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="what syncclip demo wrote")
    parser.add_argument("picture", type=Path, help="PNG to write")
    arguments = parser.parse_args()
    draw(arguments.folder, arguments.picture)


if __name__ == "__main__":
    main()
