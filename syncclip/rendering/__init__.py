"""Rendering: the commentary's edit, cut out of the movies, and the check that it is right."""

from syncclip.rendering.plan import Plan, build_plan
from syncclip.rendering.render import RenderReport, render_result
from syncclip.rendering.sources import OpenVideo

__all__ = ["OpenVideo", "Plan", "RenderReport", "build_plan", "render_result"]
