"""Copy what a program needs into an empty root, and nothing else: its files, and the libraries these load.

Run where the program works, in a build stage: ``python closure.py ROOT FILE…`` copies programs with their libraries;
with ``--python SITE`` also this Python, without the parts that a service never imports, and the packages in SITE.
"""

import argparse
import compileall
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ELF = b"\x7fELF"
# Of the standard library: what only development, windows on a screen or other systems need.
NO_STDLIB = [
    "ensurepip",
    "idlelib",
    "lib2to3",
    "pydoc_data",
    "test",
    "tkinter",
    "turtledemo",
    "turtle.py",
    "venv",
    "dist-packages",
    "site-packages",
    "distutils",
    "sqlite3",
    "dbm",
    "curses",
    "unittest",
    "doctest.py",
    "pdb.py",
    "pydoc.py",
    "__pycache__",
]
NO_EXTENSIONS = [
    "_codecs_",
    "_crypt",
    "_curses",
    "_dbm",
    "_gdbm",
    "_sqlite3",
    "_test",
    "_tkinter",
    "audioop",
    "nis",
    "ossaudiodev",
    "readline",
]
NO_STDLIB_PATTERNS = ("config-3*", *(f"lib-dynload/{name}*" for name in NO_EXTENSIONS))
# Of packages: tests, headers, types, what converts and trains, and ONNX Runtime's second copy of itself.
NO_PACKAGES = (
    "bin",
    "**/tests",
    "**/testing",
    "**/include",
    "**/__pycache__",
    "**/*.pyi",
    "**/*.h",
    "**/*.a",
    "numpy/f2py",
    "numpy/typing",
    "numpy/_core/lib",
    "numpy/_core/_*_tests*",
    "numpy/_core/_simd*",
    "numpy/distutils",
    "numpy/doc",
    "numpy/fft",
    "numpy/polynomial",
    "numpy/random",
    "onnxruntime/backend",
    "onnxruntime/datasets",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "onnxruntime/transformers",
    "onnxruntime/ThirdPartyNotices.txt",
    "onnxruntime/capi/libonnxruntime.so*",
    "onnxruntime/capi/libonnxruntime_providers_shared.so",
    "pydantic/v1",
)


def libraries(file: Path) -> list[Path]:
    """Return what the loader loads with ``file``, the loader itself among it."""
    listed = subprocess.run(["ldd", file], capture_output=True, text=True).stdout
    return [Path(found) for found in re.findall(r"(/\S+) \(0x", listed)]


def place(file: Path, root: Path) -> None:
    """Copy ``file`` to the same place below ``root``; a link arrives as what it points to."""
    target = root / file.relative_to("/")
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)


def place_python(site: Path, root: Path) -> None:
    """Copy this Python and the packages in ``site``, as bytecode: nothing is compiled at the start."""
    home = Path(sysconfig.get_path("stdlib"))
    program = Path(sys.executable).resolve()
    place(program, root)
    # One name for it, whatever the base calls it.
    (root / "python").symlink_to(program)
    standard = root / home.relative_to("/")
    shutil.copytree(home, standard, ignore=shutil.ignore_patterns(*NO_STDLIB), dirs_exist_ok=True)
    packages = root / "site"
    shutil.copytree(site, packages, dirs_exist_ok=True)
    drop(standard, NO_STDLIB_PATTERNS)
    drop(packages, NO_PACKAGES)
    for folder in (standard, packages):
        compileall.compile_dir(folder, quiet=2, legacy=True, optimize=0)
        for source in folder.rglob("*.py"):
            if source.with_suffix(".pyc").exists():
                source.unlink()


def drop(folder: Path, patterns: tuple[str, ...]) -> None:
    """Delete what ``patterns`` name below ``folder``."""
    for pattern in patterns:
        for found in sorted(folder.glob(pattern)):
            if found.is_dir():
                shutil.rmtree(found)
            elif found.exists():  # not gone with its folder
                found.unlink()


def main() -> None:
    """Copy, then add the libraries of every program and extension that arrived."""
    asked = argparse.ArgumentParser()
    asked.add_argument("root", type=Path)
    asked.add_argument("programs", type=Path, nargs="*")
    asked.add_argument("--python", type=Path, metavar="SITE")
    args = asked.parse_args()
    args.root = args.root.resolve()
    for program in args.programs:
        place(program, args.root)
    if args.python:
        place_python(args.python, args.root)
    for file in [found for found in args.root.rglob("*") if found.is_file() and not found.is_symlink()]:
        with file.open("rb") as opened:
            is_program = opened.read(4) == ELF
        if is_program:
            for library in libraries(file):
                # A package's own libraries lie beside it, found through its own path.
                if args.root not in library.parents:
                    place(library, args.root)
    cache = Path("/etc/ld.so.cache")
    if cache.exists():
        place(cache, args.root)


if __name__ == "__main__":
    main()
