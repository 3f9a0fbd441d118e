"""Writing files whole or not at all, and JSON as people like to read it."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import cast

from syncclip.errors import OutputError

__all__ = ["format_json", "write_bytes", "write_text"]


_encoded = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
"""Made once: ``json.dumps`` makes one for every call that asks for this."""


def write_text(path: Path, text: str, *, encoding: str = "utf-8") -> None:
    """Write a file so that readers see the old content or the new, never a part.

    Raises:
        OutputError: Where the folder cannot be made or the file cannot be written.
    """
    # A file name that is no valid text keeps its odd bytes as escapes, which JSON reads back.
    write_bytes(path, text.encode(encoding, "backslashreplace"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file as :func:`write_text` does.

    Raises:
        OutputError: Where the folder cannot be made or the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".syncclip-", dir=path.parent)
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        _share(temporary)
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise _cannot_write(path, error) from error
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _share(temporary: str) -> None:
    """Give the file the permissions that ``open`` would have given it: mkstemp makes it private."""
    mask = os.umask(0)
    os.umask(mask)
    Path(temporary).chmod(0o666 & ~mask)


def _cannot_write(path: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(
        f"cannot write {path}: {reason}; free the space or choose another folder with --output"
    )


def format_json(value: object, *, indent: str = "") -> str:
    """JSON with one key or record a line, and short lists of numbers on one line.

    Raises:
        ValueError: Where a number is not finite.
    """
    kind = type(value)
    if kind in _PLAIN:
        return _plain(value)
    inner = indent + "  "
    if (kind is dict or isinstance(value, Mapping)) and value:
        lines = [
            f"{inner}{_key(str(key))}: {format_json(item, indent=inner)}"
            for key, item in cast("Mapping[object, object]", value).items()
        ]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if kind is list or kind is tuple:
        items = cast("list[object]", value)
        if not any(map(_is_record, items)):
            return f"[{', '.join(map(format_json, items))}]"
        lines = [inner + format_json(item, indent=inner) for item in items]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    return _encoded(value)


_PLAIN = frozenset((int, float, str, bool))


def _plain(value: object) -> str:
    """What the encoder writes, which takes ten times as long to begin: nearly all there is."""
    if isinstance(value, str):
        return _encoded(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return _encoded(value)  # which refuses it
    return repr(value)


@lru_cache(maxsize=1024)
def _key(name: str) -> str:
    return _encoded(name)


def _is_record(value: object) -> bool:
    if isinstance(value, str | bytes | float | int):
        return False
    return bool(value) and isinstance(value, Mapping | Sequence)
