"""What passes beside arguments and results: gradients and logs of the student's process, of the right form alone."""

import pytest
import torch

from course_staff.grading.checker import ears, gradients
from course_staff.grading.checker.lent import lendable
from course_utils.tensorrt import listening


@pytest.mark.parametrize("came", [None, [], ["a"], [torch.ones(3)], [torch.ones(2).double()], [[1.0, 1.0]], (0,)])
def test_gradients_of_another_form_are_refused(came):
    x = torch.ones(2, requires_grad=True)
    y = gradients.attached(torch.ones(2, requires_grad=True), [x], lambda ours: came)
    with pytest.raises(RuntimeError, match="gradient"):
        y.sum().backward()
    assert x.grad is None


def test_results_that_are_not_used_ask_for_no_gradient():
    x, asked = torch.ones(2, requires_grad=True), []
    made = [torch.ones(2, requires_grad=True) for _ in "ab"]
    one, _ = gradients.attached(made, [x], lambda ours: asked.append(ours) or [3 * ours[0]])
    one.sum().backward()
    assert asked[0][1] is None and x.grad.tolist() == [3, 3]


def test_only_the_last_graphs_are_kept():
    graphs = gradients.Graphs()
    for number in range(100):
        x = torch.ones(2, requires_grad=True)
        graphs.keep(number, [x], x * number)
    assert len(graphs.kept) == gradients.KEPT
    assert graphs.backward(99, [torch.ones(2)])[0].tolist() == [99, 99]


def test_a_gradient_that_backward_writes_into_is_refused():
    class Writes(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, gradient):
            return gradient.mul_(2)

    graphs, x = gradients.Graphs(), torch.ones(2, requires_grad=True)
    graphs.keep(0, [x], Writes.apply(x))
    with pytest.raises(RuntimeError, match="wrote into the gradient"):
        graphs.backward(0, [torch.ones(2)])
    assert x.grad is None


def test_nobody_listens_and_there_is_no_ear():
    with ears.ear() as ear:
        assert ear is None


@pytest.mark.parametrize("messages", ["text", [["INFO"]], [["INFO", 3]], [("INFO", "text")], [["a", "b", "c"]], {}])
def test_what_is_no_log_is_not_heard(messages):
    with listening() as heard, ears.ear() as ear, pytest.raises(TypeError):
        ear(messages)
    assert heard.messages == []


def test_a_log_is_bounded_and_ends_with_the_call(monkeypatch):
    monkeypatch.setattr(ears, "LONGEST", 20)
    with listening() as heard:
        with ears.ear() as ear:
            assert lendable(ear)
            ear([["INFO", "12345"]] * 10)
        ear([["INFO", "later"]])
    assert heard.messages == [("INFO", "12345")] * 2
