"""The recorded images of the digit service, and numbers from them in words."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from course_utils.lessons.docker_images.given import MB

Record = dict[str, Any]
Records = dict[str, Record]


def recorded() -> Records:
    """Return the recorded services by name, the heaviest first; ``course_utils.images`` says what a record holds.

    They are read from ``images.json`` beside the notebook, else from the course's own.

    Raises:
        CourseError: there are none, or they cannot be read.
    """
    from course_utils import images
    from course_utils.layout import Course

    beside = Path("images.json")
    records = images.load(beside if beside.is_file() else images.recorded(Course.find()))
    kept = [name for name, record in records.items() if record["family"] in ("torch", "onnx", "none")]
    return {name: records[name] for name in sorted(kept, key=lambda name: -records[name]["unpacked_bytes"])}


def opened(record: Record) -> dict[str, Any]:
    """Return a copy of a recorded image's manifest, with its config in it."""
    return copy.deepcopy(record["manifest"] | {"config": record["config"]})


def sizes(records: Records) -> list[dict[str, Any]]:
    """Return the four images that differ in framework and CUDA alone, as exercise 8.6 takes them; bytes unpacked."""
    names = [name for name in ("torch", "torch-cuda", "onnx", "onnx-cuda") if name in records]
    chosen = [records[name] for name in names]
    return [{"framework": r["family"], "cuda": r["cuda"], "bytes": r["unpacked_bytes"]} for r in chosen]


def origin(record: Record) -> str:
    """Return when and where an image was measured."""
    m, machine = record["measured"], record["measured"]["hardware"]
    base = m["base"] or "Debian's Python in place of the base"
    return f"{m['date']}, {machine['cpu']}, {machine['usable']} cores, Docker {m['engine']['version']}, {base}"


def mb(size: float, digits: int = 0) -> str:
    """Return bytes as text, in MB; below one MB with two digits."""
    return f"{size / MB:,.{digits if size >= MB else max(digits, 2)}f}"
