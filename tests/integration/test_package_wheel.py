"""The wheel is what users get: what it holds is checked on one that was built."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    source = tmp_path_factory.mktemp("source")
    shutil.copytree(ROOT / "syncclip", source / "syncclip")
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"],
        cwd=source,
        check=True,
        capture_output=True,
    )
    return zipfile.ZipFile(next((source / "dist").glob("*.whl")))


def test_the_schemas_and_the_type_marker_are_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    for path in (
        "syncclip/reports/schema/visual_match_results.v1.json",
        "syncclip/reports/schema/alternative_segments.v1.json",
        "syncclip/py.typed",
        "syncclip/__main__.py",
    ):
        assert path in names


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"syncclip"}


def test_the_wheel_installs_the_command(wheel: zipfile.ZipFile) -> None:
    points = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "syncclip = syncclip.cli:main" in wheel.read(points).decode()
