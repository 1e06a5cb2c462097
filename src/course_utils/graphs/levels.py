"""What ONNX Runtime makes of a graph, saved to disk: its offline optimization, at each of its four levels."""

from __future__ import annotations

import os
from pathlib import Path

from course_utils import runtime
from course_utils.errors import CourseError
from course_utils.files import replacing
from course_utils.withheld import answer_to


@answer_to("5.2")
def save_optimized(path: str | os.PathLike, out: str | os.PathLike, level: str = "all") -> Path:
    """Write the graph that ONNX Runtime runs in place of the one in ``path``, weights inside; return ``out``.

    From "extended" on it holds operators of ONNX Runtime's own, from "all" on a memory layout for the processor it
    was made on: such a file is for this machine and this version. No file is left where it fails.

    Args:
        level: a key of ``runtime.LEVELS``: "disabled", "basic", "extended" or "all".

    Source: ONNX Runtime's documentation, "Graph Optimizations in ONNX Runtime", offline mode.

    Raises:
        CourseError: no such level or file, no ONNX in it, its weights are missing, or ``out`` cannot be written.
    """
    return _save(Path(path), Path(out), level)


@answer_to("5.2")
def save_levels(path: str | os.PathLike, folder: str | os.PathLike) -> dict[str, Path]:
    """Write what ``save_optimized`` writes at each level to ``folder``, as ``NAME_LEVEL.onnx``.

    Returns:
        The file of each level, from "disabled" to "all".

    Raises:
        CourseError: as for ``save_optimized``.
    """
    path = Path(path)
    return {level: _save(path, Path(folder) / f"{path.stem}_{level}.onnx", level) for level in runtime.LEVELS}


def _save(path: Path, out: Path, level: str) -> Path:
    if level not in runtime.LEVELS:
        raise CourseError(f"level {level!r}: no such level; there are: {', '.join(runtime.LEVELS)}.")
    runtime.session(path, optimize=level)  # says what is wrong with the model itself
    import onnxruntime as ort

    options = runtime.session_options(optimize=level)
    try:
        with replacing(out, suffix=".onnx") as half:
            options.optimized_model_filepath = str(half)
            ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
            if not half.stat().st_size:
                raise CourseError(f"{out}: ONNX Runtime wrote nothing; is the disk full?")
    except OSError as error:
        reason = error.strerror or error
        raise CourseError(f"{out}: cannot be written ({reason}); choose a file in a folder of yours.") from error
    return out
