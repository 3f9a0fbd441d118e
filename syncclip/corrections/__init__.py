"""Corrections: what people change in a result, with history, undo, and a life beyond a re-match."""

from syncclip.corrections.carry import carry_over
from syncclip.corrections.edits import accept, nudge, reject, set_place, swap, undo
from syncclip.corrections.truth import ConfirmedTruth, confirmed_truth

__all__ = [
    "ConfirmedTruth",
    "accept",
    "carry_over",
    "confirmed_truth",
    "nudge",
    "reject",
    "set_place",
    "swap",
    "undo",
]
