"""Which edits of a lesson's solutions its tests notice, and which of the others are known to change nothing."""

from __future__ import annotations

import random
import tempfile
import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from course_staff.authoring.answers import Answer
from course_staff.authoring.lesson import LessonCell, read_lesson
from course_staff.authoring.release import build
from course_staff.checking.batches import Batch, batches
from course_staff.checking.graded import grade_in_sandbox
from course_staff.checking.mutants import Mutant, mutants
from course_staff.checking.redrawn import DRAWS
from course_utils.errors import CourseError
from course_utils.layout import Lesson

TIMEOUT = 20  # seconds that a cell may take; an edit may make a loop endless
FEW = 4  # notebooks that this process has graded before workers have started
GONE = "the student's process is gone"  # then its neighbours in the batch have not been judged

OnStep = Callable[[int, int], None]


@dataclass(frozen=True)
class Noticed:
    """What became of a lesson's edits.

    Attributes:
        tried: how many were tried.
        known: how many of those that no test notices are listed as equivalent.
        unnoticed: the others.
        stale: listed edits that the solutions no longer allow, as ``exercise: edit``.
    """

    lesson: str
    tried: int
    known: int
    unnoticed: list[Mutant]
    stale: list[str]


def _silent(done: int, total: int) -> None:
    pass


def notice(lesson: Lesson, sample: int | None = None, seed: int = 0, on_step: OnStep = _silent) -> Noticed:
    """Try edits of the lesson's solutions.

    Args:
        sample: how many, drawn with ``seed``; None for all.

    Raises:
        CourseError: the lesson or its list of equivalent edits cannot be read, or there is no sandbox here.
    """
    cells = read_lesson(lesson.text)
    every = mutants(cells)
    known = equivalents(lesson)
    there = {(mutant.exercise, mutant.edit) for mutant in every}
    stale = [f"{exercise}: {edit}" for exercise, edit in known if (exercise, edit) not in there]
    chosen = every if sample is None else random.Random(seed).sample(every, min(sample, len(every)))
    survived = _survivors(lesson, cells, chosen, known, on_step)
    listed = [mutant for mutant in survived if (mutant.exercise, mutant.edit) in known]
    return Noticed(lesson.id, len(chosen), len(listed), [each for each in survived if each not in listed], stale)


def equivalents(lesson: Lesson) -> dict[tuple[str, str], str]:
    """Return why edits change nothing, by exercise and edit: ``tests/answers/NN_slug.toml``, a table an exercise.

    Raises:
        CourseError: the file is no such table.
    """
    path = lesson.answers.with_suffix(".toml")
    if not path.is_file():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {
            (exercise, edit): reason.strip() for exercise, table in tables.items() for edit, reason in table.items()
        }
    except (tomllib.TOMLDecodeError, AttributeError) as error:
        raise CourseError(f'{path}: {error}; write [exercise], and below it "edit" = "why nothing changes".') from None


def _survivors(
    lesson: Lesson, cells: list[LessonCell], chosen: list[Mutant], known: Collection[tuple[str, str]], on_step: OnStep
) -> list[Mutant]:
    """Return those that lose nothing in any draw; what ended its process is tried once more, alone."""
    source = build(lesson).source
    answers = {number: _answer(number, mutant) for number, mutant in enumerate(chosen)}

    def draw(those: list[Answer], on_step: OnStep) -> dict[str, dict[str, str]]:
        found = _lost(lesson, batches(cells, source, those), on_step)
        ended = [answer for answer in those if any(GONE in why for why in found[answer.name].values())]
        alone = [group for answer in ended for group in batches(cells, source, [answer])]
        return found | (_lost(lesson, alone, _silent) if alone else {})

    found = draw(list(answers.values()), on_step)
    unlisted = [number for number, mutant in enumerate(chosen) if (mutant.exercise, mutant.edit) not in known]
    for _ in range(1, DRAWS):  # fresh inputs: an edit may show in some of them alone
        if again := [answers[number] for number in unlisted if not found[answers[number].name]]:
            found |= draw(again, _silent)
    return [mutant for number, mutant in enumerate(chosen) if not found[answers[number].name]]


def _answer(number: int, mutant: Mutant) -> Answer:
    return Answer(f"edit {number}", mutant.exercise, mutant.source, frozenset({"any"}), 0)


def _lost(lesson: Lesson, groups: list[Batch], on_step: OnStep) -> dict[str, dict[str, str]]:
    """Return what each answer loses of its own exercise, by its name."""
    named = {f"{number:03}": batch for number, batch in enumerate(groups)}
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        on_step(done, len(named))

    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        texts = {name: batch.notebook for name, batch in named.items()}
        judges = {name: batch.judges for name, batch in named.items()}
        graded = grade_in_sandbox(lesson, texts, judges, Path(scratch), step, TIMEOUT, fleet=len(named) > FEW)
    lost = {}
    for name, batch in named.items():
        for answer, judges in batch.answers:
            missed = {test: why for test, why in graded.lost.get(name, {}).items() if test in judges}
            lost[answer.name] = missed or ({"all": graded.results[name].error} if graded.results[name].error else {})
    return lost
