"""Hidden lines are found however they were printed."""

import pytest

from course_staff.grading.hidden import REDACTED, Redactor, split_hidden

LINE = 'assert half(10) == 5, "half(10) is 5"'
SOURCE = f"assert half(4) == 2\n### BEGIN HIDDEN TESTS\n{LINE}\n### END HIDDEN TESTS\nx = 1"


def test_splits_visible_from_hidden():
    assert split_hidden(SOURCE) == ("assert half(4) == 2\nx = 1", [LINE])


def test_hides_to_the_end_where_the_region_has_none():
    assert split_hidden("a\n### BEGIN HIDDEN TESTS\nb\nc") == ("a", ["b", "c"])


@pytest.mark.parametrize(
    "printed",
    [
        LINE,
        f"    {LINE}",
        repr(LINE),
        repr([SOURCE]),
        '\x1b[32m3\x1b[39m \x1b[1massert\x1b[39;00m half(\x1b[32m10\x1b[39m) == \x1b[32m5\x1b[39m, "half(10) is 5"',
        "assert half(10) == 5, &quot;half(10) is 5&quot;",
        'assert half(10)\n == 5, "half(10)\n is 5"',
    ],
)
def test_redacts_the_line(printed):
    cleaned = Redactor([LINE]).clean(f"before\n{printed}\nafter")
    assert "half(10) == 5" not in cleaned.replace("\x1b[32m", "").replace("\x1b[39m", "")
    assert REDACTED in cleaned


def test_leaves_other_lines():
    assert Redactor([LINE, "pass", "x = 1"]).clean("x = 1\nhalf(10) is 5\npass") == "x = 1\nhalf(10) is 5\npass"
    assert Redactor([LINE]).clean(f"before\n{LINE}\nafter") == f"before\n{REDACTED}\nafter"
