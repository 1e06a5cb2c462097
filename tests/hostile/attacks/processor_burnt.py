# tries: a hundred processes that compute without end, so that others run out of time
# %% half
import os


def half(x):
    for _ in range(100):
        try:
            if os.fork() == 0:
                while True:
                    pass
        except OSError:
            break
    while True:
        pass
