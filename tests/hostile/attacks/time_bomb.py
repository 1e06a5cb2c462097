# tries: alarms and exit functions that go off when everything is over
# next: 20
# %% half
import atexit
import os
import signal
import sys
import time

half = lambda x: 0


def boom(*_):
    while True:
        time.sleep(1)


atexit.register(boom)
signal.signal(signal.SIGALRM, boom)
signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
sys.settrace(lambda *_: None)
os.register_at_fork(before=boom)
