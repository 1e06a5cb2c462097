"""The command `course`: what each room of the house can do, said and shown."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from course_utils.errors import CourseError
from course_utils.images.cli import images
from course_utils.layout import Course
from course_utils.terminal import print_table, progress_bar

LESSONS = click.argument("lessons", nargs=-1, metavar="[LESSON…]")
LESSON = click.argument("lesson")


class Commands(click.Group):
    """A group whose commands end with one sentence, and exit code 1, where something is wrong."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CourseError as error:
            raise click.ClickException(str(error)) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Work, release, check and grade the course Lean Inference.

    Run it in the course's folder. A LESSON is named by its folder, or by a beginning of it that no other lesson has:
    `01` stands for `01_xor_and_adam`.
    """


@main.command()
@click.option("--instructor", is_flag=True, help="Open the whole course, with Formgrader.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to serve on; Jupyter chooses by default.")
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open a browser.")
def lab(instructor: bool, port: int | None, browser: bool) -> None:
    """Open the lessons in JupyterLab."""
    from course_utils.lab import open_lab

    sys.exit(open_lab(Course.find(), instructor, port, browser))


@main.command()
@LESSONS
@click.option("--timeout", default=60, show_default=True, help="Seconds that one cell may take.")
def progress(lessons: tuple[str, ...], timeout: int) -> None:
    """Show which exercises pass their visible tests, and what is left."""
    from course_utils.progress import progress as measure

    course = Course.find()
    for lesson in course.choose(lessons, course.released()):
        with progress_bar(lesson.id) as on_cell:
            exercises = measure(lesson.release, timeout, on_cell)
        done = sum(test.points for each in exercises for test in each.tests if test.passed)
        click.echo(f"\n{lesson.id}: {done:g} of {sum(each.points for each in exercises):g} points by the visible tests")
        rows = [(each.number, each.title, f"{each.points:g}", each.state, _first_failure(each)) for each in exercises]
        print_table(("", "exercise", "points", "state", "what to look at"), rows)


@main.command()
@LESSONS
@click.option(
    "--check", is_flag=True, help="Write nothing; exit 1 where a committed notebook is not what its text gives."
)
@click.option("--force", is_flag=True, help="Replace a notebook that somebody has worked in.")
def release(lessons: tuple[str, ...], check: bool, force: bool) -> None:
    """Make the notebooks that students get from the lessons' text."""
    from course_utils.authoring.release import is_fresh
    from course_utils.authoring.release import release as write

    course = Course.find()
    stale = []
    for lesson in course.choose(lessons, course.authored()):
        if not check:
            click.echo(f"{lesson.id}: {'written' if write(lesson, force) else 'unchanged'}")
        elif is_fresh(lesson):
            click.echo(f"{lesson.id}: fresh")
        else:
            stale.append(lesson.id)
    if stale:
        raise click.ClickException(f"stale: {', '.join(stale)}; run `course release {' '.join(stale)}` and commit.")


@main.command()
@LESSONS
def check(lessons: tuple[str, ...]) -> None:
    """Prove every promise of a lesson: real marks, right and wrong answers, rules, time."""
    from course_utils.checking.promises import POINTS
    from course_utils.checking.promises import check as prove

    course = Course.find()
    reports = []
    for lesson in course.choose(lessons, course.authored()):
        with progress_bar(lesson.id) as on_step:
            reports.append(prove(lesson, on_step))
    columns = ("lesson", "solution", "release", "wrong rejected", "right accepted", "rules kept", "seconds")
    print_table(
        columns,
        [
            (
                report.lesson,
                f"{_points(report.solution)}/{POINTS}",
                f"{_points(report.release)}/{POINTS}",
                *(f"{kept}/{all_}" for kept, all_ in (report.wrong, report.right, report.rules)),
                f"{report.seconds:.0f}",
            )
            for report in reports
        ],
    )
    problems = [f"{report.lesson}: {problem}" for report in reports for problem in report.problems]
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(1 if problems else 0)


@main.command()
@LESSON
@click.argument("students", nargs=-1, metavar="[STUDENT…]")
@click.option("--timeout", default=60, show_default=True, help="Seconds that one cell may take.")
def grade(lesson: str, students: tuple[str, ...], timeout: int) -> None:
    """Grade what lies in grading/submitted/<student>/<lesson>/, all students or those named."""
    from course_utils.grading.autograde import Grader

    course = Course.find()
    (chosen,) = course.choose((lesson,), course.authored())
    failed = []
    with Grader(course, chosen, timeout) as grader:
        names = students or grader.students()
        if not names:
            raise CourseError(f"nothing to grade: no folder grading/submitted/<student>/{chosen.id} in {course.root}.")
        with progress_bar(chosen.id) as on_student:
            for number, student in enumerate(names, 1):
                result = grader.grade(student)
                click.echo(_row(result))
                on_student(number, len(names))
                if result.error:
                    failed.append(student)
    click.echo(f"{len(names) - len(failed)} of {len(names)} graded")
    if failed:
        raise click.ClickException(f"not graded: {', '.join(failed)}; the rows above say why.")


@main.command()
@LESSON
def feedback(lesson: str) -> None:
    """Write each graded student's feedback as HTML, without the hidden tests."""
    from course_utils.grading.feedback import feedback as write

    course = Course.find()
    (chosen,) = course.choose((lesson,), course.authored())
    outcomes = write(course, chosen)
    for student, outcome in outcomes:
        place = outcome.relative_to(course.root) if isinstance(outcome, Path) else f"no feedback: {outcome}"
        click.echo(f"{student}: {place}")
    if not outcomes:
        raise CourseError(f"nothing is graded yet; run `course grade {chosen.id}` first.")
    if any(not isinstance(outcome, Path) for _, outcome in outcomes):
        raise click.ClickException("some feedback could not be written; the rows above say why.")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default="grading/marks.csv")
def export(file: Path) -> None:
    """Write all marks to FILE as CSV (default: grading/marks.csv)."""
    from course_utils.grading.marks import write_marks

    write_marks(Course.find(), file)
    click.echo(f"marks written to {file}")


main.add_command(images)


def _points(score: float | None) -> str:
    return "none" if score is None else f"{score:g}"


def _first_failure(exercise: object) -> str:
    return next((test.message for test in exercise.tests if not test.passed), "") if exercise.state == "failing" else ""


def _row(result: object) -> str:
    if result.error:
        return f"{result.student}: not graded: {result.error}"
    notes = f"  ({'; '.join(result.notes)})" if result.notes else ""
    return f"{result.student}: {result.score:g} of {result.max_score:g} in {result.seconds:.1f} s{notes}"
