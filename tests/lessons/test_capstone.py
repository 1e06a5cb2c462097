"""What lesson 16 tests with: its ruler and its graphs agree, draws, an entry handed in once, figures in their form."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import helper

from course_utils import published, withheld
from course_utils.data import digits
from course_utils.errors import CourseError
from course_utils.lessons import capstone as lesson
from course_utils.lessons.capstone import front, handing_in, nets, ruler, shifting
from course_utils.lessons.capstone.drawn import again_and_again, moves_of, unbeaten
from course_utils.lessons.capstone.judging import Verdict
from course_utils.lessons.capstone.world import turned

KINDS = ("Add", "Sub", "Mul", "AveragePool", "GlobalAveragePool", "ReduceMean", "Relu", "MaxPool", "Tanh", "Identity")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of its own, no entry from before, and no lesson that is being worked on afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(handing_in, "_last", [])
    yield tmp_path
    withheld.working_on(None)


def test_importing_it_imports_neither_torch_nor_matplotlib():
    code = "import sys, course_utils.lessons.capstone; print({'matplotlib', 'torch', 'onnxruntime'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_this_lessons_answers_rest_and_its_folder_is_emptied_once(folder):
    (folder / "work16").mkdir()
    (folder / "work16" / "old").touch()
    lesson.begin()
    path = lesson.new_path("new.onnx")
    path.touch()
    lesson.begin()
    assert path.exists() and not (folder / "work16" / "old").exists()
    for call, number in ((shifting.shifted, 1), (ruler.multiply_adds, 2), (front.front, 4)):
        with pytest.raises(Exception, match=rf"exercise 16\.{number}"):
            call()


def test_the_ruler_says_what_the_graphs_were_made_with():
    rng = np.random.default_rng(0)
    made = [lesson.conv_file(rng, kind) for kind in ("Conv", "ConvInteger", "QLinearConv") for _ in range(5)]
    made += [lesson.conv_file(rng, "Conv", axes) for axes in (1, 3)]
    made += [
        lesson.matrix_file(rng, kind) for kind in ("Gemm", "MatMul", "MatMulInteger", "QLinearMatMul") for _ in "ab"
    ]
    made += [lesson.sums_file(rng, kind) for kind in KINDS] + [lesson.joined(rng)]
    made += [lesson.sums_file(rng, "ReduceMean", axes) for axes in ([1], [-1], [1, 2, 3])]
    made += [lesson.weights_first_file(rng, *each) for each in (("Gemm",), ("Gemm", True), ("MatMul",))]
    for each in made:
        assert ruler.multiply_adds(each.file) == each.due, each.what
        assert type(ruler.multiply_adds(each.file)) is int


def test_shapes_are_inferred_and_what_cannot_be_told_is_said(tmp_path):
    made = lesson.conv_file(np.random.default_rng(0), sides=[9, 9], kernel=[3, 3], pad=[0] * 4, stride=[1, 1], groups=1)
    model = onnx.load(made.file)
    shapes = lesson.tensor_shapes(made.file)
    assert shapes["x"][0] == 1 and set(shapes) >= {"x", "y", "w"}
    model.graph.value_info.append(helper.make_tensor_value_info("y", 1, [7, 7]))
    assert lesson.tensor_shapes(model) == shapes
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_param = "side"
    with pytest.raises(CourseError, match="the shape of 'y' cannot be told from the file; export with fixed sides"):
        lesson.tensor_shapes(model)
    with pytest.raises(CourseError, match="no such file"):
        lesson.tensor_shapes(tmp_path / "none.onnx")


def test_moves_are_found_again_and_what_is_no_move_is_not():
    rng = np.random.default_rng(0)
    images = rng.integers(1, 200, size=(50, 1, 9, 7)).astype("u1")
    moves = rng.integers(-4, 5, size=(50, 2))
    moved = shifting.moved(images, moves)
    assert moves_of(moved, images) == [tuple(each) for each in moves.tolist()]
    assert moves_of(np.roll(images, 1, axis=3), images) == [None] * 50
    assert moves_of(images[:1].repeat(3, 0), images[:1].repeat(3, 0)) == [(0, 0)] * 3
    far = shifting.moved(images, np.full((50, 2), 5))
    assert (far[:, :, :5] == 0).all() and (far[:, :, 5:, 5:] == images[:, :, :-5, :-5]).all()
    ways = moves_of(shifting.shifted(np.ones((3000, 1, 9, 9), "f4"), rng), np.ones((3000, 1, 9, 9), "f4"))
    assert len(set(ways)) == 81
    one, other = again_and_again(shifting.shifted, images, 0)
    assert not np.array_equal(one, other)


def test_the_front_by_loops_and_by_a_table_agree():
    rng = np.random.default_rng(0)
    for apart in (True, False):
        for count in (0, 1, 2, 7, 40):
            entries = lesson.drawn_entries(rng, count, apart)
            assert len(entries) == count
            assert front.front(entries) == unbeaten(entries)
    assert front.front({"a": (0.9, 1, 1), "b": (0.9, 1, 1), "c": (0.9, 1, 2)}) == ["a", "b"]


def untrained(images, labels, folder):
    return nets.exported(nets.separable((8, 8)), folder / "entry.onnx")


def test_an_entry_gets_some_digits_turned_and_under_other_names_and_is_kept_as_it_was():
    given = []

    def entry(images, labels, folder):
        given.append((images.copy(), labels.copy(), list(folder.iterdir())))
        return untrained(images, labels, folder)

    made = lesson.hand_in(entry)
    (images, labels, files), own = given[0], digits(28)
    there = {image.tobytes(): number for number, image in enumerate(made.world.seen(own.train_images))}
    chosen = [there[image.tobytes()] for image in images]
    assert files == [] and 1298 <= len(set(chosen)) == len(chosen) < 1347 and chosen != sorted(chosen)
    assert sorted(made.world.names.tolist()) == list(range(10))
    assert np.array_equal(labels, made.world.names[own.train_labels[chosen]])
    usual = {turned(own.train_images, turn)[place].tobytes() for turn in range(8) for place in (0, 7)}
    assert images.min() == 0 and images.max() == 1 and not usual & set(there)
    (path,) = (each for each in lesson.new_path("x").parents[1].rglob("entry.onnx"))
    path.write_bytes(b"another")
    assert lesson.handed_in() is made and made.judged(np.random.default_rng(0)).bytes == len(made.content)
    assert len(given) == 1
    worlds = [lesson.hand_in(untrained).world for _ in range(4)]
    assert len({tuple(world.names.tolist()) for world in worlds}) > 1 and 0 not in {world.turn for world in worlds}


def test_elsewhere_a_third_of_the_digits_is_given_and_what_was_handed_in_stays():
    made, given = lesson.hand_in(untrained), []
    other = lesson.hand_in_elsewhere(lambda *all: given.append(all) or untrained(*all))
    assert 400 <= len(given[0][0]) < 449 and set(given[0][1].tolist()) == set(range(10))
    assert lesson.handed_in() is made and other.content != made.content


def test_a_square_has_eight_ways_to_lie():
    image = np.arange(9).reshape(1, 1, 3, 3)
    assert len({turned(image, turn).tobytes() for turn in range(8)}) == 8
    assert turned(image, 0).tolist() == image.tolist() and turned(image, 1)[0, 0].tolist()[0] == [2, 5, 8]
    assert turned(image, 4)[0, 0].tolist()[0] == [2, 1, 0] and turned(image, 6).flags.c_contiguous


def test_whoever_has_handed_in_nothing_or_what_was_refused_is_told_so_again():
    with pytest.raises(CourseError, match=r"no entry has been handed in; run the first test of 16\.3"):
        lesson.handed_in()
    for _ in range(2):
        with pytest.raises(CourseError, match="not a Path"):
            lesson.hand_in(lambda *_: "text")
        with pytest.raises(CourseError, match="not a Path"):
            lesson.handed_in()
    lesson.hand_in(untrained)
    with pytest.raises(ZeroDivisionError):
        lesson.hand_in(lambda *_: 1 / 0)
    with pytest.raises(CourseError, match="was not finished"):
        lesson.handed_in()


def test_figures_are_shown_in_words_and_in_the_form_that_is_read(shown):
    lesson.publish(Verdict(0.9512, 7000, 120_000))
    (bundle,) = shown
    assert bundle["text/plain"] == "Your entry: 0.951 right, 7,000 bytes, 120,000 multiply-adds"
    found = published.figures_in(bundle[published.FIGURES])
    assert found == {"right": 0.9512, "bytes": 7000, "multiply_adds": 120_000}


NO_FIGURES = (
    *(None, 3, "", "[]", "3", "{", '{"a": "x"}', '{"a": true}', '{"a": NaN}', '{"a": Infinity}', '{"<b>": 1}'),
    *("[" * 900, '{"a": {}}', json.dumps({f"a{number}": 1 for number in range(11)}), '{"a": ' + "1" * 1000 + "}"),
)


@pytest.mark.parametrize("text", NO_FIGURES)
def test_what_is_no_set_of_figures_is_none(text):
    assert published.figures_in(text) is None
