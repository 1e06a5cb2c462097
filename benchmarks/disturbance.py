"""Processes that load the machine, as other people's work does, while something is measured."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


def disturb(seed: int) -> None:
    """Keep a core busy by fits and starts, now with arithmetic, now with memory, until ended."""
    draw, big = random.Random(seed), np.ones(4_000_000)
    while True:
        stop, arithmetic = time.perf_counter() + draw.expovariate(1 / 0.15), draw.random() < 0.5
        while time.perf_counter() < stop:
            if arithmetic:
                sum(range(20_000))
            else:
                big *= 1.0000001
        time.sleep(draw.expovariate(1 / 0.08))


@contextmanager
def load(processes: int) -> Iterator[None]:
    """Run so many disturbing processes meanwhile."""
    context = multiprocessing.get_context("spawn")
    running = [context.Process(target=disturb, args=(seed,), daemon=True) for seed in range(processes)]
    for process in running:
        process.start()
    time.sleep(1.0)  # until they have imported what they need
    try:
        yield
    finally:
        for process in running:
            process.terminate()
            process.join()
