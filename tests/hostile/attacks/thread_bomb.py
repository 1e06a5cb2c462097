# tries: threads without end
# %% half
import threading
import time

half = lambda x: 0
try:
    while True:
        threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
except RuntimeError as error:
    print(error)
