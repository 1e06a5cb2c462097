"""Which files are judged: what was handed in is read once, and refused in a sentence where it is no plain network."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.errors import CourseError
from course_utils.lessons.capstone.limits import LARGEST_FILE
from course_utils.lessons.capstone.structure import refuse_what_is_not_plain

if TYPE_CHECKING:
    from onnx import ModelProto


class Refused(CourseError):
    """The file is not judged; the message says what is wrong with it and what to do."""


def content_of(path: Any, folder: Path) -> bytes:
    """Return the bytes of the file at ``path``, read once; what it becomes afterwards concerns nobody.

    Args:
        path: what ``entry`` returned; folder: the one that it was given.

    Raises:
        Refused: no path, none of a file in that folder, or one that is too large.
    """
    if type(path) is not type(Path()):
        raise Refused(f"entry gives a {type(path).__name__}, not a Path: return the path of the file that you wrote.")
    where = Path(os.path.normpath(Path.cwd() / path))
    if not where.is_relative_to(Path(os.path.normpath(Path.cwd() / folder))):
        raise Refused(f"{path}: it lies outside the folder that entry was given; write to folder / 'entry.onnx'.")
    try:
        inside = where.parent.resolve() == Path(os.path.normpath(Path.cwd() / folder)).resolve()
        with os.fdopen(
            os.open(where, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)), "rb"
        ) as file:
            plain = inside and stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            content = file.read(LARGEST_FILE + 1) if plain else b""
    except OSError:
        plain, content = False, b""
    if not plain:
        raise Refused(f"{path}: no plain file lies there; write one file into the folder itself, and no link.")
    if len(content) > LARGEST_FILE:
        raise Refused(f"{path}: it has more than {LARGEST_FILE:,} bytes; take a smaller network.")
    return content


def admitted(content: bytes) -> ModelProto:
    """Return the model that these bytes are, where it is one that the judge runs.

    Raises:
        Refused: they are no single ONNX model, or one with more in it than a plain network of the listed operators.
    """
    import onnx
    from google.protobuf.message import DecodeError

    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
        model.DiscardUnknownFields()
        again = model.SerializeToString()
    except (DecodeError, ValueError):
        raise Refused("the file is no ONNX model, or only a part of one; write it with onnx.save.") from None
    if not model.HasField("graph"):
        raise Refused("the file holds no graph; write it with onnx.save.")
    if again != content:
        raise Refused(
            "the file is more than one model, or has bytes that belong to none; write onnx.load(path) back with "
            "onnx.save."
        )
    refuse_what_is_not_plain(model, Refused)
    return model
