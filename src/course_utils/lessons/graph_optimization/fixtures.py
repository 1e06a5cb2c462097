"""What the tests ask with: graphs as text, drawn weights, small networks, lists of operators."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.lessons.graph_optimization.given import new_path, written

if TYPE_CHECKING:
    import numpy as np
    import torch

# 5.1: an If with a body for each case, and one with an If in a body
BRANCHING = """(float[n] x, bool big) => (float[n] y) {
    a = Abs(x)
    b = If(big) <
        then_branch = t () => (float[n] p) {q = Neg(a) p = Neg(q)},
        else_branch = e () => (float[n] r) {r = Exp(a)}
    >
    y = Abs(b)
}"""
_INNER = "then_branch = u () => (float[n] v) {o = Tanh(a) v = Tanh(o)}, else_branch = w () => (float[n] z) {z = Sin(a)}"
DEEPER = BRANCHING.replace("r = Exp(a)", f"r = If(big) <{_INNER}>")

# 5.2: a block, and what each level makes of it
BLOCK = """(float[n, 16, 6, 6] x) => (float[n, 16, 6, 6] y) {
    c = Conv<pads = [1, 1, 1, 1]>(x, w)
    b = BatchNormalization<epsilon = 0.5>(c, gamma, beta, mean, var)
    i = Identity(b)
    r = Relu(i)
    d = Conv<pads = [1, 1, 1, 1]>(x, v, bias)
    a = Add(d, r)
    y = Relu(a)
}"""
LEVELS_WRITE = {
    "disabled": ["Add", "BatchNormalization", "Conv", "Conv", "Identity", "Relu", "Relu"],
    "basic": ["Add", "Conv", "Conv", "Relu", "Relu"],
    "extended": ["Add", "Conv", "FusedConv", "Relu"],
}
ALL_WRITES = {  # by the processor; on each kind it is another graph than that of "extended"
    "with a layout of this processor": ["Conv", "Conv", "ReorderInput", "ReorderOutput"],
    "on a processor without such a layout": ["FusedConv", "FusedConv"],
}
_NORM = ("gamma", "beta", "mean", "var")


def drawn(rng: np.random.Generator, **shapes: int | tuple[int, ...]) -> dict[str, np.ndarray]:
    """Return float32 arrays of these shapes by name; those named var… are positive."""
    import numpy as np

    arrays = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    return {name: np.abs(each) + np.float32(0.2) if name[:3] == "var" else each for name, each in arrays.items()}


def block(rng: np.random.Generator) -> Path:
    """Write the block of exercise 5.2, input (n, 16, 6, 6), with drawn weights; return its path."""
    return written(BLOCK, **drawn(rng, **dict.fromkeys("wv", (16, 16, 3, 3)), **dict.fromkeys((*_NORM, "bias"), 16)))


def norm_arrays() -> list[np.ndarray]:
    """Return gamma, beta, mean and var of two channels, as new arrays: with eps = 1 the factors are 3 and 4."""
    import numpy as np

    return [np.array(each) for each in ([6.0, 12.0], [0.1, 0.2], [1.0, -2.0], [3.0, 8.0])]


def depthwise() -> dict[str, np.ndarray]:
    """Return new arrays of a depthwise convolution (4, 1, 3) with a bias and of its normalization; one gamma is 0."""
    import numpy as np

    arrays = {"weight": np.arange(12.0).reshape(4, 1, 3) - 5, "bias": np.array([1.0, 2.0, 3.0, 4.0])}
    arrays |= {"gamma": np.array([1.0, 0.0, -1.0, 3.0]), "beta": np.array([0.0, 1.0, 2.0, 3.0])}
    return arrays | {"mean": np.array([5.0, 1.0, 0.0, -1.0]), "var": np.array([0.5, 2.0, 4.0, 9.0])}


# 5.4: a Conv (3, 2, 3, 3) with a BatchNormalization, and where that must stay
def norm(result: str, tensor: str, number: str | int = "") -> str:
    """Return the text of a BatchNormalization whose four weights end with the number."""
    return f"{result} = BatchNormalization<epsilon = 0.5>({tensor}, {', '.join(f'{name}{number}' for name in _NORM)})"


def norm_weights(rng: np.random.Generator, channels: int, *numbers: str | int) -> dict[str, np.ndarray]:
    """Return drawn weights for the BatchNormalizations with these numbers."""
    return drawn(rng, **{f"{name}{number}": channels for name in _NORM for number in numbers})


def conv_weights(rng: np.random.Generator, *numbers: str | int, bias: bool = False) -> dict[str, np.ndarray]:
    """Return drawn weights w (3, 2, 3, 3) of a Conv, its bias where asked for, and those of BatchNormalizations."""
    return drawn(rng, w=(3, 2, 3, 3), **({"bias": 3} if bias else {})) | norm_weights(rng, 3, *numbers)


def many_folds(rng: np.random.Generator) -> tuple[str, dict[str, np.ndarray]]:
    """Return the text of a chain of twelve normalized Convs and other nodes for (n, 2, 5, 5), and drawn weights.

    One Conv has 600 channels, one 1 MB of weights, one a single channel; the last three share theirs. What other nodes
    read is of many types.
    """
    import numpy as np

    sizes, steps, weights = [2, 600, 48, 1, *[3] * 9], "", {}
    for place, (before, after) in enumerate(itertools.pairwise(sizes)):
        kernel = 3 if after == 48 else 1
        weights[f"w{min(place, 9)}"] = rng.normal(size=(after, before, kernel, kernel)) / kernel / np.sqrt(before)
        weights |= {f"{name}{place}": rng.uniform(0.5, 1.5, size=after) for name in _NORM}
        steps += f" c{place} = Conv({f'b{place - 1}' if place else 'x'}, w{min(place, 9)}) "
        steps += norm(f"b{place}", f"c{place}", place).replace("0.5", str(0.1 * place))
    ends = "(float[n, 2, 5, 5] x) => (float[n, 3, 3, 3] y, float[n, 48, 3, 3] z)"
    given = "int64[4] shape = {0, 3, -1, 3}, double tenth = {0.1}, bool mask = {1}, int32[3] index = {2, 0, 1}"
    given += ", uint8 more = {7}, uint8 alike = {7}, float16 half = {14336}"
    return f"{ends} <{given}> {{{steps} {_OTHERS}}}", weights


_OTHERS = """z = Identity(b1) r = Reshape(b11, shape) d = Dropout(r) e = Neg(d) f = Neg(d) g = Add(e, f) unread = Abs(g)
    h = Cast<to = 11>(g) i = Mul(h, tenth) j = Cast<to = 1>(i) k = Where(mask, j, r) l = Gather<axis = 1>(k, index)
    m = Add(half, half) o = Cast<to = 1>(m) p = Cast<to = 1>(more) u = Cast<to = 1>(alike) q = Sum(l, o, p, u)
    s = Softmax<axis = -1>(q) t = Add(q, s) y = Identity(t)"""
X_TO_Y = "(float[n, 2, 5, 5] x) => (float[n, 3, 3, 3] y) {i = Identity(x)"  # the Identity is no work of yours: it stays
TWO_ENDS = X_TO_Y.replace("y)", "y, float[n, 3, 3, 3] z)")
_CONV = f"{X_TO_Y} c = Conv(i, w, bias)"
PLAIN = f"{_CONV} {norm('b', 'c')} y = Relu(b)}}"
APART = f"{_CONV} z = Neg(x) {norm('b', 'c')} y = Relu(b)}}".replace("<epsilon = 0.5>", "")  # so it is 1e-5
APART = APART.replace("y)", "y, float[n, 2, 5, 5] z)")
STAYING = {
    "a Conv whose output Neg reads, too": f"{TWO_ENDS} c = Conv(i, w) {norm('b', 'c')} z = Neg(c) y = Relu(b)}}",
    "a Conv whose output the caller gets": f"{TWO_ENDS} z = Conv(i, w) {norm('b', 'z')} y = Relu(b)}}",
    "a BatchNormalization after a Relu": f"{TWO_ENDS} c = Conv(i, w) r = Relu(c) z = Neg(r) {norm('y', 'r')}}}",
    "a BatchNormalization of the input": f"{X_TO_Y.replace('i = Identity(x)', norm('i', 'x', 0))} y = Conv(i, w)}}",
}


def one_norm() -> dict[str, np.ndarray]:
    """Return the same weights at each call for PLAIN and APART."""
    import numpy as np

    return conv_weights(np.random.default_rng(3), "", bias=True)


def images() -> np.ndarray:
    """Return two images (2, 2, 5, 5) of float32."""
    import numpy as np

    return np.sin(np.arange(100, dtype=np.float32)).reshape(2, 2, 5, 5)


def small_network(seed: int) -> torch.nn.Module:
    """Return a network for (n, 4, 6, 6) whose BatchNorms have seen data: grouped, residual, with and without a bias.

    It is in eval mode; the seed fixes its weights.
    """
    import torch

    torch.manual_seed(seed)
    inner = [torch.nn.Conv2d(4, 6, 3, padding=1, groups=2), torch.nn.BatchNorm2d(6, eps=0.1), torch.nn.ReLU()]
    inner += [torch.nn.Conv2d(6, 4, 1, bias=False), torch.nn.BatchNorm2d(4)]

    class Residual(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = torch.nn.Sequential(*inner)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.relu(x + self.inner(x))

    net = Residual()
    for layer in (inner[1], inner[4]):
        torch.nn.init.normal_(layer.weight)
        torch.nn.init.normal_(layer.bias)
    net(torch.randn(50, 4, 6, 6) * 2 + 1)
    return net.eval()


def node_list(*operators: str) -> Path:
    """Write a file whose nodes are these operators, given as ``domain:op_type``; it is not meant to be run."""
    import onnx

    nodes = []
    for place, (domain, _, kind) in enumerate(each.rpartition(":") for each in operators):
        read = f"t{place}" if place % 3 else "t0"  # so nobody reads each third
        nodes.append(onnx.helper.make_node(kind, [read], [f"t{place + 1}"], domain=domain))
    path = new_path("nodes.onnx")
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph(nodes, "g", [], [])), path)
    return path
