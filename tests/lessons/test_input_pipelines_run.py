"""The film through the stages of lesson 12, both ways: what is drawn, said and measured of it."""

from __future__ import annotations

import re
import sys
import time

import numpy as np
import pytest
from threaded_answers import run_pipeline, unwritten

from course_utils import withheld
from course_utils.lessons import input_pipelines as lesson
from course_utils.lessons.input_pipelines import film, gil, running, stages


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A run of few painted frames, with a network that takes every picture for a 3."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(film, "COUNT", 8)
    monkeypatch.setattr(film, "EACH", 2)
    monkeypatch.setattr(film, "has_pyav", lambda: False)

    class Session:
        def run(self, names, feed):
            assert feed["input"].shape == (1, 1, 28, 28) and feed["input"].dtype == np.float32
            return [np.eye(10, dtype=np.float32)[[3]]]

    for module in (stages, running):
        monkeypatch.setattr(module, "session", Session)
    monkeypatch.setattr(running, "FROM", 2)
    monkeypatch.setattr(running, "FRAMES", 3)
    monkeypatch.setattr(gil, "ROUNDS", 1)
    monkeypatch.setattr(gil, "EACH", 1)
    yield
    withheld.working_on(None)


def test_a_run_is_drawn_said_and_used(capsys, small):
    run = lesson.draw_gantt(run_pipeline, stages.own_preprocess, lesson.open_film())
    said = capsys.readouterr().out
    assert "Bars by stage" in said and "piped: " in said and "2 of 8 right" in said
    assert run.labels == {"sequential": [3] * 8, "piped": [3] * 8} and run.speedup > 0
    assert list(run.stage_ms()) == list(stages.NAMES)
    assert re.fullmatch(r"\d+%", lesson.show_pace(lambda ms, threads: ("infer", 10.0), run))
    assert "The bottleneck is infer: 10 frames" in capsys.readouterr().out
    assert lesson.show_pace(unwritten, run) == "not measured"
    assert lesson.draw_gil(run).startswith("decode ")
    assert gil.LOOP in capsys.readouterr().out


def test_without_a_pipeline_there_is_half_a_run(capsys, small):
    run = lesson.draw_gantt(unwritten, unwritten, lesson.open_film())
    said = capsys.readouterr().out
    assert "12.4 is not written" in said and "12.1 is not written" in said and np.isnan(run.speedup)
    assert lesson.show_pace(lambda ms, threads: ("infer", 10.0), run) == "not measured"


def test_a_loop_in_python_lets_nobody_in_and_sleep_everybody():
    before = sys.getswitchinterval()
    with gil.ticking() as turns:
        asleep = gil.pace(turns, lambda: time.sleep(0.05))
        awake = gil.pace(turns, lambda: sum(range(300_000)))
    assert asleep > 5 * awake and sys.getswitchinterval() == before
