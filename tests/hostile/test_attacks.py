"""No attack earns a point that its answers do not deserve, leaks, outlives its sandbox, or changes another's mark."""

import json
import socket

import psutil
import pytest
from marks_of import total
from sample_course import make_sample
from yard import CANARY, SCRIPT, attacks, notebook

from course_utils.authoring.release import build
from course_utils.grading.attempt import Attempt, runner

SECONDS = 4
ALL = attacks()
HONEST = next(attack for attack in ALL if attack.name == "honest_beside")
IN_PROCESS = [attack for attack in ALL if attack.plain is not None]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(make_sample(tmp_path_factory.mktemp("yard") / "course").authored()[0])


@pytest.fixture(scope="module")
def run():
    return runner("bubblewrap")


@pytest.fixture(scope="module")
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.01)
        yield server


def processes():
    """Return the processes that belong to this one's sandbox."""
    return {p.pid for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE}


@pytest.mark.parametrize("attack", ALL, ids=lambda attack: attack.name)
def test_an_attack_gains_nothing(run, built, listener, attack, tmp_path):
    before = processes()
    places = {"PORT": listener.getsockname()[1], "ROOT": tmp_path}
    executed = run(Attempt(notebook(built, attack, **places), timeout=SECONDS))
    left = processes() - before
    shown = json.dumps([cell.get("outputs") for cell in json.loads(executed.notebook)["cells"]])
    assert total(executed.notebook) == attack.earns, (executed.notes, shown[-3000:])
    assert CANARY not in shown
    assert len(executed.notebook) < 20_000_000
    assert not left
    with pytest.raises(TimeoutError):
        listener.accept()
    assert total(run(Attempt(notebook(built, HONEST), timeout=60)).notebook) == 20


@pytest.mark.parametrize("attack", IN_PROCESS, ids=lambda attack: attack.name)
def test_in_a_plain_kernel_the_same_file_gains(built, attack):
    executed = runner("none")(Attempt(notebook(built, attack), timeout=60))
    assert total(executed.notebook) == attack.plain


def test_nothing_that_is_shown_can_run_in_a_browser(run, built):
    attack = next(attack for attack in ALL if attack.name == "markup")
    executed = run(Attempt(notebook(built, attack), timeout=60))
    outputs = [output for cell in json.loads(executed.notebook)["cells"] for output in cell.get("outputs", [])]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    pages = "".join(output["data"]["text/html"] for output in outputs if "text/html" in output.get("data", {}))
    assert kinds <= {"text/plain", "text/html"}
    assert not any(word in pages for word in ("<script", "onerror=", "onload=", "javascript:", "<svg", "<iframe"))
    assert SCRIPT in pages  # as text
