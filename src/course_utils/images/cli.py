"""The commands `course images …`: build, weigh and compare the course's images."""

from __future__ import annotations

from pathlib import Path

import click

from course_utils.errors import CourseError
from course_utils.layout import Course
from course_utils.terminal import print_table, progress_bar

NAMES = click.argument("names", nargs=-1, metavar="[IMAGE…]")
LESSON = click.option("--lesson", default="01", show_default=True, help="Which lesson the image `lesson` holds.")
FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def images() -> None:
    """Build, weigh and compare container images; IMAGE is torch, onnx, lean, native, bare, lab, …"""


@images.command()
def model() -> None:
    """Make the model that the services answer with, for docker compose."""
    from course_utils.images.context import make_model

    course = Course.find()
    folder = make_model(course.root)
    (folder / "wheels").mkdir(exist_ok=True)
    click.echo(f"model written to {folder.relative_to(course.root)}")


@images.command()
@NAMES
@LESSON
@click.option("--clean", is_flag=True, help="Take nothing from the build cache.")
def build(names: tuple[str, ...], lesson: str, clean: bool) -> None:
    """Build images (default: torch, onnx, lean, native, bare) and say what they weigh."""
    from course_utils.images import building, engine
    from course_utils.images.catalog import MEGABYTE
    from course_utils.images.comparing import over_budget

    course, wanted = _asked(names, lesson)
    found = engine.find()
    sizes, rows = {}, []
    for image in wanted:
        with progress_bar(image.name) as on_step:
            built = building.build(found, image, course.root, on_step, clean=clean)
        sizes[image.name] = found.inspect(image.tag)["Size"]
        cached = sum(step.cached for step in built.steps)
        budget = f"{image.budget / MEGABYTE:.0f}" if image.budget else "–"
        size = f"{sizes[image.name] / MEGABYTE:,.1f}"
        rows.append((image.name, f"{built.seconds:.1f}", f"{cached} of {len(built.steps)}", size, budget))
    print_table(("image", "seconds", "steps from the cache", "unpacked MB", "at most"), rows)
    _within(over_budget(sizes))


@images.command()
@NAMES
@LESSON
@click.option("--output", type=FILE, help="Where the records go (default: the data of lesson 08).")
def weigh(names: tuple[str, ...], lesson: str, output: Path | None) -> None:
    """Measure images: build each clean, cached and edited, weigh it, run it, and keep the records."""
    from course_utils.images import engine, records
    from course_utils.images.measuring import measure, measure_base

    course, wanted = _asked(names, lesson)
    try:
        found = engine.find()
    except CourseError:
        if records.recorded(course).is_file():
            _show(records.load(records.recorded(course)))
        raise
    path = output or records.to_write(course)
    measured = {}
    for image in wanted:
        with progress_bar(image.name) as on_step:
            measured[image.name] = measure(found, image, course.root, on_step)
        records.keep(path, image.name, measured[image.name])
        click.echo(f"{image.name}: measured")
    if "base" in names or "base" not in records.load(path):
        measured["base"] = measure_base(found, course.root)
        records.keep(path, "base", measured["base"])
    _show(measured)
    click.echo(f"records kept in {path}")


@images.command()
@NAMES
@click.option("--output", type=FILE, help="Where the records are (default: the data of lesson 08).")
def race(names: tuple[str, ...], output: Path | None) -> None:
    """Time an answer of each service in turns, all at work at once, and keep it in the records.

    The first image is what the others are compared with (default: torch, onnx, lean, native, bare).
    """
    from course_utils.images import engine, racing, records
    from course_utils.images.catalog import chosen

    course, found = Course.find(), engine.find()
    path = output or records.to_write(course)
    kept, wanted = records.load(path), chosen(names)
    if absent := [image.name for image in wanted if image.name not in kept]:
        raise CourseError(f"{path}: no records of {', '.join(absent)}; first: course images weigh {' '.join(absent)}")
    raced = racing.race(found, wanted)
    for name, answer in raced.items():
        records.keep(path, name, kept[name] | {"answer": answer})
    columns = ("image", "an answer, ms", "of the first's", "95 % interval")
    print_table(columns, [racing.row(name, answer) for name, answer in raced.items()])
    click.echo(f"records kept in {path}")


@images.command()
@click.option("--input", "source", type=FILE, help="The records to read (default: your own, else those of lesson 08).")
@click.option("--figure", type=FILE, help="Draw the sizes into this file (.png, .svg, .pdf).")
def compare(source: Path | None, figure: Path | None) -> None:
    """Show the recorded images side by side, and what is built here beside its budget."""
    from course_utils.images import comparing, engine, records
    from course_utils.images.catalog import IMAGES

    course = Course.find()
    kept = records.load(source or records.recorded(course))
    _show(kept)
    if figure:
        click.echo(f"{figure}: {comparing.draw(kept, figure)}")
    try:
        found = engine.find()
    except CourseError:
        return click.echo("no engine answers here: these are the recorded measurements.")
    here = {name: known["Size"] for name, image in IMAGES.items() if (known := found.inspect(image.tag))}
    if here:
        rows = [
            (name, f"{size / 1e6:,.1f}", f"{kept[name]['unpacked_bytes'] / 1e6:,.1f}" if name in kept else "–")
            for name, size in here.items()
        ]
        print_table(("image", "unpacked MB here", "recorded"), rows)
    _within(comparing.over_budget(here or {name: record["unpacked_bytes"] for name, record in kept.items()}))


def _asked(names: tuple[str, ...], lesson: str) -> tuple[Course, list]:
    from course_utils.images.catalog import chosen, for_lesson

    course = Course.find()
    others = tuple(name for name in names if name != "base")
    wanted = [] if names and not others else chosen(others)
    if any(image.name == "lesson" for image in wanted):
        (one,) = course.choose((lesson,), course.released())
        wanted = [for_lesson(image, one.id) for image in wanted]
    return course, wanted


def _show(measured: dict) -> None:
    from course_utils.images.comparing import COLUMNS, rows

    print_table(COLUMNS, rows(measured))
    for date, cpu, version in sorted({_origin(record) for record in measured.values()}):
        click.echo(f"measured {date}: {cpu}, Docker {version}")


def _origin(record: dict) -> tuple[str, str, str]:
    measured = record["measured"]
    hardware = measured["hardware"]
    return measured["date"], f"{hardware['cpu']}, {hardware['usable']} cores", measured["engine"]["version"]


def _within(too_heavy: list[str]) -> None:
    if too_heavy:
        raise CourseError(f"over budget: {'; '.join(too_heavy)}; find what grew with `course images weigh`.")
