"""A student's code compiles C in the sandbox, where the C libraries are there and can only be read."""

import pytest
from compiling import COMPILING
from marks_of import lost
from small_notebooks import notebook

from course_staff.grading import runners
from course_staff.grading.attempt import Attempt
from course_staff.grading.runners import runner
from course_utils import c_compiler

pytestmark = pytest.mark.skipif(not c_compiler.installed(), reason="ziglang is not installed")


def test_both_sides_compile_for_every_target():
    assert lost(runner("bubblewrap")(Attempt(COMPILING)).notebook) == {}


def test_whoever_does_not_compile_is_told_what_it_is():
    code = "import os\ndef program(): return os.readlink('/proc/self/exe')"
    book = notebook(("solution", code), ("test", "import sys; assert program().startswith(sys.base_prefix)"))
    runners._runner.cache_clear()
    assert lost(runner("bubblewrap")(Attempt(book)).notebook) == {}
