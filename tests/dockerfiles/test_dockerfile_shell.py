"""A RUN's shell on paper: which commands are reached, and what it refuses."""

from __future__ import annotations

import pytest

from course_utils.dockerfiles.shell import reached
from course_utils.expect import Unmet


def said(script: str, **values: str) -> list[str]:
    """Return the commands that a script reaches, each as one text."""
    return [" ".join(command) for command in reached(script, values, 3).commands]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("a; b", ["a", "b"]),
        ("a && b || c", ["a", "b"]),
        ("false && a || b", ["b"]),
        ("false; a", ["a"]),
        ("! false && a", ["a"]),
        ("set -e\na \\\n  --long\nb", ["a --long", "b"]),
        ("a && { b; c; }", ["a", "b", "c"]),
        ("list=x; a $list", ["a x"]),
        ("a  # b; c", ["a"]),
        ("a '# b' b#c  # d\ne", ["a # b b#c", "e"]),
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
        ('case "$A" in 1) false ;; *) b ;; esac', False),
        ('case "$A" in 2) exit 1 ;; *) b ;; esac', True),
    ],
)
def test_a_shell_ends_as_its_last_command_does(script, well):
    assert reached(script, {"A": "1"}, 1).ends_well == well


def test_assignments_last():
    shell = reached("A=1 B=$A; c $B", {"A": "0"}, 1)
    assert (shell.values, shell.commands) == ({"A": "1", "B": "0"}, [["c", "0"]])


@pytest.mark.parametrize(
    ("script", "stops"),
    [
        ("set -e; [ 1 = 2 ]; b", True),
        ("set -eu\n[ 1 = 2 ] && b", False),
        ("set -e; if [ 1 = 2 ]; then b; fi; c", False),
        ("[ 1 = 2 ]; b", False),
    ],
)
def test_it_ends_where_set_e_says(script, stops):
    if not stops:
        reached(script, {}, 1)
        return
    with pytest.raises(Unmet, match="behind `set -e`"):
        reached(script, {}, 1)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('[ "$A" == 1 ] && b', "line 3 .* sh, which knows no `\\[\\[` and no `==`"),
        ('["$A" = 1 ] && b', "line 3 .* a blank belongs behind it"),
        ('[ "$A" = 1] && b', "line 3 .* before \\]"),
        ('[ "$A"="1" ] && b', "line 3 .* blanks belong around ="),
        ("for a in b; do c; done", "not for"),
        ("while true; do c; done", "not while"),
        ("(a; b)", "not \\("),
        ("a | b", "not \\|"),
        ("a > log", "not >"),
        ("a 2>&1", "not >"),
        ("a & b", "not &"),
        ("echo $(date)", "not \\$\\("),
        ("A=1 b", "not A=1 b"),
        ("PATH=/a; b", "not PATH=/a"),
        ("export A=1", "not export"),
        ("cd /a && b", "not cd"),
        ("exit 0; b", "not exit"),
        ("[ -e /dev/null ] && b", "what -e asks"),
    ],
)
def test_what_is_refused(script, expected):
    with pytest.raises(Unmet, match=expected):
        reached(script, {"A": "1"}, 3)


@pytest.mark.parametrize("script", ["if a; then b", "if a; b; fi", "case a in b) c", "{ a", "a 'b", "[ a ] b ] && c"])
def test_what_does_not_end_is_no_script(script):
    with pytest.raises((IndexError, ValueError)):
        reached(script, {}, 1)
