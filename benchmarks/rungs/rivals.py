"""Rungs of other runtimes on the CPU, one thread each: OpenVINO and ExecuTorch, in float and with 8 bits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

from course_utils.data import Digits
from course_utils.quiet import quiet
from course_utils.training import trained
from rungs import NotMeasured, Rung

OPENVINO, EXECUTORCH = "OpenVINO, {}", "ExecuTorch with XNNPACK, {}"
FLOAT, INT8 = "float32", "int8"
LARGEST = 450  # images in a call


def of_rivals(name: str, digits: Digits, float_file: Path, int8_file: Path) -> Iterator[Rung | NotMeasured]:
    """Yield the rivals' rungs: OpenVINO reads our files, ExecuTorch makes its own from the module."""
    for package, words, rungs in (
        ("openvino", OPENVINO, lambda: in_openvino(float_file, int8_file)),
        ("executorch", EXECUTORCH, lambda: in_executorch(name, digits, int8_file.parent)),
    ):
        if find_spec(package) is None:
            yield from (NotMeasured(words.format(kind), f"{package} is not installed") for kind in (FLOAT, INT8))
            continue
        with quiet():
            made = list(rungs())
        yield from made


def in_openvino(float_file: Path, int8_file: Path) -> Iterator[Rung]:
    """Compile both files for one thread; where bfloat16 would be taken for float32, float32 is asked for.

    Source: OpenVINO's documentation, "CPU Device", on hints and threads.
    """
    import openvino

    asked = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": "1", "INFERENCE_PRECISION_HINT": "f32"}
    for kind, path in ((FLOAT, float_file), (INT8, int8_file)):
        compiled = openvino.Core().compile_model(path, "CPU", asked)
        if compiled.get_property("INFERENCE_NUM_THREADS") != 1:
            raise RuntimeError("OpenVINO did not keep to one thread")
        yield _rung(OPENVINO.format(kind), path.stat().st_size, kind, _openvino_call(compiled))


def _openvino_call(compiled: object) -> Callable[[np.ndarray], Callable[[], np.ndarray]]:
    def call(images: np.ndarray) -> Callable[[], np.ndarray]:
        import openvino

        request = compiled.create_infer_request()
        request.set_input_tensor(openvino.Tensor(images, shared_memory=True))

        def run() -> np.ndarray:
            request.infer()
            return request.get_output_tensor().data

        return run

    return call


def in_executorch(name: str, digits: Digits, folder: Path) -> Iterator[Rung]:
    """Lower the module, and the module quantized per channel by PyTorch's own way, to XNNPACK.

    Source: ExecuTorch's documentation, "XNNPACK Backend".
    """
    from executorch.extension.pybindings import portable_lib as runtime

    logging.getLogger("torch").setLevel(logging.ERROR)
    runtime._unsafe_reset_threadpool(1)
    if runtime._threadpool_get_thread_count() != 1:
        raise RuntimeError("ExecuTorch did not keep to one thread")
    model = trained(name).eval()
    for kind, module in ((FLOAT, model), (INT8, _quantized(model, digits))):
        path = folder / f"{kind}.pte"
        path.write_bytes(_lowered(module, digits))
        loaded = runtime._load_for_executorch(str(path))
        yield _rung(EXECUTORCH.format(kind), path.stat().st_size, kind, _executorch_call(loaded))


def _executorch_call(loaded: object) -> Callable[[np.ndarray], Callable[[], np.ndarray]]:
    def call(images: np.ndarray) -> Callable[[], np.ndarray]:
        batch = torch.from_numpy(images)
        return lambda: loaded.forward((batch,))[0].numpy()

    return call


def _exported(module: torch.nn.Module, digits: Digits) -> torch.export.ExportedProgram:
    example = torch.from_numpy(digits.train_images[:2])
    sizes = ({0: torch.export.Dim("batch", min=1, max=LARGEST)},)
    return torch.export.export(module, (example,), dynamic_shapes=sizes)


def _lowered(module: torch.nn.Module, digits: Digits) -> bytes:
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    lowered = to_edge_transform_and_lower(_exported(module, digits), partitioner=[XnnpackPartitioner()])
    return lowered.to_executorch().buffer


def _quantized(module: torch.nn.Module, digits: Digits) -> torch.nn.Module:
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True))
    observed = prepare_pt2e(_exported(module, digits).module(), quantizer)
    for start in range(0, 512, 64):
        observed(torch.from_numpy(digits.train_images[start : start + 64]))
    return convert_pt2e(observed)


def _rung(name: str, size: int, kind: str, call: Callable[[np.ndarray], Callable[[], np.ndarray]]) -> Rung:
    return Rung(name, "14", size, lambda images: call(images)().copy(), call, numbers=kind)
