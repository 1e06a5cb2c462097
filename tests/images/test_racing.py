"""Services raced: real containers, asked in turns; and who cannot take part is named."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sample_course import ROOT

from course_utils.errors import CourseError
from course_utils.images import racing, records
from course_utils.images.catalog import IMAGES

KEPT = records.load(ROOT / "solutions" / "08_docker_images" / "images.json")
PLAIN = ("torch", "onnx", "lean", "native", "bare")


def test_two_services_answer_in_turns(engine, built, monkeypatch):
    monkeypatch.setattr(racing, "ROUNDS", 20)
    found = racing.race(engine, [built("native"), built("bare")])
    assert list(found) == ["native", "bare"]
    assert {answer["over"] for answer in found.values()} == {"native"}
    first, other = found.values()
    assert (first["ratio"], first["low"], first["high"]) == (1, 1, 1)
    assert 0 < other["low"] <= other["ratio"] <= other["high"]
    assert all(answer["milliseconds"] > 0 and answer["hardware"] for answer in found.values())
    assert racing.row("native", first)[3] == "–"
    assert " to " in racing.row("bare", other)[3]


def test_one_alone_or_one_that_is_not_built_is_refused(engine):
    with pytest.raises(CourseError, match="two images or more"):
        racing.race(engine, [IMAGES["bare"]])
    absent = [replace(IMAGES["bare"], name=name) for name in ("nowhere", "never")]
    with pytest.raises(CourseError, match="not built: nowhere, never; first: course images build nowhere never"):
        racing.race(engine, absent)


def test_what_was_raced_goes_to_its_record_and_nothing_else_changes(tmp_path, monkeypatch):
    from course_utils.images import cli, engine

    answer = {"over": "native", "ratio": 1.0, "low": 1.0, "high": 1.0, "milliseconds": 2.0}
    monkeypatch.setattr(engine, "find", lambda: None)
    monkeypatch.setattr(racing, "race", lambda _, images: {image.name: answer for image in images})
    path = tmp_path / "images.json"
    for name in ("native", "bare"):
        records.keep(path, name, KEPT[name])
    before = json.loads(path.read_text())["images"]
    done = CliRunner().invoke(cli.images, ["race", "native", "bare", "--output", str(path)], catch_exceptions=False)
    assert done.exit_code == 0 and "an answer, ms" in done.output
    after = json.loads(path.read_text())["images"]
    assert {name: each.pop("answer") for name, each in after.items()} == {"native": answer, "bare": answer}
    assert after == {name: {key: each[key] for key in each if key != "answer"} for name, each in before.items()}
    with pytest.raises(CourseError, match="no records of lean; first: course images weigh lean"):
        CliRunner().invoke(cli.images, ["race", "native", "lean", "--output", str(path)], catch_exceptions=False)


@pytest.mark.parametrize("name", PLAIN)
def test_every_service_was_raced_over_pytorch(name):
    answer = KEPT[name]["answer"]
    assert answer["over"] == "torch"
    assert 0 < answer["low"] <= answer["ratio"] <= answer["high"]
    assert len({KEPT[each]["answer"]["date"] for each in PLAIN}) == 1, "in one run"
