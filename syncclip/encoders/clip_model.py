"""Which CLIP model is meant and where its weights lie: what can be known without loading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Any

from syncclip.encoders._common import digest_of, fetched_again
from syncclip.encoders.models import CLIP_DEFAULT, MODELS, HubFiles, ModelDescription
from syncclip.encoders.weights import obtain
from syncclip.errors import MissingDependencyError, SettingsError, WeightsError
from syncclip.progress import OnProgress

__all__ = [
    "ClipModel",
    "find_clip_model",
    "is_architecture",
    "is_gone",
    "is_local",
    "known_clip_model",
]

LOCAL_DIR = "local-dir:"
"""How open_clip names a folder that holds a configuration and weights."""
CONFIG = "open_clip_config.json"
_TOKENIZERS = (
    "config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "tokenizer.json",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)
"""Files of the tokenizers that transformers has, of which each needs some."""
_WEIGHTS = (".safetensors", ".bin", ".pth", ".pt")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipModel:
    """A CLIP model whose weights are on this machine."""

    name: str
    """As the user named it; of files on this machine by their absolute path, so that it means the
    same from every folder."""
    architecture: str
    """As open_clip names it: ``"ViT-B-32"``, or ``"local-dir:"`` with a folder."""
    tag: str | None
    """open_clip's name of the training; None for a local checkpoint."""
    weights: Path | None
    """The checkpoint; None where it lies in the folder of the architecture."""
    fingerprint: str
    """Of weights and configuration, wherever they lie."""

    @property
    def remedy(self) -> str:
        """What to do where its files are damaged."""
        if self.tag is None or self.weights is None:
            return "name another one with --clip-model"
        return fetched_again(self.weights, self.name)


def find_clip_model(name: str | None = None, *, on_progress: OnProgress | None = None) -> ClipModel:
    """Find a model's weights, or fetch them.

    Args:
        name: ``"ViT-B-32"``, ``"ViT-B-32:laion2b_s34b_b79k"``, ``"ViT-B-32:weights.pt"``, or a
            folder (or the one checkpoint in it) with an ``open_clip_config.json``; the default
            model by default.
        on_progress: Told how far a download is.

    Raises:
        SettingsError: Where no such model is known.
        WeightsError: Where its weights cannot be had.
        MissingDependencyError: Where only open_clip could know the name and is not installed.
    """
    name = name or CLIP_DEFAULT
    folder = _local_folder(name)
    if folder is not None:
        return _in_folder(name, folder.resolve())
    architecture, _, training = name.partition(":")
    if training and Path(training).is_file():
        return _with_checkpoint(architecture, Path(training).resolve())
    model = known_clip_model(name)
    architecture, _, tag = model.name.partition(":")
    weights = obtain(model, on_progress=on_progress)
    return ClipModel(
        name=model.name,
        architecture=architecture,
        tag=tag,
        weights=weights,
        fingerprint=digest_of([weights], settings=architecture),
    )


def is_local(name: str) -> bool:
    """Whether a name means files on this machine."""
    paths = (name, name.removeprefix(LOCAL_DIR), name.partition(":")[2])
    return name.startswith(LOCAL_DIR) or any(path and Path(path).exists() for path in paths)


def is_gone(name: str) -> bool:
    """Whether a name, as an index keeps it, means files that are not where they were."""
    place = Path(name.removeprefix(LOCAL_DIR))
    if place.exists() or any(Path(part).exists() for part in name.split(":", 1)[1:]):
        return False
    means_files = len(place.parts) > 1 or name.endswith(_WEIGHTS)
    return name.startswith(LOCAL_DIR) or means_files


def is_architecture(name: str) -> bool:
    """Whether a name is that of an architecture of which there are trained models."""
    if any(model.startswith(f"{name}:") for model in MODELS):
        return True
    if util.find_spec("open_clip") is None:
        return False
    import open_clip

    return bool(open_clip.list_pretrained_tags_by_model(name))


