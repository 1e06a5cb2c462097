"""What lesson 04's hidden tests hand to an answer does what they rely on."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from course_utils import expect
from course_utils.lessons import onnx_runtime as lesson


def decorated(fn, *, copies=False, fresh=True, repeats=3):
    taken = np.zeros(repeats, dtype=np.int64)

    def wrapped(*args, **kwargs):
        for k in range(repeats):
            start = lesson.now()
            result = fn(*(np.array(each) if copies else each for each in args), **kwargs)
            taken[k] = lesson.now() - start
        return result

    wrapped.samples = taken.copy if fresh else lambda: taken
    return wrapped


def test_the_clock_beside_an_answer_moves_by_what_is_called_there():
    start, task = lesson.now(), pickle.loads(pickle.dumps(lesson.Lasting([5, 7])))
    task(), task(), task()
    assert lesson.now() - start == 17
    found = decorated(lesson.growing)
    assert (found("x"), found(named="y"), found()) == ("x", "y", None)
    first, *more = found.samples().tolist()
    assert more == [first + 1, first + 2]


def test_copies_of_arguments_are_seen():
    box = np.zeros(2)
    assert [decorated(lesson.again)(box, named=[1]), decorated(lesson.again, copies=True)(box)] == [3, 1]
    assert lesson.handed_back(decorated(lesson.growing), box)
    assert not lesson.handed_back(decorated(lesson.growing, copies=True), box)


def test_samples_that_a_later_call_changes_are_seen():
    lesson.samples_kept(decorated(lesson.growing))
    with pytest.raises(expect.Unmet, match="let samples\\(\\) return a copy"):
        lesson.samples_kept(decorated(lesson.growing, fresh=False))


def test_answers_that_a_later_one_overwrites_are_seen():
    class Same:
        room = np.zeros(2)

        def predict(self, x):
            self.room[...] = x
            return self.room

    told = lesson.answers_kept(Same(), [np.array([1.0, 2.0]), np.array([3.0, 4.0])])
    assert told == [([1.0, 2.0], [3.0, 4.0]), ([3.0, 4.0], [3.0, 4.0])]


@pytest.mark.parametrize(
    ("layout", "shape"), [("every second", (3, 2)), ("every second", (5,)), ("columns first", (3, 2))]
)
def test_an_array_lies_otherwise_wherever_it_is_sent(layout, shape):
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    here = lesson.strided(x, layout)
    there = pickle.loads(pickle.dumps(here))
    copied = pickle.loads(pickle.dumps(here.copy()))
    assert [each.tolist() for each in (here, there, copied)] == [x.tolist()] * 3
    assert not any(each.flags.c_contiguous for each in (here, there, copied))
    assert (type(there), there.dtype) == (np.ndarray, np.float32)
