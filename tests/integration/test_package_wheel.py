"""The wheel is what users get: what it holds is checked on one that was built."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
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


def test_every_package_of_the_base_install_is_used(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    about = next(name for name in names if name.endswith(".dist-info/METADATA"))
    needed = message_from_bytes(wheel.read(about)).get_all("Requires-Dist", [])
    base = {re.split(r"[^\w-]", line)[0] for line in needed if "extra ==" not in line}
    code = "\n".join(wheel.read(name).decode() for name in names if name.endswith(".py"))
    modules = {"faiss-cpu": "faiss", "imageio-ffmpeg": "imageio_ffmpeg", "pillow": "PIL"}
    unused = [
        package
        for package in sorted(base)
        if not re.search(rf"^\s*(import|from) {modules.get(package, package)}\b", code, re.M)
    ]
    assert len(base) >= 8
    assert unused == []
