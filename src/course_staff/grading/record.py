"""The one writer: an executed notebook becomes marks in nbgrader's gradebook and a folder that its tools read."""

from __future__ import annotations

import copy
import hashlib
import json
import uuid
import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from course_staff.grading import gradebooks
from course_staff.grading.attempt import Executed
from course_staff.grading.ledger import Ledger
from course_staff.grading.remarks import tell, timeouts
from course_staff.grading.staging import discard, recover, settle, stage
from course_utils.converters import captured_log
from course_utils.layout import Lesson


class Recorder:
    """Writes the marks of one lesson; a context manager, and the only one of its kind at a time.

    A submission's marks, its entry in the ledger and its timestamp go into the database in one transaction; its
    folder is staged before and put in place after. On entering, what a killed process left is finished or undone.

    Args:
        config: from ``converters.configuration``; its ``CourseDirectory.db_url`` names the gradebook.
        lesson: entered in that gradebook already (``key.register``).
    """

    def __init__(self, config: Any, lesson: Lesson) -> None:
        from nbgrader.coursedir import CourseDirectory

        self._config, self.lesson = config, lesson
        self._directory = CourseDirectory(config=config)

    def __enter__(self) -> Self:
        from nbgrader.api import Gradebook

        from course_staff.grading.scoring import recording_steps

        gradebooks.ready()
        with ExitStack() as stack:
            self._log, _ = stack.enter_context(captured_log())
            self._steps = recording_steps(self._config)
            book = stack.enter_context(Gradebook(self._directory.db_url, self._directory.course_id))
            self._session, book.db = book.db, _Held(book.db)
            stack.callback(self._session.remove)
            self._book, self._ledger = book, Ledger(self._session)
            with self._ended():
                recover(self.folder("_").parents[1], self.lesson.id, self._is_committed)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def folder(self, student: str, kind: str = "autograded") -> Path:
        """Return where nbgrader's tools look for a student's notebook: the executed or the "submitted" one."""
        directory = self._directory
        return Path(directory.format_path(getattr(directory, f"{kind}_directory"), student, self.lesson.id))

    def sanitized(self, notebook: Any) -> Any:
        """Return the key's notebook as nbgrader's own first pass leaves it: checked, with checksums."""
        from course_staff.grading.scoring import sanitizing_steps

        notebook = copy.deepcopy(notebook)
        for step in sanitizing_steps(self._config):
            step.log = self._log
            notebook, _ = step(notebook, {"nbgrader": self._names("")})
        return notebook

    def unchanged(self, student: str, digest: str) -> tuple[float | None, tuple[str, ...]] | None:
        """Return score and notes of the mark that was made from ``digest``, or None: this one must be graded."""
        from nbgrader.api import MissingEntry

        with self._ended():
            try:
                submission = self._book.find_submission(self.lesson.id, student)
            except MissingEntry:
                return None
            notes = self._ledger.notes(student, self.lesson.id, submission.id, self._made_from(digest))
            if notes is None or not (self.folder(student) / f"{self.lesson.slug}.ipynb").is_file():
                return None
            return self._outcome(submission, notes)

    def key_seconds(self, digest: str) -> float | None:
        """Return what the answer key took when it was run from ``digest``, or None: it must be run."""
        with self._ended():
            return self._ledger.key_seconds(self.lesson.id, digest)

    def record_key(self, digest: str, seconds: float) -> None:
        """Keep what the answer key took."""
        with self._ended():
            self._ledger.enter_key(self.lesson.id, digest, seconds)
            self._session.commit()

    def record(
        self,
        student: str,
        notebook: Any,
        executed: Executed,
        files: dict[str, bytes],
        digest: str,
        notes: Iterable[str],
    ) -> tuple[float | None, tuple[str, ...]]:
        """Enter what a run gave; return the score after any penalty, and all notes. All of it stands, or nothing.

        Args:
            notebook: the notebook that was sent to the run; it is filled and changed.
            files: what lies beside it, as submitted.
            digest: what the mark was made from (``ledger.digest``).
        """
        from course_staff.grading.sandbox.harmless import harmless_text
        from course_staff.grading.scoring import fill

        fill(notebook, executed)
        notes = (*notes, *executed.notes, *timeouts(notebook))
        with self._ended():
            submission = self._submission(student, files.get("timestamp.txt"))
            resources = {"nbgrader": self._names(student)}
            resources["nbgrader"] |= {"submitted": submission.notebooks[0], "refresh": self._session.flush}
            for step in self._steps:
                step.log = self._log
                notebook, _ = step(notebook, resources)
            tell(notebook, notes)
            harmless_text(notebook)
            token = uuid.uuid4().hex
            self._ledger.enter(student, self.lesson.id, submission.id, self._made_from(digest), token, notes)
            text = json.dumps(notebook, ensure_ascii=False)  # nbformat's own indents, which takes ten times as long
            kept = files | {f"{self.lesson.slug}.ipynb": text.encode("utf-8", "replace")}
            fresh = stage(self.folder(student), token, kept)
            try:
                self._session.commit()
            except BaseException:
                discard(fresh)
                raise
            settle(self.folder(student), fresh)
            return self._outcome(submission, notes)

    def _submission(self, student: str, timestamp: bytes | None) -> Any:
        given = (timestamp or b"").decode("utf-8", "replace").strip()
        self._book.update_or_create_student(student)
        # Without a date there is none: an earlier attempt's, and its penalty, are not this one's.
        return self._book.update_or_create_submission(self.lesson.id, student, timestamp=given or None)

    def _made_from(self, digest: str) -> str:
        """Return the digest with what the late penalty depends on, which is settled in the gradebook."""
        due = self._book.find_assignment(self.lesson.id).duedate
        rules = [self._config.get(name) for name in ("AssignLatePenalties", "LateSubmissionPlugin")]
        return hashlib.sha256(f"{digest} {due} {rules}".encode()).hexdigest()

    def _outcome(self, submission: Any, notes: tuple[str, ...]) -> tuple[float | None, tuple[str, ...]]:
        from course_staff.grading.marks import final_score

        by_hand = ("some cells await grading by a person",) if submission.needs_manual_grade else ()
        return final_score(submission), (*notes, *by_hand)

    def _names(self, student: str) -> dict[str, Any]:
        names = {"student": student, "assignment": self.lesson.id, "notebook": self.lesson.slug}
        return names | {"db_url": self._directory.db_url}

    def _is_committed(self, student: str, token: str) -> bool:
        return self._ledger.token(student, self.lesson.id) == token

    @contextmanager
    def _ended(self) -> Iterator[None]:
        # No transaction stays open between two submissions: Formgrader writes to the same database.
        from sqlalchemy.exc import SAWarning

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # of nbgrader's older ways with the database
            try:
                yield
            finally:
                self._session.rollback()
                self._session.remove()


class _Held:
    """A session whose commits wait: nbgrader's API commits after each step of what must stand or fall as one."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def commit(self) -> None:
        self._session.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)
