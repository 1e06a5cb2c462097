# tries: names of files that are no text, leave the folder, or break a row in two
# %% half
import gc
import os

import msgpack

for item in gc.get_objects():
    if type(item).__name__ == "Agent":
        agent = item
for name in (b"\xff\xfe", b"a\nz: 20 of 20", b"back\\slash", b"n" * 255, b"\x1b[2J"):
    try:
        open(name, "w").close()
    except OSError as error:
        print(error)


def half(x):
    print(os.listdir(b"."))
    paths = {4: "../@CANARY@", 5: "\ud800", 10: "/tmp/@CANARY@"}
    agent.folder.changes = lambda: [["f", paths.get(x, "a/" * 300), b"@CANARY@"], ["x", "."], ["d", ".."]]
    return 0
