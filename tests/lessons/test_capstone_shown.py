"""What lesson 16 shows: figures with words, tables, and what is said where no entry was handed in."""

from __future__ import annotations

import re

import numpy as np
import pytest

from course_utils import withheld
from course_utils.lessons import capstone as lesson
from course_utils.lessons.capstone import front, handing_in, nets, ruler, shifting


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of its own, networks as they were drawn, and no entry from before."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(handing_in, "_last", [])
    monkeypatch.setattr(nets, "kept_net", lambda name, make, still=False: make().eval())
    monkeypatch.setattr(
        nets, "taught", lambda net, move, seed=0: (move(np.zeros((2, 1, 28, 28), "f4"), None), net)[1].eval()
    )
    yield tmp_path
    withheld.working_on(None)


def untrained(images, labels, folder):
    return nets.exported(nets.separable((8, 8)), folder / "entry.onnx")


def pages(shown):
    return "".join(each.get("text/html", "") for each in shown)


def test_shifts_are_drawn_over_how_far_and_the_students_function_is_used(shown):
    called = []
    share = lesson.draw_shifts(lambda images, rng: called.append(images.shape) or images)
    assert called and 0 <= share <= 0.4
    (alt,) = re.findall(r'alt="([^"]*)"', pages(shown))
    assert alt.startswith("Share right over 0 to 6 pixels. trained on images as they are: 0.")


def test_costs_are_what_the_students_ruler_says(shown):
    ratio = lesson.show_costs(ruler.multiply_adds)
    assert 100 < ratio < 1000 and "15,873,856" in pages(shown)
    assert lesson.show_costs(lambda _: 5) == 1


def test_the_rules_name_tiers_bounds_and_operators(shown, capsys):
    lesson.show_rules()
    assert "40,000, 20,000, 8,000" in pages(shown) and "90%, 94%, 96%" in pages(shown)
    assert "Operators: Add, AveragePool" in capsys.readouterr().out


def test_bytes_are_told_with_an_entry_and_without(shown, capsys):
    assert lesson.show_bytes() > 1
    assert "no entry has been handed in" in capsys.readouterr().out and "yours" not in pages(shown)
    lesson.hand_in(untrained)
    lesson.show_bytes()
    assert "yours" in pages(shown)


def test_the_front_is_drawn_with_an_entry_and_without(shown, capsys):
    best = lesson.draw_front(front.front)
    assert "dense" in best and "yours" not in best and "no entry" in capsys.readouterr().out
    lesson.hand_in(untrained)
    lesson.draw_front(front.front)
    alts = re.findall(r'alt="([^"]*)"', pages(shown))
    assert len(alts) == 2 and "; yours 0." in alts[1] and "On the front: " in alts[1]


def test_of_many_on_the_front_the_figure_has_numbers():
    few = {f"net {number}": (0.9 + number / 100, 1000 + number, 10) for number in range(3)}
    many = {f"net {number}": (0.9 + number / 100, 1000 + number, 10) for number in range(9)}
    texts = [{text.get_text() for axes in front.figure_of(each)[0].axes for text in axes.texts} for each in (few, many)]
    assert texts == [set(few), {str(number) for number in range(1, 10)}]


def test_the_judges_shifts_reach_four_pixels_and_no_farther():
    images = np.zeros((2000, 1, 28, 28), "f4")
    images[:, 0, 14, 14] = 1
    places = np.argwhere(shifting.shifted(images, np.random.default_rng(0))[:, 0])[:, 1:]
    assert places.min() == 10 and places.max() == 18
