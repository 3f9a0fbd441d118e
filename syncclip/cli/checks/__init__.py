"""The checks of ``syncclip doctor``."""

from syncclip.cli.checks.needed import main_job
from syncclip.cli.checks.optional import caches, extras, machine, models
from syncclip.cli.checks.record import Check, State

__all__ = ["Check", "State", "all_checks"]


def all_checks() -> list[Check]:
    """Every check, in the order in which they are shown."""
    return [*main_job(), *machine(), *extras(), *models(), *caches()]
