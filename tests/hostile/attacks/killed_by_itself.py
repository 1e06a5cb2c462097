# tries: a signal ends the process in the midst of a test
# %% half
import ctypes
import os
import signal


def half(x):
    os.kill(os.getpid(), signal.SIGKILL)
    ctypes.string_at(0)
