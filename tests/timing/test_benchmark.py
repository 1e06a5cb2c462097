"""benchmark, on a clock of our own: when it has seen enough, and what it refuses."""

from __future__ import annotations

import gc
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from fake_clock import FakeClock

from course_utils.errors import CourseError
from course_utils.timing import benchmark, timed
from course_utils.timing import clock as clocks


def test_benchmark_warms_up_then_samples(clock):
    timing = benchmark(clock.work([9000] * 3 + [100]), warmup=3, min_time_s=0, clock=clock)
    assert (timing.median_ns, timing.calls, len(timing)) == (100, 1, 30)
    assert timing.samples_ns.max() == 100


def test_short_calls_are_put_together():
    clock = FakeClock(cost=50)
    timing = benchmark(clock.work(100), min_time_s=0, clock=clock)
    assert timing.calls >= clocks.READINGS_PER_SAMPLE * 50 / 100
    assert timing.median_ns == pytest.approx(100, rel=1.1e-3)  # 50 ns a sample, of 1000 times 50


def test_long_calls_are_not(clock):
    clock.cost = 50
    assert benchmark(clock.work(1_000_000), min_time_s=0, clock=clock).calls == 1


def test_benchmark_samples_until_it_knows(clock):
    draw = np.random.default_rng(0)
    noisy = [int(ns) for ns in draw.normal(1000, 100, 5000)]
    rough = benchmark(clock.work(list(noisy)), precision=0.1, min_time_s=0, clock=clock)
    fine = benchmark(clock.work(list(noisy)), precision=0.01, min_time_s=0, clock=clock)
    assert len(rough) == 30 < len(fine) < 4000
    assert fine.precision <= 0.01 and not fine.missed()


def test_benchmark_samples_for_the_time_asked(clock):
    timing = benchmark(clock.work(1_000_000), min_time_s=0.1, clock=clock)
    assert 100 <= len(timing) <= 101


def test_the_time_limit_comes_first_and_is_told(clock):
    timing = benchmark(clock.work([1_000_000, 5_000_000] * 2000), precision=0.001, time_limit_s=1, clock=clock)
    assert len(timing) < 400
    assert timing.missed() in repr(timing) and "asked ±0.1%" in timing.missed()
    one = benchmark(clock.work(10**10), time_limit_s=1, clock=clock)
    assert len(one) == 1 and "too few samples" in one.missed()


def test_what_the_function_raises_comes_through_and_the_collector_is_on_again():
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        benchmark(lambda: 1 / 0)
    assert gc.isenabled()
    seen = []
    benchmark(lambda: seen.append(gc.isenabled()), min_samples=6, min_time_s=0)
    assert not any(seen) and gc.isenabled()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"fn": 3.0}, "got a float, not a function"),
        ({"precision": 0}, "precision is 0; give a number above 0"),
        ({"time_limit_s": -1}, "time_limit_s is -1"),
        ({"min_samples": 0}, "min_samples is 0"),
        ({"clock": lambda: 7}, "clock: it did not move"),
    ],
)
def test_benchmark_refuses(wrong, sentence, monkeypatch):
    monkeypatch.setattr(clocks, "MOST_CALLS", 1000)
    with pytest.raises(CourseError, match=sentence):
        benchmark(**{"fn": lambda: None} | wrong)


class FakeCuda(SimpleNamespace):
    """CUDA as the clock sees it: a call only queues work, ``synchronize`` lets its time pass."""

    def __init__(self, clock):
        super().__init__(clock=clock, queued=0)

    def is_initialized(self):
        return True

    def synchronize(self):
        self.clock.now += self.queued
        self.queued = 0

    def launch(self):
        self.clock.now += 10
        self.queued += 1_000_000


def test_queued_work_is_waited_for(clock, monkeypatch):
    cuda = FakeCuda(clock)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    assert benchmark(cuda.launch, min_time_s=0, clock=clock).median_ns == 1_000_010
    cuda.queued = 77_000_000
    assert clocks.take(cuda.launch, 2, clock, cuda.synchronize) == 2_000_020
    fn = timed(clock=clock)(cuda.launch)
    cuda.queued = 77_000_000  # what was queued before is not this call's
    fn()
    assert fn.timing().samples_ns.tolist() == [1_000_010]


def test_without_cuda_nothing_is_waited_for(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert clocks.cuda_wait() is None
    assert "torch" not in sys.modules


def test_importing_the_clock_loads_nothing_heavy():
    heavy = "{'torch', 'numpy', 'matplotlib', 'IPython', 'psutil'}"
    code = f"import sys, course_utils.timing; sys.exit(', '.join({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
