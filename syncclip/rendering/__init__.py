"""Rendering: the commentary's edit, cut out of the movies, and the check that it is right."""

from syncclip.rendering.footage import OpenVideo
from syncclip.rendering.geometry import frame_size, pane_box, place
from syncclip.rendering.plan import Plan, build_plan
from syncclip.rendering.render import RenderReport, render_result
from syncclip.rendering.selfcheck import SegmentCheck, SelfCheck, check_render

__all__ = [
    "OpenVideo",
    "Plan",
    "RenderReport",
    "SegmentCheck",
    "SelfCheck",
    "build_plan",
    "check_render",
    "frame_size",
    "pane_box",
    "place",
    "render_result",
]
