"""What this processor can do, measured once and kept: its peaks, and how fast it moves bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from course_utils.files import write_whole
from course_utils.hardware.peak import fastest, peaks
from course_utils.hardware.processor import processor

PLACES = {"cache": 2**17, "memory": 2**26}  # bytes of the array that is copied: one that stays near, one that cannot
SECONDS = 0.3  # for each place


def machine() -> dict[str, float]:
    """Return this core's peaks (multiply-adds a second) and bandwidths (bytes a second), measured at the first call.

    They are kept in the folder of ``course_utils.training.keeping``, by processor and by the versions of what measures:
    delete the file to measure anew, on a quieter day.

    Returns:
        ``{"float32": …, "int8": …, "cache": …, "memory": …}``; see ``peaks`` and ``bandwidths``.
    """
    from course_utils.training.keeping import folder

    path = folder() / f"peaks-{_key()}.json"
    kept = _read(path)
    if kept is None:
        kept = {**peaks(), **bandwidths()}
        try:
            write_whole(path, json.dumps(kept))
        except OSError as error:
            print(f"{path.parent}: the peaks cannot be kept here ({error}); they are measured again next time.")
    return kept


def bandwidths(seconds: float = SECONDS) -> dict[str, float]:
    """Return bytes a second, read and written together, of the best copy of a small array and of a large one.

    "cache": 128 KiB, which stay in the caches of one core; "memory": 64 MiB, which do not.

    Args:
        seconds: how long each copy is tried.

    Source: J. McCalpin, "Memory Bandwidth and Machine Balance in Current High Performance Computers" (1995): STREAM's
    copy, with its count of bytes.
    """
    return {place: _best_copy(size, seconds) for place, size in PLACES.items()}


def _best_copy(size: int, seconds: float) -> float:
    import numpy as np

    source, target = np.ones(size // 8), np.zeros(size // 8)
    return 2 * source.nbytes / fastest(lambda: np.copyto(target, source), seconds)


def _key() -> str:
    import numpy as np
    import onnxruntime

    measured_by = onnxruntime.__version__, np.__version__, PLACES
    return hashlib.sha256(repr((processor(), measured_by)).encode()).hexdigest()[:16]


def _read(path: Path) -> dict[str, float] | None:
    """Return what was kept; None where nothing is, or not what belongs there."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    wanted = {"float32", "int8", *PLACES}
    good = (
        isinstance(found, dict)
        and found.keys() == wanted
        and all(isinstance(each, float) and each > 0 for each in found.values())
    )
    return found if good else None
