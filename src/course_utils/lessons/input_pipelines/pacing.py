"""The pace that the slowest stage promises, beside the pace that the pipeline had."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course_utils import tables

if TYPE_CHECKING:
    from course_utils.lessons.input_pipelines.running import Run


def show_pace(bottleneck: Callable[..., Any], run: Run) -> str:
    """Show each stage's time and pace, then what the student's function promises beside what was reached.

    Returns:
        in words, the part of the promise that was reached; "not measured" without 12.4 or 12.6.
    """
    stage_ms = run.stage_ms()
    rows = [
        {"stage": name, "ms a frame": f"{ms:.2f}", "frames a second, alone": f"{1000 / ms:,.0f}"}
        for name, ms in stage_ms.items()
    ]
    tables.show(rows)
    try:
        name, promised = bottleneck(dict(stage_ms), dict.fromkeys(stage_ms, 1))
    except NotImplementedError:
        print("Exercise 12.6 is not written yet: nothing is promised.")
        return "not measured"
    print(f"The bottleneck is {name}: {promised:,.0f} frames a second are promised.")
    if "piped" not in run.seconds:
        print("Exercise 12.4 was not written yet: nothing was reached.")
        return "not measured"
    reached = len(run.labels["piped"]) / statistics.median(run.seconds["piped"])
    print(f"The pipeline reached {reached:,.0f}.")
    return f"{reached / promised:.0%}"
