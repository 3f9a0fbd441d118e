"""Tiny models with random weights, made from a seed and saved as their libraries save them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CLIP_CONFIG: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 48, "layers": 2, "width": 64, "head_width": 16, "patch_size": 16},
    "text_cfg": {
        "context_length": 16,
        "vocab_size": 49408,
        "width": 32,
        "heads": 2,
        "layers": 1,
    },
}
PREPROCESS = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4], "interpolation": "bicubic"}


def tiny_clip(folder: Path, *, seed: int = 1, **vision: Any) -> Path:
    """A CLIP model in a folder, as open_clip's ``local-dir:`` reads it."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    config = CLIP_CONFIG | {"vision_cfg": CLIP_CONFIG["vision_cfg"] | vision}
    whole = {"model_cfg": config, "preprocess_cfg": PREPROCESS}
    (folder / "open_clip_config.json").write_text(json.dumps(whole))
    torch.manual_seed(seed)
    net = open_clip.CLIP(**config)
    save_file(net.state_dict(), folder / "open_clip_model.safetensors")
    return folder
