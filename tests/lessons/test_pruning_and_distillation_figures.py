"""Lesson 10's figures and tables speak, return what they found, and say which exercise they lack."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from course_utils import pruning
from course_utils.lessons import pruning_and_distillation as lesson
from course_utils.lessons.pruning_and_distillation import comparing, experiments, given, instead, records, sizes
from course_utils.lessons.pruning_and_distillation.nets import PlainNet

magnitude_mask, global_masks = instead.magnitude_mask.__wrapped__, instead.global_masks.__wrapped__
cut_channels = pruning.cut_channels.__wrapped__


def unwritten(*_):
    raise NotImplementedError("not written yet")


def fine_tune(net, masks, batches, lr):
    return given.with_masks(net, masks)


def two_of_four(w):
    return np.arange(w.size).reshape(w.shape) % 2 == 0


def stored_bytes(w, form):
    nonzero = int(np.count_nonzero(w))
    return {"dense": 4 * w.size, "bitmask": w.size // 8 + 4 * nonzero, "csr": 8 * nonzero + 4 * len(w) + 4}[form]


def smallest_form(w):
    return min(sizes.FORMS, key=lambda form: stored_bytes(w, form))


def earned(candidate, control, rounds, rng):
    difference = float((candidate - control).mean())
    return difference, difference - 0.001, difference + 0.001


def pictures(said: str) -> list[str]:
    """The alt texts of the pictures in what was displayed; outside a notebook that is printed."""
    return re.findall(r'<img alt="([^"]+)"[^>]*src="data:image/png;base64,', said)


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return PlainNet(4, 8, 8).eval()


@pytest.fixture(autouse=True)
def a_folder_and_few_rounds(tmp_path, monkeypatch):
    recorded = records.recorded()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(records, "recorded", lambda: recorded)
    monkeypatch.setattr(sizes.race, "__defaults__", (7,))


@pytest.mark.parametrize(
    ("draw", "found"),
    [
        (lambda net: lesson.draw_sensitivity(magnitude_mask, net), r"conv 1 \w+"),
        (lambda net: lesson.draw_sparsity(magnitude_mask, global_masks, net), r"0\.\d+"),
        (lambda net: lesson.draw_tuned(fine_tune, global_masks, net), r"0\.\d+ → 0\.\d+; control 0\.\d+"),
        (lambda net: lesson.draw_stored(stored_bytes, smallest_form, net), r"dense from 0\.00% zeros, bitmask from \d"),
    ],
)
def test_every_figure_is_shown_in_words_and_returns_what_it_found(capsys, net, draw, found):
    assert re.match(found, str(draw(net)))
    said = capsys.readouterr().out
    assert len(pictures(said)) == 1
    assert "not written yet" not in said


@pytest.mark.parametrize(
    ("draw", "lacks"),
    [
        (lambda net: lesson.draw_sparsity(unwritten, global_masks, net), "10.1"),
        (lambda net: lesson.draw_tuned(fine_tune, unwritten, net), "10.2"),
        (lambda net: lesson.race_sparse(unwritten, net), "10.2"),
        (lambda net: lesson.show_patterns(two_of_four, unwritten, net), "10.1"),
    ],
)
def test_what_lacks_an_earlier_exercise_says_so_and_is_shown(capsys, net, draw, lacks):
    draw(net)
    assert f"Exercise {lacks} is not written yet" in capsys.readouterr().out


def test_one_threshold_takes_more_from_some_layers(capsys, net):
    lesson.show_layers(global_masks, net, 0.5)
    assert len(set(re.findall(r"\d+\.\d%", capsys.readouterr().out))) > 1


def test_zeros_weigh_as_much_in_a_file_and_less_when_zipped(capsys, net):
    time, zipped = lesson.race_sparse(global_masks, net)
    assert time > 0 and zipped < 1
    rows = re.findall(r"(?:dense|50% off|90% off) +(\d+) +(\d+)", capsys.readouterr().out)
    assert len(rows) == 3 and len({size for size, _ in rows}) == 1
    assert sorted((int(small) for _, small in rows), reverse=True) == [int(small) for _, small in rows]


def test_patterns_are_compared_and_pytorch_is_asked(capsys, net):
    lesson.show_patterns(two_of_four, magnitude_mask, net)
    said = capsys.readouterr().out
    assert re.search(r"two of every four +0\.\d", said) and "PyTorch's kernel for it, on this CPU: " in said


def test_a_race_starts_each_file_first_as_often_and_calls_all_sessions(monkeypatch):
    made, ran = [], []

    class Session:
        def __init__(self, path):
            made.append(path)
            self.path = path

        def get_inputs(self):
            return [type("Input", (), {"name": "x"})]

        def run(self, _, feed):
            ran.append(id(self))

    monkeypatch.setattr(sizes.runtime, "session", Session)
    monkeypatch.setattr(sizes, "compare", lambda calls, **_: calls)
    calls = sizes.race({"dense": "a", "sparse": "b"})
    assert made[::2] == ["a", "b"] * (sizes.SESSIONS // 2) and made[1::2] == ["b", "a"] * (sizes.SESSIONS // 2)
    calls["sparse"]()
    assert len(ran) == sizes.SESSIONS * sizes.TURNS and len(set(ran)) == sizes.SESSIONS


def test_cut_networks_are_weighed_and_timed(capsys):
    assert re.fullmatch(r"\d\.\d\d of the time", lesson.race_cuts(cut_channels))
    said = capsys.readouterr().out
    shapes = (64, 128, 128), (32, 64, 128)
    counts = [sum(each.numel() for each in PlainNet(*shape).parameters()) for shape in shapes]
    assert all(f"{count:,}" in said for count in counts)


def seeds_of_verdicts():
    seen = []
    lesson.show_verdicts(lambda ours, *args: seen.append(len(ours)) or earned(ours, *args))
    return seen


@pytest.fixture(autouse=True)
def nothing_ran(monkeypatch):
    monkeypatch.setattr(comparing, "_live", {})


def test_every_seed_of_the_cuts_is_drawn_and_the_live_one_joins(capsys, monkeypatch):
    row = dict.fromkeys(records.recorded()["cut"]["50%"], 0.9) | {experiments.TRAINED_ON: 0.95}
    asked = []

    def live(*args):
        asked.append(args)
        return {"none": {experiments.CUT: 0.99}, "50%": row}

    monkeypatch.setattr(experiments, "cut_channels", live)
    assert lesson.draw_cuts(cut_channels) == pytest.approx(5)
    assert asked[0][:2] == (comparing.LIVE, (0.5,))
    assert len(pictures(capsys.readouterr().out)) == 1
    assert seeds_of_verdicts()[:2] == [11, 11]


def test_every_seed_of_the_students_is_drawn_and_the_live_one_joins(capsys, monkeypatch):
    recorded = records.recorded()["taught"]
    row = dict.fromkeys(recorded[experiments.SAW_ALL], 0.9) | {experiments.SOFT: 0.92}
    monkeypatch.setattr(experiments, "teach", lambda seed, loss, teachers: {teachers[0]: row})
    lesson.draw_taught(None)
    said = capsys.readouterr().out
    assert len(pictures(said)) == 1 and "soft less hard targets +2.0 points" in said
    assert seeds_of_verdicts() == [10, 10, 11, 11, 10]


def test_a_verdict_is_earned_lost_or_not_shown(capsys, monkeypatch):
    recorded = records.recorded()
    same = {
        kind: {r: {key: [0.9] * 3 for key in row} for r, row in recorded[kind].items()} for kind in ("cut", "taught")
    }
    monkeypatch.setattr(records, "recorded", lambda: recorded | same)
    for value, verdicts in ((0.95, "2 earned, 0 lost, 3"), (0.85, "0 earned, 2 lost, 3"), (0.9, "0 earned, 0 lost, 5")):
        same["cut"]["50%"][experiments.TRAINED_ON] = [value] * 3
        assert lesson.show_verdicts(earned) == f"{verdicts} not shown"
