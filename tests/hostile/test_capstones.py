"""No entry to the contest of lesson 16 gains by a trick: it earns what its file deserves, or is told what is wrong."""

import pytest
from capstones_graded import graded, points, tricks
from sample_course import ROOT

ALL = tricks()
REFUSED = [trick for trick in ALL if trick.says]  # the others are judged
POINTS = points()


@pytest.fixture(scope="module")
def lost(tmp_path_factory):
    return graded(ROOT, tmp_path_factory.mktemp("capstones"))


def test_an_honest_entry_loses_nothing(lost):
    assert lost["honest"] == {}
    assert sum(POINTS.values()) == 11


@pytest.mark.parametrize("trick", ALL, ids=lambda trick: trick.name)
def test_a_trick_earns_what_its_file_deserves(lost, trick):
    reasons = lost[trick.name]
    assert sum(POINTS[test] for test in POINTS if test not in reasons) in trick.earns, (trick.tries, reasons)
    assert any(trick.says in reason for reason in reasons.values()) or not trick.says, reasons


@pytest.mark.parametrize("trick", REFUSED, ids=lambda trick: trick.name)
def test_whoever_is_refused_is_told_so_in_a_sentence_at_every_test(lost, trick):
    reasons = {reason.splitlines()[0] for reason in lost[trick.name].values()}
    assert len(lost[trick.name]) == len(POINTS)
    assert all(reason.endswith(".") and len(reason) < 400 for reason in reasons), reasons
