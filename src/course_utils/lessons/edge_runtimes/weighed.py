"""The generated program: its layers beside Python's, its bytes, its labels, and the same on three processors."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_utils import tables, web_assembly
from course_utils.c_compiler import TARGETS
from course_utils.lessons.edge_runtimes.dense import c_outputs
from course_utils.lessons.edge_runtimes.folder import new_path
from course_utils.lessons.edge_runtimes.nets import Layer, bytes_of, digit_layers, labels_of, outputs_of, pixels
from course_utils.lessons.edge_runtimes.own import written
from course_utils.lessons.edge_runtimes.programs import answers, program_of

SECONDS = 60
Program = Callable[[list[Layer]], str]
Build = Callable[[Path, str, Path], Path]


def show_layer(c_array: Callable[..., str], dense_c: Callable[..., str]) -> str:
    """Compile the network's first layer with its arrays; return how many of its bytes are not Python's, in words."""
    import numpy as np

    layer, x = digit_layers()[0], pixels()[0].astype(np.int8)
    d_out, d_in = layer["weights"].shape
    text = c_array("hidden_w", layer["weights"]) + dense_c("hidden", d_in, d_out, layer["relu"])
    (got,) = c_outputs(text, [{"name": "hidden", "layer": layer, "x": x}], "the first layer")
    wrong = int((got != outputs_of(layer, x)).sum())
    print(f"{wrong} of {got.size:,} outputs of this layer differ between C and Python.")
    return f"{wrong} of {got.size:,}"


def show_program(program_c: Program) -> int:
    """Show what the program of the lesson's network weighs as text and compiled, how often it is right, what it takes.

    Returns:
        the bytes of the WebAssembly program.
    """
    layers, (x, labels) = digit_layers(), pixels()
    text = program_c(layers)
    ran, size = answers(text, x, "program_c(layers)"), len(program_of(text, "program_c(layers)"))
    right = sum(a == b for a, b in zip(ran.output, b"".join(b"%d" % label for label in labels), strict=False))
    rows = {
        "weights and biases, bytes": f"{bytes_of(layers):,}",
        "C text, characters": f"{len(text):,}",
        "program, WebAssembly, bytes": f"{size:,}",
        "instructions for a digit": f"{ran.fuel / len(x):,.0f}",
        f"right, of {len(labels)} test digits": f"{right / len(labels):.1%}",
    }
    tables.show([{"what": what, "measured": value} for what, value in rows.items()])
    return size


def show_three(program_c: Program, build: Build) -> int:
    """Build the program for three processors; show bytes, and how many labels each gives as the integers do.

    Returns:
        the bytes of the one for x86-64.
    """
    layers, (x, _) = digit_layers(), pixels()
    source = new_path("digits.c")
    source.write_text(written(program_c)(layers))
    due = "".join(map(str, labels_of(layers, x))).encode()
    rows, sizes = [], {}
    for target in TARGETS:
        path = build(source, target, source.with_name(f"digits.{target.partition('-')[0]}"))
        sizes[target] = path.stat().st_size
        got, where = run_here(path, target, x.tobytes())
        same = "not run here" if got is None else f"{sum(a == b for a, b in zip(got, due, strict=False))} of {len(due)}"
        rows.append({"target": target, "bytes": f"{sizes[target]:,}", "labels as due": same, "run by": where})
    tables.show(rows, "One source, three processors")
    return sizes[TARGETS[0]]


def run_here(path: Path, target: str, given: bytes) -> tuple[bytes | None, str]:
    """Return what a program of the student's own writes, and what ran it; None where nothing here can."""
    processor = target.partition("-")[0]
    if processor == "wasm32":
        return web_assembly.run(path.read_bytes(), given).output, "wasmtime"
    command: list[Any] = [path.resolve()]
    where = "this processor"
    if platform.system() != "Linux" or platform.machine() != processor:
        emulator = shutil.which(f"qemu-{processor}")
        if emulator is None:
            return None, "nothing here"
        command, where = [emulator, *command], Path(emulator).name
    done = subprocess.run(command, input=given, capture_output=True, timeout=SECONDS, check=False)
    return done.stdout, where
