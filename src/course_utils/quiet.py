"""Silence for a library that talks too much, and only while it runs."""

from __future__ import annotations

import ctypes
import io
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress


@contextmanager
def quiet() -> Iterator[list[warnings.WarningMessage]]:
    """Keep prints, log lines, warnings and what C++ writes from the reader; exceptions pass.

    Keep the block short: it silences every thread of the process.

    Yields:
        The warnings caught so far, for a caller that finds one worth telling.
    """
    before = logging.root.manager.disable
    # Log handlers hold the stderr that was there when they were made, so redirecting alone would not reach them.
    logging.disable(logging.CRITICAL)
    try:
        with ExitStack() as silence:
            silence.enter_context(_deaf_descriptors())
            silence.enter_context(redirect_stdout(io.StringIO()))
            silence.enter_context(redirect_stderr(io.StringIO()))
            caught = silence.enter_context(warnings.catch_warnings(record=True))
            warnings.simplefilter("always")
            yield caught
    finally:
        logging.disable(before)


@contextmanager
def _deaf_descriptors() -> Iterator[None]:
    """Turn descriptors 1 and 2, where C++ writes, to nothing."""
    saved = {}
    _flush()
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        for descriptor in (1, 2):
            with suppress(OSError):  # closed, as in a process without a console
                saved[descriptor] = os.dup(descriptor)
                os.dup2(nothing, descriptor)
        yield
    finally:
        _flush()
        for descriptor, copy in saved.items():
            os.dup2(copy, descriptor)
            os.close(copy)
        os.close(nothing)


def _flush() -> None:
    """Write out what C has buffered, so that it goes where it was meant to go."""
    with suppress(AttributeError, OSError, TypeError):  # Windows has no library by that name: its C buffers less
        ctypes.CDLL(None).fflush(None)
