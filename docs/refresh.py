"""Runs the commands of README and docs, and puts what they print, and the pictures, in their place.

python docs/refresh.py
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from figures import draw_figures
from picture import draw

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
FIRST = ROOT / "README.md"
"""Its first example makes the folder in which all others go on."""
EXAMPLE = re.compile(r"(?<=```console\n)\$ syncclip (?P<words>[^\n]+)\n.*?(?=```)", re.DOTALL)
SHOWN_HOME = "/home/you"
"""Stands for the temporary folder."""


def main() -> None:
    """Run everything in a temporary folder, then write the pages."""
    pages = [FIRST, *sorted(ROOT.glob("README.*.md")), *sorted((ROOT / "docs").glob("*.md"))]
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        demo = home / "syncclip-demo"
        printed: dict[str, str] = {}

        def example(found: re.Match[str]) -> str:
            words = found["words"]
            if words not in printed:  # a command that stands on two pages printed the same on both
                printed[words] = run(words, demo if demo.exists() else home)
            return f"$ syncclip {words}\n{printed[words].replace(str(home), SHOWN_HOME)}"

        texts = {page: EXAMPLE.sub(example, page.read_text(encoding="utf-8")) for page in pages}
        draw(demo, IMAGES / "demo.png")
        draw_figures(demo, IMAGES)
    for page, text in texts.items():
        page.write_text(text, encoding="utf-8")


def run(words: str, folder: Path) -> str:
    """What a command prints to stdout."""
    command = [sys.executable, "-m", "syncclip", *shlex.split(words)]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    # A table begins and ends with empty cells; Markdown wants no blanks at the ends of lines.
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


if __name__ == "__main__":
    main()
