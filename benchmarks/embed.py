"""What a CLIP track costs: frames per second of the model, and of indexing with decode overlapped.

Throughput does not depend on the values of the weights, so random ones of the default model's shape
stand in where no trained ones are at hand. Loading the model is timed on its own: it is paid once.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import decode
from benchmarks.engine import BenchmarkError, Say
from benchmarks.figures import Figure
from syncclip.config import IndexConfig
from syncclip.contracts import PictureEncoder
from syncclip.encoders import BuiltinEncoder, ClipEncoder
from syncclip.encoders.batches import is_out_of_memory
from syncclip.errors import SettingsError
from syncclip.index import build_index, open_index
from syncclip.video import detect_shots, find_content, fingerprint, open_video

__all__ = ["measure_embedding"]

SHAPE = "ViT-B-32"
DEVICES = ("cpu", "mps", "cuda")
BATCHES = (1, 4, 16, 64, 256)
LEAST_S = 4.0
"""Seconds that a throughput is measured over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a piece of work took."""

    seconds: float
    cpu_s: float
    """Processor seconds of all threads: other work on the machine shows in them less."""


def measure_embedding(
    film: Path,
    *,
    model: str | None,
    devices: Sequence[str],
    threads: int | None,
    repeats: int,
    work: Path,
    say: Say,
) -> dict[str, Any]:
    """Figures, and the runs behind them.

    Args:
        film: To index.
        model: CLIP model as ``index`` takes it; random weights of the default's shape by default.
        devices: Where to run it; all that are here by default.
        threads: Of the model on a processor; one for each core by default. On a busy machine they
            wait for each other, and waiting counts as processor time: take one there.
        repeats: Runs of which the fastest counts.
        work: Folder for the random weights and the index.
        say: Told what is going on.

    Raises:
        BenchmarkError: Where no device that was asked for is here.
    """
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
    name = model or str(random_model(work / f"random-{SHAPE}", say=say))
    figures: list[Figure] = []
    runs: dict[str, Any] = {"model": model or f"{SHAPE} with random weights", "devices": {}}
    runs |= {"threads": threads, "load_average": os.getloadavg()[0]}
    for device in devices or DEVICES:
        began = time.perf_counter()
        with suppress(SettingsError):  # a device that is not here
            encoder = ClipEncoder.load(name, device=device)
            loading_s = time.perf_counter() - began
            made, told = _on_device(encoder, film, device, repeats=repeats, work=work, say=say)
            figures += made
            runs["devices"][device] = {"loading_s": loading_s, **told}
    if not runs["devices"]:
        raise BenchmarkError(f"none of these devices is here: {', '.join(devices or DEVICES)}")
    return {"figures": [figure.to_json() for figure in figures], **runs}


def random_model(folder: Path, *, say: Say) -> Path:
    """A model of the default's shape with random weights, in a folder."""
    if not (folder / "open_clip_config.json").is_file():
        import open_clip
        import torch
        from safetensors.torch import save_file

        say(f"making random weights of {SHAPE}")
        torch.manual_seed(0)
        folder.mkdir(parents=True, exist_ok=True)
        net = open_clip.create_model(SHAPE)
        save_file(net.state_dict(), folder / "open_clip_model.safetensors")
        config = {"model_cfg": open_clip.get_model_config(SHAPE)}
        (folder / "open_clip_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def _on_device(
    encoder: ClipEncoder, film: Path, device: str, *, repeats: int, work: Path, say: Say
) -> tuple[list[Figure], dict[str, Any]]:
    say(f"throughput on {device}")
    rates = _rates(encoder)
    figures = [
        Figure(
            what=f"pure forward passes, {device}, batch {batch}",
            measure="frames per second",
            measured=rate,
        )
        for batch, rate in rates.items()
    ]
    told: list[dict[str, Any]] = []
    for turn in range(repeats):
        say(f"decoding, describing and indexing {film.name} on {device} ({turn + 1} of {repeats})")
        told.append(_turn(encoder, film, work / "indexes" / f"{film.stem}-clip.idx"))
    best = {part: min(turn[part]["seconds"] for turn in told) for part in ("decode", "model")}
    index_s = min(turn["index"]["seconds"] for turn in told)
    plain_s = min(turn["index_builtin"]["seconds"] for turn in told)
    rows = told[0]["rows"]
    where = f"indexing {film.name}, {device}"
    both = "(decode + pure model time)"
    cpu = [
        turn["index"]["cpu_s"] / (turn["decode"]["cpu_s"] + turn["model"]["cpu_s"]) for turn in told
    ]
    figures += [
        Figure(
            what=where,
            measure=f"index time with CLIP ÷ {both}",
            measured=index_s / (best["decode"] + best["model"]),
            at_most=1.15,
        ),
        Figure(what=where, measure="the same in processor time", measured=min(cpu), at_most=1.15),
        Figure(
            what=where,
            measure="model time ÷ index time beyond that without CLIP",
            measured=best["model"] / max(index_s - plain_s, 1e-3),
            at_least=0.85 if device != "cpu" else None,
        ),
        Figure(what=where, measure="frames described", measured=rows),
        Figure(what=where, measure="frames described per second", measured=rows / index_s),
    ]
    return figures, {"throughput": rates, "turns": told}


