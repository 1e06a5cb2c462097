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


def shared_layers(
    rng: np.random.Generator, *, from_below: bool = False
) -> tuple[list[str], list[int], dict[str, list[list[int]]]]:
    """Return the layers' names, alike but for one place each, their bytes, and images that share them: {way: numbers}.

    The first eleven have all sizes, equal ones among them; hundreds follow, for many images of many layers.

    Args:
        from_below: whether they share layers from the first on alone, and none has one twice.
    """
    sizes = [int(n) for n in rng.integers(10**9, 4 * 10**9, size=6)] + [1, 0, 1, 7, 7]
    sizes += [int(n) for n in rng.integers(10**9, 4 * 10**9, size=400)]
    base, names = "".join(rng.choice(list("0123456789abcde"), 64)), []
    for n in range(len(sizes)):
        place = 63 - n * 63 // 10 if n < 11 else n % 64
        name = base[:place] + "f" + base[place + 1 :]
        names.append(f"sha256:{name if n < 11 else f'{n:04}{name[4:]}'}")
    ways = {
        "no image": [],
        "one image": [[0, 1, 2]],
        "an image without layers": [[], [4]],
        "the same image twice": [[0, 6], [0, 6]],
        "one layer, twice in an image": [[0, 3] if from_below else [0, 3, 0], [8]],
        "layers of one byte and of none": [[6, 7], [8], [6, 7]],
        "equal sizes in one image": [[9, 10, 1]],
        "one image upon another, the higher first": [[0, 1, 2, 3], [0, 1], [0, 1, 2]],
        "shared by the second and the last alone": [[0], [1, 2], [3], [1, 2, 4] if from_below else [4, 2, 1]],
        "nothing shared": [[n] for n in range(11)],
        "many images of many layers": [[*range(11, 36), *range(40 + 4 * k, 44 + 4 * k)] for k in range(80)],
    }
    return names, sizes, ways


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
