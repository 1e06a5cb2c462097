"""Figures that a test shows of what was handed in, in a form that a student's own cell cannot show when it is graded.

Grading passes on outputs of a student's process only in the kinds that a page shows; this one comes from a test alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

FIGURES = "application/vnd.lean-inference.figures+json"
MOST, LONGEST = 10, 1_000  # figures, and characters of all


def publish(figures: Mapping[str, int | float], words: str) -> None:
    """Show figures below the cell: in words, and for ``course leaderboard``."""
    from IPython.display import display

    display({"text/plain": words, FIGURES: json.dumps(dict(figures))}, raw=True)


def figures_in(text: object) -> dict[str, int | float] | None:
    """Return the figures in what ``publish`` shows; None where it is anything else."""
    if type(text) is not str or len(text) > LONGEST:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if type(found) is not dict or len(found) > MOST:
        return None
    good = all(name.isidentifier() and type(value) in (int, float) for name, value in found.items())
    return found if good and all(map(math.isfinite, found.values())) else None
