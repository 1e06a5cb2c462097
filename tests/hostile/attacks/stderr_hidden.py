# tries: nothing; but warnings must cost what they cost under nbgrader, from C and from children too
# %% half
import os
import sys


def half(x):
    if x == 4:
        os.write(2, b"from C\n")
    if x == 5:
        os.system("echo from a child >&2")
    return x / 2


# %% quarter
def quarter(x):
    print("to stderr", file=sys.stderr)
    return x / 4
