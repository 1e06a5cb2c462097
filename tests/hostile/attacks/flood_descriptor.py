# tries: the same below Python, from a child process too
# %% half
import os
import subprocess

half = lambda x: 0
try:
    while True:
        os.write(1, b"y" * 1_000_000)
except OSError as error:
    print(error)
try:
    subprocess.run("yes | head -c 400000000", shell=True, timeout=2)
except Exception as error:
    print(type(error))
