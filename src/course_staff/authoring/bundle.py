"""What an instructor hands out: one archive with the notebooks and a wheel of the package, and nothing that answers."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from course_staff.authoring.lesson import read_lesson
from course_staff.authoring.release import is_fresh
from course_utils.errors import CourseError
from course_utils.files import replacing
from course_utils.layout import MARKER, Course, Lesson

PACKAGE = "course_utils"  # what a student imports, and nothing else
STAFF = re.compile(r'\[project\.entry-points\."course\.commands"\]\n(?:[^\[\n].*\n)+\n')
SOLUTION = re.compile(r"### BEGIN SOLUTION(.*?)### END SOLUTION", re.DOTALL)
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS(.*?)### END HIDDEN TESTS", re.DOTALL)
SETUPTOOLS = (77, 0)
STEPS = 3
DATE = (1980, 1, 1, 0, 0, 0)  # the same bytes from the same course
ROOT = "lean-inference"
ASSISTANTS = "\nMay an AI assistant help you, and how? `ASSISTANTS.md` says.\n"
HANDOUT = "docs/handout"  # what goes along as it is: a course's own folder of that name, else ours
SETTINGS = f"""\"\"\"Marks the course's folder; `course` looks for {MARKER}.\"\"\"

from pathlib import Path

c = get_config()
c.CourseDirectory.course_id = "lean_inference"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
"""
README = """# Lean Inference

```
python3 -m venv .venv
.venv/bin/pip install -c constraints.txt '{wheel}[cpu]'
.venv/bin/course lab
```

Take `gpu` instead of `cpu` on a machine with an NVIDIA GPU. `.venv/bin/course progress` shows how far you are.
Save each notebook under its own name and hand in that file.
"""


def bundle(
    course: Course, lessons: list[Lesson], out: Path, on_step: Callable[[int, int], None] = lambda done, total: None
) -> int:
    """Write the archive, whole or not at all; return its size in bytes.

    Raises:
        CourseError: a notebook is not what its text gives, pip cannot build the wheel, or something in the archive
            gives a solution or a hidden test away.
    """
    stale = [lesson.id for lesson in lessons if not is_fresh(lesson)]
    if stale:
        raise CourseError(f"stale: {', '.join(stale)}; run `course release {' '.join(stale)}` first.")
    on_step(1, STEPS)
    with tempfile.TemporaryDirectory(prefix="bundle-") as scratch:
        wheel = _wheel(Path(scratch))
        on_step(2, STEPS)
        given = [file for lesson in lessons for file in (lesson.release, *lesson.data)]
        files = {f"notebooks/{file.parent.name}/{file.name}": file.read_bytes() for file in given}
        files |= {wheel.name: wheel.read_bytes(), MARKER: SETTINGS.encode()}
        handout = _handout(course)
        more = ASSISTANTS if "ASSISTANTS.md" in handout else ""
        files["README.md"] = (README.format(wheel=wheel.name) + more).encode()
        for name in ("LICENSE", "constraints.txt"):
            files[name] = (_root() / name).read_bytes()
        files = handout | files
        _look(lessons, files, wheel)
    with replacing(out) as half, zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(f"{ROOT}/{name}", DATE), files[name], zipfile.ZIP_DEFLATED)
    on_step(STEPS, STEPS)
    return out.stat().st_size


def _handout(course: Course) -> dict[str, bytes]:
    folders = (course.root / HANDOUT, _root() / HANDOUT)
    folder = next((each for each in folders if each.is_dir()), folders[0])
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.md"))}


def _wheel(scratch: Path) -> Path:
    source, root = scratch / "source", _root()
    source.mkdir()
    for name in ("README.md", "LICENSE"):
        shutil.copy(root / name, source)
    project = (root / "pyproject.toml").read_text(encoding="utf-8")
    (source / "pyproject.toml").write_text(STAFF.sub("", project), encoding="utf-8")
    leave = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(root / "src" / PACKAGE, source / "src" / PACKAGE, ignore=leave)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--wheel-dir", str(scratch), *(["--no-build-isolation"] if _has_setuptools() else []), str(source)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        reason = (built.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CourseError(f"pip could not build the wheel ({reason}); try `pip wheel --no-deps {root}`.")
    return next(scratch.glob("*.whl"))


def _look(lessons: list[Lesson], files: dict[str, bytes], wheel: Path) -> None:
    """Refuse an archive that gives an answer away."""
    texts = {name: content.decode() for name, content in files.items() if not name.endswith(".whl")}
    with zipfile.ZipFile(wheel) as archive:
        texts |= {f"{wheel.name}: {name}": archive.read(name).decode() for name in archive.namelist()}
    loose = {name: _loose(text) for name, text in texts.items()}
    for lesson in lessons:
        for what, secret in _secrets(lesson):
            answer = _loose(secret)
            for name, text in loose.items():
                if answer in text:
                    raise CourseError(f"{name}: holds {what} of {lesson.id}; take it out, then bundle again.")


def _secrets(lesson: Lesson) -> Iterator[tuple[str, str]]:
    for cell in read_lesson(lesson.text):
        for what, pattern in (("the solution", SOLUTION), ("a hidden test", HIDDEN)):
            for found in pattern.findall(cell.source):
                yield f"{what} {cell.id!r}", found


def _loose(text: str) -> str:
    # Whitespace, and what JSON changes about a line, do not tell two texts apart.
    return re.sub(r'[\s\\"\',]+|\\n', "", text.replace("\\n", "\n"))


def _has_setuptools() -> bool:
    try:
        return tuple(int(part) for part in version("setuptools").split(".")[:2]) >= SETUPTOOLS
    except (PackageNotFoundError, ValueError):
        return False


def _root() -> Path:
    # Of this package's own source: another course can be bundled with it.
    root = Path(__file__).resolve().parents[3]
    if not (root / "pyproject.toml").is_file():
        raise CourseError(f"{root}: not the source of this package; run `course bundle` in a checkout of it.")
    return root
