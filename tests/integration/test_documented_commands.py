"""Every command that README and docs show is run, on tiny films called as the pages call theirs.

What needs a network, weights of a model, or minutes is only parsed: its command and every option of
it must exist. Those commands are listed below with the reason.
"""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from syncclip.cli import app
from tests.documented import prepare
from tests.fences import Command, commands, programs

ROOT = Path(__file__).parents[2]
README, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
"""The Chinese README shows the commands of the other one, which is a test of its own."""
pytestmark = pytest.mark.skipif(not README.exists(), reason="runs from a checkout")


@dataclass(frozen=True, slots=True)
class OnlyParsed:
    """A command that is not run."""

    pattern: str
    """Found in the words of the command, with single spaces between them."""
    reason: str


ONLY_PARSED = (
    OnlyParsed(r"^syncclip demo\b", "most of a minute: run by test_cli_demo.py and by .ci/run"),
    OnlyParsed(r"^syncclip match https?://", "needs the network: see test_downloading.py"),
    OnlyParsed(r"^syncclip match .*--transcribe", "needs weights: see test_match_words.py"),
    OnlyParsed(r"^syncclip index .*--encoder clip", "needs weights: see test_clip_pipeline.py"),
    OnlyParsed(r"^syncclip index .*--captions", "needs weights: see test_blip.py"),
    OnlyParsed(r"^syncclip .*--cluster", "needs machines: see test_cluster.py"),
    OnlyParsed(r"^syncclip search (?!-)", "words need weights: see test_search.py"),
    OnlyParsed(r"^syncclip models (fetch|path)\b", "needs the network: see test_model_weights.py"),
    OnlyParsed(r"^syncclip ui\b", "serves until it is stopped"),
    OnlyParsed(r"^pip install\b", "changes the environment and needs a registry"),
    OnlyParsed(r"^pytest\b", "is what runs this very test"),
)


def only_parsed(command: Command) -> OnlyParsed | None:
    words = " ".join(command.words)
    return next((entry for entry in ONLY_PARSED if re.search(entry.pattern, words)), None)


def page_ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that every page begins with."""
    return prepare(tmp_path_factory.mktemp("documented"))


@pytest.fixture
def folder(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Goes into a copy of that folder, made only where a page wants it."""

    def enter() -> Path:
        monkeypatch.chdir(shutil.copytree(prepared, tmp_path / "here"))
        # In this process: starting others takes longer than these small searches.
        monkeypatch.setattr("syncclip.pipeline.matching.cores", lambda: 1)
        return tmp_path / "here"

    return enter


@pytest.mark.parametrize("page", PAGES, ids=page_ids)
def test_every_command_of_a_page_works(
    page: Path, folder: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = commands(page)
    for command in shown:
        if only_parsed(command):
            parse(command)
    run = [command for command in shown if not only_parsed(command)]
    if run:
        folder()
    for command in run:
        assert command.words[0] == "syncclip", f"neither run nor listed: {command.shown}"
        with monkeypatch.context() as own:
            for name, value in command.environment:
                own.setenv(name, value)
            done = CliRunner().invoke(app, list(command.words[1:]))
        assert done.exit_code == 0, f"{command.shown}\n{done.output}"


@pytest.mark.parametrize("page", PAGES, ids=page_ids)
def test_every_python_example_of_a_page_works(page: Path, folder: Callable[[], Path]) -> None:
    # The older tool's call stands for a whole run, which test_compat.py makes.
    examples = [text for text in programs(page) if "syncclip.compat" not in text]
    if examples:
        folder()
    for text in examples:
        exec(compile(text, page.name, "exec"), {"__name__": "example"})


def parse(command: Command) -> None:
    """Fail where a command or one of its options does not exist."""
    program, *words = command.words
    if program == "syncclip":
        found: Any = get_command(app)
        while hasattr(found, "commands"):
            assert words[0] in found.commands, f"no such command: {command.shown}"
            found = found.commands[words.pop(0)]
        found.make_context(found.name, words)
    elif program == "pip":
        for extra in re.findall(r"\[([\w,-]+)\]", command.shown):
            assert set(extra.split(",")) <= set(extras()), command.shown


def extras() -> dict[str, Any]:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = document["project"]["optional-dependencies"]
    return found


def test_nothing_is_listed_that_no_page_shows() -> None:
    """A list of exceptions that nobody needs would hide what is not run."""
    shown = [" ".join(command.words) for page in PAGES for command in commands(page)]
    known = get_command(app).commands  # type: ignore[attr-defined]
    for entry in ONLY_PARSED:
        named = re.match(r"\^syncclip (\w+)", entry.pattern)
        if named and named[1] not in known:
            continue  # of a command that this version does not have
        assert any(re.search(entry.pattern, words) for words in shown), entry.pattern


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("syncclip match a.mp4 --index b.idx --no-such-option", "no such option"),
        ("syncclip no-such-command", "no such command"),
        ("pip install 'syncclip[no-such-extra]'", "no-such-extra"),
    ],
)
def test_what_does_not_exist_is_noticed(tmp_path: Path, written: str, why: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"```sh\n{written}\n```\n")
    [command] = commands(page)
    with pytest.raises(Exception, match=f"(?i){why}"):
        parse(command)


def test_commands_are_read_as_a_shell_reads_them(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ syncclip info a.idx\nkind  index\n```\n\n"
        "```sh\nR=r.json  # where it is\nA=1 syncclip x $R 'two words' && pytest \\\n  -q\n```\n"
        "```python\nprint()\n```\n"
    )
    found = commands(page)
    assert [command.words for command in found] == [
        ("syncclip", "info", "a.idx"),
        ("syncclip", "x", "r.json", "two words"),
        ("pytest", "-q"),
    ]
    assert found[1].environment == (("A", "1"),)
    assert programs(page) == ["print()\n"]


def test_the_chinese_readme_keeps_step_with_the_other_one() -> None:
    """The same commands and examples, headings, pictures, links and tables, in the same order."""
    english, chinese = (page.read_text(encoding="utf-8") for page in (README, CHINESE))
    assert [c.words for c in commands(CHINESE)] == [c.words for c in commands(README)]
    assert programs(CHINESE) == programs(README)

    def outline(text: str) -> list[str]:
        fenceless = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
        return re.findall(r"^#+(?= )", fenceless, re.MULTILINE)

    def targets(text: str) -> list[str]:
        found = [target for target in re.findall(r"\]\(([^)]+)\)", text) if "README" not in target]
        return [target.replace("-zh.png", ".png") for target in found]  # the page in its language

    def printed(text: str) -> list[str]:
        return re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)

    def figures(text: str) -> list[str]:
        table = re.search(r"<!-- benchmark:headline(?:-zh)? -->(.*?)<!-- /", text, re.DOTALL)
        assert table
        return re.findall(r"\d\.\d+%?|\d+\.\d% ", table[1])

    assert outline(chinese) == outline(english)
    assert targets(chinese) == targets(english)
    assert printed(chinese) == printed(english)
    assert figures(chinese) == figures(english)
    assert len(re.findall("[\u4e00-\u9fff]", chinese)) > 1000
