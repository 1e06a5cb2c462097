"""What tests say of a file that a student's function wrote, and PyTorch as the judge of its numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import expect
from course_utils.lessons.graph_optimization.given import listed, new_path, run_graph, weights_of, written

if TYPE_CHECKING:
    import numpy as np

Rewrite = Callable[[Path, Path], Any]
GONE = {
    "BatchNormalization": "the Conv has to give what the BatchNormalization gave",
    "Conv": "the Conv that gave it is gone, or gives something else now: who else reads it?",
    "weight": "a weight was dropped that is still read",
}


def counted(count_ops: Callable[[Path], Any], path: Path) -> Any:
    """Return what ``count_ops`` returns of a file, as a plain dict where it can be one."""
    got = count_ops(path)
    if type(got) in (list, tuple, set):
        return got
    try:
        return dict(got)
    except (TypeError, ValueError):
        return got


def by_torch(x: Any, weight: Any, bias: Any, *norm: Any, eps: float = 0.0, groups: int = 1) -> np.ndarray:
    """Return PyTorch's convolution in float64; with gamma, beta, mean and var its batch normalization after it.

    Args:
        x: (n, c_in, …), with one axis behind or two; weight: (c_out, c_in / groups, …); bias: (c_out,).
        norm: four arrays (c_out,), or none.
    """
    import numpy as np
    import torch

    x, weight, bias, *norm = (torch.tensor(np.asarray(each, np.float64)) for each in (x, weight, bias, *norm))
    convolve = torch.nn.functional.conv1d if weight.ndim == 3 else torch.nn.functional.conv2d
    y = convolve(x, weight, bias, groups=groups)
    if norm:
        gamma, beta, mean, var = norm
        y = torch.nn.functional.batch_norm(y, mean, var, gamma, beta, eps=eps)
    return y.numpy()


def folded(fold_in_graph: Rewrite, text: str, **weights: Any) -> tuple[Path, Path]:
    """Return the path of a graph given as text, and that of the file which ``fold_in_graph`` makes of it."""
    path, out = written(text, **weights), new_path("folded.onnx")
    fold_in_graph(path, out)
    return path, out


def cleaned(remove_noops: Rewrite, text: str, **weights: Any) -> tuple[list[str], Path, Path]:
    """Return the operators that ``remove_noops`` leaves of a graph given as text, Identity aside, and both files.

    Raises:
        expect.Unmet: nothing was written, or the graph's inputs have other names.
    """
    import onnx

    path, out = written(text, **weights), new_path("cleaned.onnx")
    remove_noops(path, out)
    operators, names = listed(out), [value.name for value in onnx.load(out).graph.input]
    likely = "a pattern replaced by x itself renames x; put op.Identity(x) there"
    expect.equal(names, ["x"], "the inputs of the graph after remove_noops", likely=likely)
    return [name for name in operators if name != "Identity"], path, out


def nothing_lost(what: str, path: Path, out: Path) -> None:
    """Expect that something gives each tensor that is read in the file ``out``, which was made from ``path``.

    Raises:
        expect.Unmet: it is not so; with the likely cause.
    """
    import onnx

    first, graph = (onnx.load(each).graph for each in (path, out))
    kinds = dict.fromkeys(weights_of(first), "weight") | {node.output[0]: node.op_type for node in first.node}
    made = {name for node in graph.node for name in node.output}
    given = {"", *made, *weights_of(graph), *(value.name for value in graph.input)}
    readers = [(each.op_type, each.input) for each in graph.node]
    for reader, names in [*readers, ("the caller", [value.name for value in graph.output])]:
        for name in sorted(set(names) - given):
            expected, likely = f"something gives {name!r}, which {reader} reads", GONE.get(kinds.get(name, ""), "")
            expect.true(False, f"the file of {what}", expected=expected, got="nothing does", likely=likely)


def valid(what: str, out: Path) -> None:
    """Expect that ONNX's own checker has nothing against the file ``out``.

    Raises:
        expect.Unmet: it has.
    """
    import onnx

    try:
        onnx.checker.check_model(out, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        sentence = " ".join(str(error).split())
        expect.true(False, f"the file of {what}", expected="one that onnx.checker.check_model accepts", got=sentence)


def others_stay(what: str, path: Path, out: Path) -> None:
    """Expect of a fold that nodes other than Conv and BatchNormalization are in ``out`` what they were in ``path``.

    Their operators, attributes and weights are compared, each weight with its type; no other initializer may be left.

    Raises:
        expect.Unmet: it is not so.
    """
    import onnx

    first, graph = (onnx.load(each).graph for each in (path, out))
    folds = ("Conv", "BatchNormalization")

    def others(of: onnx.GraphProto) -> list[str]:
        kinds = [(f"{n.domain}:{n.op_type}", n.attribute) for n in of.node if n.op_type not in folds]
        named = [(k, sorted((a.name, onnx.helper.get_attribute_value(a)) for a in each)) for k, each in kinds]
        return sorted(map(str, named))

    expect.equal(others(graph), others(first), f"the other nodes and their attributes of {what}")
    read = {name for node in first.node if node.op_type not in folds for name in node.input}
    due, found = (
        {t.name: (t.data_type, [*t.dims], onnx.numpy_helper.to_array(t).tobytes()) for t in each.initializer}
        for each in (first, graph)
    )
    for name in sorted(read & due.keys()):
        likely = "a weight of another node stays as it is, type and shape included"
        expect.equal(found.get(name, ())[:2], due[name][:2], f"type and shape of {name!r} in {what}", likely=likely)
        expect.equal(found[name], due[name], f"the weight {name!r} of {what}", likely=likely)
    read = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    expect.equal(sorted(found.keys() - read), [], f"initializers that nobody reads, {what}")


def same_ends(what: str, path: Path, out: Path) -> None:
    """Expect that the graphs in both files have inputs and outputs of the same names, types and shapes, in order.

    Raises:
        expect.Unmet: it is not so.
    """
    import onnx

    def dims(value: onnx.ValueInfoProto) -> list[str | int]:
        return [each.dim_param or each.dim_value for each in value.type.tensor_type.shape.dim]

    first, graph = (onnx.load(each).graph for each in (path, out))
    for side in ("input", "output"):
        due, got = (
            [(v.name, v.type.tensor_type.elem_type, dims(v)) for v in getattr(each, side)] for each in (first, graph)
        )
        likely = "they stay as they are, names included"
        expect.equal(got, due, f"the {side}s (name, type, shape) of {what}", likely=likely)


def same_results(what: str, path: Path, out: Path, x: np.ndarray, *, atol: float = 1e-3, **more: Any) -> None:
    """Expect that both files have the same inputs and outputs, and give the same for the input x, within ``atol``.

    Args:
        more: causes or a likely cause, as ``expect.close`` takes them.

    Raises:
        expect.Unmet: they do not.
    """
    nothing_lost(what, path, out)
    same_ends(what, path, out)
    for got, due in zip(run_graph(out, x=x), run_graph(path, x=x), strict=True):
        expect.shape(got, due.shape, f"the result of {what}")
        expect.close(got.ravel(), due.ravel(), f"the result of {what}, in a row", atol=atol, **more)
