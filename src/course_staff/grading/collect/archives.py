"""Archives from strangers, read without trust: each entry a plain file, of a plain name, of the size it says."""

from __future__ import annotations

import io
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from course_utils.errors import CourseError
from course_utils.notebook_files import LARGEST_NOTEBOOK, MEGABYTE

# Of a whole class, and of one student: entries, bytes when unpacked.
CLASS = (50_000, 4_000 * MEGABYTE)
STUDENT = (1_000, 200 * MEGABYTE)
UTF8 = 0x800
ENCRYPTED = 0x1
# What systems and editors leave behind.
LEFT_BEHIND = ("__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Entry:
    """A file in an archive.

    Attributes:
        name: with ``/`` between folders; said: as the archive has it.
        changed: when it was changed last, as the archive says.
    """

    name: str
    said: str
    changed: tuple[int, ...]
    info: zipfile.ZipInfo
    archive: zipfile.ZipFile

    def content(self) -> bytes:
        """Return the bytes.

        Raises:
            CourseError: the entry is larger than 50 MB, or than it says, or damaged.
        """
        try:
            with self.archive.open(self.info) as file:
                content = file.read(LARGEST_NOTEBOOK + 1)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
            raise CourseError(f"{self.name}: cannot be unpacked ({error}); hand it in again.") from None
        except Exception as error:  # the decompressors raise errors of their own
            raise CourseError(f"{self.name}: is damaged ({type(error).__name__}); hand it in again.") from None
        if len(content) > LARGEST_NOTEBOOK or len(content) != self.info.file_size:
            most = LARGEST_NOTEBOOK // MEGABYTE
            raise CourseError(f"{self.name}: unpacks to more than {most} MB or than it says; hand in less.")
        return content


@contextmanager
def opened(name: str, file: IO[bytes] | str, most: tuple[int, int] = CLASS) -> Iterator[list[Entry]]:
    """Yield the files in a zip archive, but for what systems leave behind.

    Raises:
        CourseError: it is no zip archive, or holds an entry that is encrypted, a link or a device, whose name leads out
            of its folder, stands twice or cannot be written; or too many, or too much.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise CourseError(f"{name}: is no zip archive that can be read ({error}); download it again.") from None
    with archive:
        infos = archive.infolist()
        if len(infos) > most[0]:
            raise CourseError(f"{name}: has {len(infos)} entries, more than {most[0]}; split it.")
        total = sum(info.file_size for info in infos)
        if total > most[1]:
            size, limit = total // MEGABYTE, most[1] // MEGABYTE
            raise CourseError(f"{name}: would unpack to {size} MB, more than {limit}; hand in less.")
        yield list(_entries(name, archive, infos))


def nested(name: str, content: bytes) -> AbstractContextManager[list[Entry]]:
    """Open an archive that one student handed in."""
    return opened(name, io.BytesIO(content), STUDENT)


def plain_name(archive: str, name: str) -> str:
    """Return a file's name with ``/`` between folders and composed characters.

    Raises:
        CourseError: it leads out of its folder, or no system can write it.
    """
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    path = PurePosixPath(name)
    drive = len(name) > 1 and name[1] == ":"
    if path.is_absolute() or drive or ".." in path.parts or not path.parts:
        raise CourseError(f"{archive}: the entry {name!r} leads out of its folder; this archive was made to do harm.")
    long = any(len(part.encode("utf-8", "replace")) > 255 for part in path.parts)
    if long or len(path.parts) > 20 or any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise CourseError(f"{archive}: the entry {name[:80]!r} has no name that a file can have; rename it.")
    return path.as_posix()


def is_left_behind(name: str) -> bool:
    """Say whether nobody meant to hand this in: hidden files, caches, what macOS adds."""
    return any(part.startswith(".") or part in LEFT_BEHIND for part in PurePosixPath(name).parts)


def _entries(archive_name: str, archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> Iterator[Entry]:
    seen: set[str] = set()
    for info in infos:
        said = unicodedata.normalize("NFC", _decoded(info))
        name = plain_name(archive_name, said)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise CourseError(f"{archive_name}: the entry {name!r} is a link or a device; hand in the file itself.")
        if info.is_dir() or kind == stat.S_IFDIR or is_left_behind(name):
            continue
        if info.flag_bits & ENCRYPTED:
            raise CourseError(f"{archive_name}: the entry {name!r} is encrypted; hand it in without a password.")
        if name in seen:
            raise CourseError(f"{archive_name}: the entry {name!r} stands twice; hand in one of them.")
        seen.add(name)
        yield Entry(name, said, tuple(info.date_time), info, archive)


def _decoded(info: zipfile.ZipInfo) -> str:
    # Python takes a name without the UTF-8 flag for code page 437; many programs write UTF-8 there all the same.
    if info.flag_bits & UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename
