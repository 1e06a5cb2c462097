"""What a student defines, and what a read-only cell gives, in the notebooks of test_across.py."""

SOLUTION = '''
import contextlib, os, warnings
from pathlib import Path
import numpy as np

def in_place(x): x += 1; return x
def grows(items, state): items.append(4); state["n"] = len(items); return None
def fails(kind): raise {"key": KeyError("k"), "value": ValueError("v", 3), "own": Own("mine")}[kind]
class Own(LookupError): pass
class Counter:
    """Counts."""
    def __init__(self, start): self.n = start
    def step(self, by=1): self.n += by; return self.n
    def __iter__(self): return iter([self, self.n])
    def __len__(self): return 2
    def __getitem__(self, key): return key * 2
    def __enter__(self): return self.n
    def __exit__(self, *error): return error[0] is not None
def decorator(fn):
    def wrapped(*args, **kwargs): return ("wrapped", fn(*args, **kwargs))
    wrapped.count = lambda: 7
    wrapped.__name__ = fn.__name__
    return wrapped
def numbers(n):
    for k in range(n): yield k * k
def apply(fn, *args): return fn(*args)
def write(name): Path(name).parent.mkdir(exist_ok=True); Path(name).write_text("written"); return Path(name)
def read(name): return Path(name).read_text()
def loud(x): print("out"); return x
def warns(x): warnings.warn("careful"); return x
def stub(): raise NotImplementedError("not written yet")
def reads(reader):
    from onnxruntime.quantization import CalibrationDataReader
    assert isinstance(reader, CalibrationDataReader)
    first = [len(each["x"]) for each in iter(reader.get_next, None)]
    reader.rewind()
    return first, reader.get_next()["x"].tolist()
def square(x): return {"y": (x * x, 3)}
def clipped(x):
    import torch
    class Clip(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x): return x.clamp(0, 1)
        @staticmethod
        def backward(ctx, gradient): return 10 * gradient
    return Clip.apply(x)
def setting(): return settings.level, scale
def zeroes(box):
    for parameter in box.net.parameters(): parameter.data.zero_()
def zeroes_global(): zeroes(box)
def hooked(module): module.register_forward_hook(print)
def says(text):
    import sys
    for heard in sys.modules["course_utils.tensorrt.listening"].listeners(): heard.messages.append(("INFO", text))
def asks_clock(clock): return clock.now() + clock(2)
def available(): return os.cpu_count()
def catches(fn):
    try: fn()
    except ZeroDivisionError as error: return f"caught {error}"
table = np.arange(3)
'''
ENDS = """
import os
def f(x):
    y = x * 1
    y.register_hook(lambda gradient: os._exit(0))
    return y
"""
GIVEN = """
import os
from types import SimpleNamespace
import numpy as np
import torch
from course_utils import expect
from course_utils.lessons.efficient_architectures import left_by
from course_utils.tensorrt import listening
settings, scale = SimpleNamespace(level=1), 1
def linear(): return SimpleNamespace(net=torch.nn.Linear(2, 2))
box = linear()
def with_scale(value, function):
    global scale, box
    kept, kept_box, scale, box = scale, box, value, linear()
    try: return function(), expect.after(box.net).weight.abs().sum().item()
    finally: scale, box = kept, kept_box
class Clock:
    def __init__(self): self.time, self.read = 10, []
    def now(self): self.read.append("now"); return self.time
    def __call__(self, step): self.time += step; return self.time
def reader_of(x):
    import onnx
    from course_utils.quantization import Reader
    text = '<ir_version: 8, opset_import: ["" : 18]> net (float[n] x) => (float[n] y) {y = Identity(x)}'
    onnx.save(onnx.parser.parse_model(text), "net.onnx")
    return Reader(x, "net.onnx", batch_size=2)
def helper(x): return in_place(x)
"""
