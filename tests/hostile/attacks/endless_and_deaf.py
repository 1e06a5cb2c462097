# tries: a loop without end that no interrupt stops
# %% half
import signal


def half(x):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
