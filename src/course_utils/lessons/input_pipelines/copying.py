"""Copies that overlap with computing: by how much, drawn; and copies to a GPU from two kinds of memory, measured."""

from __future__ import annotations

import math
from collections.abc import Callable

from course_utils import plots, tables
from course_utils.timing import compare

COPY, COMPUTE, ITEMS = 1.0, 3.0, 5
REPORT = "0.39 to 0.44 ms a run of the net, all three"
NOT_MEASURED = "not measured: no GPU here"


def draw_buffers(finished_at: Callable[..., float]) -> float:
    """Draw when each copy and each computing runs, with one buffer and with two, and what the function says.

    Returns:
        per cent of the time that the second buffer saves for many items; nan where 12.7 is not written.
    """
    try:
        ends = {count: float(finished_at(COPY, COMPUTE, ITEMS, count)) for count in (1, 2, 3, 4)}
        many = [float(finished_at(COPY, COMPUTE, 10_000, count)) for count in (1, 2)]
    except NotImplementedError:
        print("Exercise 12.7 is not written yet: there is nothing to draw.")
        return math.nan
    fig, axes = plots.figure(rows=2, width=7, height=2.9)
    for panel, count in zip(axes, (1, 2), strict=True):
        for number, (copied, computed) in enumerate(played(count)):
            for row, (begun, took), color in ((0, (copied, COPY), plots.SKY), (1, (computed, COMPUTE), plots.ORANGE)):
                panel.broken_barh([(begun, took)], (row - 0.4, 0.8), color=color, edgecolor="white")
                panel.annotate(str(number), (begun + took / 2, row), ha="center", va="center", fontsize=8)
        panel.axvline(ends[count], color=plots.BLACK, linestyle="--", linewidth=1)
        title = f"{count} buffer{'s' * (count > 1)}: yours says {ends[count]:g} ms"
        panel.set(title=title, yticks=(0, 1), yticklabels=("copy", "compute"), xlim=(0, 1.05 * max(ends.values())))
        panel.invert_yaxis()
    axes[-1].set_xlabel("ms")
    said = ", ".join(f"{count}: {end:g} ms" for count, end in ends.items())
    words = "With one buffer copies and computing take turns; with two, copies run above computing"
    plots.show(fig, f"{words}. {ITEMS} items are done after, by buffers: {said}.")
    print(f"{ITEMS} items, a copy of {COPY:g} ms, computing of {COMPUTE:g} ms; done after, by buffers: {said}.")
    return 100 * (1 - many[1] / many[0])


def played(buffers: int) -> list[tuple[float, float]]:
    """Return when each item's copy and computing begin, played through item by item."""
    copied, done, found = 0.0, [0.0] * buffers, []
    for _ in range(ITEMS):
        begun = max(copied, done[-buffers])
        copied = begun + COPY
        computing = max(copied, done[-1])
        done.append(computing + COMPUTE)
        found.append((begun, computing))
    return found


def show_transfers() -> None:
    """Show how a frame gets to a GPU from pageable, pinned and mapped memory, measured where there is a GPU."""
    here = _measured()
    rows = [
        {"memory": kind, "what happens": what, "here": here.get(kind, NOT_MEASURED)}
        for kind, what in (
            ("pageable", "copied twice: the driver goes by a pinned buffer of its own"),
            ("pinned", "copied once, beside other work; cannot be swapped out"),
            ("mapped (zero-copy)", "not copied: the GPU reads it across the bus, each time"),
        )
    ]
    tables.show(rows, f"The report, RTX 2080 Ti: {REPORT}.")


def _measured() -> dict[str, str]:
    import torch

    if not torch.cuda.is_available():
        return {}
    frame = torch.zeros(3, 240, 320)
    there, pinned = frame.cuda(), frame.pin_memory()
    calls = {
        "pageable": lambda: there.copy_(frame, non_blocking=True),
        "pinned": lambda: there.copy_(pinned, non_blocking=True),
    }
    turns = compare(calls, rounds=100, time_limit_s=3)
    ratio = turns.ratio("pinned")
    return {
        "pageable": f"1 (the frame has {frame.nbytes / 1e6:.1f} MB)",
        "pinned": f"{ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f})",
        "mapped (zero-copy)": "not measured: PyTorch maps no memory",
    }
