"""Decodes a film and does nothing with it: what every speed is compared with.

``python -m benchmarks.decode FILM``
"""

from __future__ import annotations

import sys

import av


def main(words: list[str]) -> int:
    """Decode every frame of ``words[0]`` with as many threads as the machine offers."""
    with av.open(f"file:{words[0]}") as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for _ in container.decode(stream):
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
