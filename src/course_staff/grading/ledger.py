"""What has been graded, and from what: a table of our own in nbgrader's database, written together with the marks."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sqlalchemy import Column, Float, MetaData, String, Table, Text, delete, insert, select

from course_staff.grading.attempt import Attempt
from course_staff.grading.own_code import add, own_code

GRADED = Table(
    "course_graded",
    MetaData(),
    Column("student", String(128), primary_key=True),
    Column("lesson", String(128), primary_key=True),
    Column("submission", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("token", String(32), nullable=False),
    Column("notes", Text, nullable=False),
)
KEYS = Table(
    "course_keys",
    MetaData(),
    Column("lesson", String(128), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("seconds", Float, nullable=False),
)
# What a mark can depend on beside the submission and the lesson.
PACKAGES = ("nbgrader", "nbclient", "ipython", "numpy", "torch", "onnx", "onnxscript", "onnxruntime", "scikit-learn")


class Ledger:
    """The table, through a session that others write marks with: an entry stands only where its mark does."""

    def __init__(self, session: Any) -> None:
        self._session = session
        for table in (GRADED, KEYS):
            table.create(session.get_bind(), checkfirst=True)

    def token(self, student: str, lesson: str) -> str | None:
        """Return the token that the student's mark was entered with, or None where there is no mark."""
        query = select(GRADED.c.token).where(GRADED.c.student == student, GRADED.c.lesson == lesson)
        return self._session.execute(query).scalar()

    def notes(self, student: str, lesson: str, submission: str, digest: str) -> tuple[str, ...] | None:
        """Return the notes of a mark made from ``digest`` in nbgrader's ``submission``, or None: it must be graded."""
        entry = {"student": student, "lesson": lesson, "submission": submission, "digest": digest}
        found = self._session.execute(select(GRADED.c.notes).filter_by(**entry)).scalar()
        return None if found is None else tuple(json.loads(found))

    def enter(self, student: str, lesson: str, submission: str, digest: str, token: str, notes: Iterable[str]) -> None:
        """Put an entry in, in place of an earlier one; it stands once the session is committed."""
        self._session.execute(delete(GRADED).where(GRADED.c.student == student, GRADED.c.lesson == lesson))
        entry = {"student": student, "lesson": lesson, "submission": submission, "digest": digest, "token": token}
        self._session.execute(insert(GRADED).values(**entry, notes=json.dumps(list(notes))))

    def key_seconds(self, lesson: str, digest: str) -> float | None:
        """Return what the answer key took where it was run from ``digest``, or None: it must be run."""
        return self._session.execute(select(KEYS.c.seconds).filter_by(lesson=lesson, digest=digest)).scalar()

    def enter_key(self, lesson: str, digest: str, seconds: float) -> None:
        """Put in what the answer key took; it stands once the session is committed."""
        self._session.execute(delete(KEYS).where(KEYS.c.lesson == lesson))
        self._session.execute(insert(KEYS).values(lesson=lesson, digest=digest, seconds=seconds))


def graded_students(session: Any, lesson: str) -> list[str]:
    """Return the students whose mark in a lesson ``course grade`` has entered, sorted."""
    GRADED.create(session.get_bind(), checkfirst=True)
    return sorted(session.execute(select(GRADED.c.student).where(GRADED.c.lesson == lesson)).scalars())


def digest(attempt: Attempt, sandbox: str, made_by: str, notes: Iterable[str] = ()) -> str:
    """Return the hash of all that a row depends on: the attempt, where it ran, what ran it, and what was remarked."""
    found = hashlib.sha256()
    settings = {"sandbox": sandbox, "by": made_by, "timeout": attempt.timeout, "shown": attempt.demonstrations}
    settings |= {"budget": attempt.budget, "notes": list(notes)}
    for part in (json.dumps(settings, sort_keys=True).encode(), attempt.notebook.encode("utf-8", "surrogatepass")):
        add(found, part)
    for name in sorted(attempt.files):
        add(found, name.encode("utf-8", "surrogateescape"))
        add(found, attempt.files[name])
    return found.hexdigest()


@cache
def versions() -> str:
    """Return the hash of this Python, of the packages that lessons use, and of our own code.

    The kind of processor is left out: marks are the same with VNNI and without (tests/isa/test_without_vnni.py).
    """
    found = hashlib.sha256()
    add(found, f"{platform.python_version()} {platform.machine()}".encode())
    for name in PACKAGES:
        try:
            add(found, f"{name} {version(name)}".encode())
        except PackageNotFoundError:
            continue
    add(found, own_code().encode())
    return found.hexdigest()
