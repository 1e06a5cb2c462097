"""What `course grade` prints for each student, in a real terminal and for the eye."""

import os
import re
import sys

import pexpect

from course_staff.commands.grading import _in_short

ERASED = re.compile(r"\x1b\[2K")
COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def test_in_a_terminal_a_row_stands_on_a_line_of_its_own(room):
    for student in ("ann", "bob"):
        room.submit(student, room.solved())
    program = "from course_utils.cli import main; main(prog_name='course')"
    env = os.environ | {"TERM": "xterm-256color", "COLUMNS": "100"}
    command = ["-c", program, "grade", "01", "--sandbox", "none", "--workers", "1"]
    terminal = pexpect.spawn(sys.executable, command, cwd=str(room.course.root), env=env, timeout=300)
    terminal.expect(pexpect.EOF)
    shown = terminal.before.decode()
    assert "2/2" in shown  # the bar was there
    lines = [COLOURS.sub("", part) for line in re.split(r"[\r\n]+", shown) for part in ERASED.split(line)]
    rows = [line for line in lines if " of 20 in " in line]
    assert len(rows) == 2
    assert all(row.startswith(student) for row, student in zip(rows, ("ann", "bob"), strict=True)), rows


def test_what_is_said_of_many_cells_is_said_once():
    notes = ("a: was edited", "b: was edited", "c: was edited", "taken for halves", "d: was edited", "e: is missing")
    assert _in_short(notes) == ["taken for halves", "e: is missing", "each of 4 cells: was edited"]
    assert _in_short(notes[:3]) == list(notes[:3])
