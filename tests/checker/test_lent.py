"""What the student's process may ask of the checker's objects leads nowhere else."""

import functools
import sys
import types

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from course_staff.grading.checker.lent import Forbidden, Lent, lendable, methods
from course_staff.grading.checker.packing import Packing


class Clock:
    """Stands for a class that the notebook defines."""

    __module__ = "__main__"

    def __init__(self):
        self.now, self._secret = 5, "hidden"
        self.frame = sys._getframe()

    def __call__(self, step=1):
        self.now += step
        return self.now


@pytest.fixture
def lent():
    return Lent()


def test_what_was_lent_is_called_and_its_public_attributes_are_read(lent):
    clock = Clock()
    assert lent.do(["call", clock, (2,), {}]) == 7
    assert lent.do(["get", clock, "now"]) == 7
    assert lent.do(["call", functools.partial(max, 3), (4,), {}]) == 4


@pytest.mark.parametrize("name", ["_secret", "__class__", "__init__", "__dict__", "now.real", "", 3, None])
def test_no_private_attribute_is_read(lent, name):
    with pytest.raises(Forbidden):
        lent.do(["get", Clock(), name])


@pytest.mark.parametrize("name", ["gi_frame", "f_globals", "func", "args", "im_func", "real"])
def test_functions_and_classes_are_only_called(lent, name):
    for item in (lambda: 0, functools.partial(max, 3), Clock, Clock().__call__):
        with pytest.raises(AttributeError):
            lent.do(["get", item, name])


@pytest.mark.parametrize("item", [sys, sys._getframe(), (n for n in []), "text", np.ones(2), object(), {}])
def test_other_things_are_not_lent_at_all(lent, item):
    assert not lendable(item)
    with pytest.raises(Forbidden):
        lent.do(["get", item, "f_globals"])


@pytest.mark.parametrize("number", [-1, 0, 10**9, 1.0, "0", None, True])
def test_numbers_that_were_never_given_stand_for_nothing(lent, number):
    with pytest.raises(Forbidden):
        lent.of(number)


@pytest.mark.parametrize(
    "question",
    [[], ["get"], ["call", 1], "call", ["eval", Clock()], ["call", Clock(), [], {}], ["call", Clock(), (), {1: 2}]],
)
def test_what_is_no_question_is_forbidden(lent, question):
    with pytest.raises(Forbidden):
        lent.do(question)


class Tool:
    """Stands for one of the course's own classes."""

    __module__ = "course_utils.tools"

    def __init__(self):
        self.items, self.hidden = (n for n in [7]), "hidden"

    def get_next(self):
        return next(self.items)

    def _private(self):
        return self.hidden


def test_one_of_the_courses_own_objects_is_used_by_its_public_methods_alone(lent):
    tool = Tool()
    assert methods(tool) == ["get_next"]
    assert lent.do(["get", tool, "get_next"])() == 7
    for name in ("items", "hidden"):
        with pytest.raises(AttributeError):
            lent.do(["get", tool, name])
    for question in (["get", tool, "_private"], ["call", lent, (), {}], ["get", lent, "of"]):
        with pytest.raises(Forbidden):
            lent.do(question)
    for what in ("list", "len", "enter"):
        with pytest.raises(TypeError):
            lent.do([what, tool])


def test_what_was_tried_in_vain_to_be_pickled_is_not_lent():
    packing = Packing(None)
    with pytest.raises(TypeError):
        packing.encode(types.SimpleNamespace(function=lambda: 0, items=(n for n in [])))
    tool = Tool()
    packing.encode([tool])
    assert packing.lent.objects == [tool]


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    text = '<ir_version: 8, opset_import: ["" : 18]> same (float[n] x) => (float[n] y) {y = Identity(x)}'
    return ort.InferenceSession(onnx.parser.parse_model(text).SerializeToString())


def test_a_session_is_run_and_bound(lent, session):
    x = np.ones(2, np.float32)
    assert lent.do(["get", session, "run"])(None, {"x": x})[0].tolist() == [1, 1]
    binding = lent.do(["call", lent.do(["get", session, "io_binding"]), (), {}])
    lent.do(["get", binding, "bind_cpu_input"])("x", x)
    lent.do(["get", binding, "bind_output"])("y")
    session.run_with_iobinding(binding)
    assert lent.do(["get", binding, "copy_outputs_to_cpu"])()[0].tolist() == [1, 1]


def test_no_pointer_of_the_students_reaches_the_checkers_memory(lent, session):
    binding, address = session.io_binding(), np.ones(2, np.float32).ctypes.data
    with pytest.raises(AttributeError):
        lent.do(["get", binding, "bind_input"])
    bind = lent.do(["get", binding, "bind_output"])
    for args, named in ((("y", "cpu", 0, np.float32, [2], address), {}), (("y",), {"buffer_ptr": address})):
        with pytest.raises(TypeError):
            lent.do(["call", bind, args, named])


@pytest.mark.parametrize("name", ["set_providers", "disable_fallback", "end_profiling", "get_session_options"])
def test_a_session_has_nothing_else(lent, session, name):
    with pytest.raises(AttributeError):
        lent.do(["get", session, name])
