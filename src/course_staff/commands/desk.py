"""What an instructor does with marks: hand them to an LMS, learn from them, show a class its front."""

from __future__ import annotations

from pathlib import Path

import click

from course_utils.errors import CourseError
from course_utils.layout import Course
from course_utils.terminal import print_table, printable

FORMS = ("csv", "table", "moodle", "canvas")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default="grading/marks.csv")
@click.option("--for", "form", type=click.Choice(FORMS), default=FORMS[0], show_default=True, help="Who reads FILE.")
@click.option("--roster", type=click.Path(dir_okay=False, path_type=Path), help="The file that the LMS gave out.")
@click.option("--lesson", help="One lesson alone; Moodle reads one at a time.")
@click.option("--column", default="Grade", show_default=True, help="What your Moodle calls the column of grades.")
def export(file: Path, form: str, roster: Path | None, lesson: str | None, column: str) -> None:
    """Write all marks to FILE as CSV (default: grading/marks.csv).

    csv has a row for each lesson and student, table a row for each student who handed in and a column for each lesson.
    moodle and canvas fill in the file that the LMS gave out: Moodle's grading worksheet of one assignment, or Canvas'
    gradebook, whose assignments begin with the lesson's number.
    """
    from course_staff.desk.exporting import exported
    from course_staff.grading.marks import write_marks
    from course_utils.files import write_whole

    course = Course.find()
    if form in ("csv", "table") and roster is not None:
        raise CourseError(f"--roster is read for moodle and canvas alone, not for {form}.")
    if form == "csv":
        if lesson is not None:
            raise CourseError("csv has all lessons; --lesson goes with --for table, moodle or canvas.")
        write_marks(course, file)
        click.echo(f"marks written to {file}")
        return
    chosen = course.choose((lesson,), course.authored())[0] if lesson else None
    made = exported(course, form, roster, chosen, column)
    write_whole(file, made.text)
    click.echo(f"{made.filled} marks written to {file}")
    if made.strangers:
        names = printable(", ".join(made.strangers))
        raise click.ClickException(f"{roster} has no row for: {names}; enter {len(made.strangers)} by hand.")


@click.command()
@click.argument("lesson")
@click.option("--names", is_flag=True, help="Say on the page who did not get all points of which test.")
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The HTML file to write, with a CSV beside it  [default: grading/report-<lesson>.html]",
)
def report(lesson: str, names: bool, page: Path | None) -> None:
    """Show what the tests of LESSON tell about a class graded before, and what the class tells about the tests.

    For each test: how many passed it, how well it separates strong students from weak ones, the likely causes that
    students saw, how many ran out of time. Tests that nobody fails, and tests that strong students fail, are named.
    """
    from course_staff.desk.items import items
    from course_staff.desk.report import shown, write_csv, write_page

    course = Course.find()
    (chosen,) = course.choose((lesson,), course.authored())
    found = items(course, chosen)
    page = page or course.root / "grading" / f"report-{chosen.id}.html"
    write_page(chosen.id, found, page, names)
    write_csv(found, page.with_suffix(".csv"))
    rows = shown(found)
    print_table(rows[0].keys(), [[printable(text) for text in row.values()] for row in rows])
    click.echo(f"written to {page} and {page.with_suffix('.csv').name}")


@click.command()
@click.argument("lesson", default="16")
@click.option("--names", is_flag=True, help="Name the students; else each has a pseudonym, always the same.")
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The HTML file to write, table and figure  [default: grading/leaderboard-<lesson>.html]",
)
@click.option("--csv", "table", type=click.Path(dir_okay=False, path_type=Path), help="Write the table as CSV, too.")
def leaderboard(lesson: str, names: bool, page: Path | None, table: Path | None) -> None:
    """Show who answers right with the least: a class's entries in LESSON (default: 16), graded before.

    The figures are those of the trusted process that judged the files, whatever a student's notebook prints. An entry
    stands on the front where none of the others beats it in accuracy, bytes and multiply-adds together. Pseudonyms are
    drawn by a secret in grading/pseudonyms.key: keep it to yourself, and everybody keeps theirs.
    """
    from course_staff.desk.entries import entries
    from course_staff.desk.leaderboard import ranked, shown, write_csv, write_page
    from course_staff.desk.pseudonyms import pseudonyms

    course = Course.find()
    (chosen,) = course.choose((lesson,), course.authored())
    found = entries(course, chosen)
    called = {name: name for name in found} if names else pseudonyms(found, course.root / "grading")
    rows = ranked({called[student]: entry for student, entry in found.items()})
    page = page or course.root / "grading" / f"leaderboard-{chosen.id}.html"
    write_page(chosen.id, rows, page)
    told = shown(rows)
    print_table(told[0].keys(), [[printable(text) for text in row.values()] for row in told])
    click.echo(f"{len(rows)} entries, {sum(row[-1] for row in rows)} on the front; page written to {page}")
    if table:
        write_csv(rows, table)
        click.echo(f"table written to {table}")
