"""One model and one accuracy floor over every runtime that is here: how fast, how exact, how large?

Eager PyTorch is the first row and what the others are compared with. All rungs run in one process, on one thread, in
turns. With a CUDA GPU its rungs follow; what this machine cannot run is named. A rung that runs a smaller network has
the same floor. The exit code is 1 where the fastest rung of the same network that keeps the floor (one point of
accuracy) is less than 7 times as fast at batch 1.
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from rungs import NotMeasured, Rung, macs_of, report, streaming
from rungs.cpu import BEST, BOUND, EXPORTED, FIRST, FOLDED, LEVELS, on_cpu
from rungs.cuda import on_cuda
from rungs.figure import draw
from rungs.measuring import measure
from rungs.smaller import smaller
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from course_utils.data import Digits, digits
from course_utils.files import replacing, write_whole
from course_utils.hardware import hardware, hardware_line
from course_utils.hardware.peak import peaks
from course_utils.training import RECIPES, accuracy, trained

KINDS = on_cpu, smaller, on_cuda
PROMISED = 7.0
ROAD = [FIRST, EXPORTED.format(LEVELS["disabled"]), EXPORTED.format(LEVELS["all"]), BEST, BOUND, FOLDED]
RESULTS = Path(__file__).parent / "results"


def climb(model: str, sizes: tuple[int, ...], seconds: float) -> dict[str, Any]:
    """Measure every rung at every batch size; return the report."""
    given = digits(28)
    with tempfile.TemporaryDirectory() as folder:
        steps = tqdm(total=1 + len(sizes), desc="making the rungs", unit="step", disable=None, leave=False)
        found = [each for kind in KINDS for each in kind(model, given, Path(folder))]
        rungs = [rung for rung in found if isinstance(rung, Rung)]
        cost = {size: 8 + size for size in sizes}  # about what a call costs, in images: it sets each batch's time
        batches = []
        for size in sizes:
            steps.update()
            steps.set_description(f"batch {size}")
            batches.append(measure(rungs, given.test_images[:size].copy(), seconds * cost[size] / sum(cost.values())))
        steps.close()
        entries = [entry(rung, given) for rung in rungs]
        stream = streaming.streamed(Path(folder), seconds / 20)
    floor = entries[0]["accuracy"] - report.POINT
    most, macs = dict(peaks()), macs_of(trained(model))
    for made in entries:
        made["macs"] = made["macs"] or macs
        made["batches"] = [batch.row(made["name"]) for batch in batches]
        for row in made["batches"]:
            row["share"] = row["images_per_s"] * made["macs"] / most[made["numbers"]]
        made["keeps_floor"] = made["accuracy"] >= floor
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": RECIPES[model].model,
        "floor": floor,
        "batch_sizes": list(sizes),
        "hardware": hardware(),
        "hardware_line": hardware_line(),
        "versions": versions(),
        "macs": macs,
        "peaks": most,
        "rungs": entries,
        "steps": report.steps(batches, ROAD),
        "stream": stream,
        "not_measured": [report.not_measured_row(rung) for rung in found if isinstance(rung, NotMeasured)],
    }


def entry(rung: Rung, given: Digits) -> dict[str, Any]:
    """What a rung is, whatever the batch."""

    def one_by_one(images: np.ndarray) -> np.ndarray:  # as at batch 1; and what is compiled is so already
        return np.concatenate([rung.scores(images[place : place + 1]) for place in range(len(images))])

    exact = accuracy(one_by_one, given.test_images, given.test_labels)
    said = {"name": rung.name, "taught": rung.taught, "size": rung.size, "numbers": rung.numbers}
    return said | {"macs": rung.macs, "accuracy": exact}


def versions() -> dict[str, str]:
    """The runtimes that ran."""
    import onnxruntime

    found = {"torch": str(torch.__version__), "onnxruntime": onnxruntime.__version__, "numpy": np.__version__}
    return found | {name: version(name) for name in ("openvino", "executorch") if find_spec(name)}


def verdict(made: dict[str, Any]) -> tuple[str, bool]:
    """Say whether the ladder reaches what is promised at its first batch size."""
    size = made["batch_sizes"][0]
    top = report.best(made, size)
    at = next(row for row in top["batches"] if row["batch"] == size)
    kept = at["speedup"] >= PROMISED
    lost = made["rungs"][0]["accuracy"] - top["accuracy"]
    sentence = (
        f"{'kept  ' if kept else 'BROKEN'}  at least {PROMISED:g}× at batch {size}: {top['name']}, "
        f"{at['speedup']:.1f}× ({at['interval'][0]:.1f} to {at['interval'][1]:.1f}), accuracy lost {lost:.4f}, "
        f"{at['share']:.0%} of this core's {top['numbers']} peak"
    )
    return sentence, kept


@click.command(help=__doc__)
@click.option("--model", type=click.Choice([name for name in RECIPES if RECIPES[name].size == 28]), default="resnet")
@click.option("--batch", "sizes", type=click.IntRange(1, 450), multiple=True, default=(1, 8, 32), show_default=True)
@click.option("--seconds", default=180.0, show_default=True, help="For the clock, all batch sizes together.")
@click.option("--save/--no-save", default=False, help="Write JSON and a figure, named after the kind of processor.")
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), default=RESULTS, help="Where to save them.")
def main(model: str, sizes: tuple[int, ...], seconds: float, save: bool, to: Path) -> None:
    torch.set_num_threads(1)
    with threadpool_limits(1):
        made = climb(model, sizes, seconds)
    sentence, kept = verdict(made)
    print(report.text(made), end=f"\n\n{sentence}\n")
    if save:
        drawn, alt = draw(made)
        name = f"ladder-{made['hardware']['kind'].lower().replace(' ', '-')}"  # one for each kind of processor
        write_whole(to / f"{name}.json", json.dumps(made | {"figure": alt}, indent=2) + "\n")
        with replacing(to / f"{name}.png", ".png") as half:
            drawn.savefig(half, dpi=144, metadata={"Description": alt})
        print(f"\nsaved: {to / name}.json, {to / name}.png")
    sys.exit(not kept)


if __name__ == "__main__":
    main()
