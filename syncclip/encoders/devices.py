"""Which processor a model runs on."""

from __future__ import annotations

import re

from syncclip.errors import MissingDependencyError, SettingsError

__all__ = ["DEVICES", "check_device_name", "choose_device", "is_graphics"]

DEVICES = "auto, cpu, cuda, cuda:N or mps"
"""What ``--device`` takes."""

_NAME = re.compile(r"auto|cpu|mps|cuda(:\d{1,3})?")


def check_device_name(name: str) -> None:
    """See that a device's name can be one, without loading anything.

    Raises:
        SettingsError: Where it cannot.
    """
    if not _NAME.fullmatch(name):
        raise SettingsError(f"unknown device {name!r}; choose one of: {DEVICES}")


def choose_device(asked: str = "auto") -> str:
    """The device to run a model on: the one asked for, or the fastest that is there.

    Args:
        asked: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``.

    Returns:
        What PyTorch calls it.

    Raises:
        MissingDependencyError: Where PyTorch is not installed.
        SettingsError: Where the device that was asked for is not usable here.
    """
    check_device_name(asked)
    try:
        import torch
    except ImportError:
        raise MissingDependencyError("torch", extra="models") from None
    graphics = {
        "cuda": bool(torch.cuda.is_available()),
        "mps": bool(torch.backends.mps.is_available()),
    }
    if asked == "auto":
        return next((name for name, usable in graphics.items() if usable), "cpu")
    kind, _, number = asked.partition(":")
    if not graphics.get(kind, True):
        there = [name for name, usable in graphics.items() if usable]
        raise SettingsError(
            f"device {asked} is not usable here (torch {torch.__version__} sees: "
            f"{', '.join(['cpu', *there])}); use --device auto or --device cpu"
        )
    if number and int(number) >= torch.cuda.device_count():
        raise SettingsError(
            f"device {asked} does not exist: there are {torch.cuda.device_count()}, counted from "
            "cuda:0; use --device cuda"
        )
    return asked


def is_graphics(device: str) -> bool:
    """Whether a device is a graphics card, on which models run in half precision."""
    return device != "cpu"
