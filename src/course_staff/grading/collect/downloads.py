"""What lies in downloads: archives, folders of archives, or folders that archives were unpacked to."""

from __future__ import annotations

import os
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from course_staff.grading.collect.archives import is_left_behind, opened, plain_name
from course_staff.grading.collect.lms import Named, parse
from course_utils.errors import CourseError
from course_utils.notebook_files import LARGEST_NOTEBOOK, MEGABYTE


@dataclass(frozen=True)
class Item:
    """One file of a download: which download, when it was changed last, and how to read it."""

    download: str
    changed: tuple[int, ...]
    content: Callable[[], bytes]


Found = tuple[list[tuple[Named, Item]], list[str]]


@contextmanager
def items(downloads: Iterable[Path]) -> Iterator[Found]:
    """Yield the files that an LMS named, and the names of the others; every download is opened before one is read.

    Raises:
        CourseError: a download is not there, holds nothing that an LMS named, or is an archive made to do harm.
    """
    found: list[tuple[Named, Item]] = []
    strange: list[str] = []
    with ExitStack() as stack:
        for download in downloads:
            before = len(found)
            if download.is_dir():
                _walk(stack, download, found, strange)
            else:
                _open(stack, download, found, strange)
            if len(found) == before:
                raise CourseError(
                    f"{download}: holds no file named as Moodle or Canvas name them; give the archive as downloaded."
                )
        yield found, strange


def _open(stack: ExitStack, path: Path, found: list[tuple[Named, Item]], strange: list[str]) -> None:
    if not path.is_file():
        raise CourseError(f"{path}: no such file; give the archive that the LMS let you download.")
    for entry in stack.enter_context(opened(str(path), str(path))):
        _take(entry.said, Item(str(path), entry.changed, entry.content), found, strange)


def _walk(stack: ExitStack, folder: Path, found: list[tuple[Named, Item]], strange: list[str]) -> None:
    for here, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(here, name)
            inside = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
            plain_name(str(folder), inside)
            if is_left_behind(inside):
                continue
            if path.is_symlink() or not path.is_file():
                raise CourseError(f"{path}: is a link or no ordinary file; give the files as they were downloaded.")
            if path.suffix.lower() == ".zip" and parse(inside) is None:
                _open(stack, path, found, strange)
            else:
                changed = tuple(time.localtime(path.stat().st_mtime)[:6])
                _take(inside, Item(str(folder), changed, lambda path=path: _read(path)), found, strange)


def _take(name: str, item: Item, found: list[tuple[Named, Item]], strange: list[str]) -> None:
    named = parse(name)
    if named is None:
        strange.append(name)
    else:
        found.append((replace(named, file=named.file and plain_name(item.download, named.file)), item))


def _read(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_NOTEBOOK:
        raise CourseError(f"{path.name}: has more than {LARGEST_NOTEBOOK // MEGABYTE} MB; hand in less.")
    return path.read_bytes()
