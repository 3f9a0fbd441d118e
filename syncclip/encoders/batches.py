"""Work in batches that shrink where memory runs out."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from syncclip.errors import SyncClipError

__all__ = ["Batches", "is_out_of_memory"]

Done = TypeVar("Done")

_SAID = ("out of memory", "can't allocate memory", "not enough memory")
"""How CUDA, Metal and the allocator of the processor say it, in lower case."""


class Batches:
    """Runs a function over rows, a batch at a time; a batch that does not fit is halved.

    The smaller size is kept: what did not fit once would not fit the next time.

    Args:
        size: Rows of a batch to begin with.
    """

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError(f"a batch has at least one row, got {size}")
        self.size = size

    def map(self, run: Callable[[Any], Done], rows: Sequence[Any] | Any) -> Iterator[Done]:  # noqa: ANN401 - an array or a list
        """What the function makes of every batch, in order.

        Args:
            run: Called with some of the rows.
            rows: A list or an array: what can be cut with a slice.

        Raises:
            SyncClipError: Where not even a single row fits.
        """
        done = 0
        while done < len(rows):
            batch = rows[done : done + self.size]
            try:
                made = run(batch)
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                # Without its traceback, which keeps what the failed batch had taken.
                failed = error.with_traceback(None)
            else:
                done += len(batch)
                yield made
                continue
            self._halve(len(batch), failed)

    def _halve(self, tried: int, error: Exception) -> None:
        if tried == 1:
            raise SyncClipError(
                "memory runs out with a single picture at a time; close other programs, or take "
                "a smaller model or --device cpu"
            ) from error
        self.size = tried // 2
        _give_back_memory()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a graphics card or elsewhere."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(words in said for words in _SAID)


def _give_back_memory() -> None:
    """What the failed batch left behind; only where PyTorch is at work already."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
