"""Is the course's clock right? Three promises of course_utils.timing, measured; exit code 1 if one is broken.

1. The 95 % interval of compare holds a true ratio known by construction in at least 93 of 100 trials while other
processes load the machine. Beside it, on the same work: the mean of loops ± standard deviation.

2. The median of benchmark agrees with torch.utils.benchmark.Timer within 5 %, in turns, in one process.

3. A sample costs less than 1 µs more than a sample of timeit.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise, repeat
from pathlib import Path

import click
import numpy as np
from disturbance import load
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from course_utils.hardware import hardware, hardware_line
from course_utils.markup import duration, table_text
from course_utils.timing import benchmark, compare

FEWER, MORE = 10, 13
TRUE = MORE / FEWER
COVERAGE, APART, COST_NS = 0.93, 0.05, 1000  # what is promised
# Shared by both functions of a pair: at other addresses the same product costs more or less (``other_addresses``).
SQUARE = np.random.default_rng(0).random((64, 64))
PRODUCT = np.empty_like(SQUARE)
NUMBERS = tuple(float(n) for n in range(2000))
RESULTS = Path(__file__).parent / "results"


def matmuls(count: int, square: np.ndarray = SQUARE, out: np.ndarray = PRODUCT) -> Callable[[], None]:
    """``count`` times the same product of matrices that fit the cache: ``count`` times the cost."""

    def work() -> None:
        for _ in repeat(None, count):
            np.matmul(square, square, out=out)

    return work


def sums(count: int) -> Callable[[], None]:
    """``count`` times the same sum in plain Python."""

    def work() -> None:
        for _ in repeat(None, count):
            sum(NUMBERS)

    return work


def naive(fn: Callable[[], None], loops: int) -> tuple[float, float]:
    """The published decorator: mean and standard deviation of loops, one function after the other."""
    times = [timeit.timeit(fn, number=1) for _ in range(loops)]
    return statistics.mean(times), statistics.stdev(times)


def coverage(label: str, make: Callable[[int], Callable], scale: int, rounds: int, trials: int) -> dict:
    """How often each interval holds the true ratio, and how wide it is; every other trial has it upside down."""
    fewer, more = make(FEWER * scale), make(MORE * scale)
    held, widths, found = {"compare": 0, "std": 0, "error": 0}, {"compare": [], "std": [], "error": []}, []
    wall, cpu = time.perf_counter(), time.process_time()
    for trial in tqdm(range(trials), desc=label, leave=False, disable=None):
        first, second, true = (fewer, more, TRUE) if trial % 2 == 0 else (more, fewer, 1 / TRUE)
        measured = compare({"first": first, "second": second}, rounds=rounds, time_limit_s=600, warmup=2, seed=trial)
        ratio = measured.ratio("second")
        (mean_a, std_a), (mean_b, std_b) = (naive(f, rounds * measured.timings["first"].calls) for f in (first, second))
        naively, std = mean_b / mean_a, float(np.hypot(std_a / mean_a, std_b / mean_b)) * mean_b / mean_a
        error = 1.96 * std / np.sqrt(rounds * measured.timings["first"].calls)
        intervals = {"compare": (ratio.low, ratio.high)}
        intervals |= {"std": (naively - std, naively + std), "error": (naively - error, naively + error)}
        for name, (low, high) in intervals.items():
            held[name] += low <= true <= high
            widths[name].append((high - low) / true)
        found.append(ratio.value / true - 1)
    had = (time.process_time() - cpu) / (time.perf_counter() - wall)
    result = {"work": label, "call_ms": measured.timings["first"].median_ns / 1e6, "rounds": rounds, "trials": trials}
    result |= {f"{name}_held": held[name] / trials for name in held}
    result |= {f"{name}_width": statistics.median(widths[name]) for name in widths}
    return result | {"bias": statistics.median(found), "had_a_core": had}


def agreement() -> list[dict]:
    """The median of benchmark beside that of torch's Timer: the middle of seven turns.

    The Timer's own blocks (``blocked_autorange``) last some ms, so on a busy machine they hold the waiting for a core
    as well. It is judged by blocks of 0.3 ms, about as short as our samples: both then leave the waiting out.
    """
    import torch
    from torch.utils.benchmark import Timer

    torch.set_num_threads(1)
    torch.manual_seed(0)
    layer, batch, square, one = torch.nn.Linear(64, 64), torch.rand(8, 64), torch.rand(256, 256), torch.ones(1)
    functions = {"add one": lambda: one + one, "linear layer": lambda: layer(batch), "matmul": lambda: square @ square}
    results = []
    for label, fn in functions.items():
        timer, turns = Timer("call()", "call = fn", globals={"fn": fn}, num_threads=1), []
        for _ in tqdm(range(7), desc=f"torch's Timer, {label}", leave=False, disable=None):
            ours = benchmark(fn)
            block = max(1, round(3e5 / ours.median_ns))
            theirs = statistics.median(timer.timeit(block).median for _ in range(300))
            turns.append((ours.median_ns, theirs * 1e9, timer.blocked_autorange(min_run_time=0.2).median * 1e9))
        medians = [statistics.median(turn) for turn in zip(*turns, strict=True)]
        row = {"function": label} | dict(zip(("benchmark_ns", "timer_ns", "timer_own_blocks_ns"), medians, strict=True))
        results.append(row | {"apart": statistics.median(ours / theirs for ours, theirs, _ in turns) - 1})
    return results


def other_addresses(pairs: int = 20) -> tuple[float, float]:
    """Compare a product with itself in other arrays; return the least and largest ratio: what no interval covers."""
    ratios = []
    for pair in tqdm(range(pairs), desc="other addresses", leave=False, disable=None):
        moved = matmuls(FEWER, SQUARE.copy(), np.empty(SQUARE.size + 8 * pair)[8 * pair :].reshape(SQUARE.shape))
        ratios.append(compare({"here": matmuls(FEWER), "there": moved}, rounds=100, seed=pair).ratio("there").value)
    return min(ratios), max(ratios)


def cost_per_sample(samples: int = 3000) -> dict[str, float]:
    """What passes between the end of one call and the start of the next, in ns, by benchmark and by timeit."""
    stamps: list[int] = []  # start, end, start, end, …
    clock = time.perf_counter_ns

    def traced() -> None:
        start = clock()
        while clock() - start < 100_000:
            pass
        stamps.extend((start, clock()))

    def between() -> float:
        gaps = [start - end for end, start in list(pairwise(stamps))[1::2]]
        stamps.clear()
        return statistics.median(gaps[-samples // 2 :])

    benchmark(traced, min_samples=samples, time_limit_s=60, min_time_s=0)
    ours = between()
    timeit.repeat(traced, number=1, repeat=samples)
    return {"benchmark_ns": ours, "timeit_ns": between()}


@click.command(help=__doc__)
@click.option("--trials", default=100, show_default=True, help="Trials of each work.")
@click.option("--processes", default=os.cpu_count(), show_default=True, help="Processes that load the machine.")
@click.option("--save", is_flag=True, help="Write benchmarks/results/clock.json, with the hardware.")
def main(trials: int, processes: int, save: bool) -> None:
    works = [("0.1 ms, NumPy", matmuls, 1, 100), ("1 ms, Python", sums, 10, 60), ("4 ms, NumPy", matmuls, 40, 30)]
    cost, agreed, moved = cost_per_sample(), agreement(), other_addresses()
    with load(processes), threadpool_limits(1):
        covered = [coverage(label, make, scale, rounds, trials) for label, make, scale, rounds in works]
    print(hardware_line(), end="\n\n")
    print(f"Intervals that hold the true ratio {TRUE}, under {processes} processes of load; in brackets their width")
    print(table_text([coverage_row(row) for row in covered]), end="\n\n")
    print(f"No interval covers this: the same product in other arrays, ratios from {moved[0]:.4f} to {moved[1]:.4f}.\n")
    print(table_text([agreement_row(row) for row in agreed]))
    extra = cost["benchmark_ns"] - cost["timeit_ns"]
    print(f"\nPer sample: benchmark {cost['benchmark_ns']:.0f} ns, timeit {cost['timeit_ns']:.0f} ns.\n")
    least, most = min(row["compare_held"] for row in covered), max(abs(row["apart"]) for row in agreed)
    promises = {
        f"interval holds in >= {COVERAGE:.0%}": least >= COVERAGE,
        f"within {APART:.0%} of torch's Timer": most <= APART,
        f"less than {COST_NS} ns above timeit": extra < COST_NS,
    }
    for promise, kept in promises.items():
        print(f"{'kept  ' if kept else 'BROKEN'}  {promise}")
    if save:
        RESULTS.mkdir(exist_ok=True)
        report = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "hardware": hardware(), "load": processes}
        report |= {"coverage": covered, "other_addresses": moved, "agreement": agreed, "cost": cost}
        report["promises"] = promises
        (RESULTS / "clock.json").write_text(json.dumps(report, indent=2) + "\n")
    sys.exit(not all(promises.values()))


def agreement_row(row: dict) -> dict[str, str]:
    times = [duration(row[key]) for key in ("benchmark_ns", "timer_ns", "timer_own_blocks_ns")]
    titles = ("benchmark", "Timer, short blocks", "Timer, its own blocks")
    return {"function": row["function"]} | dict(zip(titles, times, strict=True)) | {"apart": f"{row['apart']:+.1%}"}


def coverage_row(row: dict) -> dict[str, str]:
    cells = {"work": row["work"], "rounds": row["rounds"]}
    for name, title in (("compare", "compare"), ("std", "mean ± std"), ("error", "mean ± 1.96 std/√n")):
        cells[title] = f"{row[f'{name}_held']:.0%} ({row[f'{name}_width']:.2%})"
    return cells | {"bias of compare": f"{row['bias']:+.2%}", "had a core": f"{row['had_a_core']:.0%}"}


if __name__ == "__main__":
    main()
