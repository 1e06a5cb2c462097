"""Records of measured images: written whole, each with its own date and machine; read with a sentence for a bad one."""

from __future__ import annotations

import datetime
import json
import os
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError
from course_utils.files import write_whole
from course_utils.images.catalog import BASE, Image
from course_utils.images.engine import Engine
from course_utils.layout import Course

FORMAT = 1
LESSON = "08_docker_images"
FILE = "images.json"


def load(path: str | os.PathLike = FILE) -> dict[str, dict[str, Any]]:
    """Return the records in ``path`` by image; ``course_utils.images`` says what a record holds.

    Raises:
        CourseError: there is no such file, or it holds something else.
    """
    path = Path(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            raise CourseError(f"{path}: records of format {found['format']}, not {FORMAT}; measure anew.")
        return found["images"]
    except FileNotFoundError:
        raise CourseError(f"{path}: no such file; measure with `course images weigh`.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CourseError(f"{path}: these are no records of images ({error}); measure anew.") from error


def recorded(course: Course) -> Path:
    """Return the file of records to read: this machine's own, else those that came with lesson 08."""
    own, *given = _places(course)
    return next((path for path in (own, *given) if path.is_file()), given[-1])


def to_write(course: Course) -> Path:
    """Return the file that measurements go to: the lesson's data for who has its text, else a file of one's own."""
    text = course.root / "solutions"
    return _places(course)[1] if text.is_dir() else _places(course)[0]


def keep(path: Path, name: str, record: dict[str, Any]) -> None:
    """Put one image's record into ``path``, in place of an older one of it; the others stay as they are.

    Raises:
        CourseError: what is at ``path`` are no records.
    """
    images = load(path) if path.exists() else {}
    images[name] = record
    # A line for each image: what changed can be seen, and a long list of files does not fill the screen.
    rows = [f"{json.dumps(each)}: {json.dumps(images[each], ensure_ascii=False)}" for each in sorted(images)]
    write_whole(path, f'{{"format": {FORMAT}, "images": {{\n' + ",\n".join(rows) + "\n}}\n")


def described(engine: Engine, image: Image | None, root: Path) -> dict[str, Any]:
    """Return what is known of an image before anything is measured; None stands for the base image."""
    from course_utils.hardware import hardware

    machine = hardware()
    base = engine.inspect(BASE) or {}
    found = {
        "measured": {
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "course": version("lean-inference"),
            "hardware": {key: machine[key] for key in ("cpu", "usable", "system")},
            "engine": {"version": engine.version, "storage": engine.storage},
            "base": (base.get("RepoDigests") or [""])[0],
        }
    }
    if image is None:
        return {**found, "family": "base", "cuda": False, "arguments": {}, "versions": {}, "dockerfile": ""}
    file = root / image.context / image.dockerfile
    return {
        **found,
        "family": image.family,
        "cuda": image.cuda,
        "arguments": image.arguments,
        "versions": _versions(file, image),
        "dockerfile": file.read_text(encoding="utf-8"),
        "edited_file": image.edited,
    }


def _versions(dockerfile: Path, image: Image) -> dict[str, str]:
    folder = dockerfile.parent
    suffix = f"-cuda{image.arguments['CUDA']}" if "CUDA" in image.arguments else ""
    pins = folder / f"requirements{suffix}.txt"
    if not pins.is_file():
        return {}
    lines = pins.read_text(encoding="utf-8").split()
    return dict(re.split("={2,3}", line) for line in lines)


def _places(course: Course) -> tuple[Path, Path, Path]:
    # one's own, the lesson's source, the lesson as it was handed out
    released = course.root / "notebooks" / LESSON
    return released / "work08" / FILE, course.root / "solutions" / LESSON / FILE, released / FILE
