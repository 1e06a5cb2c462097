"""Cases that tests go through: no-ops and what is none, and lists of operators with the tensors that they move."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Ops = list[tuple[str, list[str], str]]

# 5.5: what is there, its constants, and what mistakes leave of it
ROWS3 = "(float[n, 3] x) => (float[n, 3] y)"
_LITERAL = "is there a rule for + 0? A number in a pattern matches a scalar only: name it c, and test c.const_value"
_SWAPPED = "the constant comes first here; commute=True tries both orders"
NOOPS = {
    "x * 1": ("a = Mul(x, one)", {"one": 1}, {}),
    "x + 0, the 0 of shape (1,)": ("a = Add(x, zero)", {"zero": [0]}, {_LITERAL: ["Add", "Exp"]}),
    "1 * x": ("a = Mul(one, x)", {"one": 1}, {_SWAPPED: ["Exp", "Mul"]}),
    "0 + x, the 0 of shape (1, 1)": ("a = Add(zero, x)", {"zero": [[0]]}, {}),
    "(1 * x) * 1 + 0": ("b = Mul(one, x) c = Mul(b, one) a = Add(c, zero)", {"one": [1], "zero": 0}, {}),
}
TURNS = [  # two perms, one after the other, and the shape before and after both
    ((2, 0, 1), (1, 2, 0), "n, 3, 4", "n, 3, 4"),
    ((0, 2, 1), (0, 2, 1), "n, 3, 4", "n, 3, 4"),
    ((2, 0, 1), (2, 0, 1), "n, 3, 4", "3, 4, n"),
    ((0, 3, 1, 2), (0, 2, 3, 1), "n, 3, 4, 2", "n, 3, 4, 2"),
]
SOMETHING = {  # the ends, what is there, the constant, and what must be left
    "x * 2": (ROWS3, "a = Mul(x, c)", 2, ["Exp", "Mul"]),
    "x + 1": (ROWS3, "a = Add(x, c)", 1, ["Add", "Exp"]),
    "x * 1, of shape (1, 1, 1)": (ROWS3.replace("[n, 3] y", "[1, n, 3] y"), "a = Mul(x, c)", [[[1]]], ["Exp", "Mul"]),
    "a column times three ones": (ROWS3.replace("[n, 3] x", "[n, 1] x"), "a = Mul(x, c)", [1, 1, 1], ["Exp", "Mul"]),
    "two Relu": (ROWS3, "b = Relu(x) d = Relu(b) a = Mul(d, c)", 1, ["Exp", "Relu", "Relu"]),
    "x * x": (ROWS3, "b = Mul(x, x) a = Add(b, c)", 0, ["Exp", "Mul"]),
}
OTHER_NOOPS = """(float[n, 3] x) => (float[n, 3] y) <float one = {1}, float less = {-1}, float two = {2},
    float half = {0.5}, float zero = {0}, int64[2] turned = {3, -1}, int64[2] rows = {-1, 3}, int64[2] ones = {1, 1}> {
    a = Add(x, one) b = Add(a, less) c = Mul(b, two) d = Mul(c, half) e = Reshape(d, turned) f = Reshape(e, rows)
    g = Cast<to = 1>(f) h = Sum(g) i = Concat<axis = 0>(h) j = Dropout(i) k = Max(j) l = Reciprocal(k)
    m = Reciprocal(l) o = Expand(m, ones) p = Transpose<perm = [0, 1]>(o) q = Neg(p) r = Neg(q) s = Relu(r)
    t = Clip(s, zero) u = com.microsoft.Mul(t, one) v = com.microsoft.Add(zero, u)
    w = com.microsoft.Transpose<perm = [1, 0]>(v) y = com.microsoft.Transpose<perm = [1, 0]>(w)
}"""  # nothing of it is asked for in 5.5


def matrix() -> np.ndarray:
    """Return a float32 matrix (2, 3) with numbers below and above 0."""
    import numpy as np

    return np.arange(6, dtype=np.float32).reshape(2, 3) - 2


# 5.7
def residual(size: tuple[int, ...], **others: tuple[int, ...]) -> tuple[Ops, dict[str, tuple[int, ...]]]:
    """Return ops and shapes of Conv+Add+Relu, all tensors of one size, or others by name."""
    ops = [("Conv", ["x"], "c"), ("Add", ["c", "s"], "a"), ("Relu", ["a"], "y")]
    return ops, {name: others.get(name, size) for name in "xcsay"}


def told(ops: Ops) -> str:
    """Return operators as words."""
    return "; ".join(f"{kind}({', '.join(inputs)}) → {output}" for kind, inputs, output in ops)


def limits() -> dict[str, tuple[Ops, int, dict[str, int]]]:
    """Return where fusing ends: by name the operators, how many tensors they move, and what mistakes give."""
    conv = ("Conv", ["x"], "c")
    unfused = "nothing is fused here; an Add may continue either of its inputs"
    swallowed = {"both Convs continue in the Add; only one can": 3}
    wherever = {"nothing is fused here; the Relu reads c, wherever it stands": 6}
    neg = [conv, ("Neg", ["s"], "a"), ("Relu", ["c"], "y")]
    sums = [conv, ("Add", ["c", "s"], "a"), ("Add", ["a", "d"], "y")]
    return {
        "c is read twice": ([conv, ("Relu", ["c"], "y"), ("Neg", ["c"], "z")], 6, {}),
        "c is added to itself": ([conv, ("Add", ["c", "c"], "y")], 5, {"the Add reads c twice": 3}),
        "the Conv comes second": ([conv, ("Add", ["s", "c"], "y")], 3, {unfused: 5}),
        "one Add, two Convs": ([conv, ("Conv", ["s"], "d"), ("Add", ["c", "d"], "y")], 5, swallowed),
        "no Conv before": ([("Add", ["x", "s"], "a"), ("Relu", ["a"], "y")], 5, {"a kernel begins with a Conv": 3}),
        "an Add after the Relu": ([conv, ("Relu", ["c"], "a"), ("Add", ["a", "s"], "y")], 5, {"the Relu ends it": 3}),
        "a second Relu": ([conv, ("Relu", ["c"], "a"), ("Relu", ["a"], "y")], 4, {"the first Relu ends the kernel": 2}),
        "a second Add": (sums, 6, {"a kernel has one Add": 4}),
        "another operator in between": (neg, 4, wherever),
    }
