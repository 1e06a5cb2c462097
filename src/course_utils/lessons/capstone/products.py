"""Graphs of one product, a convolution or of matrices, of known multiply-adds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from course_utils.lessons.capstone import making
from course_utils.lessons.capstone.making import FLOAT, INT8, INT32, UINT8, Made

if TYPE_CHECKING:
    import numpy as np
    from onnx import TensorProto


def conv_file(rng: np.random.Generator, kind: str = "Conv", axes: int = 2, **fixed: Any) -> Made:
    """Return a graph of one convolution with any kernel, stride, padding, dilation and groups.

    Args:
        kind: Conv, ConvInteger or QLinearConv; fixed: settings in place of drawn ones, ``groups``, ``each`` (channels
            in and out of a group), ``kernel``, ``stride``, ``pad``, ``dilation``, ``sides``, ``bias``; ``source``: the
            operator that the weights of a Conv come out of, DequantizeLinear or Constant.
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
    nodes = [making.node(kind, names, **settings)]
    if fixed.get("source") == "Constant":
        nodes.insert(0, making.node("Constant", [], out="w", value=held[0]))
        held = held[1:]
    elif "source" in fixed:
        nodes.insert(0, making.node(fixed["source"], ["codes", "s"], out="w"))
        held = [making.weights("codes", shape, INT8), making.scalar("s", 0.1), *held[1:]]
    outer = [
        (side + pad[place] + pad[axes + place] - dilation[place] * (kernel[place] - 1) - 1) // stride[place] + 1
        for place, side in enumerate(sides)
    ]
    due = out * groups * math.prod(outer) * into * math.prod(kernel)
    first = FLOAT if kind == "Conv" else UINT8
    last = {"Conv": FLOAT, "ConvInteger": INT32, "QLinearConv": UINT8}[kind]
    words = f"{kind}, {into * groups} channels to {out * groups}, sides {sides}, weights {shape}, {settings}"
    return making.written(nodes, held, (into * groups, *sides), first, last, due, words)


def matrix_file(rng: np.random.Generator, kind: str = "MatMul", **fixed: Any) -> Made:
    """Return a graph of one product of matrices; of MatMul and its kin also with rows, (batch, rows, length).

    Args:
        kind: Gemm, MatMul, MatMulInteger or QLinearMatMul; fixed: ``length``, ``wide``, ``rows``, ``turned``,
            ``stack``: so many matrices on both sides, (batch, stack, rows, length) and (stack, length, wide);
            ``vector``: whether the second factor is (length,) alone.
    """
    length, wide, rows = (fixed.get(name) or int(rng.integers(2, 12)) for name in ("length", "wide", "rows"))
    turned = fixed.get("turned", bool(rng.integers(2))) if kind == "Gemm" else False
    stack = (fixed["stack"],) if "stack" in fixed else ()
    across = () if fixed.get("vector") else (wide,)
    names, held = _operands(kind, (wide, length) if turned else (*stack, length, *across), kind == "Gemm")
    rows_in = () if kind == "Gemm" else (*stack, rows)
    settings = {"transA": 0, "transB": int(turned)} if kind == "Gemm" else {}
    due = math.prod(rows_in) * length * math.prod(across)
    floats = kind in ("Gemm", "MatMul")
    last = FLOAT if floats else {"MatMulInteger": INT32, "QLinearMatMul": UINT8}[kind]
    words = f"{kind}, one example {(*rows_in, length)}, times {(length, *across)}" + ", transB=1" * turned
    nodes, first = [making.node(kind, names, **settings)], FLOAT if floats else UINT8
    return making.written(nodes, held, (*rows_in, length), first, last, due, words)


def weights_first_file(rng: np.random.Generator, kind: str, turned: bool = False) -> Made:
    """Return a graph of a product whose first factor is a weight; all three sides differ.

    Args:
        kind: Gemm, which turns that factor (transA is 1), or MatMul; turned: whether a Gemm turns the other, too.
    """
    length, wide, rows = (int(number) for number in rng.choice(range(2, 12), size=3, replace=False))
    shape, other = ((length, rows) if kind == "Gemm" else (rows, length)), (wide, length) if turned else (length, wide)
    nodes = [making.node("Reshape", ["x", "sides"], out="m")]
    nodes.append(making.node(kind, ["a", "m"], **({"transA": 1, "transB": int(turned)} if kind == "Gemm" else {})))
    held = [making.weights("a", shape), making.whole("sides", other)]
    words = f"{kind}, a weight {shape} times {other}" + ", transA=1" * (kind == "Gemm") + ", transB=1" * turned
    return making.written(nodes, held, other, FLOAT, FLOAT, rows * length * wide, words, batch=False)


def _operands(kind: str, shape: tuple[int, ...], with_bias: bool) -> tuple[list[str], list[TensorProto]]:
    """Return the names of an operator's inputs, "x" and weights of this shape among them, and what is held."""
    if kind.startswith("QLinear"):
        held = [
            making.scalar("s", 0.1),
            making.scalar("z", 3, UINT8),
            making.weights("w", shape, INT8),
            making.scalar("zw", 0, INT8),
        ]
        return ["x", "s", "z", "w", "s", "zw", "s", "z"], held
    if kind.endswith("Integer"):
        return ["x", "w"], [making.weights("w", shape, INT8)]
    wide = shape[0] if kind == "Conv" else 1
    return ["x", "w", *["b"] * with_bias], [making.weights("w", shape), *[making.weights("b", (wide,))] * with_bias]
