# tries: exceptions that make what shows them stumble
# %% half
def half(x):
    raise {
        4: SyntaxError("m", ("/etc/passwd", 1, 10**9, "text", -5, -7)),
        10: UnicodeDecodeError("u", b"x", 0, 1, "r"),
        5: ExceptionGroup("g", [SystemExit(0), ValueError("v")]),
    }.get(x, type("E" * 100_000, (KeyError, ConnectionError), {"__notes__": ["n" * 1_000_000] * 9})("m" * 1_000_000))


# %% quarter
import sys


def quarter(x):
    sys.setrecursionlimit(10**6)
    error = None
    for _ in range(20_000):
        new = ValueError("deep")
        new.__cause__ = new.__context__ = error
        error = new
    raise error
