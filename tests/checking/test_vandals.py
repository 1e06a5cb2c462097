"""The vandal: it knows the visible examples by heart, wrecks what it is given, and must lose what is hidden."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import helper, numpy_helper

from course_staff.checking.promises import check
from course_staff.checking.wrecking import digest, remember, vandalize, wreck

ARRAYS = """
# %% readonly="numpy"
import numpy as np

# %% [markdown]
# ### Exercise 1.1 · Halve (15 points · 1 min)
# Write `half(x)`: an array in, half of it out.
#
# <details><summary>Hint</summary>
# Divide.
# </details>


# %% solution="half"
def half(x):
    \"\"\"Return half of x.\"\"\"
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION


# %% test="half_values" points=15
x = np.array([4.0, 5.0])
assert half(x).tolist() == [2, 2.5]
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    x = rng.normal(size=3)
    got = half(x)  # covers: an array in, half of it out | half of x
    assert QUESTION
### END HIDDEN TESTS

# %% demo="halving"
print(half(np.ones(2)))

"""


def of_arrays(sample, question: str):
    """Make the sample's first exercise one on arrays, whose hidden test asks ``question`` of ``x`` and ``got``."""
    lesson = sample.authored()[0]
    before, _, rest = lesson.text.read_text().partition("# %% [markdown]\n# ### Exercise 1.1")
    _, _, after = rest.partition("# %% [markdown]\n# ### Exercise 1.2")
    middle = ARRAYS.replace("QUESTION", question).lstrip()
    lesson.text.write_text(f"{before}{middle}# %% [markdown]\n# ### Exercise 1.2{after}")
    answers = lesson.answers.read_text().replace("half_even half_odd", "half_values").replace("half_odd", "half_values")
    answers = answers.replace("{4: 2, 5: 2.5}[x]", "np.array([2, 2.5])")
    lesson.answers.write_text(answers)
    return check(lesson)


def test_an_expected_value_computed_after_the_call_is_out_of_its_reach(sample):
    report = of_arrays(sample, "got.tolist() == (x / 2).tolist()")
    assert report.problems == []
    assert report.vandals == (2, 2)


def test_a_hidden_test_that_asks_nothing_of_the_arguments_is_found(sample):
    report = of_arrays(sample, "got.shape == x.shape and len(set(got)) > 2 or set(got) == {0}")
    assert report.vandals == (1, 2)
    (problem,) = [problem for problem in report.problems if "vandal" in problem]
    assert problem == "vandal answer to half, 'vandal with 0': must lose half_values; loses nothing"


@pytest.mark.parametrize("fill", [0, 1])
def test_everything_that_can_be_changed_is_overwritten(fill):
    array, tensor, module = np.arange(3.0), torch.arange(3), torch.nn.Linear(1, 1)
    box = {"list": [2.5, "text", [7], None, (3, "x")], "array": array, "count": 3}
    assert wreck(((tensor, box), {"net": module}), fill)
    assert (array.tolist(), tensor.tolist()) == ([fill] * 3, [fill] * 3)
    assert (box["list"], box["count"]) == ([float(fill), str(fill), [fill], None, (fill, str(fill))], fill)
    assert (module.weight.item(), module.bias.item()) == (fill, fill)


@pytest.mark.parametrize("fill", [0, 1])
def test_a_models_file_is_overwritten(tmp_path: Path, fill):
    path, other = tmp_path / "net.onnx", tmp_path / "text"
    weights = {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "shape": np.array([2, 3])}
    initializer = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    onnx.save(helper.make_model(helper.make_graph([], "g", [], [], initializer)), path)
    other.write_text("no model")
    assert (wreck(path, None), wreck((str(path), other), fill)) == (True, True)
    w, shape = (numpy_helper.to_array(each) for each in onnx.load(path).graph.initializer)
    assert (w.tolist(), shape.tolist()) == ([[fill] * 3] * 2, [2, 3])
    assert not wreck((other, tmp_path, "x\0", "x" * 5_000), fill)


def test_numbers_texts_and_what_is_empty_cannot_be_changed():
    assert not wreck(((3, "text", None, np.zeros(0), [], {}), {}), 1)


def test_a_call_is_known_by_what_it_is_given(tmp_path: Path):
    one, same, other = (digest("f", (np.array(values), [1]), {"bits": 8}) for values in ([1.0], [1.0], [2.0]))
    assert one == same != other
    assert digest("f", (1,), {}) != digest("f", (1.0,), {}) != digest("g", (1.0,), {})
    for folder, content in (("a", "1"), ("b", "1"), ("c", "2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.txt").write_text(content)
    a, b, c = (digest("f", (tmp_path / folder / "x.txt",), {}) for folder in "abc")
    assert a == b != c


def test_what_is_known_is_left_alone_and_inner_calls_too():
    def inner(x):
        return x.sum()

    def outer(x):
        return space["inner"](x + 1)

    space, calls = {"inner": inner, "outer": outer}, {}
    remember(space, ["inner", "outer", "absent"], calls)
    assert (space["outer"](np.ones(2)), list(calls.values())) == (4, ["outer"])
    space = {"inner": inner, "outer": outer}
    vandalize(space, ["inner", "outer"], frozenset(calls), 0)
    assert (space["outer"](np.ones(2)), space["outer"](np.full(2, 5.0)), space["inner"](np.ones(2))) == (4, 2, 0)


def test_a_classes_methods_are_wrapped_too():
    class Mean:
        def __init__(self, x):
            self.x = x

        def of(self, weights):
            return float(np.sum(self.x * weights))

    space: dict = {"Mean": Mean}
    vandalize(space, ["Mean"], frozenset(), 1)
    assert space["Mean"](np.full(3, 7.0)).of(np.full(3, 9.0)) == 3
