"""A Dockerfile built on paper: what lies in the image, and what would not build."""

from __future__ import annotations

import pytest

from course_utils.dockerfiles import paper_build
from course_utils.dockerfiles.bases import brought
from course_utils.expect import Unmet

CONTEXT = ["lists/a.txt", "lists/b.txt", "app/one.py", "app/two.py", "closure.py", "README.md"]
PYTHON = "FROM python:3.11-slim-bookworm\n"
OWN = "the base's own"


def view(text: str, **arguments: str) -> dict[str, str]:
    """Return what a container sees, without what the base brings."""
    image = paper_build(text, CONTEXT, **arguments)
    return {path: what for path, what in image["view"].items() if path not in brought(image["image"])}


def test_files_lie_where_copy_puts_them():
    seen = view("FROM debian:12\nWORKDIR /srv\nWORKDIR app\nCOPY app/ ./\nCOPY README.md /why.txt")
    assert seen == {"/srv/app/one.py": "app/one.py", "/srv/app/two.py": "app/two.py", "/why.txt": "README.md"}


@pytest.mark.parametrize(("arguments", "expected"), [({}, "lists/a.txt"), ({"LIST": "b"}, "lists/b.txt")])
def test_an_argument_chooses(arguments, expected):
    assert set(view("FROM debian:12\nARG LIST=a\nCOPY lists/${LIST}.txt /list", **arguments).values()) == {expected}


def test_an_argument_above_from_is_empty_below_until_it_is_declared_again():
    text = "ARG A=12\nFROM debian:$A\nENV B=$A\nARG A\nENV C=$A"
    image = paper_build(text, CONTEXT)
    assert image["image"] == "debian:12"
    assert image["env"] == {"B": "", "C": "12"}


def test_only_the_last_stage_counts_and_stages_give_files():
    text = f"{PYTHON}COPY app /app\nENV A=1\nFROM scratch AS bare\nCOPY --from=0 /app/one.py /\nFROM bare\nUSER 7"
    image = paper_build(text, CONTEXT)
    assert (image["image"], image["view"], image["env"]) == ("scratch", {"/one.py": "app/one.py"}, {})
    assert image["USER"]["words"] == ["7"]
    assert len(image["stages"]) == 3


@pytest.mark.parametrize(
    ("image", "brings"),
    [("scratch", set()), ("debian:12", {OWN}), ("python:3.11-slim-bookworm", {OWN, "pip", "Python"})],
)
def test_bases_bring_what_matters(image, brings):
    assert set(brought(image).values()) == brings


def test_what_a_base_has_comes_along_with_its_folder():
    image = paper_build(f"{PYTHON}RUN a\nFROM scratch\nCOPY --from=0 /var /", CONTEXT)
    assert image["view"] == {"/lib/dpkg/status": OWN}


@pytest.mark.parametrize("step", ["WORKDIR /a", "WORKDIR /a/b", "COPY lists/a.txt /a/", "COPY app /usr/bin/env/"])
def test_a_file_is_no_folder(step):
    with pytest.raises(Unmet, match="is a file, and can be no folder"):
        paper_build(f"{PYTHON}COPY lists/a.txt /a\n{step}", CONTEXT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("RUN a", "line 1 .* RUN stands above FROM"),
        ("ARG A=1", "a FROM"),
        ("FROM scratch\nRUN a", "line 2 .* scratch has no shell"),
        ("FROM a:1\nCOPY nothing ./", "line 2 .* no nothing in the build context"),
        ("ARG A=a\nFROM a:1\nCOPY lists/$A.txt ./", "line 3 .* is `ARG A=default`, without blanks, between FROM"),
        ("FROM a:1\nCOPY 'lists/$A.txt' ./", "single quotes keep the"),
        ("FROM a:1\nCOPY lists/{A}.txt ./", "is a \\$ missing"),
        ("FROM a:1\nCOPY app ./ # why", "line 2 .* a comment needs a line of its own"),
        ("FROM a:1\nCOPY --from=kitchen /a /", "line 2 .* no stage is called kitchen"),
        ("FROM a:1\nCOPY --from=3 /a /", "line 2 .* there is no stage 3"),
        ("FROM a:1 AS b\nFROM c:1\nCOPY --from=b /a /", "line 3 .* no /a in the stage b"),
        ("FROM 7", "line 1 .* there is no stage 7"),
        ("FROM a:1\nRUN []", "line 2 .* nothing to run"),
        ("FROM a:1\nRUN", "line 2 .* nothing to run"),
        ("FROM a:1\nCOPY app", "line 2 .* takes a source and a target"),
        ("FROM a:1\nCOPY app/one.py app/two.py /new", "line 2 .* a / at its end"),
        ("FROM a:1\nCOPY --from=0 /a.txt /b", "line 2 .* there is no stage 0 so far"),
        ("FROM a:1\nCOPY --from=nginx:1.27 /a /", "line 2 .* no stage is called nginx:1.27"),
        ("FROM debian:12 AS a\nFROM debian:12 AS a", "line 2 .* two stages are called a"),
        ("FROM debian:12 a", "FROM takes an image"),
        ("FROM debian:12 AS 1st", "a stage's name begins with a letter, .* not 1st"),
        ("FROM debian:12 AS a+b", "letters, digits, _, . and - alone: not a.b"),
        ("FROM a:1\nWORKDIR", "line 2 .* WORKDIR takes one folder"),
        ("FROM a:1\nWORKDIR a b", "line 2 .* WORKDIR takes one folder"),
        ("FROM a:1\nENV A=1 B", "ENV takes NAME=value"),
        (f'{PYTHON}RUN [ -n "$A" ] && ls', "line 2 .* ends with a test that does not hold"),
        ("FROM a:1\nRUN if b; then c; else d", "line 2 .* the shell cannot read RUN if b"),
    ],
)
def test_what_would_not_build_is_said_with_its_line(text, said):
    with pytest.raises(Unmet, match=said):
        paper_build(text, CONTEXT)


def test_a_command_and_a_health_check_are_kept_as_they_are_and_a_user_is_not():
    image = paper_build('FROM debian:12\nARG A=7\nUSER $A\nCMD ["a", "$A"]\nHEALTHCHECK CMD b $A', CONTEXT)
    assert [image[key]["words"] for key in ("USER", "CMD", "HEALTHCHECK")] == [["7"], ["a", "$A"], ["CMD b $A"]]


def test_a_step_knows_what_it_stands_below():
    image = paper_build("FROM debian:12\nRUN a\nARG A=7\nUSER 7\nRUN b\nFROM 0\nCOPY app ./", CONTEXT)
    assert [step["in_scope"] for step in image["does"]] == [set(), {"A"}, {"A"}]
    assert [step["user"]["words"] for step in image["does"][:2]] == [["root"], ["7"]]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("COPY app/one.py /tmp", "/tmp/one.py"),
        ("WORKDIR /w\nCOPY app/one.py /w", "/w/one.py"),
        ("COPY app/one.py /new", "/new"),
        ("COPY app /d\nCOPY app/one.py /d", "/d/one.py"),
    ],
)
def test_a_copy_goes_into_a_folder_that_is_there(text, place):
    assert view(f"FROM debian:12\n{text}")[place] == "app/one.py"


def test_a_stage_may_be_called_like_its_image():
    assert paper_build("FROM debian AS debian\nFROM debian", CONTEXT)["image"] == "debian"
