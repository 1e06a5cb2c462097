# tries: namespaces of its own, in which it is root, mounts as it likes, and looks under what covers /proc
# %% half
import ctypes
import os

half = lambda x: 0
libc = ctypes.CDLL(None, use_errno=True)
user, group = os.getuid(), os.getgid()
print(libc.umount2(b"/proc", 2), libc.unshare(0x10000000 | 0x00020000 | 0x20000000))
try:
    open("/proc/self/setgroups", "w").write("deny")
    open("/proc/self/uid_map", "w").write(f"0 {user} 1")
except OSError as error:
    print(error)
print(libc.umount2(b"/proc", 2), libc.umount2(b"/box", 2), libc.mount(b"proc", b"/proc", b"proc", 0, None))
print(libc.mount(b"none", b"/", None, 0x20 | 0x1000, None), libc.chroot(b"/usr"))
listed = [name for name in os.listdir("/proc") if name.isdigit() and name != "1"]
print("@CANARY@" if listed else "nothing", libc.ptrace(16, 1, 0, 0))
