"""A guess stands beside what was measured."""

import pytest

from course_utils import predictions


@pytest.mark.parametrize(
    ("guess", "measured", "unit", "said", "kept"),
    [
        (4, 1.634, "×", "You guessed 4×; measured: 1.63×.", "1.63× (guessed: 4×)"),
        (None, 12345.6, " B", "Measured: 12,346 B. (No guess", "12,346 B"),
        ("more", "less", "", "You guessed more; measured: less.", "less (guessed: more)"),
        ("4x", 2, "×", "You guessed 4x; measured: 2×.", "2× (guessed: 4x)"),
        (True, "no", "", "You guessed True; measured: no.", "no (guessed: True)"),
        ([1] * 99, 0.5, "", "You guessed [1, 1", "0.5 (guessed: [1, 1"),
    ],
)
def test_both_are_said_and_kept(capsys, guess, measured, unit, said, kept):
    assert predictions.beside(guess, measured, unit).startswith(kept)
    assert capsys.readouterr().out.startswith(said)


def test_what_was_not_measured_is_said_so(capsys):
    assert (predictions.beside(3, float("nan"), "×"), capsys.readouterr().out) == ("not measured", "")
