"""A RUN's shell on paper: which commands are reached, and what it refuses."""

from __future__ import annotations

import pytest

from course_utils.dockerfiles.shell import reached
from course_utils.expect import Unmet


def said(script: str, bash: bool = False, **values: str) -> list[str]:
    """Return the commands that a script reaches, each as one text."""
    return [" ".join(command) for command in reached(script, values, 3, bash).commands]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("a; b", ["a", "b"]),
        ("a && b || c", ["a", "b"]),
        ("false && a || b", ["b"]),
        ("false; a", ["a"]),
        ("! false && a", ["a"]),
        ("set -e\na \\\n  --long\nb", ["a --long", "b"]),
        ("(a; b) && { c; }", ["a", "b", "c"]),
        ("a | b > log", ["a", "b"]),
        ("echo $(date)", ["echo unknown"]),
    ],
)
def test_lists(script, expected):
    assert said(script) == expected


@pytest.mark.parametrize(("cuda", "expected"), [("1", ["one"]), ("2", ["two"]), ("", ["other"])])
@pytest.mark.parametrize(
    "script",
    [
        'if [ "$CUDA" = "1" ]; then one; elif test $CUDA -eq 2; then two; else other; fi',
        'case "$CUDA" in 1|one) one ;; 2*) two ;; *) other ;; esac',
        '[ "$CUDA" = 1 ] && one || { [ "$CUDA" != 2 ] && other || two; }',
        'if [ "$CUDA" = 1 ]\nthen one\nelse if [ "$CUDA" = 2 ]\nthen two\nelse other\nfi\nfi',
    ],
)
def test_branches(script, cuda, expected):
    assert said(script, CUDA=cuda) == expected


@pytest.mark.parametrize(
    ("test", "holds"),
    [
        ('[ -n "$A" ]', True),
        ('[ -z "$A" ]', False),
        ("[ $A ]", True),
        ("[ $NONE ]", False),
        ('[ ! -z "$NONE" ]', False),
        ("[ '$A' = 1 ]", False),
        ('test "$A" -ne 2', True),
        ('[ "$A" -gt 0 ]', True),
        ('[ "$NONE" -ge 0 ]', False),
        ('[ "$A" = 2 -o "$A" = 1 ]', True),
        ('[ "$A" = 1 -a "$A" = 2 ]', False),
    ],
)
def test_tests(test, holds):
    assert said(f"{test} && reached", A="1") == ["reached"] * holds


@pytest.mark.parametrize(
    ("script", "well"),
    [
        ('[ "$A" = 2 ] && b', False),
        ('[ "$A" = 2 ] && b || c', True),
        ('if [ "$A" = 2 ]; then b; fi', True),
        ('if [ "$A" = 1 ]; then false; fi', False),
        ('case "$A" in 1) exit 1 ;; *) b ;; esac', False),
        ('case "$A" in 2) exit 1 ;; *) exit 0 ;; esac', True),
    ],
)
def test_a_shell_ends_as_its_last_command_does(script, well):
    assert reached(script, {"A": "1"}, 1).ends_well == well


def test_assignments_last_and_are_exported():
    shell = reached("A=1 B=$A; export C=$B; echo $C", {"A": "0"}, 1)
    assert shell.values == {"A": "1", "B": "0", "C": "0"}
    assert shell.commands == [["echo", "0"]]


@pytest.mark.parametrize(
    ("script", "seen"),
    [("A=1 && b", ""), ("A=1 b", "1"), ("A=1; export A; b", "1"), ("export A=1; b", "1"), ("HOME=1; b", "")],
)
def test_what_is_set_and_not_exported_no_command_sees(script, seen):
    environment = reached(script, {"HOME": "/"}, 1).environment
    assert environment.get("A", "") == seen
    assert environment["HOME"] == ("1" if "HOME" in script else "/")


def test_bash_knows_more_than_sh():
    assert said('[[ "$A" == 1 ]] && b', bash=True, A="1") == ["b"]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('[ "$A" == 1 ] && b', "line 3 .* sh, which knows no `\\[\\[` and no `==`"),
        ('["$A" = 1 ] && b', "line 3 .* a blank belongs behind it"),
        ('[ "$A" = 1] && b', "line 3 .* before \\]"),
        ('[ "$A"="1" ] && b', "line 3 .* blanks belong around ="),
        ("for a in b; do c; done", "does not know `for`"),
        ("while true; do c; done", "does not know `while`"),
    ],
)
def test_what_is_refused(script, expected):
    with pytest.raises(Unmet, match=expected):
        reached(script, {"A": "1"}, 3)


@pytest.mark.parametrize("script", ["if a; then b", "if a; b; fi", "case a in b) c", "( a", "a 'b", "[ a ] b ] && c"])
def test_what_does_not_end_is_no_script(script):
    with pytest.raises((IndexError, ValueError)):
        reached(script, {}, 1)
