"""What a maintainer does with a lesson: release it, prove it, hand it out."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import click

from course_utils.layout import Course
from course_utils.terminal import print_table, progress_bar

LESSONS = click.argument("lessons", nargs=-1, metavar="[LESSON…]")


@click.command()
@LESSONS
@click.option(
    "--check", is_flag=True, help="Write nothing; exit 1 where a committed notebook is not what its text gives."
)
@click.option("--force", is_flag=True, help="Replace a notebook that somebody has worked in.")
def release(lessons: tuple[str, ...], check: bool, force: bool) -> None:
    """Make the notebooks that students get from the lessons' text."""
    from course_staff.authoring.release import is_fresh
    from course_staff.authoring.release import release as write

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


@click.command()
@LESSONS
@click.option("--every-test", is_flag=True, help="Also name what wrong answers lose beyond what they must; slower.")
@click.option(
    "--mutants", is_flag=True, help="Instead, edit each solution in every small way; say what no test notices."
)
@click.option("--sample", type=click.IntRange(1), help="Try only so many edits of each lesson, drawn anew each time.")
@click.option("--seed", type=int, help="Draw that sample again.")
def check(lessons: tuple[str, ...], every_test: bool, mutants: bool, sample: int | None, seed: int | None) -> None:
    """Prove every promise of a lesson: real marks, right and wrong answers, rules, time."""
    if mutants:
        sys.exit(_check_mutants(lessons, sample, seed))
    from course_staff.checking.promises import POINTS, SECONDS
    from course_staff.checking.promises import check as prove

    course = Course.find()
    reports = []
    for lesson in course.choose(lessons, course.authored()):
        with progress_bar(lesson.id) as on_step:
            reports.append(prove(lesson, on_step, every_test))
    columns = ("lesson", "solution", "release", "wrong rejected", "vandals", "right accepted", "rules kept", "seconds")
    print_table(
        columns,
        [
            (
                report.lesson,
                f"{_points(report.solution)}/{POINTS}",
                f"{_points(report.release)}/{POINTS}",
                *(f"{kept}/{all_}" for kept, all_ in (report.wrong, report.vandals, report.right, report.rules)),
                f"{report.seconds:.0f}",
            )
            for report in reports
        ],
    )
    for report in reports:
        if report.slow is not None:
            took = f"its solution took {report.slow:.0f} s of the processor"
            click.echo(f"{report.lesson}: slow here, {took}; about {SECONDS} s is meant.")
    problems = [f"{report.lesson}: {problem}" for report in reports for problem in report.problems]
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(1 if problems else 0)


@click.command()
@LESSONS
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default="dist/lean-inference.zip",
    show_default=True,
    help="The archive to write.",
)
def bundle(lessons: tuple[str, ...], out: Path) -> None:
    """Make what you hand out: the notebooks, and the package without solutions, hidden tests or grading."""
    from course_staff.authoring.bundle import bundle as write

    course = Course.find()
    chosen = course.choose(lessons, course.authored())
    with progress_bar("bundle") as on_step:
        size = write(course, chosen, out, on_step)
    click.echo(f"{out}: {len(chosen)} lessons, {size / 1e3:.0f} KB")


def _check_mutants(lessons: tuple[str, ...], sample: int | None, seed: int | None) -> int:
    from course_staff.checking.noticing import notice

    course, found = Course.find(), []
    seed = secrets.randbits(32) if seed is None else seed
    for lesson in course.choose(lessons, course.authored()):
        with progress_bar(lesson.id) as on_step:
            found.append(notice(lesson, sample, seed, on_step))
    rows = [(each.lesson, f"{each.tried}", f"{each.known}", f"{len(each.unnoticed)}") for each in found]
    print_table(("lesson", "edits tried", "known to change nothing", "noticed by no test"), rows)
    if sample:
        click.echo(f"the same sample again: --seed {seed}")
    problems = [f"{each.lesson}: {mutant.exercise}: {mutant.edit}" for each in found for mutant in each.unnoticed]
    problems += [f"{each.lesson}: listed, and no edit any more: {edit}" for each in found for edit in each.stale]
    for problem in problems:
        click.echo(problem, err=True)
    return 1 if problems else 0


def _points(score: float | None) -> str:
    return "none" if score is None else f"{score:g}"
