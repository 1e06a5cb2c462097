"""What the lesson works with: a folder, models of one line, and the network that is timed."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnxruntime as ort
    import torch

CPU = "CPUExecutionProvider"
FATAL = 4  # of ONNX Runtime's log
BATCHES = (1, 2, 4, 8, 16, 32, 64)


def begin() -> Path:
    """Make the lesson's working folder and return it.

    From here on ONNX Runtime says nothing of providers that it replaces: exercise 4.1 says it better, and what a
    test cell writes to stderr costs its points.
    """
    quieten()
    folder = Path("work04")
    folder.mkdir(exist_ok=True)
    return folder


def quieten() -> None:
    """Turn off what ONNX Runtime says, from Python and from C++, but for what ends it."""
    import onnxruntime as ort

    warnings.filterwarnings("ignore", module="onnxruntime")
    ort.set_default_logger_severity(FATAL)


def missing_providers() -> list[str]:
    """Return the execution providers that this package was built without, CUDA's first, where it is one of them."""
    import onnxruntime as ort

    missing = [name for name in ort.get_all_providers() if name not in ort.get_available_providers()]
    return sorted(missing, key=lambda name: name != "CUDAExecutionProvider")


def linear_model(
    path: Path, w: Sequence | np.ndarray, b: Sequence | np.ndarray, names: tuple[str, str] = ("x", "y")
) -> Path:
    """Write y = x @ w + b as an ONNX file in float32, and return its path.

    Args:
        w, b: (d_in, d_out) and (d_out,); x is (n, d_in).
        names: of the input and the output.
    """
    import onnx

    w, b = np.float32(w), np.float32(b)
    x, y = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", size])
        for name, size in zip(names, w.shape, strict=True)
    )
    weights = [onnx.numpy_helper.from_array(value, name) for name, value in (("w", w), ("b", b))]
    node = onnx.helper.make_node("Gemm", [names[0], "w", "b"], [names[1]])
    graph = onnx.helper.make_graph([node], "linear", [x], [y], weights)
    opset = onnx.helper.make_opsetid("", 20)
    onnx.save(onnx.helper.make_model(graph, opset_imports=[opset], ir_version=10), path)
    return path


def opened(path: str | os.PathLike, threads: int = 1) -> ort.InferenceSession:
    """Return a session on the CPU with so many threads."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return ort.InferenceSession(path, options, providers=[CPU])


@dataclass(frozen=True)
class Network:
    """One network in both runtimes, a thread each.

    Attributes:
        module: in PyTorch, in eval mode.
        path: its ONNX file.
        session: that file, opened.
        images: by their number n, (n, 1, 28, 28) float32 tensors of random pixels.
    """

    module: torch.nn.Module
    path: Path
    session: ort.InferenceSession
    images: Mapping[int, torch.Tensor]

    def eager(self, x: torch.Tensor) -> torch.Tensor:
        """Return the scores of images by PyTorch, operator by operator, without gradients."""
        import torch

        with torch.inference_mode():
            return self.module(x)

    def runtime(self, x: torch.Tensor) -> np.ndarray:
        """Return the scores of images by ONNX Runtime."""
        return self.session.run(None, {"input": x.numpy()})[0]

    def __repr__(self) -> str:
        scores = {n: (self.eager(x).numpy(), self.runtime(x)) for n, x in self.images.items()}
        gap = max(np.abs(mine - theirs).max() for mine, theirs in scores.values())
        largest = max(np.abs(mine).max() for mine, _ in scores.values())
        size = f"{self.path.name}, {self.path.stat().st_size / 1e3:.0f} kB"
        return f"{size}: scores up to {largest:.2f}, at most {gap:.1e} away from PyTorch's"


def digit_net(folder: Path) -> Network:
    """Return the course's small MobileNet, untrained: how fast it is does not depend on how right it is.

    PyTorch gets one thread from here on, as ONNX Runtime has.

    Args:
        folder: where ``net.onnx`` is written.
    """
    import torch

    from course_utils.export import to_onnx_torchscript
    from course_utils.models import DigitMobileNet
    from course_utils.seeds import seeded

    torch.set_num_threads(1)
    seeded(4)
    images = {n: torch.rand(n, 1, 28, 28) for n in BATCHES}
    module = DigitMobileNet(8)
    for layer in module.modules():
        layer.momentum = 1.0  # of the normalizations: take the statistics of the latest batch
    with torch.no_grad():
        module.train()(images[64])
    path = to_onnx_torchscript(module.eval(), images[1], folder / "net.onnx")
    quieten()  # the export has set the log to its own level
    return Network(module, path, opened(path), images)
