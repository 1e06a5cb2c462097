"""The two programs of a RUN on paper: what pip and closure.py leave, and what they do not find."""

from __future__ import annotations

import pytest

from course_utils.dockerfiles import paper_build
from course_utils.dockerfiles.bases import SITE
from course_utils.dockerfiles.programs import CACHE, TOOLS_PYTHON, behind_pip, in_place, is_tool, option
from course_utils.expect import Unmet

CONTEXT = ["lists/a.txt", "lists/b.txt", "closure.py"]
PYTHON = "FROM python:3.11-slim-bookworm\nCOPY lists closure.py /w/\nWORKDIR /w\n"
A = "packages of lists/a.txt"


def added(run: str) -> dict[str, str]:
    """Return what a RUN adds to the image."""
    return paper_build(f"{PYTHON}RUN {run}", CONTEXT)["does"][-1]["made"]


@pytest.mark.parametrize("how", ["pip", "pip3", "python -m pip", "python3 -m pip"])
@pytest.mark.parametrize("which", ["-r a.txt", "--requirement=a.txt", "--requirement /w/a.txt"])
def test_pip_installs_a_list_and_keeps_its_cache(how, which):
    assert added(f"{how} install {which}") == {in_place(SITE, A): A, CACHE: "pip's cache"}
    assert added(f"{how} install --no-cache-dir {which}") == {in_place(SITE, A): A}


@pytest.mark.parametrize("target", ["--target parts", "--target=/w/parts", "-t ./parts"])
def test_packages_go_into_a_folder_of_their_own(target):
    assert added(f"pip install --no-cache-dir {target} -r a.txt") == {in_place("/w/parts", A): A}


def test_a_list_of_words_is_run_without_a_shell():
    assert added('["pip", "install", "--no-cache-dir", "-r", "a.txt"]') == {in_place(SITE, A): A}


@pytest.mark.parametrize("words", ["plate --python parts", "--python parts plate", "/w/plate --python=parts"])
def test_the_course_s_tool_takes_python_and_its_packages_and_no_more(words):
    made = added(f"pip install --no-cache-dir -t parts -r a.txt && python closure.py {words}")
    python = {f"/w/plate{each}": "Python and its libraries" for each in TOOLS_PYTHON}
    assert made == python | {in_place("/w/parts", A): A, in_place("/w/plate/site", A): A}


@pytest.mark.parametrize("run", ["pip wheel -r a.txt", "apt-get update", "sort a.txt", "pip cache purge"])
def test_another_command_adds_nothing(run):
    assert added(run) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("RUN pip install -r c.txt", "line 4 .* pip finds no /w/c.txt"),
        ("RUN pip install -r '$A.txt'", "single quotes keep the"),
        ("RUN python closure.py plate --python b", "line 4 .* finds no folder /w/b"),
        ("RUN python closure.py --python /w", "line 4 .* closure.py needs a ROOT"),
        ("RUN python closure.py plate --python b --no-cache-dir", "line 4 .* knows no --no-cache-dir"),
        ("RUN python /closure.py plate", "line 4 .* Python finds no /closure.py"),
        ("FROM debian:12\nRUN pip install -r a", "line 5 .* there is no pip"),
        ("RUN --mount=type=cache,target=/a pip install -r a.txt", "line 4 .* knows no --mount of RUN"),
    ],
)
def test_what_they_do_not_find_is_said(text, said):
    with pytest.raises(Unmet, match=said):
        paper_build(PYTHON + text, CONTEXT)


def test_a_command_is_read_as_words():
    assert behind_pip(["pip", "install", "--requirement=a", "", "-q"]) == ["--requirement", "a", "-q"]
    assert behind_pip(["pip", "download", "a"]) is behind_pip(["uv", "pip", "install"]) is None
    assert option(["-r", "a", "-r", "b", "-t", "c"], "-r", "--requirement") == ["a", "b"]
    assert is_tool(["python", "/w/closure.py"]) and not is_tool(["python", "-m", "closure.py"])
