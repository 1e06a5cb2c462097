"""Attacks in containers: they earn what they earn in bubblewrap, and nothing of them is left on the engine."""

import json

import pytest
from marks_of import total
from sample_course import make_sample
from yard import CANARY, attacks, notebook

from course_staff.authoring.release import build
from course_staff.grading.attempt import Attempt
from course_staff.grading.runners import runner

# What could end, hold or flood a container's one pipe, and what only the engine's own limits stop.
NAMES = ("exits", "endless_and_deaf", "fork_bomb", "garbage_on_the_wire", "memory_bomb", "network", "processes_left")
CHOSEN = [attack for attack in attacks() if attack.name in NAMES]

pytestmark = pytest.mark.timeout(1800)  # the first of them waits for the image


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    return build(make_sample(tmp_path_factory.mktemp("yard") / "course").authored()[0])


@pytest.mark.parametrize("attack", CHOSEN, ids=lambda attack: attack.name)
def test_an_attack_gains_nothing(engine, grader_image, lesson, attack):
    executed = runner("container")(Attempt(notebook(lesson, attack, PORT=9), timeout=4))
    shown = json.dumps([cell.get("outputs") for cell in json.loads(executed.notebook)["cells"]])
    assert total(executed.notebook) == attack.earns, (executed.notes, shown[-3000:])
    assert not any("silent" in note or "ended early" in note for note in executed.notes)
    assert CANARY not in shown
    assert not engine.run("ps", "--all", "--quiet", "--filter", "name=^grade-")
