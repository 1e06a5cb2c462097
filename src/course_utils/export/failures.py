"""Why an exporter gave up, in a sentence."""

from __future__ import annotations

import linecache
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

from course_utils.errors import CourseError

PLACE = re.compile(r'File "(?P<file>[^"\n]+)", line (?P<line>\d+), in [^\n]+\n\s+(?P<code>[^\n]+)')
OPERATOR = re.compile(r"OpOverload\(op='aten\.(\w+)'|operator 'aten::(\w+)'")
ON_VALUES = re.compile(r"data-dependent|Dynamic control flow|data dependent", re.IGNORECASE)
ON_BATCH = re.compile(r"Constraints violated|ConstraintViolation|marked .* as dynamic|specialized", re.IGNORECASE)


def explained(error: Exception, path: Path) -> CourseError:
    """Return what an exporter's ``error`` means for the person who wrote the module."""
    causes = [error]
    while len(causes) < 20 and (below := causes[-1].__cause__ or causes[-1].__context__):
        causes.append(below)
    text = "\n".join(str(cause) for cause in causes)
    if ON_VALUES.search(text):
        return CourseError(
            f"{path}: the exporter cannot follow a decision that Python takes on the values of a tensor"
            f"{_place(text)}; compute both sides and choose with torch.where, or write the branch with torch.cond."
        )
    if operator := OPERATOR.search(text):
        name = operator.group(1) or operator.group(2)
        return CourseError(f"{path}: ONNX has no form for the operator {name}; compute it from others, or outside.")
    if ON_BATCH.search(text):
        return CourseError(
            f"{path}: the batch size cannot vary, because forward() fixes it{_place(text)};"
            " take it from x.shape[0] and decide nothing on it."
        )
    line = next((line.strip() for line in str(causes[-1]).splitlines() if line.strip()), "no reason given")
    return CourseError(f"{path}: the exporter failed ({type(causes[-1]).__name__}: {line.rstrip('.')[:200]}).")


def frozen(warned: Sequence[warnings.WarningMessage]) -> str:
    """Return where tracing turned a tensor into a Python value, a frozen decision maybe; empty if nowhere."""
    import torch

    for warning in warned:
        if issubclass(warning.category, torch.jit.TracerWarning):
            code = linecache.getline(warning.filename, warning.lineno).strip()
            return f"line {warning.lineno}" + (f" (`{code}`)" if code else "")
    return ""


def _place(text: str) -> str:
    """The last place named that is not in a library; the exporters print the person's own frames."""
    places = [found for found in PLACE.finditer(text) if "site-packages" not in found["file"]]
    return f" (line {places[-1]['line']}: `{places[-1]['code'].strip()}`)" if places else ""
