"""What a built file is: its kind, its processor, and whether it needs or carries more than it should."""

from __future__ import annotations

import struct
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from course_utils import c_compiler, expect

MACHINES = {62: "x86_64", 183: "aarch64"}
INTERPRETER, SYMBOLS = 3, 2
TELLING = """#include <stdio.h>
static float given[64];
static int whole[64];
int main(void)
{
    float sum = 0;
    int products = 0;
    for (int i = 0; i < 64; i++) {
        int c = getchar();
        given[i] = c / 3.0f;
        whole[i] = c * 7;
    }
    for (int i = 0; i < 64; i++) {
        sum += given[i] * 0.1f;
        products += whole[i] * whole[63 - i];
    }
    if (sum < -1000) printf("%d %d", (int)sum, products);
#if defined __STRICT_ANSI__ || !defined NDEBUG || defined __FAST_MATH__
    puts("other flags");
#endif
    puts("{word}");
    return 0;
}
"""


def looked_at(path: Path) -> dict[str, Any]:
    """Say what a program file is: "kind" (ELF, wasm or something else), "processor", "static", "stripped"."""
    content = Path(path).read_bytes()
    if content[:4] == b"\0asm":
        names = _custom_names(content)
        bare = not any(name == "name" or name.startswith(".debug") for name in names)
        return {"kind": "wasm", "processor": "wasm32", "static": True, "stripped": bare}
    if content[:4] == b"\x7fELF" and content[4:6] == b"\2\1":
        machine = struct.unpack_from("<H", content, 18)[0]
        segments, sections = _types(content, 32, 54), _types(content, 40, 58, skip=4)
        return {
            "kind": "ELF",
            "processor": MACHINES.get(machine, f"number {machine}"),
            "static": INTERPRETER not in segments,
            "stripped": SYMBOLS not in sections,
        }
    return {"kind": "something else", "processor": "", "static": False, "stripped": False}


def telling_source(word: str) -> str:
    """Return a C program that writes a word, and that other flags compile to other bytes."""
    return TELLING.replace("{word}", word)


def expect_as_commanded(path: Path, source: Path, target: str) -> None:
    """Expect the very bytes that the lesson's command makes of a source: the same compiler gives them again.

    Raises:
        Unmet: the file has others.
    """
    with TemporaryDirectory() as folder:
        out = Path(folder, "out")
        said = c_compiler.run(Path(source), target, out)
        expect.true(not said, f"the test's own program for {target}", expected="one that compiles", got=said)
        same = out.read_bytes() == Path(path).read_bytes()
    likely = "-O2 -s -static and no other flag; and is the source read anew?"
    expect.true(same, f"the file for {target}", expected="what the command gives", got="other bytes", likely=likely)


def _types(content: bytes, where: int, sizes: int, skip: int = 0) -> set[int]:
    """Return the types in a table of an ELF file: of its segments, or of its sections."""
    (start,) = struct.unpack_from("<Q", content, where)
    size, count = struct.unpack_from("<HH", content, sizes)
    return {struct.unpack_from("<I", content, start + k * size + skip)[0] for k in range(count)}


def _custom_names(content: bytes) -> list[str]:
    names, place = [], 8
    while place < len(content):
        kind = content[place]
        length, start = _number(content, place + 1)
        if kind == 0:
            width, at = _number(content, start)
            names.append(content[at : at + width].decode(errors="replace"))
        place = start + length
    return names


def _number(content: bytes, place: int) -> tuple[int, int]:
    """Return a LEB128 number and the place after it."""
    value = shift = 0
    while True:
        byte = content[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
