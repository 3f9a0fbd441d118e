"""Scripts and style sheets of the page."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["asset"]


def asset(name: str) -> str:
    """One of them."""
    return (files("syncclip.ui.assets") / name).read_text(encoding="utf-8")
