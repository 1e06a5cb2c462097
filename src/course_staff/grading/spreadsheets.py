"""Tables that a spreadsheet reads: CSV, and texts in it that are no formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that is taken for a formula


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows, the header among them, as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: one that begins like it gets an apostrophe before it."""
    return f"'{text}" if text.startswith(FORMULA) else text
