"""Races: how long each way takes, on this processor, now."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from course_utils import plots
from course_utils.timing import compare

if TYPE_CHECKING:
    from course_utils.timing import Comparison

ROUNDS = 101


def race(contenders: Mapping[str, Callable[[], Any]], numbers: int, rounds: int = ROUNDS) -> dict[str, float]:
    """Time contenders in turns, draw their times over that of the first, and return them.

    A contender whose exercise is not written yet is left out, with a sentence, and has nan.

    Args:
        contenders: by name; each works on ``numbers`` numbers a call. The first must be there.
    """
    written = {name: run for name, run in contenders.items() if _is_written(name, run)}
    found = dict.fromkeys(contenders, math.nan)
    if len(written) > 1:
        compared = compare(written, rounds=rounds, time_limit_s=10)
        _draw(compared, numbers)
        found |= {name: compared.ratio(name).value for name in written}
    return found


def race_in_python(count: int = 2_000, rounds: int = ROUNDS) -> dict[str, float]:
    """Race tanh against lists of its values in plain Python, one number at a time; as ``race`` returns it."""
    import numpy as np

    numbers = np.random.default_rng(0).uniform(-5, 5, count)
    reals = numbers.tolist()
    codes = np.clip(np.rint(numbers * 32) + 128, 0, 255).astype(int).tolist()
    by_code = [math.tanh((code - 128) / 32) for code in range(256)]
    contenders = {
        "tanh(x)": lambda: [math.tanh(each) for each in reals],
        "reals: find the index, entries[index]": lambda: [
            by_code[min(max(int(each * 32 + 128.5), 0), 255)] for each in reals
        ],
        "codes: tanh((code - 128) / 32)": lambda: [math.tanh((code - 128) / 32) for code in codes],
        "codes: entries[code]": lambda: [by_code[code] for code in codes],
    }
    return race(contenders, count, rounds)


def _is_written(name: str, run: Callable[[], Any]) -> bool:
    try:
        run()
    except NotImplementedError:
        print(f"{name} is not written yet: it is left out.")
        return False
    return True


def _draw(compared: Comparison, numbers: int) -> None:
    first, *others = compared.timings
    ratios = {name: compared.ratio(name) for name in others}
    said = {first: f"1 = {compared.timings[first].median_ns / numbers:.3g} ns a number"}
    said |= {name: f"{each.value:.3g}× ({each.low:.3g} to {each.high:.3g})" for name, each in ratios.items()}
    lengths = [1.0, *(each.value for each in ratios.values())]
    fig, axes = plots.figure(height=0.9 + 0.35 * len(said))
    bars = axes.barh(list(said), lengths, color=[plots.BLACK, *[plots.BLUE] * len(others)], height=0.6)
    axes.bar_label(bars, list(said.values()), padding=4, fontsize=9)
    axes.invert_yaxis()
    axes.set(
        title=f"{compared.rounds} rounds; in brackets, 95 % intervals",
        xlabel=f"time over that of {first}",
        xlim=(0, 1.8 * max(lengths)),  # room for the labels
    )
    plots.show(fig, f"Bars, time over that of {first}: {'; '.join(f'{name} {words}' for name, words in said.items())}.")
