"""The comparisons recorded for ten seeds, with the machine they ran on; ``benchmarks/pruning_runs.py`` makes them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError
from course_utils.files import write_whole
from course_utils.lessons.recorded import read_recorded, recorded_path

FILE = "runs.json"
LESSON = "10_pruning_and_distillation"
FORMAT = 1

Runs = dict[str, dict[str, dict[str, list[float]]]]


@cache
def recorded() -> dict[str, Any]:
    """Return what was recorded: ``seeds``, ``when``, ``hardware``, and accuracies by comparison, row and name.

    It is read from ``runs.json`` beside the notebook, else from the course's own.

    Raises:
        CourseError: there is none, or it cannot be read.
    """
    path = recorded_path(LESSON, FILE)
    found = read_recorded(path, "the recorded runs")
    if type(found) is not dict or found.get("format") != FORMAT:
        raise CourseError(f"{path}: these are no recorded runs of format {FORMAT}; fetch the lesson's folder anew.")
    return found


def origin() -> str:
    """Return how many seeds were recorded, when and where, in words."""
    found = recorded()
    return f"{len(found['seeds'])} seeds recorded on {found['when']}: {found['hardware']}"


def with_live(kind: str, live: dict[str, dict[str, float]]) -> dict[str, dict[str, list[float]]]:
    """Return the recorded accuracies of a comparison, "cut" or "taught", with one more where this session has it."""
    return {
        row: {name: [*values, *([now[name]] if name in now else [])] for name, values in columns.items()}
        for row, columns in recorded()[kind].items()
        for now in [live.get(row, {})]
    }


def keep(path: Path, runs: dict[str, list[dict[str, dict[str, float]]]], **about: Any) -> None:
    """Write runs, for each comparison a list with one entry a seed, to ``path``.

    Args:
        about: what else to say of them: seeds, when, hardware.
    """
    merged = {
        kind: {row: {name: [each[row][name] for each in found] for name in found[0][row]} for row in found[0]}
        for kind, found in runs.items()
    }
    write_whole(path, json.dumps({"format": FORMAT} | about | merged, indent=1) + "\n")
