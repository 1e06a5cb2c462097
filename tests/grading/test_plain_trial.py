"""Answers tried in forks of a lesson: the rules of a score, and no answer touching another."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import plain_trial
import pytest
from plain_trial import try_answers

from course_staff.authoring.answers import Answer
from course_staff.authoring.lesson import read_lesson

OUTCOMES = {
    "right": ("def half(x):\n    return x / 2", ""),
    "wrong": ("def half(x):\n    return x", "AssertionError"),
    "no Python": ("def half(x)", "half"),
    "stderr": ("import sys\ndef half(x):\n    print('!', file=sys.stderr)\n    return x / 2", ""),
    "stderr of C": ("import os\ndef half(x):\n    os.write(2, b'!')\n    return x / 2", ""),
    "exit": ("import sys\ndef half(x):\n    sys.exit()", "SystemExit"),
    "prints": ("def half(x):\n    print(x)\n    return x / 2", ""),
}


def tried(sample, *sources: str) -> list[dict[str, str]]:
    cells = read_lesson(sample.authored()[0].text)
    answers = [Answer(source, "half", source, frozenset({"half_odd"}), n) for n, source in enumerate(sources)]
    return [lost for _, lost in try_answers(cells, answers)]


def test_an_answer_scores_as_a_notebook_would(sample):
    *outcomes, solution = tried(sample, *(source for source, _ in OUTCOMES.values()))
    assert solution == {}
    for name, lost in zip(OUTCOMES, outcomes, strict=True):
        reason = OUTCOMES[name][1]
        if not reason:
            assert lost == {}, name
        else:
            assert set(lost) == {"half_even", "half_odd"}, name
            assert reason in lost["half_even"] + lost["half_odd"], name


def test_answers_do_not_meet(sample):
    poison = "import math\nmath.isclose = None\nmath.half = 1\ndef half(x):\n    return x / 2"
    clean = "import math\nassert not hasattr(math, 'half')\ndef half(x):\n    return x / 2"
    assert tried(sample, poison, clean) == [{}, {}, {}]


def test_a_process_that_dies_is_reported(sample):
    died, _ = tried(sample, "import os\ndef half(x):\n    os._exit(3)")
    assert "died with status" in died[""]


def test_native_code_that_never_ends_is_killed(sample, monkeypatch):
    trial = Path(plain_trial.__file__)
    short = sample.root / "trial.py"
    short.write_text(trial.read_text().replace("SECONDS_PER_ANSWER = 300", "SECONDS_PER_ANSWER = 3"))
    deaf = (
        "import ctypes\ndef half(x):\n    ctypes.PyDLL(None).pause()\n    ctypes.PyDLL(None).pause()\n    return x / 2"
    )
    job = {
        "cells": [["solution", "half", "half", "def half(x): return x / 2"], ["test", "half_even", "half", "half(4)"]]
    }
    job["answers"] = [["half", deaf, False]]
    run = subprocess.run([sys.executable, short], input=json.dumps(job), capture_output=True, text=True, check=True)
    assert "no way to interrupt it" in run.stdout


def test_a_right_answer_meets_all_tests_that_follow(sample):
    cells = read_lesson(sample.authored()[0].text)
    once = "calls = []\ndef half(x):\n    calls.append(x)\n    return x / 2 if len(calls) < 5 else 0"
    (_, lost), _ = try_answers(cells, [Answer("tires", "half", once, frozenset(), 1)])
    assert set(lost) == {"half_odd", "quarter_values"} or set(lost) == {"quarter_values"}


def test_a_wrong_answer_meets_what_is_given_between_its_tests(sample):
    path = sample.authored()[0].text
    given = '# %% readonly="given"\nexpected = 2.5\n\n# %% test="half_odd" points=5\n'
    path.write_text(
        path.read_text().replace(
            '# %% test="half_odd" points=5\nassert half(5) == 2.5', given + "assert half(5) == expected"
        )
    )
    lost, solution = tried(sample, "def half(x):\n    return x // 2")
    assert solution == {}
    assert lost["half_odd"].startswith("AssertionError")


def test_a_test_cell_that_ends_in_a_value_is_found(sample):
    path = sample.authored()[0].text
    path.write_text(path.read_text().replace("### END HIDDEN TESTS\n", "### END HIDDEN TESTS\n10\n", 1))
    (solution,) = tried(sample)
    assert "ends in a value, 10" in solution["half_even"]


def test_a_broken_trial_says_so(sample, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(sample.root))
    (sample.root / "IPython").mkdir()
    (sample.root / "IPython" / "__init__.py").write_text("raise RuntimeError('no IPython here')")
    with pytest.raises(RuntimeError, match=r"the trial broke: (.|\n)*no IPython here"):
        tried(sample, "x = 1")
