"""What a test asks of a dense layer in C: its arrays as C sees them, its outputs on given inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course_utils import expect, web_assembly
from course_utils.lessons.edge_runtimes.programs import program_of, static_array

if TYPE_CHECKING:
    import numpy as np

HEAD = "#include <stdint.h>\n"
ARGUMENTS = (
    "const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier, int shift, int zero_point, int8_t *y"
)
TAIL = "\n#include <stdio.h>\n"
KIND = "_Generic(&{name}[0], const int8_t *: 1, const uint8_t *: 2, const int16_t *: 3, const int32_t *: 4, default: 0)"
MARK, BEYOND = 85, 64  # what lies in the outputs before a call, and how many bytes behind them are looked at
KINDS = {"int8": 1, "uint8": 2, "int16": 3, "int32": 4}


def expect_arrays(text: Any, arrays: dict[str, np.ndarray], what: str) -> None:
    """Expect that a C text defines these constant arrays, and that all can stand in one file.

    Raises:
        Unmet: it does not compile, or a type, a length or a number differs.
    """
    import numpy as np

    lines = []
    for name, values in arrays.items():
        lines.append(f'printf("%d %d", {KIND.format(name=name)}, (int)(sizeof {name} / sizeof {name}[0]));')
        lines.append(f'for (int i = 0; i < {values.size}; i++) printf(" %ld", (long){name}[i]); puts("");')
    main = f"int main(void) {{ {' '.join(lines)} return 0; }}"
    expect.true(type(text) is str, what, expected="a str", got=type(text).__name__, likely="return the text itself")
    ran = web_assembly.run(program_of(HEAD + text + TAIL + main, what))
    told = [[int(number) for number in line.split()] for line in ran.output.decode().splitlines()]
    for (name, values), (kind, count, *numbers) in zip(arrays.items(), told, strict=True):
        wanted = f"const {values.dtype}_t"
        got = next((f"const {each}_t" for each, number in KINDS.items() if number == kind), "another type")
        expect.true(got == wanted, f"the type of {name} in {what}", expected=wanted, got=got)
        likely = "all numbers, one after the other: values.ravel()"
        expect.equal(count, values.size, f"how many numbers {name} has in {what}", likely=likely)
        expect.close(np.array(numbers), values.ravel(), f"the numbers of {name} in {what}", atol=0, likely=likely)


def c_outputs(text: Any, jobs: list[dict[str, Any]], what: str) -> list[np.ndarray]:
    """Return what dense layers of a C text give, each an array (n, d_out) int8.

    Args:
        jobs: dicts with "name", of the function, "layer", a dict as exercise 14.6 has them, and "x", (n, d_in) int8.

    Raises:
        Unmet: it does not compile, or does not end.
    """
    import numpy as np

    expect.true(type(text) is str, what, expected="a str", got=type(text).__name__, likely="return the text itself")
    parts, calls = [HEAD, text, TAIL], []
    for k, job in enumerate(jobs):
        layer, (n, d_in) = job["layer"], job["x"].shape
        d_out = len(layer["weights"])
        given = {f"given_w{k}": layer["weights"], f"given_b{k}": layer["biases"]}
        parts += [static_array.__wrapped__(name, values) for name, values in given.items()]
        numbers = f"given_b{k}, {layer['multiplier']}, {layer['shift']}, {layer['zero_point']}, given_y"
        call = f"{job['name']}(given_x, given_w{k}, {numbers});"
        clean = f"for (int k = 0; k < {d_out + BEYOND}; k++) given_y[k] = {MARK};"
        loop = f"for (int n = 0; n < {n}; n++) {{ fread(given_x, 1, {d_in}, stdin); {clean} {call} "
        loop += f"for (int k = 0; k < {BEYOND}; k++) if (given_y[{d_out} + k] != {MARK}) return 3; "
        calls.append(f"{{ {loop} fwrite(given_y, 1, {d_out}, stdout); }} }}")
    parts.append("static int8_t given_x[70000], given_y[70000];\nint main(void)\n{\n")
    program = program_of("".join([*parts, *(f"{call}\n" for call in calls), "return 0; }\n"]), what)
    ran = web_assembly.run(program, b"".join(np.ascontiguousarray(job["x"]).tobytes() for job in jobs))
    likely = "d_out bytes of y are written, and no more"
    expect.true(ran.status != 3, what, expected="y[d_out] and beyond as they were", got="others", likely=likely)
    expect.true(ran.status == 0, f"how {what} ends", expected="by itself", got=ran.why or f"status {ran.status}")
    found, place = [], 0
    for job in jobs:
        shape = len(job["x"]), len(job["layer"]["weights"])
        part = ran.output[place : place + shape[0] * shape[1]]
        found.append(np.frombuffer(part, np.int8).reshape(shape))
        place += len(part)
    return found
