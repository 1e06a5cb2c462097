"""Two working folders kept alike: what has changed in one goes to the other with the next message."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from course_staff.grading.checker.aside import Aside
from course_staff.grading.checker.paths import DEEPEST, Refused, checked, remove

LARGEST_FILE = 48_000_000
LARGEST_AT_ONCE = 64_000_000
LARGEST_ALL = 512_000_000
MOST = 1_000
TICK = 20_000_000  # ns; two changes within one tick of the kernel's clock leave the same time on a file
UNCONCERNED = {"int", "float", "bool", "NoneType", "ndarray", "Tensor"}
Change = list  # ["d", path], ["f", path, bytes] or ["x", path] for what is gone


@dataclass(frozen=True)
class Seen:
    """What is known of a path: nothing for a folder, else the file's state, its content's digest, and whether a
    later change could leave the state as it is."""

    state: tuple = ()
    digest: bytes = b""
    fresh: bool = False


FOLDER = Seen()


class Folder:
    """The working folder of this process: regular files and folders only, links are never followed.

    Args:
        aside: where this side trusts what it wrote itself, what the other side makes of such files.
    """

    def __init__(self, root: Path, aside: Aside | None = None) -> None:
        self.root, self.place, self.aside = root, str(root), aside
        self.known: dict[str, Seen] = {}
        self.taken = 0
        self.empty_since = 0  # when the folder itself was last changed, where it was found empty later than that

    def changes(self) -> list[Change]:
        """Return what has changed since the last call and since the last changes taken."""
        if self._is_still_empty():
            return []
        found: dict[str, os.stat_result | None] = {}
        self._walk(self.place, "", DEEPEST, found)
        changes = [["x", path] for path in self.known if path not in found]
        for path in [change[1] for change in changes]:
            del self.known[path]
            if self.aside:
                self.aside.disown(path)
        left = LARGEST_AT_ONCE
        for path, status in found.items():
            change = None if self._is_as_before(path, status) else self._change(path, status)
            if change is not None:
                left -= len(change[-1]) if change[0] == "f" else 0
                if left >= 0:  # what is too much for one message is not sent at all
                    changes.append(change)
        return changes

    def _is_as_before(self, path: str, status: os.stat_result | None) -> bool:
        known = self.known.get(path)
        if status is None or known is None:
            return status is None and known is FOLDER
        return known.state == (status.st_mtime_ns, status.st_size, status.st_ino) and not known.fresh

    def _is_still_empty(self) -> bool:
        """Say whether nothing is there, without a look at what is there: most lessons write no files."""
        try:
            changed = os.stat(self.place).st_mtime_ns  # noqa: PTH116  # twice for each call of a student's function
        except OSError:
            return False
        if self.known or changed != self.empty_since:
            settled = not self.known and time.time_ns() - changed > TICK
            self.empty_since = changed if settled and next(self.root.iterdir(), None) is None else 0
        return bool(self.empty_since)

    def _change(self, path: str, status: os.stat_result | None) -> Change | None:
        if status is None:
            self.known[path] = FOLDER
            return ["d", path]
        known, content = self.known.get(path), _content(self.root / path)
        if content is None:
            return None
        self.known[path] = now = _seen(status, content)
        written = known is None or known.digest != now.digest
        if not (written or (self.aside and self.aside.differs(path) and known.state != now.state)):
            return None
        if self.aside:
            self.aside.own(path)
        return ["f", path, content]

    def take(self, changes: object) -> None:
        """Make the changes of the other side here.

        Raises:
            Refused: they leave the folder, are too many or too large, or are no changes at all.
        """
        if type(changes) is not list or len(changes) > MOST:
            raise Refused("no list of changes")
        for change in changes:
            if type(change) is not list or len(change) not in (2, 3):
                raise Refused("no change")
            self._take(*change)

    def _take(self, kind: object, path: object, content: object = None) -> None:
        place = self.root / checked(path)
        written = content if kind == "f" and type(content) is bytes else None
        if written is not None:
            self.taken += len(written)
            if len(written) > LARGEST_FILE or self.taken > LARGEST_ALL or len(self.known) > MOST:
                raise Refused("more files than a lesson needs")
        if self.aside and self.aside.touches(kind, path):
            self.aside.take(path, written)
        elif kind == "x":
            remove(place)
            self.known.pop(path, None)
        elif kind == "d":
            self._make(place)
        elif written is not None:
            self._make(place.parent)
            if place.is_dir():
                remove(place)
            self._write(place, written)
            self.known[path] = _seen(place.lstat(), written)
        else:
            raise Refused("no change")

    def _make(self, folder: Path) -> None:
        for part in [*reversed(folder.relative_to(self.root).parents), folder.relative_to(self.root)]:
            place = self.root / part
            if not place.is_dir() or place.is_symlink():
                remove(place)
                place.mkdir()
            if part != Path():
                self.known[str(part)] = FOLDER

    def _write(self, place: Path, content: bytes) -> None:
        # A file that is open or mapped here, by a session say, keeps what it had.
        place.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(place, flags, 0o600), "wb") as file:
            file.write(content)

    def _walk(self, folder: str, prefix: str, deeper: int, found: dict[str, os.stat_result | None]) -> None:
        """Add what lies in a folder, each file with its state."""
        try:
            entries = os.scandir(folder)
        except OSError:
            return
        with entries:
            for entry in entries:
                if len(found) >= MOST or deeper <= 0 or entry.name == "__pycache__":
                    continue
                path = prefix + entry.name
                try:
                    if entry.is_dir(follow_symlinks=False):
                        found[path] = None
                        self._walk(entry.path, path + "/", deeper - 1, found)
                    elif entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        if stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST_FILE:
                            found[path] = status
                except OSError:
                    continue


def may_concern_files(values: object) -> bool:
    """Say whether a call with these arguments could be about files; a clock that is read thousands of times is not."""
    return any(type(value).__name__ not in UNCONCERNED for value in values) if type(values) is tuple else True


def _state(status: os.stat_result) -> tuple:
    return status.st_mtime_ns, status.st_size, status.st_ino


def _seen(status: os.stat_result, content: bytes) -> Seen:
    digest = hashlib.blake2b(content, digest_size=16).digest()
    return Seen(_state(status), digest, time.time_ns() - status.st_mtime_ns < TICK)


def _content(path: Path) -> bytes | None:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            return file.read(LARGEST_FILE + 1)[:LARGEST_FILE]
    except OSError:
        return None
