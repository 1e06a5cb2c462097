"""Attacks read from their files, put into a notebook of the sample lesson, and what they may find there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from course_staff.authoring.release import Built

FOLDER = Path(__file__).parent / "attacks"
PART = re.compile(r"^# %% (half|quarter|own(?: \d+)?)$", re.MULTILINE)
CANARY = "canary-7f3a91"
SCRIPT = "script-5d20c4"


@dataclass(frozen=True)
class Attack:
    """What is tried, as the text of the cells that a student writes.

    Attributes:
        cells: by grade id; "own 30" is a cell of the student's own that stands at the end 30 times.
        earns: points that the answers deserve.
        plain: points that the same file earns in a plain kernel, where that is known.
    """

    name: str
    tries: str
    cells: dict[str, str]
    earns: float
    plain: float | None


def attacks() -> list[Attack]:
    """Return all attacks, by name."""
    return [_read(path) for path in sorted(FOLDER.glob("*.py"))]


def notebook(built: Built, attack: Attack, **places: object) -> str:
    """Return the notebook to grade: the key, with stubs but for what the attack writes.

    Args:
        places: replace ``@NAME@`` in the attack's text.
    """
    source, release = json.loads(built.source), json.loads(built.release)
    stubs = {cell["id"]: cell["source"] for cell in release["cells"] if _grading(cell).get("solution")}
    for part, text in attack.cells.items():
        if part.startswith("own"):
            numbers = range(int(part.removeprefix("own") or 1))
            source["cells"] += [_own(f"own-{number}", text) for number in numbers]
    for cell in source["cells"]:
        text = attack.cells.get(_grading(cell).get("grade_id", ""), stubs.get(cell["id"], cell["source"]))
        # In two strings, so that a traceback which quotes the line does not count as a leak.
        for name, value in {"CANARY": CANARY.replace("-", '-" "'), "SCRIPT": SCRIPT, **places}.items():
            text = "".join(text).replace(f"@{name}@", str(value))
        cell["source"] = text
    return json.dumps(source)


def _read(path: Path) -> Attack:
    text = path.read_text()
    _, *parts = PART.split(text)
    cells = dict(zip(parts[::2], parts[1::2], strict=True))
    said = dict(re.findall(r"^# (tries|earns|plain): (.*)$", text, re.MULTILINE))
    plain = float(said["plain"]) if "plain" in said else None
    return Attack(path.stem, said["tries"], cells, float(said.get("earns", "0").split()[0]), plain)


def _own(name: str, text: str) -> dict:
    return {"cell_type": "code", "id": name, "metadata": {}, "source": text, "outputs": [], "execution_count": None}


def _grading(cell: dict) -> dict:
    return cell["metadata"].get("nbgrader", {})
