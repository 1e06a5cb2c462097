"""ONNX Runtime sessions whose execution provider is the one asked for."""

from __future__ import annotations

import ctypes
import functools
import io
import os
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.errors import CourseError

if TYPE_CHECKING:
    import onnxruntime as ort

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
_GPU = "pip uninstall onnxruntime, then pip install 'onnxruntime-gpu[cuda,cudnn]', on a machine with an NVIDIA driver"
INSTALL = {
    "cuda": _GPU,
    "tensorrt": f"{_GPU}, and pip install tensorrt",
    "coreml": "pip install onnxruntime on macOS",
    "directml": "pip uninstall onnxruntime, then pip install onnxruntime-directml, on Windows",
    "openvino": "pip uninstall onnxruntime, then pip install onnxruntime-openvino",
}
LEVELS = {
    "disabled": "ORT_DISABLE_ALL",
    "basic": "ORT_ENABLE_BASIC",
    "extended": "ORT_ENABLE_EXTENDED",
    "all": "ORT_ENABLE_ALL",
}
ORIGIN = re.compile(
    r"^\[ONNXRuntimeError\] : \d+ : \w+ : |Load model from .*? failed:|\S*onnxruntime_src\S+:\d+ .*?\) (?=[A-Z])"
)
ERROR, FATAL = 3, 4  # of ORT's log; whatever is an error there is an exception here too


def session(
    path_or_bytes: str | os.PathLike | bytes, provider: str = "cpu", *, threads: int = 1, optimize: str = "all"
) -> ort.InferenceSession:
    """Open a model on ``provider``, and on nothing else by stealth.

    ONNX Runtime itself falls back to the CPU with a line of log where a provider's libraries are missing. Single
    operators that the provider lacks still run on the CPU.

    Args:
        path_or_bytes: an ONNX file, or its content.
        provider: a key of ``PROVIDERS``, or ONNX Runtime's own name for it.
        threads: threads within an operator; 0 leaves it to ONNX Runtime.
        optimize: graph optimizations: a key of ``LEVELS``.

    Raises:
        CourseError: no such provider, level or file; no ONNX in it; its weights are missing; the provider does not
            work here (then with what is missing and how to install it).
    """
    runtime = _runtime()
    label = "model (bytes)" if isinstance(path_or_bytes, bytes) else str(path_or_bytes)
    if not isinstance(path_or_bytes, bytes):
        path_or_bytes = Path(path_or_bytes)
        if not path_or_bytes.is_file():
            raise CourseError(f"{label}: no such file; look at the path, and at what was to write it.")
    name, options = _full_name(provider), session_options(threads, optimize)
    if name not in runtime.get_available_providers():
        raise _unavailable(name, "this build of ONNX Runtime comes without it")
    try:
        opened = _open(runtime, path_or_bytes, name, options)
    except Exception as error:
        if name == PROVIDERS["cpu"]:
            raise CourseError(f"{label}: {_reason(str(error))}") from error
        session(path_or_bytes)  # a fault of the model itself is told first
        raise _unavailable(name, _missing_library(runtime, name) or plain(str(error))) from error
    if opened.get_providers()[0] != name:
        raise _unavailable(name, _missing_library(runtime, name) or "it finds no device that it can use")
    return opened


@functools.cache
def providers() -> tuple[str, ...]:
    """Return the keys of ``PROVIDERS`` that a session can really be opened on, here and now, fastest first.

    ``onnxruntime.get_available_providers()`` tells what the package was built for.
    """
    from onnx import TensorProto, helper

    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "probe", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    short = {name: key for key, name in PROVIDERS.items()}
    return tuple(short[name] for name in _runtime().get_available_providers() if name in short and _opens(model, name))


def _opens(model: bytes, name: str) -> bool:
    try:
        session(model, name)
    except CourseError:
        return False
    return True


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise CourseError(
            "ONNX Runtime is not installed; pip install onnxruntime (with an NVIDIA GPU: onnxruntime-gpu), never both."
        ) from error
    onnxruntime.disable_telemetry_events()  # for whoever imported it before this package could set the variable
    onnxruntime.set_default_logger_severity(ERROR)
    return onnxruntime


def _full_name(provider: str) -> str:
    if provider in PROVIDERS.values():
        return provider
    if provider.lower() not in PROVIDERS:
        raise CourseError(f"{provider!r}: no provider of that name; there are: {', '.join(PROVIDERS)}.")
    return PROVIDERS[provider.lower()]


def session_options(threads: int = 1, optimize: str = "all") -> ort.SessionOptions:
    """Return the options that ``session`` opens a model with.

    Raises:
        CourseError: no such level.
    """
    if optimize not in LEVELS:
        raise CourseError(f"optimize={optimize!r}: no such level; there are: {', '.join(LEVELS)}.")
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = getattr(runtime.GraphOptimizationLevel, LEVELS[optimize])
    options.log_severity_level = FATAL
    return options


def _open(runtime: Any, model: Path | bytes, name: str, options: ort.SessionOptions) -> ort.InferenceSession:
    # The default log, not the session's, tells of a provider that cannot be loaded: the caller does that here.
    runtime.set_default_logger_severity(FATAL)
    try:
        if name in (PROVIDERS["cuda"], PROVIDERS["tensorrt"]):
            with redirect_stdout(io.StringIO()):
                runtime.preload_dlls()  # from NVIDIA's wheels, where they are installed
        return runtime.InferenceSession(model, options, providers=[name], enable_fallback=0)
    finally:
        runtime.set_default_logger_severity(ERROR)


def _missing_library(runtime: Any, name: str) -> str:
    """What the linker misses when it loads the provider; empty if nothing."""
    stem = name.removesuffix("ExecutionProvider").lower()
    library = Path(runtime.__file__).parent / "capi" / f"libonnxruntime_providers_{stem}.so"
    if not library.exists():
        return ""
    try:
        ctypes.CDLL(str(library))
    except OSError as error:
        return str(error)
    return ""


def _unavailable(name: str, why: str) -> CourseError:
    install = next((INSTALL[key] for key, full in PROVIDERS.items() if full == name and key in INSTALL), "")
    advice = f"{install}, or use cpu" if install else "use cpu"
    return CourseError(f"{name} does not work here ({why}); {advice}.")


def _reason(text: str) -> str:
    """What ONNX Runtime's message means."""
    if "external" in text.lower():
        return "its weights are in another file that is not beside it; copy the weights there, or export in one file."
    if "INVALID_PROTOBUF" in text or "No graph was found" in text:
        return "no ONNX model, or only a part of one; write or download it again."
    return f"ONNX Runtime cannot open it ({plain(text)})."


def plain(text: str) -> str:
    """Return ONNX Runtime's message without its own source lines, on one line."""
    return " ".join(ORIGIN.sub("", text).split()).rstrip(".")[:300]
