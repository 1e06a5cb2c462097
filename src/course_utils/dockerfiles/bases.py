"""What a base image brings, as far as the course asks for it: Python, pip, a compiler, users."""

from __future__ import annotations

import re

SITE = "/usr/local/lib/python3.11/site-packages"
BELOW_LIB = SITE.removeprefix("/usr/local")
PYTHONS = ("python", "python3", "python3.11")
LIBRARY, MODULES = "/usr/local/lib/libpython3.11.so.1.0", "/usr/local/lib/python3.11/os.py"  # what that one loads
SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # where a program without a folder is sought
DISTRIBUTED = {f"/usr/bin/{each}": "Python of the distribution" for each in PYTHONS}
DISTRIBUTED |= {"/usr/lib/python3.11/os.py": "Python's modules"}
FOLDERS = {"/", "/bin", "/etc", "/home", "/lib", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/usr"}
FOLDERS |= {f"/usr/{each}" for each in ("bin", "lib", "local", "local/bin", "local/lib", "share", "src")}
FOLDERS |= {"/var", "/var/lib", "/var/tmp"}


def brought(image: str) -> dict[str, str]:
    """Return {path: what} for what a base image brings; what is "pip", "Python", "a compiler" or "a user"."""
    name, _, tag = image.rpartition("/")[2].partition(":")
    files = {f"{SITE}/pip": "pip"} if re.match("python$|pypy|.*conda|pytorch|tensorflow", name) else {}
    users = ["nobody", *(["nonroot"] if "distroless" in image else ["www-data", "daemon", "mail", "games"])]
    files |= {f"/etc/passwd/{user}": "a user" for user in users if image != "scratch"}
    files |= {"/etc/group": "the groups"} if image != "scratch" else {}
    folder = {"python": "/usr/local/bin"}.get(name) or ("/usr/bin" if "distroless/python" in image else None)
    files |= {f"{folder}/{each}": "Python" for each in PYTHONS if name == "python"}
    files |= DISTRIBUTED if folder == "/usr/bin" else {}
    files |= {LIBRARY: "Python's library", MODULES: "Python's modules"} if name == "python" else {}
    whole = name == "python" and not re.search("slim|alpine", tag)
    if whole or re.match("gcc|buildpack", name) or "devel" in tag:
        files["/usr/bin/gcc"] = "a compiler"
    return files


def has_shell(image: str) -> bool:
    """Return whether a base image has a shell, which a RUN needs."""
    return image != "scratch" and "distroless" not in image
