"""The models that SyncClip knows by name: what they are for, their licence, where they come from.

Nothing of them is in SyncClip; weights are fetched when a model is first used or with
``syncclip models fetch`` (:mod:`syncclip.encoders.weights`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from syncclip.errors import SettingsError

__all__ = [
    "CLIP_DEFAULT",
    "DEFAULTS",
    "MODELS",
    "HubFiles",
    "ModelDescription",
    "ModelKind",
    "WebFile",
    "model_named",
]

ModelKind = Literal["clip", "blip", "whisper"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFiles:
    """Files of a repository of the Hugging Face hub."""

    repository: str
    """``"owner/name"``."""
    files: tuple[tuple[str, ...], ...]
    """What is needed; of each group the first file that the repository has."""
    also: tuple[str, ...] = ()
    """What is fetched before that, where the repository has it."""

    @property
    def page(self) -> str:
        """Where people read about it."""
        return f"https://huggingface.co/{self.repository}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFile:
    """One file at an address of its own."""

    url: str
    sha256: str
    """Its content, in hexadecimal."""
    folder: str
    """Folder of the cache, as its own library names it."""

    @property
    def page(self) -> str:
        """Where it lies."""
        return self.url

    @property
    def name(self) -> str:
        """Its file name."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDescription:
    """A model as users choose it."""

    name: str
    """As the options take it; unique among all."""
    kind: ModelKind
    purpose: str
    dim: int | None
    """Length of its vectors; None where it gives text."""
    licence: str
    """Of the weights, as their page says."""
    megabytes: int
    """To download, about."""
    weights: HubFiles | WebFile
    extra: Literal["models", "transcribe"]
    """Of SyncClip's extras, the one that runs it."""
    beside: tuple[HubFiles, ...] = ()
    """What its own library takes from other repositories to run it: a tokenizer, or the shape of
    its text model."""


def _clip(
    name: str, repository: str, *, dim: int, licence: str, megabytes: int, purpose: str
) -> ModelDescription:
    files = (("open_clip_model.safetensors", "open_clip_pytorch_model.bin"),)
    return ModelDescription(
        name=name,
        kind="clip",
        purpose=purpose,
        dim=dim,
        licence=licence,
        megabytes=megabytes,
        weights=HubFiles(repository=repository, files=files),
        extra="models",
    )


def _blip(repository: str, *, megabytes: int, purpose: str) -> ModelDescription:
    files = (
        ("config.json",),
        ("preprocessor_config.json",),
        ("tokenizer_config.json",),
        ("tokenizer.json",),
        ("special_tokens_map.json",),
        ("vocab.txt",),
        ("model.safetensors",),  # nothing else is loaded: a pickle may run anything
    )
    return ModelDescription(
        name=repository,
        kind="blip",
        purpose=purpose,
        dim=None,
        licence="BSD-3-Clause",
        megabytes=megabytes,
        weights=HubFiles(repository=repository, files=files),
        extra="models",
    )


def _whisper(size: str, file: str, sha256: str, megabytes: int, purpose: str) -> ModelDescription:
    host = "https://openaipublic.azureedge.net/main/whisper/models"
    return ModelDescription(
        name=f"whisper-{size}",
        kind="whisper",
        purpose=purpose,
        dim=None,
        licence="MIT",
        megabytes=megabytes,
        weights=WebFile(url=f"{host}/{sha256}/{file}.pt", sha256=sha256, folder="whisper"),
        extra="transcribe",
    )


CLIP_DEFAULT = "ViT-B-32:laion2b_s34b_b79k"
"""Of the checkpoints of the smallest usual shape, under a licence that lets everybody use them, the
best at finding pictures by words (open_clip's own table: mean retrieval score 0.675; DataComp-XL
0.659, OpenAI 0.632; DataComp at 256 pixels 0.671 for a third more work; a MetaCLIP one reaches
0.688, and MobileCLIPs are faster, but their licences forbid commercial use)."""

_KNOWN = (
    _clip(
        CLIP_DEFAULT,
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        dim=512,
        licence="MIT",
        megabytes=605,
        purpose="frames and words, the default",
    ),
    _clip(
        "ViT-B-32-256:datacomp_s34b_b86k",
        "laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K",
        dim=512,
        licence="MIT",
        megabytes=605,
        purpose="frames and words, finer pictures",
    ),
    _clip(
        "ViT-B-16:laion2b_s34b_b88k",
        "laion/CLIP-ViT-B-16-laion2B-s34B-b88K",
        dim=512,
        licence="MIT",
        megabytes=599,
        purpose="frames and words, four times the work",
    ),
    _clip(
        "ViT-L-14:datacomp_xl_s13b_b90k",
        "laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K",
        dim=768,
        licence="MIT",
        megabytes=1711,
        purpose="frames and words, for a graphics card",
    ),
    _blip("Salesforce/blip-image-captioning-base", megabytes=990, purpose="captions, the default"),
    _blip("Salesforce/blip-image-captioning-large", megabytes=1880, purpose="captions, longer"),
    _whisper(
        "tiny",
        "tiny",
        "65147644a518d12f04e32d6f3b26facc3f8dd46e5390956a9424a650c0ce22b9",
        76,
        "speech, fastest",
    ),
    _whisper(
        "base",
        "base",
        "ed3a0b6b1c0edf879ad9b11b1af5a0e6ab5db9205f891f668f8b0e6c6326e34e",
        145,
        "speech, the default",
    ),
    _whisper(
        "small",
        "small",
        "9ecf779972d90ba49c06d968637d720dd632c55bbf19d441fb42bf17a411e794",
        484,
        "speech, better",
    ),
    _whisper(
        "medium",
        "medium",
        "345ae4da62f9b3d59415adc60127b97c714f32e89e936602e85993674d08dcb1",
        1530,
        "speech, better still",
    ),
    _whisper(
        "large",
        "large-v3",
        "e5b1a55b89c1367dacf97e3e19bfd829a01529dbfdeefa8caeb59b3f1b81dadb",
        3090,
        "speech, best, for a graphics card",
    ),
    _whisper(
        "turbo",
        "large-v3-turbo",
        "aff26ae408abcba5fbf8813c21e62b0941638c5f6eebfb145be0c9839262a19a",
        1620,
        "speech, nearly the best, faster",
    ),
)

MODELS: Mapping[str, ModelDescription] = {model.name: model for model in _KNOWN}
"""By name."""

DEFAULTS: Mapping[ModelKind, str] = {
    "clip": CLIP_DEFAULT,
    "blip": "Salesforce/blip-image-captioning-base",
    "whisper": "whisper-base",
}
"""The model that each kind's own name stands for."""


def model_named(name: str) -> ModelDescription:
    """A model by its name, or the default one of a kind.

    Raises:
        SettingsError: Where there is none.
    """
    kinds: Mapping[str, str] = {str(kind): default for kind, default in DEFAULTS.items()}
    found = MODELS.get(kinds.get(name, name))
    if found is None:
        raise SettingsError(
            f"unknown model {name!r}; choose one of: {', '.join([*kinds, *MODELS])}"
        )
    return found
