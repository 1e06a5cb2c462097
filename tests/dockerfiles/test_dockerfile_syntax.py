"""The text of a Dockerfile becomes steps; what is no Dockerfile is refused with its line."""

from __future__ import annotations

import pytest

from course_utils.dockerfiles import LAYERS, parse, stage_number, takes, variables
from course_utils.dockerfiles.places import placed
from course_utils.dockerfiles.variables import expand, quoted
from course_utils.expect import Unmet


def words(line: str) -> list[str]:
    return parse(line)[0]["words"]


def test_a_step_says_all_that_is_known_of_it():
    text = "\n# why\nfrom debian:12 as Words\n\nCOPY --from=words --chown=1:1 a.txt \\\n  # between\n  b.txt /to/\n"
    first, second = parse(text)
    assert (first["name"], first["words"], first["called"], first["stage"]) == ("FROM", ["debian:12"], "words", 0)
    assert second["line"] == 5
    assert second["flags"] == {"from": "words", "chown": "1:1"}
    assert second["words"] == ["a.txt", "b.txt", "/to/"]
    assert second["text"] == "COPY --from=words --chown=1:1 a.txt b.txt /to/"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('CMD ["cat", "a b"]', ["cat", "a b"]),
        ("CMD ['cat']", ["['cat']"]),  # no JSON: a shell's words
        ("RUN [ -f a ] && b", ["[ -f a ] && b"]),
        ("ENV A=1 B='two words'", ["A=1", "B=two words"]),
        ("ENV A two words", ["A=two words"]),
        ('COPY ["a b", "./"]', ["a b", "./"]),
        ('LABEL a="b c"', ["a=b c"]),
        ("WORKDIR", [""]),
    ],
)
def test_words_are_split_as_each_instruction_does(line, expected):
    assert words(line) == expected


def test_only_json_is_a_list():
    assert [parse(f"CMD {rest}")[0]["is_list"] for rest in ('["a"]', "['a']", '["a",]', "a")] == [True] + [False] * 3


def test_what_stands_above_from_has_no_stage():
    assert [step["stage"] for step in parse("ARG A=1\nFROM a\nRUN b\nFROM c")] == [-1, 0, 0, 1]


def test_a_heredoc_is_no_instruction():
    steps = parse("RUN <<EOF\nset -e\nFROM nowhere\nEOF\nUSER 1")
    assert [step["name"] for step in steps] == ["RUN", "USER"]
    assert steps[0]["body"] == ["set -e", "FROM nowhere"]


def test_stages_are_found_by_name_and_number():
    steps = parse("FROM a AS First\nFROM b\nFROM c AS last")
    found = [stage_number(steps, name) for name in ("first", "FIRST", "last", "1", "debian:12")]
    assert found == [0, 0, 2, 1, None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FROM a\nWORKDIRR /b", "line 2 .* no instruction WORKDIRR"),
        ("FROM a\nRUN b &&\nc", r"line 3 .* is a \\ missing at the end of the line above"),
        ("COPY 'a b ./", "quotation mark is not closed"),
    ],
)
def test_what_is_no_dockerfile_is_refused(text, said):
    with pytest.raises(Unmet, match=said):
        parse(text)


def test_layers_are_made_by_steps_that_change_files():
    assert set(LAYERS) == {"RUN", "COPY", "ADD", "WORKDIR"}


@pytest.mark.parametrize(
    ("source", "path", "expected"),
    [
        ("words/", "words/en.txt", True),
        ("words", "words/deep/en.txt", True),
        (".", "words/en.txt", True),
        ("/", "words/en.txt", True),
        ("./words/../words", "words/en.txt", True),
        ("*.txt", "en.txt", True),
        ("words/?n.txt", "words/en.txt", True),
        ("w*", "words/en.txt", True),
        ("*.txt", "words/en.txt", False),
        ("words", "wordsmith.py", False),
        ("words/en.txt", "words", False),
    ],
)
def test_a_copy_takes_files_folders_and_patterns(source, path, expected):
    assert takes(source, path) is expected


def test_a_folder_is_copied_without_itself():
    there = {"/app/a.py": "app/a.py", "/app/deep/b.py": "app/deep/b.py", "/c.txt": "c.txt"}
    assert placed(["app"], "./", there, "/srv") == {"/srv/a.py": "app/a.py", "/srv/deep/b.py": "app/deep/b.py"}
    assert placed(["c.txt"], "d.txt", there, "/srv") == {"/srv/d.txt": "c.txt"}
    assert placed(["c.txt"], "/to/", there, "/srv") == {"/to/c.txt": "c.txt"}
    assert placed(["nothing"], ".", there, "/srv") == {}


def test_variables_are_found_and_replaced():
    text = "$A-${B}-${C:-otherwise}-${A:+instead}-${D:+instead}-$E"
    assert variables(text) == {"A", "B", "C", "D", "E"}
    assert expand(text, {"A": "1", "B": "2"}) == "1-2-otherwise-instead--"


def test_quotes_and_backslashes_keep_the_sign():
    kept = quoted(r"""'$A' "$A" \$A "'$A'" """)
    assert expand(kept, {"A": "1"}) == """'$A' "1" $A "'1'" """
