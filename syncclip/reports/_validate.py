"""Loading JSON that strangers wrote and holding it against its schema."""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from syncclip.errors import ResultError

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

__all__ = ["load_json", "load_schema", "reject", "shorten", "validate"]

MAX_FILE_BYTES = 512 * 1024 * 1024
"""A day of commentary with a cut in every second stays below a tenth of this."""
GIVE = "give the visual_match_results.json that match wrote"
MAX_SHOWN = 80
"""Characters of a value that an error message quotes."""


def load_schema(name: str) -> dict[str, Any]:
    """A JSON Schema that ships with the package, by file name."""
    text = (files("syncclip.reports") / "schema" / name).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def load_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Parse a JSON file.

    Raises:
        ResultError: Where the file is missing, too large, no text, no JSON, or holds a number that
            is not finite.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise ResultError(f"{path}: no such file; {GIVE}") from error
    except OSError as error:
        raise ResultError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_FILE_BYTES:
        raise ResultError(f"{path}: no result file, it has over {MAX_FILE_BYTES >> 20} MB; {GIVE}")
    try:
        return json.loads(data, parse_constant=_no_constant, parse_float=_finite, parse_int=_int)
    except RecursionError as error:
        raise ResultError(f"{path}: no result file, it is nested too deeply; {GIVE}") from error
    except UnicodeDecodeError as error:
        raise ResultError(f"{path}: no result file, it is not text; {GIVE}") from error
    except ValueError as error:
        raise ResultError(f"{path}: not valid JSON: {shorten(error)}; {GIVE}") from error


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:MAX_SHOWN]} is too large")
    return value


def _int(text: str) -> int:
    if len(text) > 18:
        raise ValueError(f"{text[:MAX_SHOWN]} is too large")
    return int(text)


def validate(document: object, schema: str, *, path: Path, version: int) -> None:
    """Hold a document against a schema of the package.

    Raises:
        ResultError: With the JSON path and the value of the first fault.
    """
    found = document.get("schema_version") if isinstance(document, dict) else None
    if isinstance(found, int) and not isinstance(found, bool) and found > version:
        raise ResultError(
            f"{path}: made by a newer SyncClip (schema_version {shorten(found)}, "
            f"this one reads {version}); update SyncClip"
        )
    fault = next(_validator(schema).iter_errors(document), None)
    if fault is not None:
        reject(path, fault.json_path, shorten(fault.message))


def reject(path: Path, where: str, what: str) -> NoReturn:
    """Raise a :class:`ResultError` about one place of a file.

    Args:
        path: The file.
        where: JSON path, with or without the leading ``$.``.
        what: The value and what is wrong with it.
    """
    where = where.removeprefix("$").removeprefix(".") or "the file"
    raise ResultError(f"{path}: {where}: {what}")


def shorten(value: object) -> str:
    """A value in one short line, head and tail kept."""
    text = " ".join(str(value).split())
    if len(text) <= 2 * MAX_SHOWN:
        return text
    return f"{text[:MAX_SHOWN]} … {text[-MAX_SHOWN:]}"


@cache
def _validator(name: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # a tenth of a second that --help need not pay

    return Draft202012Validator(load_schema(name))
