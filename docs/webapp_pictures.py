"""Takes the pictures of the web app in README and docs: those of the browser test of a whole task.

python -m docs.webapp_pictures

Run it from the repository's root; it needs the packages chromium, chromium-driver and
fonts-noto-cjk.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "images"
TEST = "tests/integration/test_ui_pictures.py"


def main() -> None:
    """Run the test, which writes them."""
    where = {**os.environ, "SYNCCLIP_PICTURES": str(FOLDER)}
    test = [sys.executable, "-m", "pytest", "-n", "0", TEST]
    raise SystemExit(subprocess.run(test, env=where, check=False).returncode)


if __name__ == "__main__":
    main()
