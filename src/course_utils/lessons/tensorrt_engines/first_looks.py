"""Tables and pictures of the first three exercises: what is gone, parsed, refused, planned and built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from course_utils import plots, tables, tensorrt
from course_utils.errors import CourseError
from course_utils.lessons.tensorrt_engines.calls import Shapes, first_error
from course_utils.lessons.tensorrt_engines.files import write_graph
from course_utils.lessons.tensorrt_engines.folder import new_path

TOGETHER = ("SM80", "SM86", "SM89", "SM120")
ONE = "net (float[2, 3, 3] x) => (float[2, 3, 3] y) "
REFUSED = {
    "an operator it lacks": ONE.replace("(float[2, 3, 3] y)", "(float[2] y)") + "{ y = Det (x) }",
    "an operator of one's own": ONE + "{ y = own.ops.Wobble (x) }",
    "a type it lacks": ONE.replace("float", "uint8") + "{ y = Add (x, x) }",
}


def show_older_calls(trt: Any) -> int:
    """Show what tutorials for TensorRT 8 use, whether this library still has it, and what stands for it today.

    Returns:
        How many of the seven are gone.
    """
    config = trt.NetworkDefinitionCreationFlag
    old = {
        "precision by flag: BuilderFlag.FP16, .INT8": (trt.BuilderFlag, ("FP16", "INT8"), "types in the ONNX file"),
        "calibrators: IInt8EntropyCalibrator2": (trt, ("IInt8EntropyCalibrator2",), "Q/DQ nodes in the ONNX file"),
        "EXPLICIT_BATCH": (config, ("EXPLICIT_BATCH",), "every network is; nothing to say"),
        "max_workspace_size": (trt.IBuilderConfig, ("max_workspace_size",), "set_memory_pool_limit"),
        "build_engine": (trt.Builder, ("build_engine",), "build_serialized_network, which gives bytes"),
        "bindings by number: get_binding_shape": (trt.ICudaEngine, ("get_binding_shape",), "get_tensor_shape(name)"),
        "execute_async_v2": (trt.IExecutionContext, ("execute_async_v2",), "set_tensor_address, execute_async_v3"),
    }
    rows = []
    for what, (owner, names, now) in old.items():
        still = ", ".join(name for name in names if hasattr(owner, name))
        rows.append({"a tutorial says": what, "still there": still or "no", "today": now})
    tables.show(rows, tensorrt.version(trt))
    return sum(row["still there"] == "no" for row in rows)


def show_parsed(parse: Callable[[Path], dict], files: Mapping[str, Path]) -> None:
    """Show how many layers a student's parse finds in each file, beside the file's own nodes."""
    from course_utils import graphs

    rows = []
    for name, file in files.items():
        found, nodes = parse(file), sum(graphs.operators(file).values())
        row = {"network": name, "ONNX nodes": nodes, "TensorRT layers": found["layers"], "inputs": found["inputs"]}
        rows.append(row)
    tables.show(rows, "Parsed, not yet built")


def show_refused(parse: Callable[[Path], dict]) -> None:
    """Print the errors that a student's parse gives for three graphs that TensorRT does not take."""
    for why, text in REFUSED.items():
        for told in parse(write_graph(text, new_path("broken.onnx"), y="guilty"))["errors"]:
            print(f"{why}: {told.splitlines()[0]}")


def draw_memory(profile: Callable[..., Shapes], path: Path, batches: tuple[int, ...] = (1, 8, 32, 128)) -> float:
    """Draw the memory that an engine plans for its tensors, over the largest batch, beside that of keeping them all.

    Args:
        profile: a student's.
        path: of a model whose input is called input, images (n, 1, 28, 28).
        batches: the first is 1.

    Returns:
        Planned over kept, at the largest batch; the part that does not grow with the batch is left out.
    """
    import onnx

    most = batches[-1]
    shapes = {n: profile(*({"input": (size, 1, 28, 28)} for size in (1, 1, n))) for n in batches}
    weighed = {n: tensorrt.weigh(path, shapes[n]).activation_bytes for n in batches}
    fixed = weighed[1] - (weighed[most] - weighed[1]) / (most - 1)
    graph = onnx.shape_inference.infer_shapes(onnx.load(path)).graph
    tensors = 4 * sum(map(_numbers, (*graph.value_info, *graph.output)))  # bytes for one image, were each kept
    lines = {
        "every tensor kept": [tensors * n / 1e6 for n in batches],
        "planned by TensorRT": [(weighed[n] - fixed) / 1e6 for n in batches],
    }
    fig, axes = plots.figure(width=6.5, height=2.8)
    labels = {"title": "GPU memory for the tensors of the ResNet, MB", "xlabel": "largest batch of the profile"}
    plots.curves(axes, lines, x=batches, marks=True, **labels)
    axes.set_xticks(batches)
    kept, planned = (values[-1] for values in lines.values())
    plots.show(
        fig,
        f"Memory over the profile's largest batch: at {most} images {kept:.0f} MB were every tensor kept, "
        f"{planned:.0f} MB as planned; a fixed part of {fixed / 1e6:.1f} MB is left out.",
    )
    print(f"Left out: {fixed / 1e6:.1f} MB, whatever the batch.")
    return planned / kept


def show_targets(build_engine: Callable[[Path, Shapes, str], bytes], path: Path, shapes: Shapes) -> float:
    """Show the bytes of a student's engines for each target, and of one for four targets at once.

    Returns:
        Bytes of the engine for four over those of the largest for one of them.
    """
    trt = tensorrt.library("tensorrt_rtx")
    tensorrt.weigh(path, shapes)  # not counted: the first build after one that failed comes out larger
    together = tensorrt.weigh(path, shapes, TOGETHER).engine_bytes
    rows, sizes = [{"target": "SM80, SM86, SM89 and SM120", "engine, bytes": f"{together:,}"}], {}
    for target in tensorrt.targets(trt)[::-1]:  # the newest first
        with tensorrt.listening() as heard:
            try:
                sizes[target] = len(build_engine(path, shapes, target))
                rows.append({"target": target, "engine, bytes": f"{sizes[target]:,}"})
            except NotImplementedError:
                raise
            except (RuntimeError, CourseError):
                rows.append({"target": target, "engine, bytes": f"no engine: {first_error(heard)}"})
    tables.show(rows, f"The ONNX file: {path.stat().st_size:,} bytes")
    return together / max(sizes[target] for target in TOGETHER)


def _numbers(value: Any) -> int:
    """How many numbers a value of a graph has for one image."""
    import numpy as np

    return int(np.prod([axis.dim_value for axis in value.type.tensor_type.shape.dim[1:]]))
