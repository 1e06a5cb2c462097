"""Write the golden tree anew, after a change that is meant; then read what `git diff` says."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from course_staff.authoring.release import release
from course_utils.layout import MARKER, Course

GOLDEN = Path(__file__).resolve().parent


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(GOLDEN / "solutions", root / "solutions")
        shutil.copy(GOLDEN.parents[1] / MARKER, root)
        for lesson in Course(root).authored():
            release(lesson)
            for made in (lesson.source, lesson.release):
                kept = GOLDEN / "expected" / made.relative_to(root)
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(made, kept)


if __name__ == "__main__":
    main()
