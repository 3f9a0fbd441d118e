"""Links, messages, names and options in README and docs: each leads somewhere and exists."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import pytest

import syncclip
from syncclip.timelines import FORMATS
from tests.command_line import commands
from tests.messages import templates

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *DOCS.glob("*.md"),
        ROOT / "benchmarks" / "README.md",
        ROOT / "indexes" / "README.md",
    ]
)
pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="runs from a checkout")


def page_ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """A page without what stands in fences."""
    text = page.read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def targets(page: Path) -> list[str]:
    """Where links and pictures lead; code is no link."""
    text = re.sub(r"`[^`\n]*`", "", prose(page))
    return re.findall(r"\]\(([^)\s]+)\)", text)


def anchors(page: Path) -> set[str]:
    """Anchors of the headings, as both GitHub and the site make them."""
    found = set()
    for title in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE):
        plain = unicodedata.normalize("NFKD", title.replace("`", "")).lower()
        found.add(re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", plain).strip()))
    return found


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=page_ids)
def test_no_fence_escapes_the_tests_that_run_them(page: Path) -> None:
    """Each begins its line and says what it holds."""
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"^[ >]+(```|~~~)|^~~~", text, re.MULTILINE)
    opened = re.findall(r"^```(.*)$", text, re.MULTILINE)[::2]
    assert set(opened) <= {"sh", "console", "python", "json", "text", "csv"}


@pytest.mark.parametrize("page", PAGES, ids=page_ids)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    for target in targets(page):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        there = page if not path else (page.parent / path).resolve()
        assert there.exists(), f"{page.name}: no such file: {target}"
        if anchor:
            assert anchor in anchors(there), f"{page.name}: no such heading: {target}"


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Here\n\n[a](#here) [b](#gone) [c](gone.md) `[d](code.md)`\n")
    assert targets(page) == ["#here", "#gone", "gone.md"]
    assert anchors(page) == {"here"}


def test_every_page_of_the_site_is_in_its_contents() -> None:
    contents = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = re.findall(r": ([\w-]+\.md)$", contents, re.MULTILINE)
    assert sorted(named) == sorted(page.name for page in DOCS.glob("*.md"))


def test_the_site_asks_for_nothing_from_elsewhere() -> None:
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "  font: false\n" in settings
    assert not re.search(r"extra_(css|javascript)|https?://", settings)
    for page in DOCS.glob("*.md"):
        assert not re.search(r"<(script|link|iframe|img)\b", prose(page)), page.name
        assert not re.search(r"!\[[^]]*\]\(https?:", prose(page)), page.name
    for picture in (DOCS / "images").glob("*.svg"):
        addresses = re.findall(r'(?:href|src)="([^"]+)"|url\(([^)]+)\)', picture.read_text("utf-8"))
        assert all(inside.startswith("#") for pair in addresses for inside in pair if inside)


def test_the_messages_that_are_explained_are_those_that_are_said() -> None:
    page = DOCS / "troubleshooting.md"
    explained = re.findall(r"^\| `([^`]+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(explained) > 40
    unsaid = [each for each in explained if not any(each in text for text in templates())]
    assert not unsaid


def test_every_public_name_is_in_the_python_page() -> None:
    text = (DOCS / "python.md").read_text(encoding="utf-8")
    for name in syncclip.__all__:
        directive = f"`syncclip.{name}`" if name == "__version__" else f"::: syncclip.{name}\n"
        assert directive in text, name


def test_every_timeline_format_is_described() -> None:
    text = (DOCS / "timelines.md").read_text(encoding="utf-8")
    for name in FORMATS:
        assert f"`{name}`" in text, name


def test_every_extra_is_described() -> None:
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    for extra in set(extras) - {"dev"}:
        assert f"| `{extra}` |" in text, extra


@pytest.mark.parametrize("name", sorted(commands()))
def test_the_documentation_shows_every_command_and_names_every_option(name: str) -> None:
    pages = [ROOT / "README.md", *DOCS.glob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    # A group that works on one result names it before what is done: syncclip review RESULT undo.
    words = name.replace(" ", r"( \S+)? ")
    assert re.search(rf"syncclip {words}\b", text)
    for param in commands()[name].params:
        long = [word for word in param.opts if word.startswith("--") and word != "--help"]
        # -o and -i are shown as people type them.
        assert not long or any(re.search(rf"(?<![\w-]){re.escape(o)}\b", text) for o in param.opts)
