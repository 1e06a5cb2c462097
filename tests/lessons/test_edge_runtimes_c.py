"""C texts are judged by what they do: compiled, run as WebAssembly, and looked into."""

import numpy as np
import pytest

from course_utils import c_compiler, expect
from course_utils.lessons import edge_runtimes as lesson
from course_utils.lessons.edge_runtimes.weighed import run_here

pytest.importorskip("ziglang")
pytest.importorskip("wasmtime")

HEAD = "#include <stdint.h>\n#include <stdio.h>\n"
LAYER = "void one(const int8_t *x, const int8_t *w, const int32_t *b, int32_t m, int k, int z, int8_t *y)\n"


def refused(text, match, call=lesson.program_of):
    with pytest.raises(expect.Unmet, match=match):
        call(text, "the text")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (3, "a str"),
        ("#include </etc/passwd>\nint main(void) { return 0; }", "/etc/passwd"),
        ('#include "digits.h"\nint main(void) { return 0; }', r"digits\.h"),
        ("#inc\\\nlude </etc/passwd>\nint main(void) { return 0; }", "/etc/passwd"),
        ("/* it */ # /* is */ include </etc/passwd>\n", "/etc/passwd"),
        ("%:include </etc/passwd>\n", "a file's content"),
        ("#import </etc/passwd>\n", "a file's content"),
        ("# embed </etc/passwd>\n", "assembly, or a file's content"),
        ('int main(void) { __asm__("nop"); return 0; }', "assembly"),
        ("int main(void) { return twelve; }", "undeclared identifier 'twelve'"),
    ],
)
def test_what_is_no_program_of_c_is_refused_with_a_reason(text, match):
    refused(text, match)


def test_a_program_must_end_by_itself():
    digits = np.zeros((2, 64), np.uint8)
    call = lambda text, what: lesson.answers(text, digits, what)  # noqa: E731
    refused("int main(void) { return 4; }", "status 4", call)
    refused("int other(void) { return 0; }", "how the text ends", call)
    refused("int main(void) { for (volatile int i = 0;; i++); }", "fuel", call)
    assert lesson.answers(f"{HEAD}int main(void) {{ putchar('7'); return 0; }}", digits, "it").output == b"7"


def test_floats_and_heap_are_found():
    text = HEAD + "#include <stdlib.h>\nint main(void) { char *p = malloc(9); *p = getchar() * 1.5; return *p; }"
    told = lesson.listing(text, "it")
    assert told["heap"] == ["malloc"]
    assert any(each.startswith("f64.") for each in told["floats"])
    assert lesson.listing(f"{HEAD}int main(void) {{ return getchar() * 3 / 2; }}", "it") == {"floats": [], "heap": []}


def test_arrays_are_read_as_c_reads_them():
    values = np.array([[1, -2], [3, -128]], np.int8)
    lesson.expect_arrays("static const int8_t a[] = {1, -2, 3, -128};", {"a": values}, "it")
    for text, match in (
        ("static int8_t a[] = {1, -2, 3, -128};", "the type of a"),
        ("static const int32_t a[] = {1, -2, 3, -128};", "the type of a"),
        ("static const int8_t a[5] = {1, -2, 3, -128};", "how many numbers"),
        ("static const int8_t a[] = {1, 3, -2, -128};", "the numbers of a"),
    ):
        with pytest.raises(expect.Unmet, match=match):
            lesson.expect_arrays(text, {"a": values}, "it")


def test_layers_are_called_with_what_they_are_given():
    layer = lesson.halfway_layer([5, 6], relu=False, zero_point=9)
    layer |= {"weights": np.array([[1, 2, 3], [4, 5, 6]], np.int8)}
    x = np.array([[1, 1, -1], [2, 0, 1]], np.int8)
    first = LAYER + "{ y[0] = b[0] + w[5] * x[2]; y[1] = z + k; }\n"
    second = first.replace("one", "two").replace("z + k", "m >> 28")
    jobs = [{"name": name, "layer": layer, "x": x} for name in ("one", "two")]
    one, two = lesson.c_outputs(first + second, jobs, "it")
    assert one.tolist() == [[-1, 41], [11, 41]]
    assert two.tolist() == [[-1, 4], [11, 4]]


@pytest.mark.parametrize("target", c_compiler.TARGETS)
def test_a_built_file_tells_what_it_is(target, tmp_path):
    source, out = tmp_path / "a.c", tmp_path / "a"
    source.write_text(f'{HEAD}int main(void) {{ puts("here"); return 0; }}')
    assert c_compiler.run(source, target, out) == ""
    found = lesson.looked_at(out)
    assert found["processor"] == target.partition("-")[0]
    assert (found["static"], found["stripped"]) == (True, True)
    output, where = run_here(out, target, b"")
    assert output in (b"here\n", None)
    assert where


def test_other_files_are_something_else(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"no program")
    assert lesson.looked_at(path)["kind"] == "something else"
    path.write_bytes(b"\0asm\1\0\0\0\0\5\4name")
    assert not lesson.looked_at(path)["stripped"]
