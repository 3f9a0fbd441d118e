"""What is done to the pieces of an edit: geometry, ramps, stills, splits, looks, transitions.

Random numbers are drawn only for what a style asks for, so that a style that asks for nothing new
goes on giving the same edits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from benchmarks.cursors import Cursor
from benchmarks.piece import Fade, Piece, Split
from benchmarks.styles import Style

__all__ = ["add_effects", "dissolve", "fade", "frame_up", "shown_before", "wanted"]

_BURST = (1.5, 3.0)
"""Fastest speed of a ramp over its slowest."""
_SLOW_ZOOM = (1.1, 1.3)
"""Zoom from one end of a slow zoom to the other."""
_SPLITS: tuple[Split, ...] = ("left", "top", "inset")
_BLACK, _WHITE = 16, 235


def wanted(share: float, rng: np.random.Generator) -> bool:
    """True for a share of the calls; nothing is drawn for none or all of them."""
    return share == 1 or (share > 0 and bool(rng.random() < share))


def shown_before(pieces: Sequence[Piece], *, rng: np.random.Generator) -> Piece | None:
    """A film piece before the last one, as it was taken from the film."""
    earlier = [piece for piece in pieces[:-1] if piece.kind == "film" and piece.speed]
    if not earlier:
        return None
    piece = earlier[int(rng.integers(len(earlier)))]
    return replace(piece, ramp=(), split="", beside=None, look=0)


def frame_up(
    piece: Piece, before: Sequence[Piece], *, style: Style, rng: np.random.Generator
) -> Piece:
    """Choose zoom, place and mirror; a held frame keeps those of the piece that it ends."""
    if piece.held:
        last = before[-1]
        return replace(piece, zoom=last.zoom, at=last.at, mirrored=last.mirrored, look=last.look)
    zoom = float(rng.uniform(*style.zoom))
    mirrored = bool(rng.random() < style.mirrored)
    at = (float(rng.random()), float(rng.random()))
    if style.zoom[1] == 1.0:
        at = (0.5, 0.5)
    piece = replace(piece, zoom=zoom, mirrored=mirrored, at=at)
    return piece if piece.speed else _zoomed_slowly(piece, rng=rng)


def _zoomed_slowly(piece: Piece, *, rng: np.random.Generator) -> Piece:
    far, near = piece.zoom, piece.zoom * float(rng.uniform(*_SLOW_ZOOM))
    inwards = rng.random() < 0.5
    return replace(piece, zoom=far if inwards else near, zoom_to=near if inwards else far)


def add_effects(
    piece: Piece,
    cursors: Sequence[Cursor],
    *,
    style: Style,
    fps: Fraction,
    rng: np.random.Generator,
) -> Piece:
    """Ramp, split and recolour a piece, as its style wants."""
    moves = piece.kind == "film" and piece.speed > 0
    if moves and wanted(style.ramps, rng):
        piece = replace(piece, ramp=_ramp(piece.speed, rng=rng))
    if moves and wanted(style.splits, rng):
        piece = _split(piece, cursors, fps=fps, rng=rng)
    if not piece.held and wanted(style.recoloured, rng):
        piece = replace(piece, look=int(rng.integers(1, 2**31)))
    return piece


def _ramp(mean: Fraction, *, rng: np.random.Generator) -> tuple[Fraction, ...]:
    """Faster, slower, or a burst or a lull in the middle; the piece takes as much of the film."""
    ratio = Fraction(round(rng.uniform(*_BURST) * 1000), 1000)
    slow = mean * 2 / (1 + ratio)
    fast = slow * ratio
    shapes = ((slow, fast), (fast, slow), (slow, fast, slow), (fast, slow, fast))
    return shapes[int(rng.integers(len(shapes)))]


def _split(
    piece: Piece, cursors: Sequence[Cursor], *, fps: Fraction, rng: np.random.Generator
) -> Piece:
    source = int(rng.integers(len(cursors)))
    start_s, _ = cursors[source].take_anywhere(float(piece.frames * piece.speed / fps))
    beside = replace(
        piece,
        source=source,
        start_s=start_s,
        zoom=1.0,
        at=(0.5, 0.5),
        mirrored=bool(rng.random() < 0.5) and piece.mirrored,
        ramp=(),
    )
    return replace(piece, split=_SPLITS[int(rng.integers(len(_SPLITS)))], beside=beside)


def dissolve(
    pieces: list[Piece], *, share: float, fps: Fraction, rng: np.random.Generator
) -> list[Piece]:
    """Let pieces overlap around some boundaries, half before and half after."""
    for i in range(1, len(pieces)):
        if rng.random() >= share:
            continue
        before, after = pieces[i - 1], pieces[i]
        half = int(rng.integers(4, 9))
        half = min(half, before.frames // 3, after.frames // 3)
        if after.kind in ("film", "insert") and after.speed:
            # The head lies before the start of the piece: film that must exist.
            half = min(half, int(after.start_s * fps / after.speed))
        pieces[i - 1] = replace(before, tail=half)
        pieces[i] = replace(after, head=half)
    return pieces


def fade(pieces: list[Piece], *, share: float, rng: np.random.Generator) -> list[Piece]:
    """Let pieces go into black or white and come out of it, at some boundaries that are cuts."""
    for i in range(1, len(pieces)):
        before, after = pieces[i - 1], pieces[i]
        if after.head or after.held or not wanted(share, rng):
            continue
        luma = _WHITE if rng.random() < 0.3 else _BLACK
        longest = min(before.frames, after.frames) // 3
        out, come = (min(int(n), longest) for n in rng.integers(5, 15, 2))
        held = min(int(rng.integers(0, 4)), longest - max(out, come))
        pieces[i - 1] = replace(before, fade_out=Fade(frames=out, held=max(held, 0), luma=luma))
        pieces[i] = replace(after, fade_in=Fade(frames=come, held=max(held, 0), luma=luma))
    return pieces
