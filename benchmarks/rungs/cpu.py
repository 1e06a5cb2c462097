"""Rungs on the CPU, one thread each: PyTorch three ways, ONNX Runtime at each level, shorter numbers."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from course_utils import export, quantization, runtime
from course_utils.data import Digits
from course_utils.quiet import quiet
from course_utils.training import trained
from rungs import NotMeasured, Rung
from rungs.folding import folded
from rungs.rivals import of_rivals

if TYPE_CHECKING:
    import onnxruntime as ort

FIRST = "PyTorch, eager"
EXPORTED = "ONNX Runtime, {}"  # by optimization level
STATIC = {"cpu_int8": "int8 static, U8S8", "cpu_int8_without_vnni": "int8 static, U8S8 with 7-bit weights"}
BEST = STATIC[quantization.for_this_cpu().name]  # nothing saturates with it on this processor
GEMM_ONLY = "int8 dynamic, Gemm only"
BOUND = f"{BEST}, IO binding"
FOLDED = f"{BEST}, shortcuts folded, IO binding"
LEVELS = {"disabled": "no optimization", "basic": "basic", "extended": "extended", "all": "all"}


def on_cpu(name: str, digits: Digits, folder: Path) -> Iterator[Rung | NotMeasured]:
    """Yield the rungs of a trained model, the eager one first; files go to ``folder``."""
    yield from in_pytorch(name)
    exported = export.to_onnx(trained(name), torch.from_numpy(digits.train_images[:2]), folder / "fp32.onnx")
    for level, words in LEVELS.items():
        yield in_onnx_runtime(EXPORTED.format(words), "04" if level == "disabled" else "05", exported, level)
    yield in_onnx_runtime("fp16", "06", quantization.to_float16(exported, folder / "fp16.onnx"))
    for words, path in quantized(exported, digits, folder):
        numbers = "float32" if words == GEMM_ONLY else "int8"  # what most of its products are computed in
        yield in_onnx_runtime(words, "06", path, numbers=numbers)
    yield bound(BOUND, "04, 06", int8_file(folder))
    fewer = in_fewer_operators(exported, digits, folder)
    yield bound(FOLDED, "04 to 06", fewer)
    yield from of_rivals(name, digits, exported, {"int8": int8_file(folder), "int8, shortcuts folded": fewer})


def int8_file(folder: Path) -> Path:
    """Return the file of the preset that fits this processor, once ``quantized`` has made it."""
    return folder / f"{quantization.for_this_cpu().name}.onnx"


def in_pytorch(name: str) -> Iterator[Rung | NotMeasured]:
    """Eager, in the layout that convolutions prefer, and compiled."""
    model = trained(name).eval()
    yield pytorch(FIRST, "01", model)
    yield pytorch("PyTorch, channels last", "05", trained(name).eval(), torch.channels_last)
    try:
        with quiet():
            compiled = torch.compile(trained(name).eval(), dynamic=False)
            with torch.inference_mode():
                compiled(torch.zeros(1, 1, 28, 28))
    except Exception as error:  # no compiler on this machine, or one that Inductor does not take
        yield NotMeasured("PyTorch, torch.compile", f"{type(error).__name__}: {str(error).splitlines()[0]}")
    else:
        yield pytorch("PyTorch, torch.compile", "04", compiled)


def pytorch(
    name: str, taught: str, model: torch.nn.Module, layout: torch.memory_format = torch.contiguous_format
) -> Rung:
    """A module, with weights and images in ``layout``. One that compiles does so for each batch before the clock."""
    model = model.to(memory_format=layout)
    saved = io.BytesIO()
    torch.save(model.state_dict(), saved)

    def call(images: np.ndarray) -> Callable[[], torch.Tensor]:
        batch = torch.from_numpy(images).contiguous(memory_format=layout)

        def run() -> torch.Tensor:
            with torch.inference_mode():
                return model(batch)

        with quiet():
            run()
        return run

    return Rung(name, taught, saved.tell(), lambda images: call(images)().numpy(), call)


def quantized(exported: Path, digits: Digits, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and file: weights alone, all operators dynamically, and static with and without the right types."""
    import onnx
    from onnxruntime.quantization import quantize_dynamic, quantize_static

    model = onnx.load(exported)
    del model.graph.value_info[:]  # the exporter's shapes, which quantize_dynamic would trip over
    gemm = quantization.for_this_cpu(calibrated=False)
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore", quantization.QuantizationWarning)  # the table shows what it warns of
        quantize_dynamic(model, folder / "dynamic_all.onnx")
        quantize_static(exported, folder / "s8s8.onnx", reader(exported, digits))
        quantization.quantize(exported, folder / "dynamic_gemm.onnx", gemm)
        for preset in STATIC:
            quantization.quantize(exported, folder / f"{preset}.onnx", preset, reader(exported, digits))
    yield "int8 dynamic, every operator", folder / "dynamic_all.onnx"
    yield GEMM_ONLY, folder / "dynamic_gemm.onnx"
    yield "int8 static, default S8S8", folder / "s8s8.onnx"
    yield from ((words, folder / f"{preset}.onnx") for preset, words in STATIC.items())


def reader(path: Path, digits: Digits) -> quantization.Reader:
    """Return what calibrates a file."""
    return quantization.Reader(digits.train_images[:512], path, batch_size=64)


def in_fewer_operators(exported: Path, digits: Digits, folder: Path) -> Path:
    """Write the same function in fewer operators (see folding.py) in int8; its scores are no bytes before they end."""
    preset = quantization.for_this_cpu()
    preset = replace(preset, options={**preset.options, "OpTypesToExcludeOutputQuantization": ["Gemm"]})
    path = folded(exported, folder / "folded.onnx")
    return quantization.quantize(path, folder / "folded_int8.onnx", preset, reader(path, digits))


def in_onnx_runtime(name: str, taught: str, path: Path, level: str = "all", numbers: str = "float32") -> Rung:
    """A file in a session; images come from NumPy, as in a service."""
    session = runtime.session(path, optimize=level)
    (wanted,) = session.get_inputs()

    def call(images: np.ndarray) -> Callable[[], list[np.ndarray]]:
        feed = {wanted.name: images}
        return lambda: session.run(None, feed)

    return Rung(name, taught, path.stat().st_size, lambda images: call(images)()[0], call, numbers)


def bound(name: str, taught: str, path: Path) -> Rung:
    """The same, with images and scores in memory that is bound once and used by every call."""
    session = runtime.session(path)
    (wanted,), (given,) = session.get_inputs(), session.get_outputs()

    def bind(images: np.ndarray) -> ort.IOBinding:
        binding = session.io_binding()
        binding.bind_cpu_input(wanted.name, images)
        binding.bind_output(given.name)
        return binding

    def call(images: np.ndarray) -> Callable[[], None]:
        binding = bind(images)
        return lambda: session.run_with_iobinding(binding)

    def scores(images: np.ndarray) -> np.ndarray:
        binding = bind(images)
        session.run_with_iobinding(binding)
        return binding.copy_outputs_to_cpu()[0]

    return Rung(name, taught, path.stat().st_size, scores, call, numbers="int8")
