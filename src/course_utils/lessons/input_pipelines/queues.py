"""Three stages and the queues between them over time: before the slow one they fill, behind it they are empty."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Queue
from typing import Any

from course_utils import plots
from course_utils.lessons.input_pipelines.feeding import feed
from course_utils.lessons.input_pipelines.marks import END

ITEMS, DEPTH = 40, 2
MS = {"a": 2, "b": 8, "c": 2}  # that each stage sleeps for an item
LOOKS = 300


def draw_queues(stage: Callable[..., None]) -> str:
    """Run three of the student's stages, of which the second is slow, and draw how full the queues are.

    Returns:
        in words, how many items each queue held on average; "not measured" where 12.3 is not written.
    """
    try:
        stage(lambda item: item, *_ended())
    except NotImplementedError:
        print("Exercise 12.3 is not written yet: there is nothing to draw.")
        return "not measured"
    queues = [Queue(DEPTH) for _ in range(len(MS) + 1)]
    work = [(feed, range(ITEMS), queues[0], threading.Event())]
    for number, ms in enumerate(MS.values()):
        work.append((stage, _sleeping(ms), queues[number], queues[number + 1]))
    work.append((_emptied, queues[-1]))
    threads = [threading.Thread(target=run, args=args, daemon=True) for run, *args in work]
    seen = _watched(threads, queues[:-1])
    return _draw(seen)


def _ended() -> tuple[Queue, Queue]:
    inbox, outbox = Queue(), Queue()
    inbox.put(END)
    return inbox, outbox


def _sleeping(ms: int) -> Callable[[Any], Any]:
    def work(item: Any) -> Any:
        time.sleep(ms / 1000)
        return item

    return work


def _emptied(queue: Queue) -> None:
    while queue.get() is not END:
        pass


def _watched(threads: list[threading.Thread], queues: list[Queue]) -> list[tuple[float, list[int]]]:
    """Start the threads and note, until they end, when each queue held how many items."""
    for thread in threads:
        thread.start()
    start, seen = time.perf_counter(), []
    while any(thread.is_alive() for thread in threads) and time.perf_counter() - start < 10:
        seen.append((1000 * (time.perf_counter() - start), [queue.qsize() for queue in queues]))
        time.sleep(0.001)
    return seen


def _draw(seen: list[tuple[float, list[int]]]) -> str:
    import numpy as np

    times, sizes = [when for when, _ in seen], np.array([each for _, each in seen])
    fig, axes = plots.figure(rows=len(MS), width=7, height=3)
    averages = {}
    for number, (name, ms) in enumerate(MS.items()):
        axes[number].fill_between(times, sizes[:, number], step="post", color=plots.CYCLE[number], alpha=0.85)
        axes[number].set(ylim=(0, DEPTH + 0.3), ylabel=f"before {name}", yticks=(0, DEPTH))
        axes[number].set_title(f"{name} needs {ms} ms", fontsize=9)
        averages[name] = float(sizes[:, number].mean())
        if number < len(MS) - 1:
            axes[number].set_xticklabels([])
    axes[-1].set_xlabel("ms")
    said = ", ".join(f"{size:.1f} before {name}" for name, size in averages.items())
    plots.show(fig, f"Items in three queues over time, at most {DEPTH} in each; on average {said}.")
    return said
