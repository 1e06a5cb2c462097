"""A class graded by many workers: whoever is killed, every submission is graded once, and exactly.

The coordinator alone reads submissions and writes marks; a worker gets an attempt and returns what became of it. As
many attempts are out as there are workers, so memory stays flat, and a dead worker can only have been killed by what
it was running. An attempt that lost its worker runs once more when all others are done, with no other beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from course_staff.grading.attempt import LEAST_BUDGET
from course_staff.grading.autograde import Grader, Result
from course_staff.grading.engine.fleet import Fleet, Lost, connect
from course_staff.grading.ledger import versions
from course_staff.grading.prepare import Prepared
from course_utils.errors import CourseError

TIMES = 5  # what the answer key takes, a right answer may take, however clumsy it is and busy the machine
OnResult = Callable[[Result, int, int], None]


@dataclass(frozen=True)
class Workers:
    """Who runs the attempts: ``count`` local processes (None: one per processor), or those of a Dask scheduler."""

    count: int | None = None
    scheduler: str | None = None


def grade_class(
    grader: Grader, students: list[str], workers: Workers, on_result: OnResult, again: bool = False
) -> list[Result]:
    """Grade submissions; what was graded before from the very same input is not run again.

    Args:
        grader: opened; its ``sandbox`` is where the workers run attempts.
        on_result: called for each student with the result, how many are done, and how many there are. The order is
            that of ``students``, but for attempts that lost their worker, which come last.
        again: run those too that were graded before.

    Raises:
        CourseError: the sandbox or the workers cannot be had, or another process is grading this course.
    """
    with ExitStack() as stack:
        stack.enter_context(_alone(grader.course.root / "grading"))
        run = _Run(grader, stack, workers, len(students), on_result, again)
        run.all(students)
        return run.results


class _Run:
    def __init__(
        self, grader: Grader, stack: ExitStack, workers: Workers, total: int, on_result: OnResult, again: bool
    ) -> None:
        self._grader, self._stack, self._workers, self._again = grader, stack, workers, again
        self._total, self._on_result = total, on_result
        self._fleet: Fleet | None = None
        self._budget: float | None = None
        self._waiting: dict[str, Result | None] = {}
        self.results: list[Result] = []

    def all(self, students: list[str]) -> None:
        suspects = []
        for student in students:
            self._waiting[student] = None
            todo = self._todo(student)
            if isinstance(todo, Result):
                self._finish(todo)
                continue
            while self._open().is_full():
                suspects += self._collect()
            self._open().send(self._within_budget(todo))
        while self._fleet and self._fleet.is_busy():
            suspects += self._collect()
        for prepared in suspects:
            self._once_more(prepared)

    def _todo(self, student: str) -> Prepared | Result:
        prepared = self._grader.prepare(student)
        if isinstance(prepared, Result):
            return prepared
        return (None if self._again else self._grader.unchanged(prepared)) or prepared

    def _open(self) -> Fleet:
        if self._fleet is None:
            elsewhere = self._workers.scheduler
            client = self._stack.enter_context(connect(self._workers.count, elsewhere, self._total))
            self._fleet = Fleet(client, self._grader.sandbox, versions() if elsewhere else None)
        return self._fleet

    def _within_budget(self, prepared: Prepared) -> Prepared:
        return replace(prepared, attempt=replace(prepared.attempt, budget=self._seconds_for_all()))

    def _seconds_for_all(self) -> float:
        """Return the seconds that one submission may take: those asked for, or some times what the answer key takes."""
        if self._budget is None:
            self._budget = self._grader.budget or max(LEAST_BUDGET, TIMES * self._seconds_of_key())
        return self._budget

    def _seconds_of_key(self) -> float:
        key = self._grader.key_to_run()
        if not isinstance(key, Prepared):
            return key
        self._fleet.send(key)
        ((_, outcome),) = self._fleet.receive()
        if not isinstance(outcome, tuple):
            return 0.0  # what killed it will be seen when the class is run
        self._grader.record_key(key, outcome[1])
        return outcome[1]

    def _collect(self) -> list[Prepared]:
        """Record what has come back; return the attempts that lost their worker."""
        suspects = []
        for prepared, outcome in self._fleet.receive():
            if isinstance(outcome, Lost):
                suspects.append(prepared)
                self._waiting.pop(prepared.student)
                self._release()
            else:
                self._record(prepared, outcome)
        return suspects

    def _once_more(self, prepared: Prepared) -> None:
        self._waiting[prepared.student] = None
        self._fleet.send(prepared)
        while self._fleet.is_busy():
            for _, outcome in self._fleet.receive():
                if isinstance(outcome, Lost):
                    reason = CourseError(
                        "its worker was killed twice, the second time with nothing beside it, so nothing could be "
                        "graded; look at what this notebook does, or give the workers more memory."
                    )
                    self._finish(self._grader.failed(prepared.student, reason, prepared.notes))
                else:
                    self._record(prepared, outcome)

    def _record(self, prepared: Prepared, outcome: object) -> None:
        if isinstance(outcome, Exception):
            self._finish(self._grader.failed(prepared.student, outcome, prepared.notes))
        else:
            executed, seconds = outcome
            self._finish(self._grader.record(prepared, executed, seconds))

    def _finish(self, result: Result) -> None:
        self._waiting[result.student] = result
        self._release()

    def _release(self) -> None:
        for student, result in list(self._waiting.items()):
            if result is None:
                return
            del self._waiting[student]
            self.results.append(result)
            self._on_result(result, len(self.results), self._total)


def unique(students: Iterable[str]) -> list[str]:
    """Return the students, each once, in order."""
    return list(dict.fromkeys(students))


def _alone(folder: Path) -> ExitStack:
    from filelock import FileLock, Timeout

    folder.mkdir(exist_ok=True)
    stack = ExitStack()
    try:
        stack.enter_context(FileLock(folder / ".grade.lock", timeout=0))
    except Timeout:
        raise CourseError(f"{folder}: another `course grade` is at work here; wait until it is done.") from None
    return stack
