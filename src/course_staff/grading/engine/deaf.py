"""Loaded by each local worker when it starts: a Ctrl-C is the coordinator's alone to answer.

A handler that does nothing, not SIG_IGN, which everything that the worker starts would inherit.
"""

import signal

signal.signal(signal.SIGINT, lambda *_: None)