def _rates(encoder: ClipEncoder) -> dict[int, float]:
    """Pictures a second by the size of a batch, of all batches that fit into memory."""
    rates = {}
    for batch in (batch for batch in BATCHES if batch <= encoder.batch):
        try:
            rates[batch] = _rate(encoder, batch)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            break
    return rates


def _rate(encoder: ClipEncoder, batch: int) -> float:
    """Pictures a second of the forward pass alone: they lie on the device, as it is shown them."""
    import torch

    width, height = encoder.picture_size
    shape = (batch, height, width, 3)
    shown = encoder._shown(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    with torch.inference_mode():
        encoder._net.encode_image(shown)
        _wait_for(encoder.device)
        done, began = 0, time.perf_counter()
        while (spent := time.perf_counter() - began) < LEAST_S:
            encoder._net.encode_image(shown)
            _wait_for(encoder.device)
            done += batch
    return done / spent


def _wait_for(device: str) -> None:
    """Until a graphics card has done what it was given: it is only given work by a call."""
    import torch

    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    elif device == "mps":
        torch.mps.synchronize()


def _turn(encoder: ClipEncoder, film: Path, index: Path) -> dict[str, Any]:
    """Each part once, one after the other, so that a busy machine disturbs all alike."""
    index.parent.mkdir(parents=True, exist_ok=True)
    whole = _spent(lambda: _index(film, index, encoder))
    with open_index(index) as made:
        rows = len(made.tracks[encoder.id].frames)
    return {
        "rows": rows,
        "index": asdict(whole),
        "index_builtin": asdict(_spent(lambda: _index(film, index, None))),
        "decode": asdict(_spent(lambda: decode.main([str(film)]))),
        "model": asdict(_spent(lambda: _describe(encoder, rows))),
    }


def _index(film: Path, index: Path, model: PictureEncoder | None) -> None:
    """What ``index --force`` does, with a model that is loaded already."""
    with open_video(film) as probe:
        mark, content = fingerprint(film), find_content(probe)
    with open_video(film) as video:
        build_index(
            video,
            output=index,
            config=IndexConfig(),
            fingerprint=mark,
            content=content,
            encoders=(BuiltinEncoder(),),
            detect_shots=detect_shots,
            model=model,
        )


def _describe(encoder: PictureEncoder, rows: int) -> None:
    """As many pictures as the film's index needed, in the same batches."""
    width, height = encoder.picture_size
    for start in range(0, rows, encoder.batch):
        count = min(encoder.batch, rows - start)
        encoder.describe(np.zeros((count, height, width, 3), np.uint8))


def _spent(work: Callable[[], object]) -> Spent:
    began, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(seconds=time.perf_counter() - began, cpu_s=time.process_time() - cpu)
