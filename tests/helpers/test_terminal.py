"""What the command does with its terminal."""

import os
import signal
from contextlib import suppress

import pytest

from course_utils.terminal import interrupts


def test_an_interrupt_that_a_library_swallows_is_not_lost():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interrupts() as check:
        check()
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        check()
    assert signal.getsignal(signal.SIGINT) == before
