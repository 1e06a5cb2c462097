# tries: code that runs whenever the student's side thinks it is its own: hooks, traces, finalizers
# %% half
import builtins
import codecs
import gc
import sys

import msgpack

half = lambda x: 0


class Again:
    def __del__(self):
        globals()["half"] = lambda x: x / 2 + 1
        Again()


gc.callbacks.append(lambda *_: print("collected"))
Again()
sys.setprofile(lambda *_: None)
sys.addaudithook(lambda name, given: None)
sys.excepthook = sys.unraisablehook = lambda *_: 0
builtins.__build_class__ = builtins.__import__ = lambda *_, **__: None
codecs.lookup = len
msgpack.packb = lambda *_, **__: b"\xc3"
