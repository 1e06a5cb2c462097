"""Programs against each other: instructions by fuel, time natively, many digits at a go."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_utils import c_compiler, plots
from course_utils.lessons.edge_runtimes.folder import new_path
from course_utils.lessons.edge_runtimes.nets import digit_layers, pixels
from course_utils.lessons.edge_runtimes.own import written
from course_utils.lessons.edge_runtimes.programs import answers
from course_utils.lessons.edge_runtimes.weighed import Program
from course_utils.timing import compare

TIMES = 100  # that the 450 digits are given, so that starting a process hardly counts
ROUNDS = 30
COLORS = (plots.BLUE, plots.ORANGE)


def draw_tuned(program_c: Program, tuned_c: Program) -> dict[str, float]:
    """Draw instructions for a weight, and the time natively, of both programs.

    Returns:
        "instructions" and "speed": of the plain program over the tuned one; speed is nan where nothing runs natively.
    """
    layers, (x, _) = digit_layers(), pixels()
    weights = sum(layer["weights"].size for layer in layers)
    texts = {"program_c": written(program_c)(layers), "tuned_c": tuned_c(layers)}
    ran = {name: answers(text, x, name) for name, text in texts.items()}
    fuel = {name: each.fuel / len(x) / weights for name, each in ran.items()}
    same = sum(a == b for a, b in zip(ran["tuned_c"].output, ran["program_c"].output, strict=False))
    if same < len(x):
        print(f"tuned_c gives {same} of {len(x)} labels as program_c does: what it saves does not count.")
    found = {"instructions": fuel["program_c"] / fuel["tuned_c"], "speed": float("nan")}
    times: dict[str, float] = {}
    if platform.system() == "Linux" and platform.machine() in ("x86_64", "aarch64"):
        paths = {name: native(text, name) for name, text in texts.items()}
        compared = compare({name: runner(path) for name, path in paths.items()}, rounds=ROUNDS, time_limit_s=8)
        ratio = compared.ratio("tuned_c")
        found["speed"] = 1 / ratio.value
        times = {"program_c": 1.0, "tuned_c": ratio.value}
        print(f"Natively, tuned_c takes {ratio} of program_c's time, {TIMES * len(x):,} digits a round.")
    _draw(fuel, times)
    return found


def native(text: str, name: str) -> Path:
    """Compile a C text of the student's own for this machine, and return the program's path."""
    source = new_path(f"{name}.c")
    source.write_text(text)
    out = source.with_suffix("")
    said = c_compiler.run(source, f"{platform.machine()}-linux-musl", out)
    if said:
        raise ValueError(said[:300])
    return out


def runner(path: Path) -> Callable[[], Any]:
    """Return a function that has the program label 45,000 digits."""
    given = pixels()[0].tobytes() * TIMES
    return lambda: subprocess.run([path.resolve()], input=given, stdout=subprocess.DEVNULL, check=True)


def _draw(fuel: dict[str, float], times: dict[str, float]) -> None:
    fig, axes = plots.figure(columns=2, height=2.2)
    shown = (
        (axes[0], fuel, "Instructions for a weight", "{:.1f}"),
        (axes[1], times, "Time natively, program_c = 1", "{:.2f}"),
    )
    for place, values, title, form in shown:
        bars = place.bar(list(values), list(values.values()), color=COLORS[: len(values)], width=0.5)
        place.bar_label(bars, [form.format(value) for value in values.values()], padding=2)
        place.set(title=title, ylim=(0, 1.2 * max([*values.values(), 0.1])))
        place.tick_params(left=False, labelleft=False)
    axes[0].axhline(8, color=plots.BLACK, linewidth=1, linestyle="--")
    axes[0].annotate("asked: 8", (0.5, 8), xytext=(0, 3), textcoords="offset points", ha="center", fontsize=9)
    said = "; ".join(f"{name} {value:.1f}" for name, value in fuel.items())
    timed = "; ".join(f"{name} {value:.2f}" for name, value in times.items()) or "not measured here"
    plots.show(fig, f"Bars. Instructions for a weight: {said}. Time natively, over that of program_c: {timed}.")
