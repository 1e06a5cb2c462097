"""Lesson 14's networks in a C++ program: the record that is kept, the table it becomes, and the script."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from sample_course import ROOT

from course_utils.errors import CourseError
from course_utils.lessons import edge_runtimes as lesson
from course_utils.lessons.edge_runtimes.from_cpp import AOTI, EAGER, FILE, LESSON, SCRIPT

sys.path.insert(0, str(ROOT / "benchmarks"))

import from_cpp

TEXT = (ROOT / "solutions" / LESSON / FILE).read_text(encoding="utf-8")
RECORD = json.loads(TEXT)


@pytest.fixture(autouse=True)
def folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / FILE).write_text(TEXT)
    return tmp_path


def test_the_record_has_both_networks_by_all_three():
    pairs = [(run["network"], run["runtime"]) for run in RECORD["runs"]]
    assert pairs == [(network, runtime) for network in ("digits", "resnet") for runtime in (EAGER, SCRIPT, AOTI)]


def test_every_label_recorded_is_eagers():
    assert {run["of"] for run in RECORD["runs"]} == {450}
    assert [run["network"] for run in RECORD["runs"] if run["equal"] != run["of"]] == []
    for network in ("digits", "resnet"):
        (right,) = {run["right"] for run in RECORD["runs"] if run["network"] == network}
        assert 0.95 * 450 < right <= 450


def test_times_recorded_agree_with_each_other():
    for eager, *others in (RECORD["runs"][:3], RECORD["runs"][3:]):
        assert (eager["ratio"], eager["seconds"], eager["bytes"]) == ([1, 1, 1], None, None)
        for run in others:
            value, low, high = run["ratio"]
            assert 0 < low <= value <= high
            assert run["ms"] / eager["ms"] == pytest.approx(value, rel=0.1)
            assert run["seconds"] > 0 and run["bytes"] > 0 and run["rounds"] == eager["rounds"] >= 30


def test_the_record_says_where_it_is_from_and_nothing_of_that_machines_folders():
    assert re.fullmatch(r".+ \(.+\), \d+ cores .+ on 1 thread", RECORD["hardware"])
    assert RECORD["torch"] in RECORD["hardware"] and RECORD["load"] >= 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", RECORD["when"])
    assert not re.search(r"/\w+/", TEXT)
    program = RECORD["program"]
    assert program["seconds"] > 0 and "libtorch_cpu.so" in program["libraries"]
    assert program["bytes"] < 10**6 < 10**8 < sum(program["libraries"].values())


def test_the_record_is_shown_as_a_table(shown, capsys):
    (key, value), *more = lesson.show_from_cpp().items()
    assert AOTI in key and "resnet" in key and " to " in value and not more
    table, said = shown[-1]["text/plain"], capsys.readouterr().out
    assert len(table.splitlines()) == 1 + len(RECORD["runs"]) and value in table
    assert table.count("450 of 450") == 6
    assert RECORD["hardware"] in said and "436 MB" in said and "benchmarks/from_cpp.py --save" in said


def test_a_record_beside_the_notebook_comes_first(shown, folder_of_its_own):
    path = folder_of_its_own / FILE
    path.write_text(TEXT.replace('"equal": 450', '"equal": 17'))
    lesson.show_from_cpp()
    assert "17 of 450" in shown[-1]["text/plain"]
    path.write_text("{")
    with pytest.raises(CourseError, match="fetch the lesson's folder anew"):
        lesson.show_from_cpp()


def test_without_a_compiler_the_script_says_so_in_a_sentence(tmp_path):
    command = [sys.executable, ROOT / "benchmarks" / "from_cpp.py"]
    done = subprocess.run(command, env=os.environ | {"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"Error: g\+\+ is not on the PATH; install a C\+\+ compiler.*\.\n", done.stderr)


PROGRAM = """
import sys
for line in sys.stdin:
    print("0123" if line == "label\\n" else int(line.split()[1]) * 1000, flush=True)
"""


def test_a_program_is_asked_by_lines_and_a_clock_counts_what_it_says(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    watch = from_cpp.Stopwatch()
    with from_cpp.running(sys.executable, tmp_path / "program.py", tmp_path / "pictures", 8) as runtime:
        assert runtime.labels() == "0123"
        watch.run(runtime, times=3)
        watch.run(runtime, times=4)
    assert watch() == 7000
