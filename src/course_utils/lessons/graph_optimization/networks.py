"""The files that demonstrations look at, made by the course, whichever exercises are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils import graphs, runtime
from course_utils.graphs import levels
from course_utils.lessons.graph_optimization.fixtures import small_network
from course_utils.lessons.graph_optimization.given import WORK, new_path, to_onnx_with_batchnorm, written

if TYPE_CHECKING:
    import torch

LEVELS = tuple(runtime.LEVELS)
ACTIVATIONS = ("Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Gelu", "Softplus")


@dataclass(frozen=True)
class Network:
    """A network in eval mode and its files.

    Attributes:
        newer: as ``torch.export`` writes it, BatchNorms folded; None where nobody asked.
        older: as TorchScript records it, BatchNorms included.
    """

    net: torch.nn.Module
    newer: Path | None
    older: Path


def digit_resnet() -> Network:
    """Return the course's trained DigitResNet, for images (n, 1, 28, 28), and two files of it."""
    from course_utils.export import to_onnx
    from course_utils.training import trained

    net = trained("resnet").eval()
    newer = to_onnx(net, _images(), WORK / "resnet.onnx")
    return Network(net, newer, to_onnx_with_batchnorm(net, _images(), WORK / "resnet_batchnorm.onnx"))


def digit_mobilenet() -> Network:
    """Return a DigitMobileNet that was not trained, for its time alone is asked."""
    import torch

    from course_utils.models import DigitMobileNet

    torch.manual_seed(0)
    net = DigitMobileNet().eval()
    return Network(net, None, to_onnx_with_batchnorm(net, _images(), WORK / "mobilenet.onnx"))


def _images() -> torch.Tensor:
    import torch

    return torch.rand(2, 1, 28, 28, generator=torch.manual_seed(0))


def counts(count_ops: Callable[[Path], dict[str, int]], files: Mapping[str, Path]) -> dict[str, dict[str, int]]:
    """Return the operators of files by name, counted by ``count_ops``; by the course where that is not written yet."""
    try:
        return {name: dict(count_ops(file)) for name, file in files.items()}
    except NotImplementedError:
        print("count_ops is not written yet; the course's own has counted here.")
        return {name: graphs.operators.__wrapped__(file) for name, file in files.items()}


def optimized(path: Path) -> dict[str, Path]:
    """Return what ONNX Runtime makes of a file at basic, extended and all, saved by the course."""
    return {level: saved(path, level) for level in LEVELS[1:]}


def saved(path: Path, level: str) -> Path:
    """Return what ONNX Runtime makes of a file at one level, saved by the course."""
    return levels.save_optimized.__wrapped__(path, new_path(f"{level}.onnx"), level)


def small_block() -> Path:
    """Return the file of a residual block for (n, 4, 6, 6) with two BatchNorms."""
    import torch

    return to_onnx_with_batchnorm(small_network(0), torch.zeros(2, 4, 6, 6), WORK / "block.onnx")


def camera() -> Path:
    """Return the file of a small network behind a camera, whose conversion was written twice: (n, 8, 8, 3)."""
    import numpy as np

    steps = """s = Mul(x, one) a = Transpose<perm = [0, 3, 1, 2]>(s) b = Transpose<perm = [0, 2, 3, 1]>(a)
        c = Transpose<perm = [0, 3, 1, 2]>(b) z = Add(zero, c) d = Conv(z, w) e = Relu(d) y = GlobalAveragePool(e)"""
    weights = np.random.default_rng(8).normal(size=(4, 3, 3, 3))
    return written(f"(float[n, 8, 8, 3] x) => (float[n, 4, 1, 1] y) {{{steps}}}", one=1, zero=0, w=weights)


def activations() -> dict[str, tuple[Path, Path]]:
    """Return graphs of a Conv and an activation by name: the file as written, and as the level extended saves it.

    In the last the Conv is read by a second node as well.
    """
    import numpy as np

    ends, weights = "(float[n, 2, 5, 5] x) => (float[n, 3, 3, 3] y", np.random.default_rng(9).normal(size=(3, 2, 3, 3))
    texts = {f"Conv → {kind}": f"{ends}) {{c = Conv(x, w) y = {kind}(c)}}" for kind in ACTIVATIONS}
    again = f"{ends}, float[n, 3, 3, 3] z) {{c = Conv(x, w) y = Relu(c) z = Abs(c)}}"
    files = {name: written(text, w=weights) for name, text in (texts | {"Conv → Relu, Conv → Abs": again}).items()}
    return {name: (path, saved(path, "extended")) for name, path in files.items()}
