"""What pictures show, in words: BLIP (Li et al. 2022) through transformers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncclip.encoders._common import digest_of, fetched_again, first_line
from syncclip.encoders.batches import Batches
from syncclip.encoders.devices import choose_device, is_graphics
from syncclip.encoders.models import DEFAULTS, MODELS, HubFiles, ModelDescription
from syncclip.encoders.weights import cache_folder, obtain
from syncclip.errors import MissingDependencyError, SettingsError, WeightsError
from syncclip.progress import OnProgress

__all__ = ["BlipModel", "Captioner", "find_blip_model", "known_blip_model"]

BATCHES = {"cpu": 8, "mps": 16, "cuda": 32}
"""Pictures at a time; those of 384×384 pixels take nearly ten times the memory of CLIP's."""
BEAMS, MOST_TOKENS = 3, 30
"""As BLIP's authors write captions: three beams, some twenty words at most."""
MOST_LETTERS = 1000
_NEEDED = (("config.json",), ("model*.safetensors",), ("tokenizer.json", "vocab.txt"))
"""Files of a model; without a tokenizer, transformers makes one that knows no words."""
_TELLING = (*(kind for kinds in _NEEDED for kind in kinds), "*processor_config.json")
"""Files that captions depend on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlipModel:
    """A BLIP model whose weights are on this machine."""

    name: str
    """As the user named it; a folder by its absolute path."""
    folder: Path
    fingerprint: str
    """Of weights and configuration, wherever they lie, and of how captions are written."""


def find_blip_model(name: str | None = None, *, on_progress: OnProgress | None = None) -> BlipModel:
    """Find a model's weights, or fetch them.

    Args:
        name: ``"owner/name"`` on the Hugging Face hub, or a folder as ``save_pretrained`` writes
            it; the default model by default.
        on_progress: Told how far a download is.

    Raises:
        SettingsError: Where the name can be none.
        WeightsError: Where the weights cannot be had or are not safetensors.
        MissingDependencyError: Where the package that fetches them is not installed.
    """
    name = name or DEFAULTS["blip"]
    folder = Path(name)
    if folder.is_dir():
        folder = folder.resolve()
        name = str(folder)
    else:
        found = obtain(known_blip_model(name), on_progress=on_progress)
        folder = found if found.is_dir() else found.parent
    for kinds in _NEEDED:
        if not any(list(folder.glob(kind)) for kind in kinds):
            raise WeightsError(
                f"{folder} holds no {' or '.join(kinds)}; name a folder in which transformers "
                "saved a BLIP model with --blip-model"
            )
    return BlipModel(name=name, folder=folder, fingerprint=_fingerprint(folder))


def known_blip_model(name: str | None = None) -> ModelDescription:
    """The description of a model on the hub: SyncClip's own, else like them.

    Raises:
        SettingsError: Where the name can be none.
    """
    name = name or DEFAULTS["blip"]
    if name in MODELS and MODELS[name].kind == "blip":
        return MODELS[name]
    owner, _, rest = name.partition("/")
    if not owner or not rest or "/" in rest or owner.startswith((".", "~")):
        raise SettingsError(
            f"{name} is no folder and no model of the hub; name one as {DEFAULTS['blip']}, or the "
            "folder of a local copy, with --blip-model"
        )
    usual = MODELS[DEFAULTS["blip"]]
    assert isinstance(usual.weights, HubFiles)
    weights = replace(usual.weights, repository=name)
    return replace(usual, name=name, licence="see its page", megabytes=0, weights=weights)


class Captioner:
    """A BLIP model. What it says is what transformers' own calls would say.

    Args:
        model: What to load, as :func:`find_blip_model` found it.
        device: Where to run it, see :func:`~syncclip.encoders.devices.choose_device`. On a graphics
            card it runs in half precision.

    Raises:
        MissingDependencyError: Where transformers is not installed.
        WeightsError: Where the folder does not hold a BLIP model.
        SettingsError: Where the device is not usable here.
    """

    def __init__(self, model: BlipModel, *, device: str = "auto") -> None:
        self.device = choose_device(device)
        self.model, self.fingerprint = model.name, model.fingerprint
        self._net, self._processor = _loaded(model, self.device)
        self._batches = Batches(BATCHES[self.device.partition(":")[0]])
        self.batch = self._batches.size
        """Pictures that are best captioned at a time."""

    @classmethod
    def load(
        cls,
        name: str | None = None,
        *,
        device: str = "auto",
        on_progress: OnProgress | None = None,
    ) -> Captioner:
        """Find or fetch a model and load it.

        Args:
            name: See :func:`find_blip_model`.
            device: Where to run it.
            on_progress: Told how far a download is.
        """
        return cls(find_blip_model(name, on_progress=on_progress), device=device)

    def describe(self, pictures: Sequence[NDArray[np.uint8]]) -> list[str]:
        """A caption for each (height, width, 3) RGB picture; each may have its own size."""
        return [text for part in self._batches.map(self._said, list(pictures)) for text in part]

    def _said(self, pictures: list[NDArray[np.uint8]]) -> list[str]:
        import torch

        shown = self._processor(
            images=pictures, return_tensors="pt", input_data_format="channels_last"
        )
        pixels = shown["pixel_values"].to(self.device, dtype=self._net.dtype)
        with torch.inference_mode():
            tokens = self._net.generate(
                pixel_values=pixels, num_beams=BEAMS, max_new_tokens=MOST_TOKENS
            )
        texts = self._processor.batch_decode(tokens, skip_special_tokens=True)
        return [" ".join(text.split())[:MOST_LETTERS] for text in texts]


def _loaded(model: BlipModel, device: str) -> tuple[Any, Any]:
    try:
        import torch
        from transformers import BlipForConditionalGeneration, BlipProcessor
    except ImportError as error:
        raise MissingDependencyError(error.name or "transformers", extra="models") from None
    try:
        with _quiet():
            net, told = BlipForConditionalGeneration.from_pretrained(
                model.folder,
                local_files_only=True,
                use_safetensors=True,
                dtype=torch.float16 if is_graphics(device) else torch.float32,
                output_loading_info=True,
            )
            processor = BlipProcessor.from_pretrained(model.folder, local_files_only=True)
    except Exception as error:  # a folder from a stranger raises anything
        raise _no_blip(model, first_line(error)) from error
    if told["missing_keys"]:
        raise _no_blip(model, f"it lacks {sorted(told['missing_keys'])[0]}")
    return net.to(device).eval(), processor


def _no_blip(model: BlipModel, reason: str) -> WeightsError:
    remedy = "name another one with --blip-model"
    if model.name != str(model.folder):
        again = fetched_again(cache_folder(known_blip_model(model.name)), model.name)
        remedy = f"{again}, or {remedy}"
    return WeightsError(
        f"{model.folder} cannot be loaded as a BLIP captioning model ({reason}); {remedy}"
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the bars and remarks that transformers writes while it loads."""
    from transformers.utils import logging

    level, drawn = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if drawn:
            logging.enable_progress_bar()


def _fingerprint(folder: Path) -> str:
    """Of what captions depend on."""
    files = {path for pattern in _TELLING for path in folder.glob(pattern)}
    return digest_of(sorted(files), settings=f"{BEAMS} beams, {MOST_TOKENS} tokens")
