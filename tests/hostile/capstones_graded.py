"""Entries to lesson 16 that try to gain by a trick, and what the real grading, in the sandbox, gives them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from course_staff.authoring.lesson import read_lesson
from course_staff.authoring.release import build
from course_staff.checking.graded import grade_in_sandbox
from course_utils.layout import Course

FOLDER = Path(__file__).parent / "capstones"
PATIENCE = 180  # seconds that a cell may take: an entry trains, on a machine that may be busy


@dataclass(frozen=True)
class Trick:
    """What is tried, the text of the cell that a student writes, what it may earn of 11, and words of the refusal."""

    name: str
    tries: str
    text: str
    earns: list[float]
    says: str


def tricks() -> list[Trick]:
    """Return all tricks, by name."""
    return [trick for path in sorted(FOLDER.glob("*.py")) for trick in _read(path)]


def graded(root: Path, scratch: Path) -> dict[str, dict[str, str]]:
    """Return for each trick the tests that it loses, with the reason; "nothing" has the honest answer's."""
    lesson = next(each for each in Course(root).authored() if each.id.startswith("16"))
    tests = frozenset(cell.id for cell in read_lesson(lesson.text) if cell.role == "test" and cell.exercise == "entry")
    source = build(lesson).source
    texts = {"honest": source} | {trick.name: _with(source, trick.text) for trick in tricks()}
    found = grade_in_sandbox(lesson, texts, dict.fromkeys(texts, tests), scratch, lambda: None, PATIENCE)
    errors = {name: result.error for name, result in found.results.items() if result.error}
    assert errors == {}
    return {name: found.lost.get(name, {}) for name in texts}


def points() -> dict[str, float]:
    """Return the points of each test of an entry."""
    from sample_course import ROOT

    lesson = next(each for each in Course(ROOT).authored() if each.id.startswith("16"))
    return {
        cell.id: cell.points for cell in read_lesson(lesson.text) if cell.exercise == "entry" and cell.role == "test"
    }


def _with(source: str, text: str) -> str:
    notebook = json.loads(source)
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "entry":
            cell["source"] = text
    return json.dumps(notebook)


def _read(path: Path) -> list[Trick]:
    """Return a file's trick; where it says ``# each: name = value, …``, one for each, the value in EACH's place."""
    text = path.read_text()
    ways = re.search(r"^# each: (.*)$", text, re.MULTILINE)
    if ways is None:
        return [_trick(path.stem, text)]
    pairs = (way.split(" = ") for way in ways[1].split(", "))
    return [_trick(f"{path.stem}_{name}", text.replace("EACH", value)) for name, value in pairs]


def _trick(name: str, text: str) -> Trick:
    said = dict(re.findall(r"^# (tries|earns|says): (.*)$", text, re.MULTILINE))
    earns = [float(each) for each in said["earns"].split(" or ")]
    return Trick(name, said["tries"], text, earns, said.get("says", ""))
