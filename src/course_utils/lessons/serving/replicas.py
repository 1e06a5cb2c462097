"""The digit service on Ray Serve, as it was recorded: what became of requests while a replica died."""

from __future__ import annotations

from typing import Any

from course_utils import tables
from course_utils.lessons.recorded import read_recorded, recorded_path

FILE, LESSON = "replicas.json", "13_serving"


def recorded() -> dict[str, Any]:
    """Return what was recorded: ``when``, ``hardware``, ``ray``, and ``runs``, a dict for each.

    It is read from ``replicas.json`` beside the notebook, else from the course's own.

    Raises:
        CourseError: there is none, or it cannot be read.
    """
    return read_recorded(recorded_path(LESSON, FILE), "the record")


def show_replicas() -> str:
    """Show the recorded runs; return, in words, how many requests had no right answer while a replica died."""
    found = recorded()
    rows = [
        {
            "replicas": str(run["replicas"]),
            "killed": "one" if run["killed"] else "none",
            "sent": f"{run['sent']:,}",
            "answered": f"{run['answered']:,}",
            "wrong": str(run["wrong"]),
            "a second": f"{run['per_second']:.0f}",
            "99th percentile": f"{run['p99_ms']:.0f} ms",
        }
        for run in found["runs"]
    ]
    tables.show(rows)
    print(f"Ray {found['ray']}, recorded on {found['when']}: {found['hardware']}.")
    print("To run it: pip install 'ray[serve]', then python benchmarks/replicas.py")
    lost = [run["sent"] - run["answered"] + run["wrong"] for run in found["runs"] if run["killed"]]
    return f"{sum(lost)} of {sum(run['sent'] for run in found['runs'] if run['killed']):,}"
