# tries: more memory than the machine has, in many processes of which each stays small
# %% half
import os
import time

half = lambda x: 0
for _ in range(40):
    if os.fork() == 0:
        kept = b"x" * 400_000_000
        time.sleep(3600)
time.sleep(3600)
