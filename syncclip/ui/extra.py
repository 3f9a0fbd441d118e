"""Gradio, which is an optional part."""

from __future__ import annotations

import os
from typing import Any

from syncclip.errors import MissingDependencyError

__all__ = ["gradio"]

QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
"""What keeps it, and libraries of models, from the network."""


def gradio() -> Any:  # noqa: ANN401 - it is not there to be described
    """The package, once it is told to stay off the network.

    Raises:
        MissingDependencyError: Where it is not installed.
    """
    os.environ.update(QUIET)
    try:
        import gradio as gr
    except ImportError as error:
        raise MissingDependencyError("gradio", extra="ui") from error
    return gr
