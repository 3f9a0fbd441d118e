"""The schema is data that other programs read: it must reach them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import syncclip.reports
from syncclip.reports._validate import load_schema

SCHEMAS = ("visual_match_results.v1.json", "alternative_segments.v1.json")
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_lies_inside_the_package_that_the_wheel_holds(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"] == {"packages": ["syncclip"]}
    assert (Path(syncclip.reports.__file__).parent / "schema" / name).is_file()


def properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, value in schema.get("properties", {}).items():
        yield name, value
        yield from properties(value)
    for value in schema.get("$defs", {}).values():
        yield from properties(value)
    if isinstance(schema.get("items"), dict):
        yield from properties(schema["items"])


def test_every_key_of_a_segment_is_described() -> None:
    segment = load_schema(SCHEMAS[0])["$defs"]["segment"]
    undescribed = [name for name, value in properties(segment) if "description" not in value]
    assert not undescribed


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_number_that_counts_frames_is_bounded(name: str) -> None:
    counted = [
        value
        for key, value in properties(load_schema(name))
        if key.endswith("_frame") or key == "frames"
    ]
    assert counted
    assert all(value["maximum"] == 1_000_000_000 for value in counted)
