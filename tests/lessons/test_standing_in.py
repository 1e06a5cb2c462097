"""A demonstration goes on where an exercise cannot be used: with the course's own result, and it says why, once."""

from __future__ import annotations

import pytest

from course_utils.lessons.standing_in import either


def unwritten(x):
    raise NotImplementedError


def wrong(x):
    raise TypeError("'int' object is not callable")


@pytest.mark.parametrize(
    ("yours", "said"),
    [
        (unwritten, "Exercise 9.1 is not written yet: the course's own result stands in for it here.\n"),
        (
            wrong,
            "Exercise 9.1 ends in TypeError, 'int' object is not callable: "
            "the course's own result stands in for it here.\n",
        ),
        (lambda x: x + 1, ""),
    ],
)
def test_what_cannot_be_used_is_replaced_and_named_once(yours, said, capsys):
    call = either("9.1", yours, lambda x: x + 1)
    assert [call(1), call(2)] == [2, 3]
    assert capsys.readouterr().out == said
