"""The services in real containers: locked down, they answer as the model does, and say what is wrong with a request."""

from __future__ import annotations

import json
import subprocess
import time

import numpy as np
import pytest
from sample_course import ROOT

from course_utils.errors import CourseError
from course_utils.images.records import load
from course_utils.images.serving import LOCKED, asked, running

SERVICES = ("onnx", "lean", "native", "bare")
PAPER = [[0.0] * 16 for _ in range(16)]


def changed(y: int, x: int, value: object) -> list:
    picture = [list(row) for row in PAPER]
    picture[y][x] = value
    return picture


BAD = {
    "not_json": (b"{", "body"),
    "nothing": (b"", "body"),
    "no_pixels": (b"{}", ""),
    "another_name": (json.dumps({"pixel": PAPER}).encode(), ""),
    "a_name_too_many": (json.dumps({"pixels": PAPER, "more": 1}).encode(), ""),
    "a_row_too_few": (json.dumps({"pixels": PAPER[1:]}).encode(), "pixels"),
    "a_row_too_many": (json.dumps({"pixels": [*PAPER, PAPER[0]]}).encode(), "pixels"),
    "a_short_row": (json.dumps({"pixels": [[0.0], *PAPER[1:]]}).encode(), "pixels.0"),
    "a_long_row": (json.dumps({"pixels": [*PAPER[1:], [0.0] * 17]}).encode(), "pixels.15"),
    "too_dark": (json.dumps({"pixels": changed(3, 5, 1.01)}).encode(), "pixels.3.5"),
    "below_paper": (json.dumps({"pixels": changed(3, 5, -0.01)}).encode(), "pixels.3.5"),
    "not_a_number": (json.dumps({"pixels": changed(3, 5, float("nan"))}).encode(), "pixels.3.5"),
    "text": (json.dumps({"pixels": changed(3, 5, "1")}).encode(), "pixels.3.5"),
    "truth": (json.dumps({"pixels": changed(3, 5, True)}).encode(), "pixels.3.5"),
    "nothing_inside": (json.dumps({"pixels": changed(3, 5, None)}).encode(), "pixels.3.5"),
}


@pytest.fixture(scope="module", params=SERVICES)
def service(request, engine, built):
    """One service of each kind, running as `course images weigh` runs it: read-only, with no rights."""
    image = built(request.param)
    with running(engine, image) as (found, container, _):
        found.image, found.container = image, container
        yield found


def test_a_hundred_digits_get_the_models_labels(service):
    images, _, expected = asked()
    answers = [service.predict(image) for image in images]
    np.testing.assert_array_equal([answer["digit"] for answer in answers], expected)
    assert all(1 >= answer["probability"] >= 0.1 for answer in answers)
    assert all(answer["model_version"] == "1" for answer in answers)


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_422_and_the_place(service, case):
    body, place = BAD[case]
    status, answer = service.ask("POST", "/predict", body)
    assert (status, list(answer)) == (422, ["detail"])
    assert answer["detail"].startswith(place)
    assert len(answer["detail"]) > len(place) + 10
    assert answer["detail"].endswith(".")
    assert service.predict(np.zeros((16, 16), np.float32))["digit"] in range(10), "and it goes on serving"


def test_whole_numbers_and_exponents_are_numbers(service):
    body = json.dumps({"pixels": changed(0, 0, 1)}).replace("0.0,", "1e-3,", 1).encode()
    assert service.ask("POST", "/predict", body)[0] == 200


def test_health_says_what_serves(service):
    status, answer = service.ask("GET", "/health")
    assert status == 200
    assert answer == {
        "status": "ok",
        "model_version": "1",
        "decision_threshold": 0.5,
        "execution_provider": "CPUExecutionProvider",
    }


def test_it_runs_as_nobody(engine, service):
    told = engine.run("top", service.container, "-o", "pid,uid").splitlines()[1:]
    assert {line.split()[1] for line in told} == {"10001"}


def test_it_weighs_no_more_than_it_may(engine, service):
    assert engine.inspect(service.image.tag)["Size"] <= service.image.budget


@pytest.mark.parametrize(("name", "times"), [("lean", 7), ("native", 25), ("bare", 900)])
def test_lean_ones_beside_pytorch(engine, built, name, times):
    torch = load(ROOT / "solutions" / "08_docker_images" / "images.json")["torch"]
    assert torch["unpacked_bytes"] >= times * engine.inspect(built(name).tag)["Size"]


@pytest.mark.parametrize("name", SERVICES)
def test_it_serves_without_a_network(engine, built, name):
    options = (*LOCKED, "--network", "none", "--health-interval", "1s")
    container = engine.run("run", "--detach", *options, built(name).tag)
    try:
        for _ in range(300):
            state = engine.run("inspect", "--format", "{{.State.Health.Status}}", container)
            if state != "starting":
                break
            time.sleep(0.1)
        assert state == "healthy"
    finally:
        engine.run("rm", "--force", container)


@pytest.mark.parametrize("name", SERVICES)
def test_the_environment_decides(engine, built, name):
    settings = ("--env", "DECISION_THRESHOLD=0.9999999", "--env", "MODEL_VERSION=2026-11")
    with running(engine, built(name), *settings) as (service, _, _):
        answer = service.predict(np.full((16, 16), 0.5, np.float32))
        assert (answer["accepted"], answer["model_version"]) == (False, "2026-11")
        assert service.ask("GET", "/health")[1]["decision_threshold"] == 0.9999999


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize(
    "setting", ["DECISION_THRESHOLD=high", "DECISION_THRESHOLD=1.5", "EXECUTION_PROVIDER=CUDAExecutionProvider"]
)
def test_a_bad_setting_stops_it_with_a_sentence(engine, built, name, setting):
    variable, _, value = setting.partition("=")
    command = [engine.client, "run", "--rm", *LOCKED, "--env", setting, built(name).tag]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    (said,) = [line for line in done.stderr.splitlines() if variable in line]
    assert value in said


def test_another_model_is_found_out(engine, built, monkeypatch):
    from course_utils.images import serving

    images, labels, expected = asked()
    wrong = expected.copy()
    wrong[42] = (wrong[42] + 1) % 10
    monkeypatch.setattr(serving, "asked", lambda: (images, labels, wrong))
    with pytest.raises(CourseError, match=r"native: digit 42 is a \d to the service and a \d to the model"):
        serving.measure(engine, built("native"))
