"""@timed, on a clock of our own: what it counts, and what it refuses."""

from __future__ import annotations

import inspect
import threading

import pytest

from course_utils.errors import CourseError
from course_utils.timing import benchmark, timed


def test_timed_returns_the_result_and_keeps_the_identity():
    @timed
    def scale(x: float, *, by: int = 2) -> float:
        """Scale it."""
        return x * by

    assert scale(3, by=4) == 12
    assert (scale.__name__, scale.__doc__, scale.__module__) == ("scale", "Scale it.", __name__)
    assert str(inspect.signature(scale)) == "(x: 'float', *, by: 'int' = 2) -> 'float'"
    assert len(scale.timing()) == 1 and scale.timing().name == "scale"


def test_timed_remembers_each_call_after_those_it_skips(clock):
    fn = timed(skip=2, clock=clock)(clock.work([900, 800, 10, 20, 30]))
    for _ in range(5):
        fn()
    assert fn.timing().samples_ns.tolist() == [10, 20, 30]
    fn.forget()
    fn()
    assert fn.timing().samples_ns.tolist() == [30]


def test_timed_keeps_the_newest(clock):
    fn = timed(keep=2, clock=clock)(clock.work([10, 20, 30]))
    for _ in range(3):
        fn()
    assert fn.timing().samples_ns.tolist() == [20, 30]


def test_timed_forgets_a_call_that_raises(clock):
    @timed(clock=clock)
    def fails(yes):
        if yes:
            raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        fails(True)
    with pytest.raises(CourseError, match=r"^fails: no samples; call it at least once\.$"):
        fails.timing()
    fails(False)
    assert len(fails.timing()) == 1


def test_timed_works_on_methods():
    class Net:
        @timed
        def forward(self, x):
            return x + 1

    assert Net().forward(1) == 2
    assert Net.forward.timing().name == "Net.forward"


def test_timed_loses_no_call_of_many_threads():
    fn = timed(skip=7)(lambda: None)
    threads = [threading.Thread(target=lambda: [fn() for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fn.timing()) == 8 * 500 - 7


async def coroutine():
    """Asynchronous."""


def generator():
    """Yield nothing."""
    yield


@pytest.mark.parametrize("fn", [coroutine, generator])
def test_what_does_not_run_when_called_is_refused(fn):
    with pytest.raises(CourseError, match="calling it does not run its body"):
        timed(fn)
    with pytest.raises(CourseError, match="calling it does not run its body"):
        benchmark(fn)
