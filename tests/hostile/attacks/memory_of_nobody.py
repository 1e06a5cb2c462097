# tries: memory that counts for no process: files without a name, shared segments, message queues
# %% half
import ctypes
import os

half = lambda x: 0
libc = ctypes.CDLL(None, use_errno=True)
held = 0
for number in range(6):
    try:
        descriptor = os.memfd_create(f"m{number}")
        for _ in range(100):
            held += os.write(descriptor, bytes(1_000_000))
    except OSError as error:
        print("memfd", error)
for number in range(6):
    segment = libc.shmget(0, 100_000_000, 0o1600)
    print("shmget", segment)
    held += 100_000_000 * (segment >= 0)
queues = sum(libc.msgget(0, 0o1600) >= 0 for _ in range(100))
print("@CANARY@" if held or queues else "none", held, queues)
