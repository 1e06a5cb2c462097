# tries: processes that go on when the submission is graded
# %% half
import os
import signal
import subprocess
import time

half = lambda x: 0
subprocess.Popen(["sleep", "4321"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        for descriptor in range(256):
            try:
                os.close(descriptor)
            except OSError:
                pass
        time.sleep(4321)
    os._exit(0)
