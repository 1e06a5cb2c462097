"""The command `course`: what each room of the house can do, said and shown."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import click

from course_utils.errors import CourseError
from course_utils.images.cli import images
from course_utils.layout import Course
from course_utils.terminal import print_table, progress_bar

LESSONS = click.argument("lessons", nargs=-1, metavar="[LESSON…]")


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
@click.option("--again", is_flag=True, help="Run those lessons too that have not changed since.")
def progress(lessons: tuple[str, ...], timeout: int, again: bool) -> None:
    """Show which exercises pass their visible tests, and what is left."""
    from course_utils.progress import points_of
    from course_utils.progress import progress as measure

    course = Course.find()
    unread = course.misnamed()
    for lesson in course.choose(lessons, course.released()):
        try:
            with progress_bar(lesson.id) as on_cell:
                exercises = measure(lesson.release, timeout, on_cell, again)
        except CourseError as error:
            unread.append(str(error))
            continue
        done, most = points_of(exercises), sum(each.points for each in exercises)
        click.echo(f"\n{lesson.id}: {done:g} of {most:g} points by the visible tests")
        rows = [(each.number, each.title, f"{each.points:g}", each.state, each.message) for each in exercises]
        print_table(("", "exercise", "points", "state", "what to look at"), rows)
    if unread:
        raise CourseError("\n".join(unread))


for joined in entry_points(group="course.commands"):  # what instructors have, and students do not
    for command in joined.load():
        main.add_command(command)

main.add_command(images)
