"""Find what one lesson needs: ``python imports.py notebooks/NN_slug course_utils OUT``.

Writes ``OUT/lib/course_utils``, the course's modules that the notebook reaches, and ``OUT/requirements.txt``, the
packages that notebook and modules import anywhere, and JupyterLab to open it with.
"""

import ast
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

# Packages whose name differs from what is imported; None comes with another one.
NAMES = {
    "sklearn": "scikit-learn",
    "google": "protobuf",
    "IPython": "ipykernel",
    "PIL": "pillow",
    "yaml": "PyYAML",
    "mpl_toolkits": None,
}


def main(lesson: Path, package: Path, out: Path) -> None:
    """Copy the modules and write the list."""
    (notebook,) = lesson.glob("*.ipynb")
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    # "%" and "!" lines are IPython's own.
    lines = [line for cell in cells if cell["cell_type"] == "code" for line in "".join(cell["source"]).splitlines()]
    text = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)
    waiting, modules, packages = list(imported(text, package.name)), set(), set()
    while waiting:
        name = waiting.pop()
        top = name.partition(".")[0]
        if top != package.name:
            packages.add(top)
            continue
        for file in files_of(name, package) - modules:
            modules.add(file)
            waiting += imported(file.read_text(encoding="utf-8"), ".".join(file.relative_to(package.parent).parts[:-1]))
    for file in modules:
        target = out / "lib" / file.relative_to(package.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    found = {NAMES.get(name, name) for name in packages - sys.stdlib_module_names} - {None}
    names = sorted({"ipykernel", "jupyterlab", *found})
    (out / "requirements.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    print(f"{notebook.name}: {len(modules)} modules of the course; {', '.join(names)}")


def imported(text: str, inside: str) -> Iterator[str]:
    """Yield the dotted names that ``text`` imports, wherever in it; ``inside`` is the package that it belongs to."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = inside.split(".")
                base = ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [base])])
            # What is taken from a package may be a module of it.
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def files_of(name: str, package: Path) -> set[Path]:
    """Return the files behind a dotted name: the module, and every package above it."""
    found, place = set(), package.parent
    for part in name.split("."):
        place = place / part
        found |= {file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()}
    return found


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
