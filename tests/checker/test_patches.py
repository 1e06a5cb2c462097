"""What a test puts in place of a library's function is seen, wherever the test has the library from."""

from __future__ import annotations

import os

import pytest

from course_staff.grading.checker.patches import Watched, patched


@pytest.mark.parametrize("space", [{"os": os}, {}], ids=["imported above", "imported by the cell itself"])
def test_a_replaced_function_is_found_and_lent(monkeypatch, space):
    watched = Watched()
    watched.places = [["os", "getpid"], ["nowhere", "name"]]
    watched.remember(space)
    assert watched.changed() == []
    monkeypatch.setattr(os, "getpid", lambda: -7)
    ((owner, name, value),) = found = watched.changed()
    assert (owner, name, value()) == ("os", "getpid", -7)
    monkeypatch.undo()
    with patched(found):
        assert os.getpid() == -7
    assert os.getpid() != -7
