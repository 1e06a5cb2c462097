"""What the tests ask with: errors as words, a decorator's traces, and a session that takes bindings only.

``again``, ``handed_back`` and ``samples_kept`` are handed to a decorator, and so run where the decorated function is:
only there an argument is the caller's own, and a result the very array that was returned. ``answers_kept`` runs where
its first argument is.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from course_utils import expect
from course_utils.lessons.onnx_runtime.given import CPU

# What a helper inside a stopwatch calls its own, and a timed function may call its arguments.
NAMES = (
    "fn clock repeats function func f fun call callable callback target method task work job timed timer time now "
    "start begin before stop end after samples taken times durations result results returned out output last k i n "
    "x value count number args kwargs arguments keywords given named options wrapped wrapper decorator decorated "
    "watch measure store into buffer record warmup ns tick label name title verbose quiet unit "
    "workload thing op operation procedure code body action step run runner inner outer original real called caller "
    "timing elapsed sample number_of calls loops rounds each item index place current latest best total counter data"
)


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


def again(*args: Any, **kwargs: Any) -> int:
    """Return how many times in a row this has been called with these very objects, not with copies: 1 at first."""
    given = [*args, *kwargs.values()]
    same = len(given) == len(_latest) and all(map(operator.is_, given, _latest))
    _latest[:], _times[0] = given, _times[0] + 1 if same else 1
    return _times[0]


_latest: list[Any] = []
_times = [0]


def handed_back(timed: Callable, box: Any) -> bool:
    """Return whether a decorated ``growing`` gives the very ``box`` that it is given, by place and by name."""
    return timed(box) is box and timed(named=box) is box


def samples_kept(timed: Callable) -> None:
    """Call a decorated ``growing`` twice.

    Raises:
        Unmet: the second call has changed what ``samples()`` gave after the first.
    """
    timed()
    kept = timed.samples()
    told = kept.tolist()
    timed()
    expect.equal(kept.tolist(), told, "timed.samples(), kept over another call", likely="let samples() return a copy")


def answers_kept(predictor: Any, xs: Sequence[np.ndarray]) -> list[tuple[list, list]]:
    """Return each answer of ``predict`` twice: as it was at once, and as it is when all the others have been given.

    Inputs of one shape come in one and the same array, as from a camera that fills its buffer anew.
    """
    buffers, answers = {x.shape: np.empty_like(x) for x in xs}, []
    for x in xs:
        buffers[x.shape][:] = x
        answer = predictor.predict(buffers[x.shape])
        answers.append((answer, answer.tolist()))
    return [(told, answer.tolist()) for answer, told in answers]


def strided(x: np.ndarray, layout: str) -> np.ndarray:
    """Return an array that is equal to ``x`` and lies otherwise in memory, wherever it is sent.

    Args:
        layout: "every second" row of a larger array, or "columns first".
    """
    found = _laid_out(x, layout).view(_Strided)
    found.layout = layout
    return found


class _Strided(np.ndarray):
    layout = "every second"

    def __array_finalize__(self, whole: Any) -> None:
        self.layout = getattr(whole, "layout", self.layout)

    def __reduce__(self) -> tuple:
        return _laid_out, (np.array(self, order="C"), self.layout)


def _laid_out(x: np.ndarray, layout: str) -> np.ndarray:
    if layout == "columns first":
        return np.asfortranarray(x)
    return np.stack([x, x + 1], axis=1).reshape(-1, *x.shape[1:])[::2]


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
