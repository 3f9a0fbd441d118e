"""The ``syncclip`` command: every command reads its options, makes one library call and prints."""

from syncclip.cli.app import app, main

__all__ = ["app", "main"]
