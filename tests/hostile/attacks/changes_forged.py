# tries: arguments said to be changed that were never sent
# %% half
import gc

import numpy as np

for item in gc.get_objects():
    if type(item).__name__ == "Agent":
        agent = item
agent._changed = lambda *_: agent.wire.encode([None, {-1: np.zeros(1), 10**6: np.zeros(1)}])


def half(x):
    return x / 2
