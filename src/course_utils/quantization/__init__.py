"""ONNX models with 8-bit or 16-bit numbers: calibrated, written whole, and told what became of every layer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import graphs, runtime
from course_utils.errors import CourseError
from course_utils.files import replacing
from course_utils.quantization import feeds
from course_utils.quantization.presets import PRESETS, Preset
from course_utils.quantization.reader import Reader
from course_utils.quantization.reporting import Report, report
from course_utils.quiet import quiet
from course_utils.withheld import answer_to

if TYPE_CHECKING:
    from onnx import ModelProto

__all__ = ["PRESETS", "Preset", "Reader", "Report", "quantize", "report", "to_float16"]

LARGEST_HALF = 65504.0  # the largest finite float16


def quantize(path: str | os.PathLike, out: str | os.PathLike, preset: str, reader: Any = None) -> Path:
    """Write the float model at ``path`` with 8-bit integers to ``out``.

    Args:
        preset: a key of ``PRESETS``; each says what it is for, and why it is set as it is.
        reader: for a preset that is calibrated, a ``Reader`` or any other ``CalibrationDataReader``; it is read from
            its beginning if it can ``rewind``, else from where it stands.

    Returns:
        ``out``.

    Raises:
        CourseError: no such preset or file, a model that is quantized already, a reader that is missing, has nothing
            to read or does not fit the model. Whatever was at ``out`` is still there.

    Source: B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
    Inference", CVPR 2018; the settings: ONNX Runtime's documentation, "Quantize ONNX Models".
    """
    if preset not in PRESETS:
        raise CourseError(f"preset {preset!r}: no preset of that name; there are: {', '.join(PRESETS)}.")
    chosen = PRESETS[preset]

    @answer_to(chosen.exercise)
    def quantize() -> Path:
        return _quantize(Path(path), Path(out), chosen, reader)

    return quantize()


@answer_to("6.8")
def to_float16(path: str | os.PathLike, out: str | os.PathLike) -> Path:
    """Write the float model at ``path`` with 16-bit floats inside to ``out``; inputs and outputs keep their types.

    Returns:
        ``out``.

    Raises:
        CourseError: no such file, a model that is quantized already, or weights that float16 cannot hold. Whatever
            was at ``out`` is still there.
    """
    model = _float_model(Path(path))
    _must_fit_half(model, Path(path))
    with _written(Path(path), Path(out)) as half:
        import onnx
        from onnxruntime.transformers.float16 import convert_float_to_float16

        onnx.save(convert_float_to_float16(model, keep_io_types=True), half)
    return Path(out)


def _quantize(path: Path, out: Path, preset: Preset, reader: Any) -> Path:
    model = _float_model(path)
    if preset.calibrated:
        checked = feeds.Checked(reader, feeds.wanted_by(model), f"{path}, preset {preset.name}")
    with _written(path, out) as half:
        from onnxruntime import quantization as ort

        if preset.calibrated:
            ort.quantize_static(model, half, checked, **preset.settings())
        else:
            ort.quantize_dynamic(model, half, **preset.settings())
    return out


@contextmanager
def _written(path: Path, out: Path) -> Iterator[Path]:
    """Yield a file to write to in silence; it takes the place of ``out`` once a session opens on it."""
    with replacing(out, suffix=".onnx") as half:
        try:
            with quiet():
                yield half
        except CourseError:
            raise
        except Exception as error:
            told = next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")[:200]
            raise CourseError(
                f"{path}: ONNX Runtime cannot convert it ({told}); open it with course_utils.graphs.open_in_netron."
            ) from error
        runtime.session(half)


def _float_model(path: Path) -> ModelProto:
    import onnx

    model = graphs.load(path)
    found = graphs.operators.__wrapped__(model)
    done = [name for name in found if "Quantize" in name or name.startswith(("QLinear", "QGemm"))]
    if done:
        raise CourseError(f"{path}: it is quantized already ({done[0]} in it); start from the float model.")
    runtime.session(path)  # tells what is wrong with it: weights that are missing, an unknown operator
    model = onnx.load(path)
    # The exporter notes shapes that quantize_dynamic, which transposes weights, would trip over.
    del model.graph.value_info[:]
    return model


def _must_fit_half(model: ModelProto, path: Path) -> None:
    import numpy as np
    from onnx import TensorProto, numpy_helper

    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            largest = float(np.abs(numpy_helper.to_array(tensor)).max(initial=0))
            if largest > LARGEST_HALF:
                raise CourseError(
                    f"{path}: {tensor.name} holds {largest:g}, and float16 ends at {LARGEST_HALF:g}; keep float32, or "
                    "scale the weights."
                )
