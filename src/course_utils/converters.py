"""nbgrader's converters called as functions: configured from the course's file, quiet, clear when they fail."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError
from course_utils.layout import MARKER


def configuration(root: Path, /, **course_directory: str) -> Any:
    """Return nbgrader's configuration for the course at ``root``, with traits of CourseDirectory replaced."""
    from traitlets.config import Config, PyFileConfigLoader

    config = Config(PyFileConfigLoader(MARKER, path=str(root)).load_config())
    config.CourseDirectory.update(course_directory)
    return config


def convert(converter: type, config: Any, assignment: str, student: str | None = None) -> None:
    """Run one of nbgrader's converters on one assignment, of one student where it has students.

    Raises:
        CourseError: the converter failed; the message is the last error it logged.
    """
    from nbgrader.coursedir import CourseDirectory

    config = copy.deepcopy(config)  # Config.copy shares its sections
    config.CourseDirectory.assignment_id = assignment
    if student is not None:
        config.CourseDirectory.student_id = student
    coursedir = CourseDirectory(config=config)
    with captured_log() as (logger, errors):
        work = converter(coursedir=coursedir, config=config, force=True)
        work.log = logger
        try:
            work.start()
        except (Exception, SystemExit) as error:
            raise CourseError(_reason(errors, error)) from error


@contextmanager
def captured_log() -> Iterator[tuple[logging.Logger, list[str]]]:
    """Keep what a converter logs off the screen, and its errors in a list."""
    from sqlalchemy.exc import SAWarning

    errors: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            errors.append(record.getMessage())

    logger = logging.Logger("course.nbgrader", logging.ERROR)
    logger.addHandler(Keep())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # of nbgrader's older ways with the database
        yield logger, errors


def _reason(errors: list[str], error: BaseException) -> str:
    # nbgrader logs the traceback of the real cause, then a general remark.
    tracebacks = [text for text in errors if text.startswith("Traceback")]
    if tracebacks:
        return tracebacks[-1].strip().splitlines()[-1]
    return errors[0] if errors else f"{type(error).__name__}: {error}"
