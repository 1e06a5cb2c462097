"""What lesson 01 is given keeps its promises, and every figure is drawn, with words beside it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_utils.lessons import xor_and_adam as lesson

X = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])
RNG = np.random.default_rng(0)
SHAPES = {"w1": (2, 3), "b1": (3,), "w2": (3, 1), "b2": (1,)}


def forward(net, x):
    hidden = np.tanh(x @ net["w1"] + net["b1"])
    return hidden, 1 / (1 + np.exp(-(hidden @ net["w2"] + net["b2"])))


def loss(p, y):
    return torch.nn.functional.binary_cross_entropy(torch.tensor(p), torch.tensor(y)).item()


def gradients(net, x, y):
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in net.items()}
    hidden = torch.tanh(torch.tensor(x) @ leaves["w1"] + leaves["b1"])
    p = torch.sigmoid(hidden @ leaves["w2"] + leaves["b2"])
    torch.nn.functional.binary_cross_entropy(p, torch.tensor(y)).backward()
    return {name: leaf.grad.numpy() for name, leaf in leaves.items()}


def train(net, x, y, steps, lr):
    losses = []
    for _ in range(steps):
        losses.append(loss(forward(net, x)[1], y))
        net = lesson.descend(gradients, net, x, y, 1, lr)
    return net, losses


def signed_step(param, grad, state, step, lr=0.05):
    return param - lr * np.sign(grad), {"m": state["m"] + 1, "v": state["v"]}


def not_written(*args):
    raise NotImplementedError("not written yet")


class Tanh(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.arrays = torch.nn.ParameterDict({name: torch.tensor(value.T) for name, value in net.items()})

    def forward(self, x):
        hidden = torch.tanh(x @ self.arrays["w1"].T + self.arrays["b1"])
        return torch.sigmoid(hidden @ self.arrays["w2"].T + self.arrays["b2"])


def is_a_picture(bundle):
    return "data:image/png;base64," in bundle["text/html"] and len(bundle["text/plain"].split()) > 5


@pytest.mark.parametrize("net", [lesson.example_net(), lesson.random_net(3, 1), lesson.fresh_net(RNG, 3)])
def test_nets_have_the_shapes_of_the_lesson(net):
    assert {name: value.shape for name, value in net.items()} == SHAPES
    assert {value.dtype for value in net.values()} == {np.dtype(np.float64)}


def test_a_seed_gives_the_same_net_and_an_example_is_nobody_elses():
    assert np.array_equal(lesson.random_net(2, 7)["w1"], lesson.random_net(2, 7)["w1"])
    assert not np.array_equal(lesson.random_net(2, 7)["w1"], lesson.random_net(2, 8)["w1"])
    lesson.example_net()["w1"][:] = 0
    assert lesson.example_net()["w1"].all()


def test_the_first_step_of_pytorchs_adam_is_lr_long():
    assert lesson.torch_adam([1.0, 2.0], [np.array([0.5, -4.0])], lr=0.05) == pytest.approx([0.95, 2.05])


def test_many_steps_hands_on_state_count_and_settings():
    seen = []

    def step(param, grad, state, number, **settings):
        seen.append((state["m"].tolist(), number, settings))
        return param + grad, {"m": state["m"] + 1, "v": state["v"]}

    got = lesson.many_steps(step, np.array([1.0]), [np.array([2.0]), np.array([3.0])], lr=0.1)
    assert got == [6.0]
    assert seen == [([0.0], 1, {"lr": 0.1}), ([1.0], 2, {"lr": 0.1})]


def test_descent_follows_the_gradients_and_leaves_its_start_alone():
    start = lesson.random_net(4, 2)
    before = {name: value.copy() for name, value in start.items()}
    end = lesson.descend(gradients, start, X, Y, 20, 0.3)
    assert loss(forward(end, X)[1], Y) < loss(forward(start, X)[1], Y)
    assert all(np.array_equal(start[name], before[name]) for name in start)


def test_relu_nets_trained_at_once_end_where_each_would_alone():
    together = lesson.relu_losses(X, Y, runs=3, steps=40)
    alone = [*lesson.relu_losses(X, Y, runs=1, steps=40), *lesson.relu_losses(X, Y, runs=2, steps=40)]
    assert together == sorted(together)
    assert len(together) == 3
    assert all(min(abs(one - other) for other in together) < 1e-9 for one in alone)


def test_right_gradients_are_no_step_from_autograds_and_wrong_ones_are():
    net = lesson.example_net()
    assert lesson.gap_to_autograd(gradients, net, Tanh(net), X, Y) < 1e-12
    doubled = lambda *given: {name: 2 * grad for name, grad in gradients(*given).items()}  # noqa: E731
    assert lesson.gap_to_autograd(doubled, net, Tanh(net), X, Y) > 1e-3


def test_without_gradients_nudges_stand_in_and_leave_the_weights(capsys):
    net = lesson.example_net()
    module = Tanh(net)
    assert lesson.gap_to_autograd(not_written, net, module, X, Y) < 1e-8
    assert "not written yet" in capsys.readouterr().out
    assert np.allclose(module.arrays["w1"].detach().numpy().T, net["w1"], atol=1e-12)


def test_planes_are_drawn(shown):
    dense = lambda x, w, b, activation: activation(x @ w + b)  # noqa: E731
    assert lesson.draw_lines(dense, lambda z: (z > 0) * 1.0, X, Y) == 75
    lesson.draw_hidden_plane(forward, lesson.random_net(2, 0), X, Y)
    last = lesson.draw_learning(train, forward, lesson.random_net(4, 2), X, Y)
    assert last == pytest.approx(train(lesson.random_net(4, 2), X, Y, 301, 0.05)[1][-1])
    assert len(shown) == 3
    assert all(map(is_a_picture, shown))


@pytest.mark.parametrize(("given", "said"), [(loss, ""), (not_written, "binary_cross_entropy is not written yet")])
def test_the_loss_surface_is_drawn_with_or_without_a_loss(shown, capsys, given, said):
    lesson.draw_loss_surface(forward, given, gradients, lesson.example_net(), X, Y)
    assert capsys.readouterr().out.startswith(said)
    assert [is_a_picture(bundle) for bundle in shown] == [True]


def test_slopes_are_drawn(shown):
    steeper = lesson.draw_two_losses(loss, lambda z: 1 / (1 + np.exp(-z)))
    assert steeper == pytest.approx(1 / (2 * (1 - 1 / (1 + np.exp(8))) / (1 + np.exp(8))), rel=1e-3)
    ends = lesson.draw_valley(signed_step, {"m": np.zeros(2), "v": np.zeros(2)})
    assert ends in shown[1]["text/plain"]
    assert all(map(is_a_picture, shown))


def test_runs_are_drawn_and_counted(shown, capsys):
    trained = {"one": lambda net, lr: lr, "two": lambda net, lr: 1 - lr}
    best = lesson.draw_rates(trained, lambda lr: lr + 0.5, rates=(0.1, 0.5, 0.8), starts=2)
    assert best == pytest.approx({"one": 0.6, "two": 0.7})
    solved = lesson.draw_widths(lambda net: 0.01 if len(net["b1"]) > 2 else 0.35, starts=3)
    assert solved == {2: 0, 3: 3, 4: 3, 8: 3}
    assert "0.35" in capsys.readouterr().out
    assert lesson.draw_plateaus({"high": 0.7, "low": 0.3}, [0.001, 0.3, 0.3, 0.7]) == "1 learn; 1 high; 2 low"
    table, *pictures = shown
    assert "learning rate" in table["text/plain"]
    assert len(pictures) == 3
    assert all(map(is_a_picture, pictures))


def test_calls_in_turn_differ_in_one_argument():
    one, other = {"net": {"w": [1], "b": 2}, "x": 3}, {"net": {"w": [4], "b": 5}, "x": 6}
    found = list(lesson.in_turn(one, other))
    assert [changed for changed, _ in found] == ["nothing", "net['w']", "net['b']", "x", "nothing, once more"]
    assert [given for _, given in found[1:4]] == [
        {"net": {"w": [4], "b": 2}, "x": 3},
        {"net": {"w": [1], "b": 5}, "x": 3},
        {"net": {"w": [1], "b": 2}, "x": 6},
    ]
    assert found[0][1] == found[-1][1] == one
    found[0][1]["net"]["w"].append(0)
    assert one["net"]["w"] == [1], "arguments are copies"


def test_a_step_downhill_moves_what_has_a_gradient():
    layer = torch.nn.Linear(2, 1)
    layer.bias.requires_grad_(False)
    before = layer.weight.detach().clone()
    layer(torch.ones(1, 2)).sum().backward()
    torch.nn.Sequential(layer).apply(lesson.step_downhill)
    assert torch.equal(layer.weight, before - 1)


def test_what_is_handed_on_in_place_of_something_new_is_told():
    held = np.zeros(3)

    def new(param, state):
        return param + 1, {"m": state["m"] + 1}

    def own(param, state):
        return held, state

    call = {"param": np.ones(3), "state": {"m": np.ones(3)}}
    assert lesson.handed_on(new, call, call) == []
    told = lesson.handed_on(own, call, call)
    assert "the result[1] of call 1 is the arguments['state']" in told
    assert "the result[0] of call 2 is the result[0] of call 1" in told
    assert lesson.handed_on(lambda param, state: param[1:], call) == ["the result of call 1 is the arguments['param']"]
