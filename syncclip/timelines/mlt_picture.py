"""How MLT shows a clip's picture: its crop, its mirroring, its place in a split screen."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from syncclip.timelines._xml import child
from syncclip.timelines.cuts import Cut
from syncclip.timelines.model import Edit
from syncclip.types import FULL_FRAME

__all__ = ["add_filters", "set_properties"]


def add_filters(chain: ET.Element, cut: Cut, edit: Edit, *, mapped: bool) -> None:
    """Give a clip the filters that its place asks for.

    Those of a whole picture are off where the movie's framing is kept. A pane is always cropped and
    placed, as in the finished video, which shows it as the commentary does in either framing.

    Args:
        chain: The clip's source.
        cut: The clip.
        edit: It is of.
        mapped: Whether a time map stands before the filters.
    """
    on = edit.framing == "commentary"
    part = cut.media.picture_part(cut.crop) if cut.number else FULL_FRAME
    placed = cut.pane_px is not None
    if cut.number and (on or placed) and not mapped:
        # What the crop shows fills the frame or the pane, whatever its shape: MLT would fit the
        # whole picture into the frame first, between bars, and behind a link does so regardless.
        wide, high = edit.width_px * cut.media.height_px, edit.height_px * cut.media.width_px
        set_properties(chain, force_aspect_ratio=f"{wide / high:.9f}")
    if cut.crop != FULL_FRAME or ((on or placed) and part != FULL_FRAME):
        # The whole picture, so large that the part fills the frame. MLT's crop filter does
        # nothing behind a link.
        width, height = edit.width_px / part.w, edit.height_px / part.h
        _add_affine(chain, -part.x * width, -part.y * height, width, height, on=on or placed)
    if cut.mirrored:
        mirror = child(chain, "filter")
        set_properties(mirror, mlt_service="mirror", mirror="flip", reverse=0, **_disabled(on))
    if (box := cut.pane_px) is not None:
        # The frame that the part fills now, shrunk into its box: nothing around the box is left.
        _add_affine(chain, box.x, box.y, box.w, box.h, on=True)


def set_properties(element: ET.Element, **properties: object) -> None:
    """Give an element of a project its properties."""
    for name, value in properties.items():
        child(element, "property", value, name=name)


def _add_affine(
    chain: ET.Element, x: float, y: float, width: float, height: float, *, on: bool
) -> None:
    """Put the picture on a transparent frame, whatever its shape."""
    rect = f"{x:.3f} {y:.3f} {width:.3f} {height:.3f} 1"
    affine = child(chain, "filter")
    set_properties(affine, mlt_service="affine", background="color:0")
    set_properties(
        affine, **{"transition.rect": rect, "transition.fill": 1, "transition.distort": 1}
    )
    set_properties(affine, **_disabled(on))


def _disabled(on: bool) -> dict[str, object]:
    return {} if on else {"disable": 1}
