# tries: nothing; what is written to stderr, from C and from children too, costs a right answer nothing
# earns: 20
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
