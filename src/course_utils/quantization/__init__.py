"""ONNX models with 8-bit or 16-bit numbers: calibrated, compared with their origin, told what became of each layer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from course_utils import runtime
from course_utils.errors import CourseError
from course_utils.files import replacing
from course_utils.quantization import feeds, preparing, telling
from course_utils.quantization.choosing import for_this_cpu, ill_suited
from course_utils.quantization.comparing import Difference, moved
from course_utils.quantization.presets import PRESETS, Preset
from course_utils.quantization.reader import Reader
from course_utils.quantization.reporting import Report, report
from course_utils.quantization.sampling import NothingDrawn
from course_utils.quantization.telling import QuantizationWarning
from course_utils.quiet import quiet
from course_utils.withheld import answer_to

__all__ = [
    "PRESETS",
    "Difference",
    "Preset",
    "QuantizationWarning",
    "Reader",
    "Report",
    "for_this_cpu",
    "moved",
    "quantize",
    "report",
    "to_float16",
]


def quantize(path: str | os.PathLike, out: str | os.PathLike, preset: str | Preset, reader: Any = None) -> Path:
    """Write the float model at ``path`` with 8-bit integers to ``out``.

    What was written is run and compared with ``path`` before it takes its place (``moved``): on the reader's first
    batch, or on inputs drawn for it where there is no reader. Arithmetic on shapes stays as it is.

    Args:
        preset: a key of ``PRESETS``, each says what it is for, and why it is set as it is; or a preset, such as
            ``for_this_cpu()``.
        reader: for a preset that is calibrated, a ``Reader`` or any other ``CalibrationDataReader``; it is read from
            its beginning if it can ``rewind``, else from where it stands.

    Returns:
        ``out``.

    Raises:
        CourseError: no such preset or file, a model that is quantized already, or in which the preset finds nothing
            to quantize, a reader that is missing, has nothing to read or does not fit the model, or a result that
            does not run. Whatever was at ``out`` is still there.

    Warns:
        QuantizationWarning: a preset whose sums saturate on this processor, or outputs that moved much.

    Source: B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
    Inference", CVPR 2018; the settings: ONNX Runtime's documentation, "Quantize ONNX Models".
    """
    if not isinstance(preset, Preset):
        if preset not in PRESETS:
            raise CourseError(f"preset {preset!r}: no preset of that name; there are: {', '.join(PRESETS)}.")
        preset = PRESETS[preset]

    @answer_to(preset.exercise)
    def quantize() -> Path:
        return _quantize(Path(path), Path(out), preset, reader)

    return quantize()


@answer_to("6.8")
def to_float16(path: str | os.PathLike, out: str | os.PathLike, reader: Any = None) -> Path:
    """Write the float model at ``path`` with 16-bit floats inside to ``out``; inputs and outputs keep their types.

    It is compared with ``path`` as ``quantize`` does.

    Args:
        reader: gives the examples to compare on; without it, inputs are drawn.

    Returns:
        ``out``.

    Raises:
        CourseError: no such file, a model that is quantized already, weights that float16 cannot hold, or a result
            that does not run. Whatever was at ``out`` is still there.

    Warns:
        QuantizationWarning: outputs that moved much.
    """
    path, out = Path(path), Path(out)
    model = preparing.float_model(path)
    preparing.must_fit_half(model, path)
    examples = None if reader is None else feeds.Checked(reader, feeds.wanted_by(model), f"{path}, float16")
    with _compared(path, out, examples) as half:
        import onnx
        from onnxruntime.transformers.float16 import convert_float_to_float16

        onnx.save(convert_float_to_float16(model, keep_io_types=True), half)
    return out


def _quantize(path: Path, out: Path, preset: Preset, reader: Any) -> Path:
    model = preparing.float_model(path, preset.opset)
    examples = None
    if preset.calibrated or reader is not None:
        examples = feeds.Checked(reader, feeds.wanted_by(model), f"{path}, preset {preset.name}")
    telling.warn(ill_suited(preset))
    settings = preset.settings() | {"nodes_to_exclude": preparing.shape_arithmetic(model.graph)}
    with _compared(path, out, examples, preset) as half:
        from onnxruntime import quantization as ort

        if preset.calibrated:
            ort.quantize_static(model, half, examples, **settings)
        else:
            ort.quantize_dynamic(model, half, **settings)
    return out


@contextmanager
def _compared(path: Path, out: Path, examples: feeds.Checked | None, preset: Preset | None = None) -> Iterator[Path]:
    """Yield a file to write to in silence; it takes the place of ``out`` once it has run beside ``path``."""
    with replacing(out, suffix=".onnx") as half:
        sample = examples.first if examples else None
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
        if preset:
            telling.refuse_what_stayed_float(path, half, preset)
        told = ""
        try:
            difference = moved(path, half, sample, device=preset.device if preset else "CPU")
            if difference.much:
                told = telling.that_it_moved(out, difference, preset, drawn=sample is None)
        except NothingDrawn as error:  # no fault of the conversion
            runtime.session(half)
            told = f"{out}: it is not compared with its origin. {error}"
    telling.warn(told)
