"""What the tests ask with: errors as words, a decorator's traces, and a session that takes bindings only."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.lessons.onnx_runtime.given import CPU


def outcome(call: Callable, *args: Any) -> tuple[str, str]:
    """Return the kind of error that call(*args) raises, and its message; ("no error", "") where it returns.

    Raises:
        NotImplementedError: where call does: the exercise is not written yet.
    """
    try:
        call(*args)
    except NotImplementedError:  # is a RuntimeError, too
        raise
    except RuntimeError as error:
        return "RuntimeError", str(error)
    except Exception as error:
        return type(error).__name__, str(error)
    return "no error", ""


def shown_by_help(decorator: Callable, name: str, docstring: str) -> tuple[Any, Any]:
    """Decorate a function with this name and docstring; return the name and docstring of what comes out."""

    def fn() -> int:
        return 0

    fn.__name__, fn.__doc__ = name, docstring
    out = decorator(fn)
    return getattr(out, "__name__", None), getattr(out, "__doc__", None)


def bound_run(run_bound: Callable[..., np.ndarray], path: Path, x: np.ndarray) -> tuple[Any, list[str]]:
    """Return the result of ``run_bound`` on a session that refuses ``run``, and what was asked of that session.

    The session also refuses outputs before they are there, for which ONNX Runtime itself would end Python.

    Args:
        path: an ONNX file with one input and one output.
        x: for that input.

    Raises:
        RuntimeError: ``run`` was called, or the outputs were read too soon.
    """
    session = _binding_only()(path)
    return run_bound(session, x), session.asked


@functools.cache
def _binding_only() -> type:
    import onnxruntime as ort

    class BindingOnly(ort.InferenceSession):
        def __init__(self, path: Path) -> None:
            options = ort.SessionOptions()
            options.intra_op_num_threads = 1
            super().__init__(path, options, providers=[CPU])
            self.asked: list[str] = []
            self.ran: list[Any] = []

        def run(self, *args: Any, **kwargs: Any) -> None:
            raise RuntimeError("session.run was called; this session takes run_with_iobinding only")

        def io_binding(self) -> Any:
            binding = super().io_binding()
            for name in ("copy_outputs_to_cpu", "get_outputs"):
                setattr(binding, name, functools.partial(self._after_run, binding, getattr(binding, name)))
            return binding

        def run_with_iobinding(self, iobinding: Any, run_options: Any = None) -> None:
            self.asked.append("run_with_iobinding")
            super().run_with_iobinding(iobinding, run_options)
            self.ran.append(iobinding)

        def _after_run(self, binding: Any, read: Callable) -> Any:
            if not any(binding is each for each in self.ran):
                raise RuntimeError("the outputs are read before run_with_iobinding(binding) has made them")
            return read()

    return BindingOnly
