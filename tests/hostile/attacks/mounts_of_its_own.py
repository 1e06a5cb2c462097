# tries: a memory disk of its own, mounted where it is root, larger than the one it was given
# %% half
import ctypes
import os

half = lambda x: 0
libc = ctypes.CDLL(None, use_errno=True)
user, group = os.getuid(), os.getgid()
print(libc.unshare(0x10000000 | 0x00020000), os.strerror(ctypes.get_errno()))
for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
    try:
        os.write(os.open(f"/proc/self/{name}", os.O_WRONLY), text.encode())
    except OSError as error:
        print(error)
print(libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, b"size=90%"), os.strerror(ctypes.get_errno()))
written = 0
try:
    for number in range(8):
        with open(f"/tmp/big{number}", "wb") as file:
            for _ in range(100):
                written += file.write(bytes(1_000_000))
except OSError as error:
    print(error)
print("@CANARY@" if written > 500_000_000 else "bounded", written)
