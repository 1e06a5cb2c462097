"""A student's code compiles C in the sandbox, where the C libraries are there and can only be read."""

import pytest
from marks_of import lost
from small_notebooks import notebook

from course_staff.grading import runners
from course_staff.grading.attempt import Attempt
from course_staff.grading.runners import runner
from course_utils import c_compiler

pytestmark = pytest.mark.skipif(not c_compiler.installed(), reason="ziglang is not installed")

GIVEN = """
from pathlib import Path
from course_utils import c_compiler, web_assembly
c_compiler.use_kept_libraries()
"""
BUILD = """
def build(target):
    Path("a.c").write_text("#include <stdio.h>\\nint main(void) { puts(\\"here\\"); return 0; }")
    c_compiler.compiled(Path("a.c"), target, Path("a.out"))
    return Path("a.out")
"""
RUNS = "assert web_assembly.run(build('wasm32-wasi').read_bytes()).output == b'here\\n'"
OTHERS = "assert [build(target).read_bytes()[18] for target in c_compiler.TARGETS[:2]] == [62, 183]"
OWN = """
Path("b.c").write_text("int main(void) { return 3; }")
said = c_compiler.run(Path("b.c"), "wasm32-wasi", Path("b.out"))
assert said == "", said
ran = web_assembly.run(Path("b.out").read_bytes())
assert ran.status == 3, ran
"""


def test_both_sides_compile_for_every_target():
    book = notebook(("readonly", GIVEN), ("solution", BUILD), ("test", RUNS), ("test", OTHERS), ("test", OWN))
    assert lost(runner("bubblewrap")(Attempt(book)).notebook) == {}


def test_whoever_does_not_compile_is_told_what_it_is():
    code = "import os\ndef program(): return os.readlink('/proc/self/exe')"
    book = notebook(("solution", code), ("test", "import sys; assert program().startswith(sys.base_prefix)"))
    runners._runner.cache_clear()
    assert lost(runner("bubblewrap")(Attempt(book)).notebook) == {}
