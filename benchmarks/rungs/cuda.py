"""Rungs on a CUDA GPU. Each call ends when the scores are there: it is a latency, not a throughput of queued calls.

Images and scores are in host memory at both ends of a call, as in a service, except where a rung's name says "bound".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch

from course_utils import export, graphs, runtime, tensorrt
from course_utils.data import Digits
from course_utils.errors import CourseError
from course_utils.training import trained
from rungs import NotMeasured, Rung

EAGER, GRAPH = "PyTorch CUDA, eager", "PyTorch CUDA, CUDA graph"
ORT, ORT_BOUND, TENSORRT = "ONNX Runtime CUDA", "ONNX Runtime CUDA, bound", "TensorRT"


def on_cuda(name: str, digits: Digits, folder: Path) -> Iterator[Rung | NotMeasured]:
    """Yield the rungs of a trained model on the first GPU, or each with the reason why there is none."""
    if not torch.cuda.is_available():
        yield from (NotMeasured(rung, "no CUDA GPU here") for rung in (EAGER, GRAPH, ORT, ORT_BOUND, TENSORRT))
        return
    model = trained(name).eval().cuda()
    size = sum(value.numel() * value.element_size() for value in model.state_dict().values())
    for words, taught, prepare in ((EAGER, "04", eager), (GRAPH, "04", graph)):
        yield Rung(words, taught, size, partial(_scores, partial(prepare, model)), partial(prepare, model))
    exported = export.to_onnx(trained(name), torch.from_numpy(digits.train_images[:2]), folder / "cuda.onnx")
    for words, prepare in ((ORT, in_session), (ORT_BOUND, in_bound_session), (TENSORRT, in_engine)):
        try:
            call = prepare(exported)
        except CourseError as error:
            yield NotMeasured(words, str(error))
        else:
            taught = "07" if words == TENSORRT else "04"
            yield Rung(words, taught, exported.stat().st_size, partial(_scores, call), call)


def eager(model: torch.nn.Module, images: np.ndarray) -> Callable[[], np.ndarray]:
    """Copy, run, copy back; the copy back waits."""
    batch = torch.from_numpy(images)

    def run() -> np.ndarray:
        with torch.inference_mode():
            return model(batch.cuda()).cpu().numpy()

    return run


def graph(model: torch.nn.Module, images: np.ndarray) -> Callable[[], np.ndarray]:
    """All kernels of a call recorded once and started together: for fixed shapes and addresses.

    Source: PyTorch documentation, "CUDA semantics", CUDA Graphs: warm up on a side stream, then capture.
    """
    batch = torch.from_numpy(images)
    with torch.inference_mode():
        given = batch.cuda()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                model(given)
        torch.cuda.current_stream().wait_stream(side)
        recorded = torch.cuda.CUDAGraph()
        with torch.cuda.graph(recorded):
            scores = model(given)

    def run() -> np.ndarray:
        given.copy_(batch)
        recorded.replay()
        return scores.cpu().numpy()

    return run


def in_session(path: Path) -> Callable[[np.ndarray], Callable[[], np.ndarray]]:
    """ONNX Runtime copies both ways in each run."""
    session = runtime.session(path, "cuda")
    (wanted,) = session.get_inputs()
    return lambda images: lambda: session.run(None, {wanted.name: images})[0]


def in_bound_session(path: Path) -> Callable[[np.ndarray], Callable[[], np.ndarray]]:
    """Images and scores stay on the GPU; the scores are copied back once, after the clock."""
    import onnxruntime as ort

    session = runtime.session(path, "cuda")
    (wanted,), (given,) = session.get_inputs(), session.get_outputs()

    def call(images: np.ndarray) -> Callable[[], ort.IOBinding]:
        binding = session.io_binding()
        binding.bind_ortvalue_input(wanted.name, ort.OrtValue.ortvalue_from_numpy(images, "cuda", 0))
        binding.bind_output(given.name, "cuda")

        def run() -> ort.IOBinding:
            session.run_with_iobinding(binding)
            binding.synchronize_outputs()
            return binding

        return run

    return call


def in_engine(path: Path) -> Callable[[np.ndarray], Callable[[], np.ndarray]]:
    """An engine for one to 450 images, on pinned host memory; it copies both ways in each run."""
    (name,) = [given.name for given in graphs.load(path).graph.input]
    shapes = {name: [(batch, 1, 28, 28) for batch in (1, 8, 450)]}
    engine = tensorrt.load(tensorrt.build(path, shapes).engine)
    (scores,) = engine.outputs
    return lambda images: lambda: engine.run({name: images})[scores]


def _scores(call: Callable[[np.ndarray], Callable], images: np.ndarray) -> np.ndarray:
    """What a call gives, brought to the host."""
    found = call(images)()
    return found if isinstance(found, np.ndarray) else found.copy_outputs_to_cpu()[0]
