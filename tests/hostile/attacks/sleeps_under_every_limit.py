# tries: to hold a worker for minutes with cells that each end just in time
# earns: 20
# %% half
def half(x):
    return x / 2
# %% quarter
def quarter(x):
    return x / 4
# %% own 60
import time

time.sleep(3)