def known_clip_model(name: str | None = None) -> ModelDescription:
    """The description of a model that has a name: SyncClip's own, else made from open_clip's list.

    Raises:
        SettingsError: Where no such model is known.
        MissingDependencyError: Where only open_clip could know it and is not installed.
    """
    name = name or CLIP_DEFAULT
    for model in MODELS.values():
        if model.kind == "clip" and name in (model.name, model.name.partition(":")[0]):
            return model
    if "/" in name or name.endswith(_WEIGHTS):
        raise SettingsError(
            f"{name} does not exist; name a checkpoint as ARCHITECTURE:PATH, such as "
            f"ViT-B-32:weights.pt, or a folder that holds {CONFIG}"
        )
    return _of_open_clip(name)


def _of_open_clip(name: str) -> ModelDescription:
    try:
        import open_clip
    except ImportError:
        raise MissingDependencyError("open_clip", extra="models") from None
    architecture, _, tag = name.partition(":")
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    if not tags:
        raise SettingsError(
            f"open_clip {open_clip.__version__} knows no trained CLIP model {architecture!r}; "
            f"choose one such as {CLIP_DEFAULT}"
        )
    if tag not in tags:
        raise SettingsError(
            f"say which training of {architecture} with {architecture}:NAME; "
            f"it has: {', '.join(tags)}"
        )
    place = open_clip.get_pretrained_cfg(architecture, tag).get("hf_hub", "")
    repository, _, file = place.rpartition("/")
    if not repository:
        raise SettingsError(
            f"{name} cannot be fetched from the hub; name your own copy as {architecture}:PATH"
        )
    usual = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
    config = open_clip.get_model_config(architecture)
    return ModelDescription(
        name=name,
        kind="clip",
        purpose="frames and words",
        dim=config["embed_dim"],
        licence="see its page",
        megabytes=0,
        weights=HubFiles(repository=repository, files=((file,) if file else usual,)),
        extra="models",
        beside=_beside(config.get("text_cfg", {})),
    )


def _beside(text: Mapping[str, Any]) -> tuple[HubFiles, ...]:
    """What a model reads words with that is not in its own repository."""
    shape, tokenizer = text.get("hf_model_name"), text.get("hf_tokenizer_name")
    found = []
    if tokenizer:
        files = (("tokenizer_config.json", "config.json"),)
        found.append(HubFiles(repository=tokenizer, files=files, also=_TOKENIZERS))
    if shape:
        found.append(HubFiles(repository=shape, files=(("config.json",),)))
    return tuple(found)


def _local_folder(name: str) -> Path | None:
    """The folder that a name means: itself, or the one around a checkpoint."""
    if name.startswith(LOCAL_DIR):
        folder = Path(name.removeprefix(LOCAL_DIR))
        if not folder.is_dir():
            raise WeightsError(f"{folder} is not a folder; give one that holds {CONFIG}")
        return folder
    path = Path(name)
    if path.is_dir():
        return path
    return path.parent if path.is_file() and _is_the_only(path) else None


def _is_the_only(checkpoint: Path) -> bool:
    """Whether a checkpoint lies alone beside a configuration, as open_clip saves both."""
    if (checkpoint.parent / CONFIG).is_file() and _checkpoints(checkpoint.parent) == [checkpoint]:
        return True
    raise SettingsError(
        f"{checkpoint} does not say which architecture it is of; name it too, such as "
        f"--clip-model ViT-B-32:{checkpoint}, or keep it alone in a folder with {CONFIG}"
    )


def _checkpoints(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in _WEIGHTS)


def _in_folder(name: str, folder: Path) -> ClipModel:
    checkpoints = _checkpoints(folder)
    for what, there in ((CONFIG, (folder / CONFIG).is_file()), ("weights", checkpoints)):
        if not there:
            raise WeightsError(
                f"{folder} holds no {what}; give a folder in which open_clip saved a model"
            )
    path = Path(name.removeprefix(LOCAL_DIR)).resolve()
    return ClipModel(
        name=f"{LOCAL_DIR}{path}" if name.startswith(LOCAL_DIR) else str(path),
        architecture=f"{LOCAL_DIR}{folder}",
        tag=None,
        weights=None,
        fingerprint=digest_of([folder / CONFIG, *checkpoints], settings=""),
    )


def _with_checkpoint(architecture: str, weights: Path) -> ClipModel:
    return ClipModel(
        name=f"{architecture}:{weights}",
        architecture=architecture,
        tag=None,
        weights=weights,
        fingerprint=digest_of([weights], settings=architecture),
    )
