"""The models that SyncClip knows: what is at hand, and fetching ahead."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import util
from pathlib import Path

from syncclip.encoders.models import DEFAULTS, MODELS, ModelDescription, model_named
from syncclip.encoders.weights import at_hand, cache_folder, obtain
from syncclip.errors import WeightsError
from syncclip.progress import OnProgress

__all__ = ["ModelState", "fetch_model", "model_path", "models"]

RUNS = {"clip": "open_clip", "blip": "transformers", "whisper": "whisper"}
"""The package that runs each kind of model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """A model and what of it is here."""

    model: ModelDescription
    path: Path | None
    """Its weights; None where they are not at hand."""
    installed: bool
    """Whether the package that runs it is installed."""


def models() -> list[ModelState]:
    """Every model that SyncClip knows by name; nothing is loaded, no network is used."""
    return [
        ModelState(
            model=model,
            path=at_hand(model),
            installed=util.find_spec(RUNS[model.kind]) is not None,
        )
        for model in MODELS.values()
    ]


def fetch_model(name: str, *, on_progress: OnProgress | None = None) -> Path:
    """Fetch the weights of a model ahead of its use.

    Args:
        name: Of the model, as the options take it too; ``"clip"``, ``"blip"`` and ``"whisper"``
            mean the default ones.
        on_progress: Told how far it is.

    Returns:
        Where they are.

    Raises:
        SettingsError: Where no model has this name.
        WeightsError: Where they cannot be fetched.
        MissingDependencyError: Where the package that fetches them, or that alone could know the
            name, is not installed.
    """
    return obtain(_described(name), whole=True, on_progress=on_progress)


def model_path(name: str) -> Path:
    """Where the weights of a model are.

    Raises:
        SettingsError: Where no model has this name.
        WeightsError: Where they are not at hand.
    """
    model = _described(name)
    path = at_hand(model)
    if path is None:
        raise WeightsError(
            f"the weights of {model.name} are not in {cache_folder(model)}; "
            f"fetch them with: syncclip models fetch {model.name}"
        )
    return path


def _described(name: str) -> ModelDescription:
    """The description of a model by any name that an option takes.

    Raises:
        SettingsError: Where no model has this name.
        MissingDependencyError: Where only open_clip could know it and is not installed.
    """
    from syncclip.encoders.captions import known_blip_model
    from syncclip.encoders.clip_model import is_architecture, known_clip_model

    if f"whisper-{name}" in MODELS:
        return MODELS[f"whisper-{name}"]
    if name in MODELS or name in DEFAULTS:
        return model_named(name)
    if ":" in name or is_architecture(name):
        return known_clip_model(name)
    return known_blip_model(name) if "/" in name else model_named(name)
