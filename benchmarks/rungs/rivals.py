"""Rungs of other runtimes on the CPU, one thread each: OpenVINO and ExecuTorch, in float and with 8 bits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch

from course_utils.data import Digits
from course_utils.quiet import quiet
from course_utils.training import trained
from rungs import NotMeasured, Rung

OPENVINO, EXECUTORCH = "OpenVINO, {}", "ExecuTorch with XNNPACK, {}"
FLOAT, INT8 = "float32", "int8"


def of_rivals(name: str, digits: Digits, float_file: Path, int8_files: dict[str, Path]) -> Iterator[Rung | NotMeasured]:
    """Yield the rivals' rungs: OpenVINO reads our files, ExecuTorch makes its own from the module.

    Args:
        int8_files: by what to call them.
    """
    files = {FLOAT: float_file, **int8_files}
    for package, words, kinds, rungs in (
        ("openvino", OPENVINO, files, lambda: in_openvino(files)),
        ("executorch", EXECUTORCH, (FLOAT, INT8), lambda: in_executorch(name, digits, float_file.parent)),
    ):
        if find_spec(package) is None:
            yield from (NotMeasured(words.format(kind), f"{package} is not installed") for kind in kinds)
            continue
        with quiet():
            made = list(rungs())
        yield from made


def in_openvino(files: dict[str, Path]) -> Iterator[Rung]:
    """Compile each file for one thread; where bfloat16 would be taken for float32, float32 is asked for.

    Source: OpenVINO's documentation, "CPU Device", on hints and threads.
    """
    import openvino

    asked = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": "1", "INFERENCE_PRECISION_HINT": "f32"}
    asked["ENABLE_CPU_PINNING"] = False  # it would pin the process that all rungs share
    for kind, path in files.items():
        compiled = openvino.Core().compile_model(path, "CPU", asked)
        if compiled.get_property("INFERENCE_NUM_THREADS") != 1:
            raise RuntimeError("OpenVINO did not keep to one thread")
        numbers = FLOAT if kind == FLOAT else INT8
        yield _rung(OPENVINO.format(kind), path.stat().st_size, numbers, _openvino_call(compiled))


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
        program = _programs(module, folder, kind)
        path, _ = program(1)
        yield _rung(EXECUTORCH.format(kind), path.stat().st_size, kind, _executorch_call(program))


def _executorch_call(program: Callable[[int], tuple[Path, Any]]) -> Callable[[np.ndarray], Callable[[], np.ndarray]]:
    def call(images: np.ndarray) -> Callable[[], np.ndarray]:
        _, loaded = program(len(images))
        batch = torch.from_numpy(images)
        return lambda: loaded.forward((batch,))[0].numpy()

    return call


def _programs(module: torch.nn.Module, folder: Path, kind: str) -> Callable[[int], tuple[Path, Any]]:
    """Return what lowers the module for so many images a call, once: its memory is planned beforehand."""
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower
    from executorch.extension.pybindings import portable_lib as runtime

    @cache
    def program(images: int) -> tuple[Path, Any]:
        path = folder / f"{kind}-{images}.pte"
        with quiet():
            exported = torch.export.export(module, (torch.zeros(images, 1, 28, 28),))
            lowered = to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()])
            path.write_bytes(lowered.to_executorch().buffer)
            return path, runtime._load_for_executorch(str(path))

    return program


def _quantized(module: torch.nn.Module, digits: Digits) -> torch.nn.Module:
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True))
    example, sizes = torch.from_numpy(digits.train_images[:2]), ({0: torch.export.Dim("batch")},)
    observed = prepare_pt2e(torch.export.export(module, (example,), dynamic_shapes=sizes).module(), quantizer)
    for start in range(0, 512, 64):
        observed(torch.from_numpy(digits.train_images[start : start + 64]))
    return convert_pt2e(observed)


def _rung(name: str, size: int, kind: str, call: Callable[[np.ndarray], Callable[[], np.ndarray]]) -> Rung:
    return Rung(name, "14", size, lambda images: call(images)().copy(), call, numbers=kind)
