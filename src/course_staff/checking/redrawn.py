"""Wrong answers that lost more than they must, graded again: with fresh inputs a point may be lost by chance."""

from __future__ import annotations

from pathlib import Path

from course_staff.checking.batches import Batch
from course_staff.checking.graded import Graded, grade_in_sandbox
from course_utils.layout import Lesson

DRAWS = 3  # at most, the first included


def draw_again(lesson: Lesson, found: dict[str, Batch], graded: Graded, scratch: Path) -> None:
    """Leave in ``graded`` what these answers lose in every draw; what one must lose, it must lose in each.

    Args:
        found: the batches, by name.
        scratch: a folder that need not be there.
    """
    for draw in range(1, DRAWS):
        if more := _lose_more(found, graded):
            texts = {name: found[name].notebook for name in more}
            again = grade_in_sandbox(lesson, texts, more, scratch / str(draw), lambda: None)
            for name, judges in more.items():
                lost, kept = graded.lost[name], judges - again.lost.get(name, {}).keys()
                graded.lost[name] = {test: why for test, why in lost.items() if test not in kept}


def _lose_more(found: dict[str, Batch], graded: Graded) -> dict[str, frozenset[str]]:
    """Return by batch the tests that judge such answers."""
    more: dict[str, frozenset[str]] = {}
    for name, batch in found.items():
        lost = graded.lost.get(name, {}).keys()
        for answer, judges in batch.answers:
            if not answer.is_right and not answer.is_vandal and answer.loses < lost & judges:
                more[name] = more.get(name, frozenset()) | judges
    return more
