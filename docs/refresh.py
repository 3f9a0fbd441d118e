"""Runs the README's commands and puts what they print, and the picture, in their place.

python docs/refresh.py
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from picture import draw

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "images" / "demo.png"
EXAMPLE = re.compile(r"(?<=```console\n)\$ syncclip (?P<words>[^\n]+)\n.*?(?=```)", re.DOTALL)
SHOWN_HOME = "/home/you"
"""Stands for the temporary folder."""


def main() -> None:
    """Run everything in a temporary folder, then write the README."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        demo = home / "syncclip-demo"

        def example(found: re.Match[str]) -> str:
            # The first example makes the folder in which the others go on.
            printed = run(found["words"], demo if demo.exists() else home)
            return f"$ syncclip {found['words']}\n{printed.replace(str(home), SHOWN_HOME)}"

        text = EXAMPLE.sub(example, README.read_text(encoding="utf-8"))
        draw(demo, PICTURE)
    README.write_text(text, encoding="utf-8")


def run(words: str, folder: Path) -> str:
    """What a command prints to stdout."""
    command = [sys.executable, "-m", "syncclip", *shlex.split(words)]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    # A table begins and ends with empty cells; Markdown wants no blanks at the ends of lines.
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


if __name__ == "__main__":
    main()
