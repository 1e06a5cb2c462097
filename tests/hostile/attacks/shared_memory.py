# tries: more memory than it may have, shared by processes of which each has little of its own
# %% half
import mmap
import os
import time

half = lambda x: 0
for _ in range(12):
    if os.fork() == 0:
        kept = mmap.mmap(-1, 400_000_000)
        for place in range(0, len(kept), 4096):
            kept[place] = 1
        time.sleep(3600)
time.sleep(3600)
