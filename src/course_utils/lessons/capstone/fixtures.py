"""Small graphs whose multiply-adds are known from how they were made."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from course_utils.lessons.capstone.folder import new_path

if TYPE_CHECKING:
    import numpy as np
    from onnx import NodeProto, TensorProto

FLOAT, UINT8, INT8, INT32 = 1, 2, 3, 6  # onnx.TensorProto's numbers of types
OPSET = 17


class Made(NamedTuple):
    """A graph in a file.

    Attributes:
        due: its multiply-adds for one example; what: the call and the graph in words.
    """

    file: Path
    due: int
    what: str


def conv_file(rng: np.random.Generator, kind: str = "Conv", axes: int = 2, **fixed: Any) -> Made:
    """Return a graph of one convolution with any kernel, stride, padding, dilation and groups.

    Args:
        kind: Conv, ConvInteger or QLinearConv; fixed: settings in place of drawn ones, ``groups``, ``each`` (channels
            in and out of a group), ``kernel``, ``stride``, ``pad``, ``dilation``, ``sides``, ``bias``; ``coded``:
            whether the weights of a Conv come out of a DequantizeLinear.
    """
    groups = fixed.get("groups") or int(rng.choice([1, 2, 3]))
    into, out = fixed.get("each") or rng.integers(1, 5, size=2).tolist()
    kernel = fixed.get("kernel") or rng.integers(1, 4, size=axes).tolist()
    stride, dilation = (fixed.get(name) or rng.integers(1, 3, size=axes).tolist() for name in ("stride", "dilation"))
    pad = fixed["pad"] if "pad" in fixed else rng.integers(0, 3, size=2 * axes).tolist()
    sides = fixed.get("sides") or rng.integers(9, 15, size=axes).tolist()
    settings = {"strides": stride, "pads": pad, "dilations": dilation, "group": groups}
    shape = (out * groups, into, *kernel)
    names, held = _operands(kind, shape, with_bias=kind == "Conv" and fixed.get("bias", bool(rng.integers(2))))
    nodes = [_node(kind, names, **settings)]
    if fixed.get("coded"):
        nodes.insert(0, _node("DequantizeLinear", ["codes", "s"], out="w"))
        held = [_weights("codes", shape, INT8), _scalar("s", 0.1), *held[1:]]
    outer = [
        (side + pad[place] + pad[axes + place] - dilation[place] * (kernel[place] - 1) - 1) // stride[place] + 1
        for place, side in enumerate(sides)
    ]
    due = out * groups * math.prod(outer) * into * math.prod(kernel)
    first = FLOAT if kind == "Conv" else UINT8
    last = {"Conv": FLOAT, "ConvInteger": INT32, "QLinearConv": UINT8}[kind]
    words = f"{kind}, {into * groups} channels to {out * groups}, sides {sides}, weights {shape}, {settings}"
    return _made(nodes, held, (into * groups, *sides), first, last, due, words)


def matrix_file(rng: np.random.Generator, kind: str = "MatMul", **fixed: Any) -> Made:
    """Return a graph of one product of matrices; of MatMul and its kin also with rows, (batch, rows, length).

    Args:
        kind: Gemm, MatMul, MatMulInteger or QLinearMatMul; fixed: ``length``, ``wide``, ``rows``, ``turned``,
            ``stack``: so many matrices on both sides, (batch, stack, rows, length) and (stack, length, wide).
    """
    length, wide, rows = (fixed.get(name) or int(rng.integers(2, 12)) for name in ("length", "wide", "rows"))
    turned = fixed.get("turned", bool(rng.integers(2))) if kind == "Gemm" else False
    stack = (fixed["stack"],) if "stack" in fixed else ()
    names, held = _operands(kind, (wide, length) if turned else (*stack, length, wide), kind == "Gemm")
    rows_in = () if kind == "Gemm" else (*stack, rows)
    node = _node(kind, names, **({"transA": 0, "transB": int(turned)} if kind == "Gemm" else {}))
    due = math.prod(rows_in) * length * wide
    floats = kind in ("Gemm", "MatMul")
    last = FLOAT if floats else {"MatMulInteger": INT32, "QLinearMatMul": UINT8}[kind]
    words = f"{kind}, one example {(*rows_in, length)}, {wide} wide" + ", transB=1" * turned
    return _made([node], held, (*rows_in, length), FLOAT if floats else UINT8, last, due, words)


def turned_gemm_file(rng: np.random.Generator) -> Made:
    """Return a graph whose Gemm turns its first factor, a weight: transA is 1, and both factors differ in all sides."""
    length, wide, rows = (int(number) for number in rng.choice(range(2, 12), size=3, replace=False))
    reshape = _node("Reshape", ["x", "sides"], out="m")
    node = _node("Gemm", ["a", "m"], transA=1)
    held = [_weights("a", (length, rows)), _whole("sides", [length, wide])]
    words = f"Gemm, transA=1, ({length}, {rows}) turned, times ({length}, {wide})"
    return _made([reshape, node], held, (length, wide), FLOAT, FLOAT, rows * length * wide, words, batch=False)


def sums_file(rng: np.random.Generator, kind: str) -> Made:
    """Return a graph of one Add, Sub, Mul (of a factor that is stretched), AveragePool, GlobalAveragePool, ReduceMean
    or of an operator that is free."""
    channels, side = rng.integers(2, 7), rng.integers(6, 12)
    channels, side = int(channels), int(side)
    numbers, held, names, settings = channels * side * side, [], ["x"], {}
    if kind in ("Add", "Sub", "Mul"):
        times = int(rng.integers(2, 5))
        held = [_weights("w", (times, channels, 1, 1))]  # stretched over the rows, and the rows over it
        names, due = ["x", "w"], times * numbers
    elif kind == "AveragePool":
        kernel, stride = rng.integers(2, 4, size=2).tolist(), int(rng.integers(1, 3))
        outer = [(side - each) // stride + 1 for each in kernel]
        due = channels * math.prod(outer) * math.prod(kernel)
        settings = {"kernel_shape": kernel, "strides": [stride, stride]}
    elif kind in ("GlobalAveragePool", "ReduceMean"):
        due, settings = numbers, {"axes": [2, 3]} if kind == "ReduceMean" else {}
    else:
        due, settings = 0, {"kernel_shape": [2, 2]} if kind == "MaxPool" else {}
    words = f"{kind}, one example {(channels, side, side)}, {settings or (held and tuple(held[0].dims))}"
    return _made([_node(kind, names, **settings)], held, (channels, side, side), FLOAT, FLOAT, due, words)


def joined(rng: np.random.Generator) -> Made:
    """Return a graph of several operators, one of them twice: a convolution, its like again, a sum of both, a mean."""
    channels, side = int(rng.integers(2, 6)), int(rng.integers(5, 9))
    nodes = [
        _node("Conv", ["x", "w"], out="a", pads=[1, 1, 1, 1]),
        _node("Relu", ["a"], out="b"),
        _node("Conv", ["b", "w"], out="c", pads=[1, 1, 1, 1]),  # the same weights
        _node("Add", ["b", "c"], out="d"),
        _node("GlobalAveragePool", ["d"], out="e"),
        _node("Flatten", ["e"], out="f"),
        _node("Gemm", ["f", "v"], transB=1),
    ]
    numbers = channels * side * side
    due = 2 * numbers * channels * 9 + numbers + numbers + 10 * channels
    held = [_weights("w", (channels, channels, 3, 3)), _weights("v", (10, channels))]
    words = f"two Convs, Relu, Add, GlobalAveragePool, Flatten and Gemm on {(channels, side, side)}"
    return _made(nodes, held, (channels, side, side), FLOAT, FLOAT, due, words)


def _operands(kind: str, shape: tuple[int, ...], with_bias: bool) -> tuple[list[str], list[TensorProto]]:
    """Return the names of an operator's inputs, "x" and weights of this shape among them, and what is held."""
    if kind.startswith("QLinear"):
        held = [_scalar("s", 0.1), _scalar("z", 3, UINT8), _weights("w", shape, INT8), _scalar("zw", 0, INT8)]
        return ["x", "s", "z", "w", "s", "zw", "s", "z"], held
    if kind.endswith("Integer"):
        return ["x", "w"], [_weights("w", shape, INT8)]
    wide = shape[0] if kind == "Conv" else 1
    return ["x", "w", *["b"] * with_bias], [_weights("w", shape), *[_weights("b", (wide,))] * with_bias]


