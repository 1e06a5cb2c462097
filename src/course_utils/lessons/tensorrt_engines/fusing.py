"""What became of a file's nodes in the engine: read by a student's engine_layers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from course_utils import graphs, plots, tables, tensorrt
from course_utils.lessons.tensorrt_engines.calls import Shapes
from course_utils.lessons.tensorrt_engines.files import write_graph
from course_utils.lessons.tensorrt_engines.folder import FOLDER, new_path
from course_utils.lessons.tensorrt_engines.instead import log_of

CONV = (
    "net (float[2, 3, 8, 8] x) => (float[2, 4, 8, 8] y) <float[4, 3, 3, 3] w = {0}> "
    "{ a = Conv <pads = [1, 1, 1, 1]> (x, w)\n y = Relu (a) }"
)
NONE = "(no ONNX node)"
Layers = Callable[[str], list]
Build = Callable[[Path, Shapes, str], bytes]


def show_a_layer() -> None:
    """Print the line that a build's log has for a convolution and a Relu, broken at its parts."""
    with tensorrt.listening() as heard:
        tensorrt.weigh(write_graph(CONV, new_path("conv.onnx"), a="first_conv", y="first_relu"))
    line = next(line for line in heard.text().split("\n") if "LayerType: correlation" in line)
    print(re.sub(r", (?=LayerType|Inputs|Constants|Outputs|TacticName|StreamId|Metadata)", ",\n    ", line))


def draw_fusion(engine_layers: Layers, log: str, path: Path) -> int:
    """Draw a file's nodes on the left, the layers of its engine on the right, and a line for each node in a layer.

    Args:
        engine_layers: a student's.
        log: of a build of the file at path.

    Returns:
        How many layers have ONNX nodes in them.
    """
    import onnx

    layers = engine_layers(log)
    nodes = [(node.name, node.op_type) for node in onnx.load(path).graph.node]
    kinds = [" + ".join(op for name, op in nodes if name in layer["nodes"]) or NONE for layer in layers]
    fig, axes = plots.figure(width=7.5, height=6.2)
    height = {name: 1 - k / (len(nodes) - 1) for k, (name, _) in enumerate(nodes)}
    for k, layer in enumerate(layers):
        y = 1 - k / max(len(layers) - 1, 1)
        color = plots.VERMILION if len(layer["nodes"]) > 1 else plots.BLUE
        for name in layer["nodes"]:
            axes.plot([0, 1], [height[name], y], color=color, linewidth=0.8)
        axes.text(1.03, y, kinds[k], va="center", size=7)
    for name, op in nodes:
        axes.text(-0.03, height[name], op, va="center", ha="right", size=6)
    axes.set(xlim=(-0.35, 1.75), title=f"{len(nodes)} ONNX nodes (left) in {len(layers)} engine layers (right)")
    axes.set_axis_off()
    joined = sum(len(layer["nodes"]) > 1 for layer in layers)
    said = "; ".join(f"{kinds.count(kind)} of {kind}" for kind in dict.fromkeys(kinds))
    plots.show(
        fig, f"{len(nodes)} ONNX nodes joined by lines to {len(layers)} layers, {joined} of several nodes: {said}."
    )
    print(f"{len(nodes)} ONNX nodes; {len(layers)} layers, {kinds.count(NONE)} of them without a node.")
    return len(kinds) - kinds.count(NONE)


def show_before_and_after(engine_layers: Layers, build_engine: Build, files: Mapping[str, Path]) -> None:
    """Show how many nodes each file has, and how many layers of its engine for SM86 have nodes in them.

    Args:
        files: by name; CNN takes images of 16 × 16, all others of 28 × 28.
    """
    rows = []
    for name, file in files.items():
        size = 16 if name == "CNN" else 28
        shapes = {"input": tuple((n, 1, size, size) for n in (1, 8, 32))}
        after = [layer for layer in engine_layers(log_of(build_engine, file, shapes)) if layer["nodes"]]
        ops = graphs.operators(file)
        row = {"network": name, "ONNX nodes": sum(ops.values())}
        row |= {"of them normalizations": ops.get("BatchNormalization", 0), "layers that compute": len(after)}
        rows.append(row)
    tables.show(rows, "Before and after the build, for SM86")


def show_side_by_side(engine_layers: Layers, build_engine: Build) -> None:
    """Print which nodes became one layer where three dense layers, or three convolutions, read the same tensor."""
    import torch

    from course_utils.export import to_onnx_torchscript

    class SideBySide(torch.nn.Module):
        def __init__(self, layers: list) -> None:
            super().__init__()
            self.layers = torch.nn.ModuleList(layers)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cat([torch.relu(layer(x)) for layer in self.layers], 1)

    cases = {"dense": ([torch.nn.Linear(64, 32) for _ in range(3)], (64,))}
    cases["convolutions"] = ([torch.nn.Conv2d(16, 8, 1) for _ in range(3)], (16, 14, 14))
    for name, (layers, size) in cases.items():
        path = to_onnx_torchscript(SideBySide(layers), torch.rand(2, *size), FOLDER / f"{name}.onnx")
        shapes = {"x": tuple((n, *size) for n in (1, 8, 32))}
        found = [each["nodes"] for each in engine_layers(log_of(build_engine, path, shapes)) if each["nodes"]]
        print(f"{name}, {sum(graphs.operators(path).values())} nodes:")
        for each in found:
            print("   one layer of", ", ".join(sorted(each)))
