"""How the tests call what a student wrote: with arguments made for it, and what came back looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import expect, quantization
from course_utils.lessons.quantization import looks
from course_utils.lessons.quantization.drawn import digits8
from course_utils.lessons.quantization.folder import new_path

if TYPE_CHECKING:
    import numpy as np

SAMPLE = 256  # digits to calibrate with


def expect_next(reader: Any, images: np.ndarray, what: str, likely: str = "") -> None:
    """Expect that a reader's next batch holds just these images.

    Raises:
        expect.Unmet: it holds others, or is no dict with the key "input".
    """
    got = reader.get_next()
    expect.true(got is not None, what, expected="images", got=None, likely=likely)
    expect.keys(got, ["input"], what)
    expect.shape(got["input"], images.shape, what, likely="a batch holds batch_size images, if so many are left")
    expect.close(got["input"], images, what, likely=likely)


def sample() -> np.ndarray:
    """Return 256 digits (256, 1, 8, 8) to calibrate with."""
    return digits8().train_images[:SAMPLE]


def after_static(
    quantize_static_model: Callable[..., Any], path: Path, reader: Any = None, batch_size: int = 32, old: bytes = b""
) -> Path:
    """Return what a student's function makes of the model at path, calibrated with 256 digits, or by a reader given.

    Args:
        old: what lies at out before, if anything.

    Raises:
        expect.Unmet: it did not return out, or wrote no file there.
    """
    reader = reader or quantization.Reader.__wrapped__(sample(), path, batch_size=batch_size)
    out = new_path("static.onnx")
    if old:
        out.write_bytes(old)
    return looks.written(quantize_static_model(path, out, reader), out, "quantize_static_model(path, out, reader)")


def after(convert: Callable[..., Any], path: Path, what: str, old: bytes = b"") -> Path:
    """Return what a student's ``convert(path, out)`` makes of the model at path; ``what`` names the call.

    Args:
        old: what lies at out before, if anything.

    Raises:
        expect.Unmet: it did not return out, or wrote no file there.
    """
    out = new_path("made.onnx")
    if old:
        out.write_bytes(old)
    return looks.written(convert(path, out), out, what)


def dotted(saturating_dot: Callable[..., Any], activations: list[int], weights: list[int]) -> tuple[tuple, str]:
    """Return a student's sums of two lists of whole numbers, given as arrays of uint8 and int8, and the call in words.

    Raises:
        expect.Unmet: it returned no pair of whole numbers, or wrote into the arrays.
    """
    import numpy as np

    given = np.array(activations, np.uint8), np.array(weights, np.int8)
    kept, many = [each.copy() for each in given], len(weights) > 8
    what = f"saturating_dot of {len(weights)} bytes" if many else f"saturating_dot({activations}, {weights})"
    got = saturating_dot(*given)
    expect.parts(got, 2, what, likely="return two numbers: exact, sixteen_bit")
    kinds = [getattr(each, "dtype", type(each)) for each in got]
    whole = all(np.asarray(each).dtype.kind in "iu" for each in got)
    expect.true(whole, what, expected="two ints", got=kinds, likely="int(…) makes one of a float that is whole")
    expect.unchanged(list(given), kept, f"the arrays after {what}")
    return tuple(got), what


def through(
    straight_through: Any, x: np.ndarray, scale: float, zero_point: int, bits: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return (y, dx): what a StraightThrough makes of x, and the gradient of (y ** 2).sum() / 2 that reaches x.

    Both have the shape of x; dx is None where no gradient arrives.
    """
    import torch

    x = torch.as_tensor(x).clone().requires_grad_()
    y = straight_through.apply(x, scale, zero_point, bits)
    (y.square().sum() / 2).backward()
    return y.detach().numpy(), None if x.grad is None else x.grad.numpy()
