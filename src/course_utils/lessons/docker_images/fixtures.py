"""What the tests of lesson 08 draw, and how they read what a function returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from course_utils import expect
from course_utils.lessons.docker_images.given import CONTEXT

if TYPE_CHECKING:
    import numpy as np

NOTHING = "the function returns nothing: is a `return` missing?"


def cluttered(rng: np.random.Generator, *needed: str) -> tuple[list[str], list[str]]:
    """Return a build context with ten files more, drawn from rng, and all paths in it outside the folders needed.

    Args:
        needed: such as "app/"; the framework's among them, "torch/" or "onnx/".
    """
    drawn = ["".join(rng.choice(list("klmnop"), 6)) for _ in range(10)]
    other = "onnx" if "torch/" in needed else "torch"
    inside = ("notes/{}.py", f"{other}/{{}}.py", ".git/{}.py", "data/{}.py", "lists/{}.txt")
    forms = ("{}.csv", "{}.py", "{}.txt", "{}.md", "{}/a.bin", *inside)
    context = CONTEXT + [form.format(name) for form, name in zip(forms, drawn, strict=True)]
    return context, [path for path in context if not path.startswith(needed)]


def rows_of(got: Any, call: str) -> list[tuple[Any, Any]]:
    """Return got, which must be a list of pairs, as a list of tuples.

    Raises:
        Unmet: it is something else.
    """
    causes = {NOTHING: "NoneType", "sorted(d.items(), …) makes a list of pairs of a dict d": "dict"}
    expect.equal(type(got).__name__, "list", f"the type of {call}", causes=causes)
    for row in got:
        expect.parts(row, 2, f"each row of {call}")
    return [(row[0], row[1]) for row in got]


def texts_of(got: Any, call: str) -> list[str]:
    """Return got, which must be a list of texts.

    Raises:
        Unmet: it is something else.
    """
    expect.equal(type(got).__name__, "list", f"the type of {call}", causes={NOTHING: "NoneType"})
    texts = all(type(each) is str for each in got)
    expect.true(texts, call, expected="a list of texts", got=got, likely='the text of each step: step["text"]')
    return got


def with_keys(got: Any, wanted: list[str], what: str, likely: str = "") -> dict[str, Any]:
    """Return got, a result of fair_ratios, which must be a dict with the keys `wanted`.

    Raises:
        Unmet: it is something else.
    """
    is_right = type(got) is dict and set(got) == set(wanted)
    expect.true(is_right, f"fair_ratios, {what}", expected=f"a dict with the keys {wanted}", got=got, likely=likely)
    return got


def four_images(
    torch: int | None,
    torch_cuda: int | None,
    onnx: int | None,
    onnx_cuda: int | None,
    order: Sequence[int] = (0, 1, 2, 3),
) -> list[dict[str, Any]]:
    """Return images with these bytes, in this order, as fair_ratios takes them; None: not built."""
    kinds = (("torch", False, torch), ("torch", True, torch_cuda), ("onnx", False, onnx), ("onnx", True, onnx_cuda))
    rows = [{"framework": framework, "cuda": cuda, "bytes": size} for framework, cuda, size in kinds]
    return [rows[n] for n in order if rows[n]["bytes"] is not None]


def drawn_image(rng: np.random.Generator, base: Sequence[tuple] = ()) -> tuple[dict[str, Any], list[tuple]]:
    """Return a manifest with random steps on the layers of base, and all its layers: [(digest, bytes, diff_id), …]."""
    steps, layers = [({}, each) for each in base], list(base)
    for n in range(rng.integers(4, 9)):
        layer = (f"sha256:{rng.integers(1 << 60):x}", int(rng.integers(1, 10**9)), f"sha256:{rng.integers(1 << 60):x}")
        empty = bool(n % 2 if n < 4 else rng.integers(2))
        steps.append(({"created_by": f"STEP {n}"} | ({"empty_layer": True} if empty else {}), layer))
        layers += [] if empty else [layer]
    config = {"history": [step for step, _ in steps], "rootfs": {"type": "layers", "diff_ids": [d for *_, d in layers]}}
    return {"layers": [{"digest": a, "size": b} for a, b, _ in layers], "config": config}, layers
