"""CLIP (Radford et al. 2021) through open_clip: pictures and words as vectors of one space."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncclip.encoders._common import first_line
from syncclip.encoders.batches import Batches
from syncclip.encoders.clip_model import ClipModel, find_clip_model
from syncclip.encoders.devices import choose_device, is_graphics
from syncclip.errors import MissingDependencyError, WeightsError
from syncclip.progress import OnProgress

__all__ = ["ClipEncoder"]

BATCHES = {"cpu": 16, "mps": 64, "cuda": 256}
"""Pictures at a time: a processor gains nothing beyond 16; a graphics card needs some hundreds to
be busy, and halves the batch where they do not fit."""


class ClipEncoder:
    """A CLIP model. What it is shown and gives is what open_clip's own calls would be and give.

    Args:
        model: What to load, as :func:`~syncclip.encoders.clip_model.find_clip_model` found it.
        device: Where to run it: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``. On a
            graphics card it runs in half precision.

    Raises:
        MissingDependencyError: Where open_clip is not installed.
        WeightsError: Where the checkpoint is not one of this architecture.
        SettingsError: Where the device is not usable here.
    """

    id = "clip"

    def __init__(self, model: ClipModel, *, device: str = "auto") -> None:
        self.device = choose_device(device)
        self.fingerprint, self.model = model.fingerprint, model.name
        self._found = model
        self._net, self._transform = _loaded(model, self.device)
        shown = self._net.visual.preprocess_cfg
        size = shown["size"]
        height, width = (size, size) if isinstance(size, int) else size
        self.picture_size: tuple[int, int] = (int(width), int(height))
        self.preprocessing = (
            f"rgb {width}x{height} of the whole picture, {shown['interpolation']} "
            f"{shown['resize_mode']}, mean {_numbers(shown['mean'])}, std {_numbers(shown['std'])}"
        )
        self._mean, self._std = (self._channels(shown[name]) for name in ("mean", "std"))
        self.batch = BATCHES[self.device.partition(":")[0]]
        self.dim = int(_config(model.architecture)["embed_dim"])

    @classmethod
    def load(
        cls,
        name: str | None = None,
        *,
        device: str = "auto",
        on_progress: OnProgress | None = None,
    ) -> ClipEncoder:
        """Find or fetch a model and load it.

        Args:
            name: See :func:`~syncclip.encoders.clip_model.find_clip_model`.
            device: Where to run it.
            on_progress: Told how far a download is.
        """
        return cls(find_clip_model(name, on_progress=on_progress), device=device)

    @property
    def batch(self) -> int:
        """Pictures that are described at a time; may be set."""
        return self._batch

    @batch.setter
    def batch(self, size: int) -> None:
        self._batch, self._batches = size, Batches(size)

    def describe(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(n, dim) unit rows of (n, height, width, 3) RGB pictures.

        Pictures of another size than ``picture_size`` are scaled and cut as open_clip does it.
        """
        parts = list(self._batches.map(self._described, pictures))
        return np.concatenate(parts) if parts else np.empty((0, self.dim), np.float32)

    def describe_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dim) unit rows of texts; what is too long for the model is cut off."""
        parts = list(self._batches.map(self._read, list(texts)))
        return np.concatenate(parts) if parts else np.empty((0, self.dim), np.float32)

    def _described(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            return self._rows(self._net.encode_image(self._shown(pictures)))

    def _read(self, texts: list[str]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            return self._rows(self._net.encode_text(self._tokenizer(texts).to(self.device)))

    def _rows(self, features: Any) -> NDArray[np.float32]:  # noqa: ANN401 - a tensor
        """Unit rows, normalised in full precision."""
        from torch.nn.functional import normalize

        rows: NDArray[np.float32] = normalize(features.float(), dim=-1).cpu().numpy()
        return rows

    def _shown(self, pictures: NDArray[np.uint8]) -> Any:  # noqa: ANN401 - a tensor
        """What the model is shown.

        At the model's own size all that open_clip's transform does is to normalise, which is done
        for all pictures at once, on the device.
        """
        import torch

        if pictures.shape[1:3] == self.picture_size[::-1]:
            whole = torch.from_numpy(np.ascontiguousarray(pictures)).to(self.device)
            shown = whole.permute(0, 3, 1, 2).float().div(255)
            shown = shown.sub(self._mean).div(self._std)
        else:
            from PIL import Image

            shown = torch.stack([self._transform(Image.fromarray(p)) for p in pictures])
        return shown.to(self.device, dtype=torch.float16 if is_graphics(self.device) else None)

    def _channels(self, values: Sequence[float]) -> Any:  # noqa: ANN401 - a tensor
        import torch

        return torch.tensor(values, dtype=torch.float32, device=self.device).view(1, 3, 1, 1)

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - of open_clip
        import open_clip

        try:
            return open_clip.get_tokenizer(self._found.architecture)
        except Exception as error:  # some models take one from the hub, which raises anything
            ways = "take the default model"
            if self._found.tag:
                ways = f"run: syncclip models fetch {self.model}, or {ways}"
            raise WeightsError(
                f"the tokenizer of {self.model} cannot be had ({first_line(error)}); {ways}"
            ) from error


def _loaded(model: ClipModel, device: str) -> tuple[Any, Any]:
    """The model and open_clip's own transform of its pictures."""
    try:
        import open_clip
    except ImportError as error:
        raise MissingDependencyError(error.name or "open_clip", extra="models") from None
    trained = open_clip.get_pretrained_cfg(model.architecture, model.tag) if model.tag else {}
    try:
        net, _, transform = open_clip.create_model_and_transforms(
            model.architecture,
            pretrained=None if model.weights is None else str(model.weights),
            precision="fp16" if is_graphics(device) else "fp32",
            device=device,
            force_quick_gelu=bool(trained.get("quick_gelu")),
            image_mean=trained.get("mean"),
            image_std=trained.get("std"),
            image_interpolation=trained.get("interpolation"),
            image_resize_mode=trained.get("resize_mode"),
            weights_only=True,
        )
    except Exception as error:  # a file from a stranger raises anything
        where = model.weights or model.architecture.partition(":")[2]
        raise WeightsError(
            f"{where} cannot be loaded as the CLIP model {model.name} ({first_line(error)}); "
            f"{model.remedy}"
        ) from error
    return net.eval(), transform


def _config(architecture: str) -> dict[str, Any]:
    import open_clip

    config: dict[str, Any] = open_clip.get_model_config(architecture)
    return config


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:.6g}" for value in values)
