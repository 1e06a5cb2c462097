"""The pictures of 13.5 to 13.7: an open loop beside a closed one, latency over the rate, and Little's law."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from course_utils import plots, tables
from course_utils.hardware import hardware_line
from course_utils.lessons.serving.hand_moved import in_thread
from course_utils.lessons.serving.load_tests import Load, OpenLoop, closed_load, open_load, own_open_loop
from course_utils.lessons.standing_in import either

RATE, CLIENTS, SECONDS = 130, 10, 3
RATES, STEP_SECONDS, OBJECTIVE_MS = (20, 40, 60, 75, 90, 105), 2.5, 100
seen: dict[str, Load] = {}  # the loads of this session, for Little's law


def draw_open_and_closed(open_loop: OpenLoop) -> float:
    """Draw the latencies that both tests report of one overloaded server; return the ratio of 99th percentiles."""
    loads = {
        "open loop (yours)": open_load(open_loop, [number / RATE for number in range(RATE * SECONDS)]),
        f"closed loop, {CLIENTS} clients": closed_load(RATE, CLIENTS, SECONDS),
    }
    seen.update(loads)
    fig, axes = plots.figure(width=6.5, height=3.0)
    for number, (name, load) in enumerate(loads.items()):
        dots = {"color": plots.CYCLE[number], "marker": plots.MARKS[number], "markersize": 3, "linestyle": ""}
        axes.plot(load.ended - load.latencies_ms / 1000, load.latencies_ms, label=name, **dots)
    axes.set(xlabel="when the request began to count (s)", ylabel="latency (ms)")
    _log_scale(axes)
    axes.legend()
    tails = {name: load.quantile() for name, load in loads.items()}
    words = "; ".join(f"{name} {tail:,.0f} ms" for name, tail in tails.items())
    lasted = loads[f"closed loop, {CLIENTS} clients"].ended.max()
    seen_as = "Latencies of one overloaded server over the time of the test, as two tests see them."
    plots.show(fig, f"{seen_as} 99th percentile: {words}.")
    asked = f"The closed loop took {lasted:.1f} s for its {RATE * SECONDS} requests, not {SECONDS} s."
    print(f"99th percentile: {words}. {asked} {hardware_line()}")
    opened, closed = tails.values()
    return opened / closed


def draw_rates(open_loop: OpenLoop, highest_rate: Callable[..., Any]) -> float:
    """Draw two quantiles over the rate, requests at random; return the highest rate that keeps the objective."""
    import numpy as np

    rng, loads = np.random.default_rng(0), {}
    usable = _written(open_loop)
    for rate in RATES:
        times = np.cumsum(rng.exponential(1 / rate, int(rate * STEP_SECONDS))).tolist()
        loads[rate] = seen[f"open loop, {rate} a second"] = open_load(usable, times)
    best = highest_rate({rate: load.latencies_ms for rate, load in loads.items()}, OBJECTIVE_MS)
    fig, axes = plots.figure(width=6.5, height=3.0)
    lines = {f"{name}": [load.quantile(q) for load in loads.values()] for name, q in (("99 %", 0.99), ("50 %", 0.5))}
    levels = {f"objective, {OBJECTIVE_MS} ms": OBJECTIVE_MS}
    plots.curves(axes, lines, x=RATES, xlabel="requests a second", ylabel="latency (ms)", levels=levels, marks=True)
    _log_scale(axes)
    words = ", ".join(f"{rate}: {tail:,.0f}" for rate, tail in zip(RATES, lines["99 %"], strict=True))
    alt = "Two lines, latency over the rate, for half and for 99 % of the requests."
    plots.show(fig, f"{alt} 99th percentile in ms by rate: {words}.")
    print(f"99th percentile in ms by rate: {words}. Highest rate: {best:g}.")
    return float(best)


def show_little(in_flight: Callable[..., float], servers_needed: Callable[..., int]) -> None:
    """Show, for each load test of this session, the requests inside as counted and by the law; and a plan."""
    rows = []
    for name, load in seen.items():
        rate, stayed = len(load.sent) / load.ended.max(), float((load.ended - load.sent).mean())
        row = {"load": name, "rate": f"{rate:.0f} a second", "mean time inside": f"{1000 * stayed:.0f} ms"}
        rows.append(row | {"counted": f"{load.inside():.1f}", "by the law": f"{in_flight(rate, stayed):.1f}"})
    if rows:
        tables.show(rows, "requests inside, on average")
    else:
        print("No load test has run in this session; run the cells above first.")
    many = servers_needed(1000, 0.010, 0.7)
    print(f"1,000 requests a second of 10 ms each, servers busy 70 %: {many} servers.")


def _log_scale(axes: Any) -> None:
    """Scale the height by logarithms, with ticks written out."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    ticks = [step * 10**power for power in range(7) for step in (1, 2, 5) if low <= step * 10**power <= high]
    axes.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.minorticks_off()


def _written(open_loop: OpenLoop) -> OpenLoop:
    """Return a student's open loop, or the course's own where there is none yet."""

    def yours() -> OpenLoop:
        in_thread(lambda: asyncio.run(open_loop(None, [], lambda: 0.0, asyncio.sleep)))
        return open_loop

    return either("13.5", yours, lambda: own_open_loop.__wrapped__)()
