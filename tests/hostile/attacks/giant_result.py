# tries: a result that fills the checker's memory
# %% half
import numpy as np


def half(x):
    return np.zeros(200_000_000)
