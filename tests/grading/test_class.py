"""A class that hands in everything, graded while a worker and then the coordinator are killed."""

from __future__ import annotations

from mixed_class import make_class
from ordeal import ordeal

SIZE = 30


def test_killed_and_started_again_every_mark_is_right(sample):
    (lesson,) = sample.authored()
    due = make_class(sample, lesson, SIZE, kinds=10)
    assert len(set(due.values()) - {None}) > 3 and None in due.values()
    ordeal(sample, lesson, due)
