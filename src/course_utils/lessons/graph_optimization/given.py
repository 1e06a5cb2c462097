"""Files, and what a student takes graphs apart with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import expect, runtime, withheld
from course_utils.lessons.working import empty_once, new_path_below

if TYPE_CHECKING:
    import numpy as np
    import torch
    from onnx import GraphProto, NodeProto

WORK = Path("work05")
HEAD = '<ir_version: 9, opset_import: ["" : 20, "com.microsoft" : 1, "com.microsoft.nchwc" : 1]> g '
FATAL = 4  # of ONNX Runtime's log; whatever is an error there is an exception here too


def begin() -> Path:
    """Begin the lesson: return the folder ``work05``, emptied the first time; let the helpers rest that it asks for.

    PyTorch works with one thread from here on, and ONNX Runtime logs fatal errors alone.
    """
    import onnxruntime as ort
    import torch

    withheld.working_on("05")
    torch.set_num_threads(1)
    ort.set_default_logger_severity(FATAL)
    empty_once(WORK)
    return WORK


def new_path(name: str) -> Path:
    """Return a path for a file of this name, in a new folder below ``work05``."""
    return new_path_below(WORK, name)


def written(text: str, /, **weights: Any) -> Path:
    """Write a graph given as text, such as ``(float[n] x) => (float[n] y) {y = Abs(x)}``; return a new file's path.

    Args:
        text: in ONNX's own syntax, without the head that names the versions.
        weights: by name; each becomes a float32 initializer.

    Raises:
        onnx.parser.ParseError, onnx.checker.ValidationError: it is no graph.
    """
    import numpy as np
    import onnx

    model = onnx.parser.parse_model(HEAD + text)
    for name, value in weights.items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(value, np.float32), name))
    onnx.checker.check_model(model)
    path = new_path("model.onnx")
    onnx.save(model, path)
    return path


def listed(path: str | Path) -> list[str]:
    """Return the operators of the graph in a file, sorted, without those inside bodies.

    Raises:
        expect.Unmet: there is no such file.
    """
    import onnx

    expect.true(Path(path).is_file(), "the file that was to be written", expected=str(path), got="no such file")
    return sorted(node.op_type for node in onnx.load(path).graph.node)


def run_graph(path: Path, **inputs: np.ndarray) -> list[np.ndarray]:
    """Return the outputs of the graph as it was written: ONNX Runtime with its optimizations off."""
    return runtime.session(path, optimize="disabled").run(None, inputs)


def to_onnx_with_batchnorm(model: torch.nn.Module, example: torch.Tensor, path: Path) -> Path:
    """Write what TorchScript records, BatchNormalization included; return ``path``.

    Weights that are equal by chance come as one, behind an Identity; here each stands where it is read.

    Args:
        example: a batch (n, …); its input is called ``input``, or as ``forward`` calls it.
    """
    import onnx_ir
    from onnx_ir.passes.common import IdentityEliminationPass

    from course_utils.export import to_onnx_torchscript

    to_onnx_torchscript(model, example, path, tolerance=None)
    graph = onnx_ir.load(path)
    IdentityEliminationPass()(graph)
    onnx_ir.save(graph, path)
    return path


def weights_of(graph: GraphProto) -> dict[str, np.ndarray]:
    """Return the initializers of a graph by name, as float64 arrays."""
    import numpy as np
    import onnx

    return {each.name: onnx.numpy_helper.to_array(each).astype(np.float64) for each in graph.initializer}


def attribute_of(node: NodeProto, name: str, default: Any) -> Any:
    """Return the value of a node's attribute, or ``default`` where the node has none of that name."""
    import onnx

    found = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    return found.get(name, default)


def free_name(graph: GraphProto, name: str) -> str:
    """Return a name that no tensor of the graph has: ``name``, or that with underscores behind it."""
    taken = {each.name for each in [*graph.initializer, *graph.input]}
    taken |= {each for node in graph.node for each in node.output}
    while name in taken:
        name += "_"
    return name
