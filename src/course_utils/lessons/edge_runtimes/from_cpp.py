"""Two networks in a C++ program, as they were recorded: a TorchScript file, and a package of AOTInductor."""

from __future__ import annotations

from typing import Any

from course_utils import tables
from course_utils.lessons.edge_runtimes.runtimes import in_words
from course_utils.lessons.recorded import read_recorded, recorded_path
from course_utils.markup import duration
from course_utils.timing.comparison import Ratio

FILE, LESSON = "from_cpp.json", "14_edge_runtimes"
EAGER, SCRIPT, AOTI = "eager PyTorch", "TorchScript in C++", "AOTInductor in C++"


def recorded() -> dict[str, Any]:
    """Return what was recorded: ``when``, ``hardware``, ``torch``, ``load``, ``program``; ``runs``, a dict for each.

    It is read from ``from_cpp.json`` beside the notebook, else from the course's own.

    Raises:
        CourseError: there is none, or it cannot be read.
    """
    return read_recorded(recorded_path(LESSON, FILE), "the record")


def show_from_cpp() -> dict[str, str]:
    """Show the record; return, in words, the time of the last network by AOTInductor over eager PyTorch's."""
    found = recorded()
    tables.show(rows(found))
    print(conditions(found))
    print("To measure your own: python benchmarks/from_cpp.py --save")
    last = found["runs"][-1]
    return {f"recorded: {last['runtime']} over eager, {last['network']}": str(Ratio(*last["ratio"]))}


def rows(found: dict[str, Any]) -> list[dict[str, str]]:
    """Return a record's figures as words, a row for each network and runtime."""
    return [
        {
            "network": run["network"],
            "run by": run["runtime"],
            "made in": "" if run["seconds"] is None else f"{run['seconds']:.2g} s",
            "its file": "" if run["bytes"] is None else in_words(run["bytes"]),
            "right": f"{run['right'] / run['of']:.1%}",
            "labels as eager's": f"{run['equal']} of {run['of']}",
            "one picture": duration(run["ms"] * 1e6),
            "time over eager": "1" if run["runtime"] == EAGER else str(Ratio(*run["ratio"])),
        }
        for run in found["runs"]
    ]


def conditions(found: dict[str, Any]) -> str:
    """Return what the program takes, how its networks were measured, and where."""
    program, libraries = found["program"], found["program"]["libraries"]
    return (
        f"The program: {in_words(program['bytes'])}, compiled in {program['seconds']:.0f} s. "
        f"What it needs of LibTorch: {in_words(sum(libraries.values()))} ({', '.join(libraries)}).\n"
        f"One thread, time of the processor, {found['runs'][-1]['rounds']} rounds; in brackets: 95 % intervals.\n"
        f"Recorded on {found['when']}, load {found['load']}: {found['hardware']}."
    )
