"""Where an index is made until it is whole, and how it gets its own name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from syncclip.index.file import open_index
from syncclip.index.manifest import Manifest
from syncclip.index.writer import TensorSource, write_container

__all__ = ["put_in_place", "working_folder"]

MAX_NAME_BYTES = 255
WIDEST_FIRST = ("I64", "F16", "U8")
"""Tensors in this order are aligned without padding."""


def working_folder(output: Path) -> Path:
    """The folder beside an index that holds what a stopped run may go on with."""
    name = f".{output.name}.part"
    if len(os.fsencode(name)) > MAX_NAME_BYTES:
        digest = hashlib.blake2b(os.fsencode(output.name), digest_size=8).hexdigest()
        name = f".{digest}.idx.part"
    return output.with_name(name)


def put_in_place(
    output: Path, folder: Path, tensors: Sequence[TensorSource], manifest: Manifest
) -> None:
    """Write the index under another name, see that it can be opened, and give it its own."""
    finished = folder / "finished.idx"
    widest_first = sorted(tensors, key=lambda tensor: WIDEST_FIRST.index(tensor.dtype))
    write_container(finished, widest_first, manifest.to_json())
    open_index(finished).close()
    finished.replace(output)
    if os.name == "posix":  # elsewhere folders cannot be flushed
        descriptor = os.open(output.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
