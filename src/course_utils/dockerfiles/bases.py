"""What a base image brings, as far as the course asks for it: some files of its own, Python, and pip."""

from __future__ import annotations

SITE = "/usr/local/lib/python3.11/site-packages"
PYTHONS = ("python", "python3", "python3.11")
FOLDERS = {"/", "/bin", "/etc", "/home", "/lib", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/usr"}
FOLDERS |= {f"/usr/{each}" for each in ("bin", "lib", "local", "local/bin", "local/lib", "share", "src")}
FOLDERS |= {"/var", "/var/lib", "/var/tmp"}
OWN = ("/bin/sh", "/etc/passwd", "/lib/os-release", "/root/.bashrc", "/usr/bin/env", "/usr/lib/os-release")
OWN += ("/usr/share/common-licenses/BSD", "/var/lib/dpkg/status")


def brought(image: str) -> dict[str, str]:
    """Return {path: what} for what a base image brings; what is "pip", "Python" or "the base's own"."""
    own = {} if image == "scratch" else dict.fromkeys(OWN, "the base's own")
    if image.partition(":")[0] != "python":
        return own
    return own | {f"{SITE}/pip": "pip"} | {f"/usr/local/bin/{each}": "Python" for each in PYTHONS}
