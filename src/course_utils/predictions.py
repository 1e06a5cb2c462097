"""A guess beside what was measured: who has guessed first remembers what comes out."""

from __future__ import annotations

import math


def beside(guess: object, measured: float | str, unit: str = "") -> str:
    """Print a student's guess beside what was measured, and return both for a table.

    Args:
        guess: whatever stands in the lesson's ``guess_… = `` line; None where nobody guessed.
        measured: the value; a float is shown with three digits, and nan is "not measured".
        unit: what follows both, such as ``"×"`` or ``" ms"``.

    Returns:
        ``"1.6× (guessed: 4×)"``, or ``"1.6×"`` without a guess.
    """
    if isinstance(measured, float) and math.isnan(measured):
        return "not measured"
    found = f"{_shown(measured)}{unit}"
    if guess is None:
        print(f"Measured: {found}. (No guess above; make one, and run both cells again.)")
        return found
    guessed = _shown(guess) + (unit if isinstance(guess, int | float) else "")
    print(f"You guessed {guessed}; measured: {found}.")
    return f"{found} (guessed: {guessed})"


def _shown(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)[:80]
    return f"{value:.3g}" if abs(value) < 1_000 else f"{value:,.0f}"
