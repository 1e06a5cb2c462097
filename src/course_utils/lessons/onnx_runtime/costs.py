"""What else costs time: another clock's word, conversions, bindings, a second thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from course_utils import tables
from course_utils.lessons.onnx_runtime.clocks import sampler
from course_utils.lessons.onnx_runtime.fixtures import bound_run
from course_utils.lessons.onnx_runtime.given import Network, opened
from course_utils.timing import compare

Sampler = Callable[..., np.ndarray]


def show_clocks(
    paired_speedup: Callable[..., tuple[float, float, float]],
    time_calls: Sampler,
    net: Network,
    rounds: int = 60,
    time_limit_s: float = 3,
) -> dict[str, str]:
    """Show what other clocks say of the student's: the package's ``compare`` and PyTorch's ``Timer``, for 8 images.

    Args:
        paired_speedup, time_calls: the student's.
        rounds, time_limit_s: of each clock, and of ``compare``.

    Returns:
        What is shown: by what was measured, the number with its range in words.
    """
    from torch.utils.benchmark import Timer

    take, x = sampler(time_calls), net.images[8]
    eager, runtime = partial(net.eager, x), partial(net.runtime, x)
    ratio, low, high = paired_speedup(eager, runtime, rounds, time.perf_counter_ns)
    both = compare({"PyTorch": eager, "ONNX Runtime": runtime}, rounds=rounds, time_limit_s=time_limit_s)
    timer, after, theirs = Timer("run()", globals={"run": runtime}), [], []
    for _ in range(rounds):
        eager()
        first, second = take(runtime, 0, 2)
        after.append(first / second)
        ours = take(runtime, 1, 5).mean()
        theirs.append(timer.timeit(5).mean * 1e9 / ours)
    found = {
        "ONNX Runtime's speed-up, 8 images, by you": f"{ratio:.3g} ({low:.3g} to {high:.3g})",
        "the same by the package's compare": both.rows()[1]["speed-up"],
        "ONNX Runtime right after PyTorch, over right after itself": _middle_half(after),
        "PyTorch's Timer over your time_calls": _middle_half(theirs),
    }
    rows = [{"what": what, "measured": value} for what, value in found.items()]
    tables.show(rows, "In brackets: 95 % intervals above, the middle half of the rounds below. " + both.conditions())
    return found


def show_conversion(net: Network, rounds: int = 100, time_limit_s: float = 3) -> float:
    """Show the time of one image with the line that makes an array of a list of pixels, over the time without it.

    Returns:
        The ratio.
    """
    image = net.images[1].numpy()
    pixels = image.tolist()
    run = partial(net.session.run, None)
    calls = {
        "run": lambda: run({"input": image}),
        "convert, then run": lambda: run({"input": np.array(pixels, dtype=np.float32)}),
    }
    both = compare(calls, rounds=rounds, time_limit_s=time_limit_s)
    tables.show(both.rows(), both.conditions())
    return both.ratio("convert, then run").value


def show_binding(
    run_bound: Callable[..., np.ndarray], net: Network, example: Path, rounds: int = 100, time_limit_s: float = 3
) -> float:
    """Show the time of one image through the student's ``run_bound``, over that of ``session.run``.

    Args:
        example: an ONNX file that takes (n, 2), with which run_bound is tried first.

    Returns:
        The ratio.
    """
    bound_run(run_bound, example, np.ones((1, 2), np.float32))  # where it is not right: an error here, no crash below
    image = net.images[1].numpy()
    calls = {
        "run": lambda: net.session.run(None, {"input": image}),
        "run_bound": lambda: run_bound(net.session, image),
    }
    both = compare(calls, rounds=rounds, time_limit_s=time_limit_s)
    tables.show(both.rows(), both.conditions())
    return both.ratio("run_bound").value


def second_thread(time_calls: Sampler, net: Network, blocks: int = 9) -> float:
    """Print how long 64 images last with two threads, over one thread; return the ratio, the median of the blocks.

    Between calls a session's threads spin, and would take the core from another session's: each block opens its own,
    calls it thirty times and closes it.

    Args:
        time_calls: the student's.
    """
    take, images = sampler(time_calls), {"input": net.images[64].numpy()}

    def block(threads: int) -> float:
        return float(np.median(take(partial(opened(net.path, threads).run, None, images), 10, 20)))

    ratios = [block(2) / block(1) for _ in range(blocks)]
    print(f"two threads over one, {blocks} blocks: {min(ratios):.2f} to {max(ratios):.2f}")
    return float(np.median(ratios))


def _middle_half(ratios: list[float]) -> str:
    low, middle, high = np.percentile(ratios, [25, 50, 75])
    return f"{middle:.3f} ({low:.3f} to {high:.3f})"
