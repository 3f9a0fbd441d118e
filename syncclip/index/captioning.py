"""Adding captions to an index, a batch of shots at a time: a killed run goes on where it was."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncclip.index._messages import writing
from syncclip.index.captions import CAPTION_TENSORS, Captions, caption_tensors
from syncclip.index.disk import append, json_line
from syncclip.index.file import open_index
from syncclip.index.lock import locked
from syncclip.index.manifest import CaptionRecord, EncoderRecord
from syncclip.index.place import put_in_place, working_folder
from syncclip.index.writer import TensorSource

__all__ = ["CAPTION_TRACK", "Describe", "add_captions"]

CAPTION_TRACK = "captions"
"""Id of the track of caption texts."""
JOURNAL = "captions.jsonl"

Pictures = Sequence[NDArray[np.uint8]]
Describe = Callable[[Pictures], Sequence[str]]


def add_captions(
    output: Path,
    *,
    frames: NDArray[np.int64],
    pictures: Callable[[NDArray[np.int64]], Iterator[NDArray[np.uint8]]],
    batch: int,
    describe: Describe,
    read: Callable[[Sequence[str]], NDArray[np.float32]],
    captioner: CaptionRecord,
    reader: EncoderRecord,
    on_shots: Callable[[int], None],
) -> None:
    """Caption a movie's shots and put captions, and a track of what they say, into its index.

    Args:
        output: The index; it keeps its name and all else that it holds.
        frames: (n,) for each shot the frame to caption.
        pictures: Gives the RGB pictures of some frames, in order.
        batch: Pictures captioned at a time.
        describe: Captions pictures.
        read: Turns captions into unit vectors.
        captioner: Who captions.
        reader: Who reads captions.
        on_shots: Told how many shots are captioned.

    Raises:
        OutputError: Where the index cannot be written, or another run is writing it.
    """
    folder = working_folder(output)
    with ExitStack() as stack:
        with writing(output):
            stack.enter_context(locked(folder, output=output))
        index = stack.enter_context(open_index(output))
        identity = {
            "fingerprint": index.manifest.fingerprint,
            "captioner": captioner.fingerprint,
            "batch": batch,
            "frames": frames.tolist(),
        }
        with writing(output):
            journal = _Journal(folder / JOURNAL, identity, batch=batch, shots=len(frames))
        texts = journal.texts
        on_shots(len(texts))
        coming = pictures(frames[len(texts) :])
        while len(texts) < len(frames):
            shown = [next(coming) for _ in range(min(batch, len(frames) - len(texts)))]
            said = list(describe(shown))
            with writing(output):
                journal.add(said)
            on_shots(len(texts))
        told = np.array([bool(text) for text in texts], np.bool_)
        vectors = read([text for text in texts if text])
        if vectors.shape != (int(told.sum()), reader.dim) or not np.isfinite(vectors).all():
            raise ValueError(f"captions must give finite (n, {reader.dim}) vectors")
        kept = [r for r in index.manifest.encoders if r.id != CAPTION_TRACK]
        manifest = replace(
            index.manifest, encoders=(*kept, replace(reader, id=CAPTION_TRACK)), captions=captioner
        )
        tensors = [t for t in index.tensors() if not _of_captions(t.name)]
        tensors += caption_tensors(Captions(frames=frames, texts=tuple(texts)))
        tensors += _track(frames[told], vectors)
        with writing(output):
            put_in_place(output, folder, tensors, manifest)
            journal.remove()


def _of_captions(name: str) -> bool:
    return name in CAPTION_TENSORS or name.startswith(f"track.{CAPTION_TRACK}.")


def _track(frames: NDArray[np.int64], vectors: NDArray[np.float32]) -> list[TensorSource]:
    name = f"track.{CAPTION_TRACK}"
    return [
        TensorSource(name=f"{name}.frames", dtype="I64", shape=frames.shape, data=frames),
        TensorSource(
            name=f"{name}.vectors",
            dtype="F16",
            shape=vectors.shape,
            data=vectors.astype(np.float16),
        ),
    ]


class _Journal:
    """Captions on disk, a line for each batch; the first line says what they depend on."""

    def __init__(self, path: Path, identity: Mapping[str, Any], *, batch: int, shots: int) -> None:
        self._path, self._batch, self._shots = path, batch, shots
        self.texts: list[str] = []
        """Of the shots captioned so far."""
        head = json_line(identity)
        good = self._recover(head)
        if good:
            os.truncate(path, good)
        else:
            path.write_bytes(head)

    def add(self, texts: Sequence[str]) -> None:
        """Put the captions of a batch on the disk."""
        append(self._path, json_line({"texts": list(texts)}))
        self.texts += texts

    def remove(self) -> None:
        """Forget them: they are in the index."""
        self._path.unlink(missing_ok=True)

    def _recover(self, head: bytes) -> int:
        """Take over an earlier run of the same job; returns the bytes of its good lines."""
        try:
            lines = self._path.read_bytes().splitlines(keepends=True)
        except FileNotFoundError:
            return 0
        if not lines or lines[0] != head:
            return 0
        good = len(head)
        for line in lines[1:]:
            texts = _texts(line)
            left = self._shots - len(self.texts)
            if texts is None or len(texts) != min(self._batch, left):
                break
            self.texts += texts
            good += len(line)
        return good


def _texts(line: bytes) -> list[str] | None:
    """Captions of a line; None where a kill left only a part of it."""
    try:
        texts = json.loads(line)["texts"] if line.endswith(b"\n") else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    whole = isinstance(texts, list) and texts and all(isinstance(text, str) for text in texts)
    return texts if whole else None
