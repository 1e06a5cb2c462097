"""What a person is told of a conversion that went through, and yet may not be what they meant."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils import graphs
from course_utils.errors import CourseError
from course_utils.graphs import constants
from course_utils.quantization.choosing import for_this_cpu, ill_suited
from course_utils.quantization.comparing import Difference
from course_utils.quantization.presets import Preset
from course_utils.quantization.reporting import INTEGER

if TYPE_CHECKING:
    from onnx import ModelProto

PACKAGE = __name__.partition(".")[0]


class QuantizationWarning(UserWarning):
    """A conversion that is not refused, and whose outputs may be far off, here or everywhere."""


def warn(sentence: str) -> None:
    """Warn, at the line outside the package that asked for it; nothing where there is nothing to say."""
    if sentence:
        frame, level = sys._getframe(1), 2
        while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in (PACKAGE, "contextlib"):
            frame, level = frame.f_back, level + 1
        warnings.warn(sentence, QuantizationWarning, stacklevel=level)


def that_it_moved(out: Path, difference: Difference, preset: Preset | None, *, drawn: bool) -> str:
    """Say how far outputs moved and what to do; without a preset, float16 moved them."""
    sample = "inputs drawn for it" if drawn else "the reader's first batch"
    if preset is None:
        do = "float16 holds 6e-8 to 65504 in magnitude, so scale what is outside, or keep float32"
    elif ill_suited(preset):
        do = f"sums saturate on this processor: preset {for_this_cpu(calibrated=preset.calibrated).name} fits it"
    else:
        do = "calibrate with more of the data it will meet, leave what loses most in float, or keep the float model"
    return f"{out}: on {sample}, {difference}; {do}."


def refuse_what_stayed_float(path: Path, made: Path, preset: Preset) -> None:
    """Raise a CourseError where no layer of what was made computes with integers."""
    model = graphs.load(made)
    if _has_integer_layers(model):
        return
    operators = {node.op_type for node in graphs.nodes(model.graph)}
    if preset.operators and not operators.intersection(preset.operators):
        raise CourseError(
            f"{path}: preset {preset.name} quantizes {' and '.join(preset.operators)} alone, and there is none in it; "
            f"take {for_this_cpu().name}, with a reader."
        )
    why = "the model has no weights, or computes them while it runs"
    if preset.calibrated:
        why = "the model has no weights, or has them in the body of a branch or a loop, where nothing is calibrated"
    raise CourseError(
        f"{path}: preset {preset.name} would leave every layer in float: {why}; "
        f"{f'try {for_this_cpu(calibrated=False).name}, or ' if preset.calibrated else ''}keep the float model."
    )


def _has_integer_layers(model: ModelProto) -> bool:
    """Whether a node computes with integers, or reads weights that are kept in bytes."""
    names = {name for name, _ in constants.of(model)}
    nodes = list(graphs.nodes(model.graph))
    stored = {node.output[0] for node in nodes if node.op_type == "DequantizeLinear" and node.input[0] in names}
    return any(INTEGER.search(node.op_type) or stored.intersection(node.input) for node in nodes)