def _made(
    nodes: list[NodeProto],
    held: list[TensorProto],
    shape: tuple[int, ...],
    first: int,
    last: int,
    due: int,
    words: str,
    batch: bool = True,
) -> Made:
    import onnx
    from onnx import helper

    x = helper.make_tensor_value_info("x", first, ["n" if batch else 1, *shape])
    y = helper.make_tensor_value_info("y", last, None)
    graph = helper.make_graph(nodes, "g", [x], [y], held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    model = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    path = new_path("graph.onnx")
    onnx.save(model, path)
    return Made(path, due, f"multiply_adds of {words}")


def _node(kind: str, names: list[str], out: str = "y", **settings: Any) -> NodeProto:
    from onnx import helper

    return helper.make_node(kind, names, [out], **settings)


def _weights(name: str, shape: tuple[int, ...], kind: int = FLOAT) -> TensorProto:
    import numpy as np
    from onnx import numpy_helper

    return numpy_helper.from_array(
        np.full(shape, 0.5, np.float32) if kind == FLOAT else np.full(shape, 3, np.int8), name
    )


def _scalar(name: str, value: float, kind: int = FLOAT) -> TensorProto:
    import numpy as np
    from onnx import numpy_helper

    return numpy_helper.from_array(np.array(value, {FLOAT: np.float32, UINT8: np.uint8, INT8: np.int8}[kind]), name)


def _whole(name: str, values: list[int]) -> TensorProto:
    import numpy as np
    from onnx import numpy_helper

    return numpy_helper.from_array(np.array(values, np.int64), name)
