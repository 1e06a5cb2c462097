"""Where the course keeps things: its root, its lessons, and the forms of each lesson."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from course_utils.errors import CourseError

MARKER = "nbgrader_config.py"
MINE = ".course"  # what the command keeps for itself, in the course's folder
LESSON_ID = re.compile(r"\d\d_[a-z0-9_]+")


@dataclass(frozen=True)
class Lesson:
    """One lesson; ``id`` is its folder's name, such as ``01_xor_and_adam``."""

    root: Path
    id: str

    @property
    def slug(self) -> str:
        return self.id.split("_", 1)[1]

    @property
    def number(self) -> int:
        return int(self.id[:2])

    @property
    def text(self) -> Path:
        """The hand-written form, solutions and hidden tests included."""
        return self.root / "solutions" / self.id / f"{self.slug}.nb.py"

    @property
    def source(self) -> Path:
        """The text as a notebook: generated, never committed."""
        return self.root / "solutions" / self.id / f"{self.slug}.ipynb"

    @property
    def release(self) -> Path:
        """What a student gets: generated, committed."""
        return self.root / "notebooks" / self.id / f"{self.slug}.ipynb"

    @property
    def data(self) -> list[Path]:
        """Files beside the text that students get with the notebook, sorted; no notebook, no text, nothing hidden."""
        beside = sorted(self.text.parent.iterdir()) if self.text.parent.is_dir() else []
        kept = (path for path in beside if path.is_file() and path.name[0] != ".")
        return [path for path in kept if not path.name.endswith((".ipynb", ".nb.py"))]

    @property
    def answers(self) -> Path:
        """The right and wrong answers that prove the lesson's tests."""
        return self.root / "tests" / "answers" / f"{self.id}.py"


@dataclass(frozen=True)
class Course:
    """A folder with ``nbgrader_config.py`` in it."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Course:
        """Return the course that holds ``start`` (default: the working folder).

        Raises:
            CourseError: neither ``start`` nor a folder above it is a course.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / MARKER).is_file():
                return cls(folder)
        raise CourseError(f"{start}: no course here or above (no {MARKER}); change into the course's folder.")

    def authored(self) -> list[Lesson]:
        """Lessons whose text is here, in order."""
        return self._lessons("solutions")

    def released(self) -> list[Lesson]:
        """Lessons whose notebook is here, in order; all that a student's copy has."""
        return self._lessons("notebooks")

    def misnamed(self) -> list[str]:
        """Return a sentence for each lesson whose notebook bears another name than the one that is handed in."""
        there = {lesson.id for lesson in self.released()}
        folders = [path for path in sorted((self.root / "notebooks").glob("*/")) if LESSON_ID.fullmatch(path.name)]
        lessons = [Lesson(self.root, folder.name) for folder in folders if folder.name not in there]
        found = {
            lesson.release: sorted(path.name for path in lesson.release.parent.glob("*.ipynb")) for lesson in lessons
        }
        return [
            f"{path}: no such file but {', '.join(names)}; call it {path.name}."
            for path, names in found.items()
            if names
        ]

    def choose(self, names: tuple[str, ...], among: list[Lesson]) -> list[Lesson]:
        """Return the lessons named (whole, or by a beginning such as ``01``); all of them for no name.

        Raises:
            CourseError: a name fits no lesson, or several.
        """
        return [self._one(name, among) for name in names] if names else among

    def _one(self, name: str, among: list[Lesson]) -> Lesson:
        fits = [lesson for lesson in among if lesson.id.startswith(name)]
        if len(fits) != 1:
            known = ", ".join(lesson.id for lesson in among) or "none"
            raise CourseError(f"{name}: {'several lessons' if fits else 'no lesson'} of that name; there are: {known}.")
        return fits[0]

    def _lessons(self, room: str) -> list[Lesson]:
        folders = sorted(path for path in (self.root / room).glob("*/") if LESSON_ID.fullmatch(path.name))
        lessons = [Lesson(self.root, folder.name) for folder in folders]
        form = "text" if room == "solutions" else "release"
        return [lesson for lesson in lessons if getattr(lesson, form).is_file()]
