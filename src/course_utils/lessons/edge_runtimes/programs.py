"""C texts compiled and run for tests: as WebAssembly alone, with two streams and a count of instructions."""

from __future__ import annotations

import importlib.util
import re
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from course_utils import c_compiler, expect, web_assembly
from course_utils.errors import CourseError
from course_utils.withheld import answer_to

if TYPE_CHECKING:
    import numpy as np

OF_C = "assert ctype errno inttypes iso646 limits math stdalign stdarg stdbool stddef stdint stdio stdlib string"
HEADERS = {f"{name}.h" for name in OF_C.split()}
INCLUDED = re.compile(r"^\s*#\s*include\s*[<\"]?([^>\"\n]*)", re.M)
HIDING = re.compile(r"\\\r?\n|/\*.*?\*/|//[^\n]*", re.S)  # lines that are joined, and comments
FOREIGN = re.compile(r"%:|#\s*import|#\s*embed|\b_*(?:asm)_*\b|\b__has_embed\b|#\s*include_next|\bpragma\s+comment")
HEAP = (
    "malloc",
    "reallocarray",
    "strndup",
    "memalign",
    "open_memstream",
    "getline",
    "getdelim",
    "sbrk",
    "calloc",
    "realloc",
    "free",
    "aligned_alloc",
    "strdup",
    "posix_memalign",
)
GROWTH = "memory.grow"  # the instruction that a heap is made of
FLOATS = re.compile(r"\b(f(?:32|64)(?:x\d)?\.\w+|__\w+tf\w*)")  # or calls, where a long double has 128 bits
LARGEST = 4_000_000  # characters of a text


def program_of(text: Any, what: str) -> bytes:
    """Return the WebAssembly program that a C text makes.

    Raises:
        Unmet: it is no text, includes what is not C's own, or does not compile; with the compiler's first words.
        CourseError: the compiler is not installed.
    """
    expect.true(type(text) is str, what, expected="a str", got=type(text).__name__, likely="return the text itself")
    plain = HIDING.sub("", text)
    strange = sorted({name.strip() for name in INCLUDED.findall(plain)} - HEADERS)
    likely = f"the headers of C that serve here are {', '.join(sorted(HEADERS))}"
    expect.true(not strange, f"the headers of {what}", expected="C's own", got=strange, likely=likely)
    expect.true(FOREIGN.search(plain) is None, what, expected="C", got="assembly, or a file's content", likely="")
    expect.true(len(text) <= LARGEST, what, expected=f"at most {LARGEST:,} characters", got=len(text))
    made = _made(text)
    if isinstance(made, str):
        expect.true(False, what, expected="C that compiles", got=made, likely="the compiler says where it stumbles")
    return made


@answer_to("14.5")
def static_array(name: str, values: np.ndarray) -> str:
    """Return a C array of an int8 or int32 array's values, row by row; a long's, as -2147483648 is no int's in C."""
    written = "".join(f"{each}LL, " for each in values.ravel().tolist())
    return f"static const {values.dtype}_t {name}[] = {{ {written}}};\n"


@lru_cache(64)
def _made(text: str, *more: str) -> bytes | str:
    """Return the program, or the compiler's first complaint."""
    for name in ("ziglang", "wasmtime"):
        if importlib.util.find_spec(name) is None:
            raise CourseError(f"{name} is not installed; pip install {name}, and run this cell again.")
    with TemporaryDirectory() as folder:
        source, out = Path(folder, "text.c"), Path(folder, "out")
        source.write_text(text)
        said = c_compiler.run(source, "wasm32-wasi", out, "-w", *more)
        return _first_words(said.replace(folder, "")) if said else out.read_bytes()


def _first_words(said: str) -> str:
    lines = said.splitlines()
    first = next((place for place, line in enumerate(lines) if "error" in line), 0)
    return " ".join(line.strip() for line in lines[first : first + 2])[:280]


def answers(text: Any, given: np.ndarray, what: str) -> web_assembly.Ran:
    """Run a program on digits, (n, 64) of one byte each.

    Raises:
        Unmet: as ``program_of``; or it did not end by itself, with status 0.
    """
    program = program_of(text, what)
    try:
        ran = web_assembly.run(program, given.tobytes())
    except ValueError as error:
        expect.true(False, what, expected="a program with a main", got=str(error))
    expect.true(ran.status == 0, f"how {what} ends", expected="status 0", got=ran.why or f"status {ran.status}")
    return ran


def listing(text: Any, what: str) -> dict[str, list[str]]:
    """Return what a C text's own functions do that a small chip could not: its float instructions, its calls of a heap.

    Raises:
        Unmet: as ``program_of``.
    """
    program_of(text, what)
    made = _made(text, "-S", "-fno-builtin")
    lines = made.decode() if isinstance(made, bytes) else ""
    named = set(re.findall(r"\.functype\s+(\w+)", lines))  # called, or taken the address of
    heap = sorted(named & set(HEAP)) + [GROWTH] * (GROWTH in lines)
    return {"floats": sorted(set(FLOATS.findall(lines))), "heap": heap}
