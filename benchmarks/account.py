"""What stands in the way of int8: where the time of one image goes, by operator, in products, instructions and bytes.

ONNX Runtime's own profiler times every operator of its fastest int8 file of the ladder, batch 1, one thread: it counts
whole microseconds, and reading the clock is in them, so the sum is above what a run takes without it. Beside each kind
stands what its products alone would take at this core's peak; the rest pays for calls, packing, borders, moved bytes.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from math import prod
from pathlib import Path
from typing import Any

import click
import onnx
import torch
from rungs.cpu import in_fewer_operators

from course_utils import export, runtime
from course_utils.data import digits
from course_utils.files import write_whole
from course_utils.hardware import hardware, hardware_line
from course_utils.hardware.peak import peaks
from course_utils.markup import table_text
from course_utils.profiling import Kernels, kernels_of, microseconds
from course_utils.timing import benchmark
from course_utils.training import trained

RESULTS = Path(__file__).parent / "results"
WEIGHT = 3  # which input of QLinearConv and QGemm
# Products in one instruction of the widest vectors here; tiles (AMX) are no vectors.
LANES = {"avx512_vnni": 64, "avx_vnni": 32, "avx2": 32}


def account(runs: int) -> dict[str, Any]:
    """Profile the file; return what each kind of operator takes, and the microseconds of a run without the profiler."""
    given = digits(28)
    with tempfile.TemporaryDirectory() as folder:
        example = torch.from_numpy(given.train_images[:2])
        exported = export.to_onnx(trained("resnet"), example, Path(folder, "float.onnx"))
        path, kept = in_fewer_operators(exported, given, Path(folder)), Path(folder, "optimized.onnx")
        image, plain = given.test_images[:1].copy(), runtime.session(path)
        ran = kernels_of(path, image, runs, kept)
        weights, feed = _weights(onnx.load(kept)), {plain.get_inputs()[0].name: image}
        whole = benchmark(lambda: plain.run(None, feed), time_limit_s=10)
    return {"kinds": _by_kind(ran, weights), "run_us": whole.median_ns / 1e3}


def _weights(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    """Return the shape of the weights of each operator that has some, by its name."""
    shapes = {each.name: tuple(each.dims) for each in model.graph.initializer}
    multiply = (node for node in model.graph.node if node.op_type in ("QLinearConv", "QGemm"))
    return {node.name: shapes[node.input[WEIGHT]] for node in multiply}


def _by_kind(ran: Kernels, weights: dict[str, tuple[int, ...]]) -> dict[str, dict[str, float]]:
    kinds: dict[str, dict[str, float]] = defaultdict(lambda: {"operators": 0, "us": 0.0, "macs": 0, "bytes": 0})
    for name, times in ran.items():
        said, weight = times[0]["args"], weights.get(name, ())
        row = kinds[_kind(said["op_name"], weight)]
        row["operators"] += 1
        row["us"] += microseconds(times)
        out = next(iter(said["output_type_shape"][0].values()))
        pixels = prod(out) // (out[-1] if len(out) == 4 else out[1])  # the last axis holds the channels
        row["macs"] += pixels * prod(weight) if weight else 0
        row["bytes"] += sum(int(said[f"{part}_size"]) for part in ("activation", "output")) + prod(weight or (0,))
    return dict(sorted(kinds.items(), key=lambda each: -each[1]["us"]))


def _kind(operator: str, weight: tuple[int, ...]) -> str:
    if operator == "QLinearConv":
        return f"convolutions, {weight[2]}×{weight[3]}"
    return {"QLinearAdd": "additions", "QGemm": "the dense layer"}.get(operator, "moving, pooling, in and out")


def rows(found: dict[str, Any]) -> list[dict[str, str]]:
    """Return the account in words, with what products would take at the peak, and how many instructions they are."""
    most, lanes, shown = found["peaks"]["int8"], found["lanes"], []
    for kind, each in found["kinds"].items():
        alone = f"{1e6 * each['macs'] / most:.1f}" if each["macs"] else ""
        shown.append(
            {
                "operators": f"{each['operators']} {kind}",
                "µs": f"{each['us']:.0f}",
                "MMACs": f"{each['macs'] / 1e6:.2f}" if each["macs"] else "",
                "instructions, thousands": f"{each['macs'] / lanes / 1e3:.0f}" if each["macs"] else "",
                "µs at the peak": alone,
                "kB moved": f"{each['bytes'] / 1e3:.0f}",
            }
        )
    return shown


@click.command(help=__doc__)
@click.option("--runs", default=1000, show_default=True, help="Runs that are profiled.")
@click.option("--save", is_flag=True, help="Write benchmarks/results/account-….json, by the kind of processor.")
def main(runs: int, save: bool) -> None:
    torch.set_num_threads(1)
    here = hardware()
    lanes = next((LANES[isa] for isa in LANES if isa in here["isa"]), 16)
    found = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "hardware": here, "lanes": lanes}
    found |= {"hardware_line": hardware_line(), "peaks": dict(peaks())} | account(runs)
    products = 1e6 * sum(each["macs"] for each in found["kinds"].values()) / found["peaks"]["int8"]
    print(found["hardware_line"], end="\n\n")
    print(table_text(rows(found)), end="\n\n")
    print(f"A run takes {found['run_us']:.0f} µs; its products alone, at this core's int8 peak, {products:.0f} µs.")
    if save:
        kind = here["kind"].lower().replace(" ", "-")
        write_whole(RESULTS / f"account-{kind}.json", json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
