# tries: the loader and Python are told, for every process to come, to load something else first
# next: 20
# %% half
import os

half = lambda x: 0
os.environ |= {"LD_PRELOAD": "/box/evil.so", "PYTHONPATH": "/box", "PYTHONSTARTUP": "/box/math.py"}
for name in ("evil.so", "math.py", "numpy.py", "sitecustomize.py", "course_utils.py", "matplotlibrc", "contextlib.py"):
    open(name, "w").write("raise SystemExit('@CANARY@')")
os.makedirs("msgpack", exist_ok=True)
open("msgpack/__init__.py", "w").write("raise SystemExit('@CANARY@')")
