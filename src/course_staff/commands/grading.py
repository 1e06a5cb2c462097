"""What an instructor does with a class: collect, grade, give feedback."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from course_staff.grading.runners import SANDBOXES
from course_utils.errors import CourseError
from course_utils.layout import Course
from course_utils.terminal import interrupts, print_table, printable, progress_bar

LESSON = click.argument("lesson")
MANY = 4  # notes that say the same of as many cells are one


@click.command()
@LESSON
@click.argument("downloads", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DOWNLOAD…")
def collect(lesson: str, downloads: tuple[Path, ...]) -> None:
    """Put what Moodle or Canvas let you download into grading/submitted/.

    A DOWNLOAD is a zip archive as it came, a folder of such, or a folder it was unpacked to. Each student's latest
    attempt is taken, whole or not at all.
    """
    from course_staff.grading.collect import collect as put

    course = Course.find()
    (chosen,) = course.choose((lesson,), course.authored())
    results, strange = put(course, chosen, downloads)
    rows = [
        (each.student, str(each.files or ""), each.error or each.outcome, "; ".join(each.notes)) for each in results
    ]
    print_table(("student", "files", "what happened", "notes"), [map(printable, row) for row in rows])
    for name in strange:
        click.echo(f"left out, not named as an LMS names files: {printable(name)}", err=True)
    refused = [each.student for each in results if each.error]
    click.echo(f"{len(results) - len(refused)} of {len(results)} collected for {chosen.id}")
    if refused:
        raise click.ClickException(f"not collected: {printable(', '.join(refused))}; the rows above say why.")


@click.command()
@LESSON
@click.argument("students", nargs=-1, metavar="[STUDENT…]")
@click.option("--student", "more", multiple=True, metavar="STUDENT", help="A student to grade; can be given again.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Local processes; default: one per processor.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler whose workers to use, such as tcp://host:8786.")
@click.option(
    "--sandbox",
    type=click.Choice(SANDBOXES),
    default=SANDBOXES[0],
    show_default=True,
    help="Where students' code runs; none trusts it with everything.",
)
@click.option(
    "--timeout", type=click.IntRange(1), default=60, show_default=True, help="Seconds that one cell may take."
)
@click.option(
    "--budget",
    type=click.IntRange(1),
    metavar="SECONDS",
    help="That one submission may take  [default: five times what the answer key takes, at least 300]",
)
@click.option("--again", is_flag=True, help="Grade those too that have not changed since they were graded.")
def grade(
    lesson: str,
    students: tuple[str, ...],
    more: tuple[str, ...],
    workers: int | None,
    scheduler: str | None,
    sandbox: str,
    timeout: int,
    budget: int | None,
    again: bool,
) -> None:
    """Grade what lies in grading/submitted/<student>/<lesson>/, all students or those named.

    Interrupted or killed, the same command goes on where it stopped.
    """
    from course_staff.grading.autograde import Grader
    from course_staff.grading.engine import Workers, grade_class, unique

    if workers and scheduler:
        raise click.UsageError("--workers starts local processes and --scheduler uses others: give one of them.")
    course = Course.find()
    (chosen,) = course.choose((lesson,), course.authored())
    with Grader(course, chosen, timeout, sandbox=sandbox, budget=budget) as grader:
        names = unique((*students, *more)) or grader.students()
        if not names:
            raise CourseError(f"nothing to grade: no folder grading/submitted/<student>/{chosen.id} in {course.root}.")
        with progress_bar(chosen.id, rate=True) as on_student, interrupts() as check:

            def show(result: Any, done: int, total: int) -> None:
                print(printable(_row(result)), flush=True)  # click's echo would write past the bar, onto its line
                on_student(done, total)
                check()

            on_student(0, len(names))
            try:
                results = grade_class(grader, names, Workers(workers, scheduler), show, again)
            except KeyboardInterrupt:
                click.echo("interrupted; the same command goes on where this stopped", err=True)
                sys.exit(130)
    failed = [result.student for result in results if result.error]
    click.echo(f"{len(names) - len(failed)} of {len(names)} graded")
    if failed:
        raise click.ClickException(f"not graded: {printable(', '.join(failed))}; the rows above say why.")


@click.command()
@LESSON
def feedback(lesson: str) -> None:
    """Write each graded student's feedback as HTML, without the hidden tests."""
    from course_staff.grading.feedback import feedback as write

    course = Course.find()
    (chosen,) = course.choose((lesson,), course.authored())
    outcomes = write(course, chosen)
    for student, outcome in outcomes:
        place = outcome.relative_to(course.root) if isinstance(outcome, Path) else f"no feedback: {outcome}"
        click.echo(printable(f"{student}: {place}"))
    if not outcomes:
        raise CourseError(f"nothing is graded yet; run `course grade {chosen.id}` first.")
    if any(not isinstance(outcome, Path) for _, outcome in outcomes):
        raise click.ClickException("some feedback could not be written; the rows above say why.")


def _row(result: Any) -> str:
    if result.error:
        return f"{result.student}: not graded: {result.error}"
    notes = f"  ({'; '.join(_in_short(result.notes))})" if result.notes else ""
    how = "unchanged" if result.unchanged else f"in {result.seconds:.1f} s"
    return f"{result.student}: {result.score:g} of {result.max_score:g}{', ' if result.unchanged else ' '}{how}{notes}"


def _in_short(notes: tuple[str, ...]) -> list[str]:
    """Return notes for one row: what is said of many cells alike is said once. All of them stand in the ledger."""
    names: dict[str, list[str]] = {}
    for note in notes:
        name, colon, what = note.partition(": ")
        names.setdefault(what if colon else "", []).append(name if colon else note)
    plain = names.pop("", [])
    short = [f"{each}: {what}" for what, several in names.items() if len(several) < MANY for each in several]
    many = [f"each of {len(several)} cells: {what}" for what, several in names.items() if len(several) >= MANY]
    return [*plain, *short, *many]
