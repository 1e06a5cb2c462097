"""A notebook in which both sides compile C for every target; nobody's answer loses a test."""

from small_notebooks import notebook

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

COMPILING = notebook(("readonly", GIVEN), ("solution", BUILD), ("test", RUNS), ("test", OTHERS), ("test", OWN))
