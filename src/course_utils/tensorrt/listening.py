"""TensorRT's log, kept while somebody listens: one logger for the whole process, as TensorRT wants it."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from course_utils.tensorrt.choosing import usable

ERRORS = ("INTERNAL_ERROR", "ERROR")

_listeners: list[Heard] = []
_lock = threading.Lock()


@dataclass
class Heard:
    """Messages in order, each with its severity: INTERNAL_ERROR, ERROR, WARNING, INFO or VERBOSE."""

    messages: list[tuple[str, str]] = field(default_factory=list)

    def text(self) -> str:
        """Return all messages, one after the other; a message may have several lines."""
        return "\n".join(text for _, text in self.messages)

    def errors(self) -> list[str]:
        """Return the messages that are errors, without those that only say there is no driver after another error."""
        found = [text for severity, text in self.messages if severity in ERRORS]
        return [text for text in found if "catchCudaError" not in text] or found


@functools.cache
def logger(trt: Any) -> Any:
    """Return the process's logger for this library: every builder, parser and runtime gets this one.

    TensorRT registers the first logger it sees and warns of any other. Nothing is printed; ``listening`` hears it all.
    The stand-in for an absent library is its own logger.
    """
    if not usable(trt):
        return trt

    class Logger(trt.ILogger):
        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, severity: Any, message: str) -> None:
            with _lock:
                for heard in _listeners:
                    heard.messages.append((severity.name, message))

    return Logger()


def listeners() -> list[Heard]:
    """Return what now hears the log."""
    with _lock:
        return list(_listeners)


@contextmanager
def listening() -> Iterator[Heard]:
    """Yield what is logged while the block runs, by whatever library and thread."""
    heard = Heard()
    with _lock:
        _listeners.append(heard)
    try:
        yield heard
    finally:
        with _lock:
            _listeners[:] = [other for other in _listeners if other is not heard]  # equal ones are others
