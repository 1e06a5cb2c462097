# %% [markdown]
# # How does a network learn what no line can separate?
#
# **Lesson 01** · 75 minutes · 20 points · you need: Python functions, NumPy arrays and `@`, the chain rule
#
# You will write every line of a small network yourself: its layers, its loss, its gradients, and Adam, the
# optimizer that trains most networks today. Then you hand it to PyTorch and check that both agree. Everything
# later in this course, from export to engines, moves a network like this one; here you see all of it.

# %% [markdown]
# ## How do you work here?
#
# Each exercise is a box that says what to write, a cell to write it in, and tests. Run cells from top to bottom
# with <kbd>Shift</kbd>+<kbd>Enter</kbd>. A test that fails says what it expected, what it got, and the likely
# cause. Grading runs the same tests and some hidden ones, which ask the same of fresh random numbers; so write
# the rule, not the example. The cells in between are demonstrations: they use your functions to draw or measure
# something. No mark depends on them, so play with them.

# %% readonly="imports"
import numpy as np
import torch

from course_utils import expect, plots, tables
from course_utils.seeds import fresh_draw

measured = {}  # filled by the demonstrations, shown at the end

# %% [markdown]
# ## What is the smallest problem that no line solves?
#
# A model is a dataset, an architecture and an optimizer. Our dataset has four points. XOR ("one or the other,
# not both") asks for 1 where exactly one input is 1.
#
# An array of n examples has shape `(n, d)`: one example a row.

# %% readonly="xor"
x_xor = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])  # (4, 2)
y_xor = np.array([[0.0], [1.0], [1.0], [0.0]])  # (4, 1)

# %% [markdown]
# ## What does one layer compute?
#
# A **dense layer** with weights $W$ and bias $b$ takes a weighted sum of its inputs for every output, adds the
# bias, and bends the result with an *activation* $a$:
#
# $$\mathrm{dense}(x) = a(x\,W + b)$$
#
# $x$ holds all n examples at once, so one product serves them all; `@` multiplies matrices.

# %% [markdown]
# ### Exercise 1.1 · A dense layer (2 points · 5 min)
#
# Write `dense(x, w, b, activation)`.
#
# *The trap:* the bias comes before the activation, not after it.
#
# <details><summary>Hint</summary>
# NumPy adds a <code>(d_out,)</code> bias to every row of an <code>(n, d_out)</code> array by itself.
# </details>


# %% solution="dense"
def dense(x, w, b, activation):
    """Return one layer's outputs.

    x: (n, d_in) floats; w: (d_in, d_out); b: (d_out,)
    activation: a function from an array to an array of the same shape, such as np.tanh
    returns: (n, d_out)
    """
    ### BEGIN SOLUTION
    return activation(x @ w + b)
    ### END SOLUTION


# %% test="dense_one_example" points=1
x, b = np.array([[1.0, 2.0]]), np.array([10.0, 20.0, 30.0])
w = np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]])
causes = {
    "the activation is not applied": [[15.0, 22.0, 29.0]],
    "b is not added": [[-5.0, -2.0, 1.0]],
    "b is added after the activation": [[5.0, 18.0, 31.0]],
}
expect.close(dense(x, w, b, np.negative), [[-15.0, -22.0, -29.0]], "dense(x, w, b, np.negative)", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    d_in, d_out = rng.integers(2, 7, size=2)
    x, w, b = rng.normal(size=(1, d_in)), rng.normal(size=(d_in, d_out)), rng.normal(size=d_out)
    for activation in (np.tanh, np.sin):
        expect.close(dense(x, w, b, activation), activation(x @ w + b), "dense for one example, fresh numbers")
### END HIDDEN TESTS
expect.passed("one example through three units")

# %% test="dense_many_examples" points=1
w, b = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([0.5, -0.5])
expected = [[1.5, 1.5], [1.5, 0.5], [0.5, 1.5], [0.5, 0.5]]
expect.close(dense(x_xor, w, b, np.abs), expected, "dense(x_xor, w, b, np.abs)")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    n, d_in, d_out = rng.integers(2, 9, size=3)
    x, w, b = rng.normal(size=(n, d_in)), rng.normal(size=(d_in, d_out)), rng.normal(size=d_out)
    before = x.copy()
    expect.close(dense(x, w, b, np.cos), np.cos(x @ w + b), "dense for n examples, fresh numbers")
    expect.unchanged(x, before, "x after dense")
### END HIDDEN TESTS
expect.passed("all four examples at once")

# %% [markdown]
# ### Can any line do it?
#
# A dense layer with a step for activation answers 1 on one side of a line and 0 on the other. With 20,000
# columns in $W$, one call of *your* function tries 20,000 lines.

# %% demo="every_line"
rng = np.random.default_rng(1)
w, b = rng.normal(size=(2, 20_000)), rng.normal(size=20_000)
step = lambda z: (z > 0).astype(float)
answers = dense(x_xor, w, b, step)  # (4, 20000)
accuracy = (answers == y_xor).mean(axis=0)
best = np.where(accuracy == accuracy.max(), np.abs(x_xor @ w + b).min(axis=0), 0).argmax()  # and clear of the points
measured["best of 20,000 lines"] = f"{accuracy.max():.0%} of the points"

fig, (left, right) = plots.figure(columns=2, width=7, height=2.8)
shares = [float((accuracy == right_of_4 / 4).mean()) for right_of_4 in range(5)]
left.bar(["0 %", "25 %", "50 %", "75 %", "100 %"], shares, color=plots.BLUE)
left.set(title="20,000 random lines", xlabel="points right", ylabel="share of the lines")
side = lambda points: dense(points, w[:, [best]], b[[best]], step)[:, 0]
plots.surface(right, side, x_xor, y_xor, title=f"One of the best: {accuracy.max():.0%}")
right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(
    fig,
    f"Left: bars of how many of the four points 20,000 random lines get right; the best reach "
    f"{accuracy.max():.0%}, none 100 %. Right: one of the best lines leaves one of the four points on the wrong side.",
)

# %% [markdown]
# ## What does a second layer change?
#
# The archetype of all networks: two inputs, some hidden units, one output.
#
# $$h = \tanh(x W_1 + b_1) \qquad p = \sigma(h W_2 + b_2) \qquad \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# $h$ are the **hidden** activations. $p$ is a probability: the network's belief that $y = 1$. The output layer
# still draws one line, but in the plane of $h$, where the points may lie better.


# %% readonly="sigmoid_and_nets"
def sigmoid(z):
    """Return 1 / (1 + exp(-z)), written so that no z overflows."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


hand_made = {  # somebody thought about these
    "w1": np.array([[4.0, 4.0], [4.0, 4.0]]),
    "b1": np.array([-2.0, -6.0]),
    "w2": np.array([[6.0], [-6.0]]),
    "b2": np.array([-6.0]),
}
example = {  # nobody thought about these: three hidden units, untrained
    "w1": np.array([[1.0, -1.0, 0.5], [0.5, 1.0, -1.0]]),
    "b1": np.array([0.0, 0.5, -0.5]),
    "w2": np.array([[1.0], [-1.0], [2.0]]),
    "b2": np.array([0.5]),
}

# %% [markdown]
# ### Exercise 1.2 · Forward (2 points · 5 min)
#
# Write `forward(params, x)`: the hidden activations and the probabilities. Use your `dense` and the `sigmoid`
# above.
#
# *The trap:* later exercises need $h$ as well as $p$, so both are returned, in this order.


# %% solution="forward"
def forward(params, x):
    """Run the two-layer network.

    params: {"w1": (2, h), "b1": (h,), "w2": (h, 1), "b2": (1,)}; x: (n, 2)
    returns: (hidden, p), of shapes (n, h) and (n, 1)
    """
    ### BEGIN SOLUTION
    hidden = dense(x, params["w1"], params["b1"], np.tanh)
    p = dense(hidden, params["w2"], params["b2"], sigmoid)
    return hidden, p
    ### END SOLUTION


# %% test="forward_hidden" points=1
hidden, p = forward(hand_made, x_xor)
expected = np.tanh([[6.0, 2.0], [2.0, -2.0], [2.0, -2.0], [-2.0, -6.0]])
causes = {
    "tanh is not applied to the hidden layer": np.arctanh(expected),
    "the hidden layer uses sigmoid instead of tanh": sigmoid(np.arctanh(expected)),
}
expect.close(hidden, expected, "hidden of forward(hand_made, x_xor)", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    n, width = rng.integers(2, 9, size=2)
    params = {"w1": rng.normal(size=(2, width)), "b1": rng.normal(size=width)}
    params |= {"w2": rng.normal(size=(width, 1)), "b2": rng.normal(size=1)}
    x = rng.normal(size=(n, 2))
    hidden, p = forward(params, x)
    expect.close(hidden, np.tanh(x @ params["w1"] + params["b1"]), "hidden of forward, fresh numbers")
### END HIDDEN TESTS
expect.passed("the hidden activations")

# %% test="forward_probability" points=1
hidden, p = forward(hand_made, x_xor)
expected = np.array([[0.00306622], [0.99619767], [0.99619767], [0.00306622]])
causes = {
    "sigmoid is not applied to the output": np.log(expected / (1 - expected)),
    "sigmoid is applied twice": sigmoid(expected),
    "the output layer uses tanh instead of sigmoid": np.tanh(np.log(expected / (1 - expected))),
}
expect.close(p, expected, "p of forward(hand_made, x_xor)", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    n, width = rng.integers(2, 9, size=2)
    params = {"w1": rng.normal(size=(2, width)), "b1": rng.normal(size=width)}
    params |= {"w2": rng.normal(size=(width, 1)), "b2": rng.normal(size=1)}
    x = rng.normal(size=(n, 2))
    hidden, p = forward(params, x)
    z = np.tanh(x @ params["w1"] + params["b1"]) @ params["w2"] + params["b2"]
    expect.close(p, 1 / (1 + np.exp(-z)), "p of forward, fresh numbers")
### END HIDDEN TESTS
expect.passed("the probabilities")

# %% [markdown]
# ### Where did the points go?
#
# Both pictures are drawn by your `forward` with the `hand_made` weights. On the left the plane of the inputs; on
# the right the same four points in the plane of $h$, where a single line is enough. (1, 0) and (0, 1) have become
# the same point.

# %% demo="hidden_plane"
hidden, p = forward(hand_made, x_xor)
output_layer = lambda h: sigmoid(h @ hand_made["w2"] + hand_made["b2"])[:, 0]

fig, (left, right) = plots.figure(columns=2, width=7, height=2.9)
image = plots.surface(left, lambda x: forward(hand_made, x)[1][:, 0], x_xor, y_xor, title="The inputs")
plots.surface(right, output_layer, hidden, y_xor, title="The same points, seen in $h$")
right.set(xlabel="$h_1$", ylabel="$h_2$")
right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
fig.colorbar(image, ax=left, label="p")
plots.show(
    fig,
    "Left: in the plane of the inputs the network answers 1 in a diagonal band that holds (1, 0) and (0, 1). "
    "Right: in the plane of the hidden activations those two fall on one point, and one straight line separates it "
    "from the other two.",
)

# %% [markdown]
# ## How wrong is a probability?
#
# **Binary cross-entropy** asks how surprised the network is by the truth, and takes the mean over all examples:
#
# $$L = -\frac{1}{n} \sum_i \big( y_i \ln p_i + (1 - y_i) \ln (1 - p_i) \big)$$
#
# Only one of the two terms counts for an example: $\ln p$ where $y = 1$, $\ln(1 - p)$ where $y = 0$. A sure
# mistake costs without limit, which is a problem for a computer: $\ln 0$ is $-\infty$.

# %% [markdown]
# ### Exercise 1.3 · Cross-entropy (2 points · 7 min)
#
# Write `binary_cross_entropy(p, y)`. It must be a finite number for p = 0 and p = 1, and exact for every p
# between 1e-7 and 1 − 1e-7.
#
# *The trap:* 0 · ln 0 is `nan` in floating point, and one `nan` spoils the mean.
#
# <details><summary>Hint</summary>
# Move p a little away from both ends before you take logarithms: <code>np.clip</code>.
# </details>


# %% solution="binary_cross_entropy"
def binary_cross_entropy(p, y):
    """Return the mean binary cross-entropy, in nats.

    p: (n, 1) probabilities, 0 and 1 included; y: (n, 1) zeros and ones
    returns: a finite float
    """
    ### BEGIN SOLUTION
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    ### END SOLUTION


# %% test="binary_cross_entropy_value" points=1
p, y = np.array([[0.9], [0.2]]), np.array([[1.0], [0.0]])
causes = {
    "the sum is taken, not the mean": 0.328504,
    "the examples with y = 0 are forgotten": 0.052680,
    "the sign is wrong: a loss is not negative": -0.164252,
    "the logarithm has base 2; use the natural one": 0.236966,
}
expect.close(binary_cross_entropy(p, y), 0.164252, "binary_cross_entropy(p, y)", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    p = 1 / (1 + np.exp(-rng.uniform(-16, 16, size=(50, 1))))
    y = rng.integers(0, 2, size=(50, 1)).astype(float)
    expected = torch.nn.functional.binary_cross_entropy(torch.tensor(p), torch.tensor(y)).item()
    expect.close(binary_cross_entropy(p, y), expected, "binary_cross_entropy, fresh numbers", atol=1e-8)
### END HIDDEN TESTS
expect.passed("the mean surprise of two examples")

# %% test="binary_cross_entropy_ends" points=1
ends, right, wrong = np.array([[0.0], [1.0]]), np.array([[0.0], [1.0]]), np.array([[1.0], [0.0]])
sure = binary_cross_entropy(ends, right)
expect.close(sure, 0.0, "the loss of sure and right answers, p = y", atol=1e-6)
mistaken = binary_cross_entropy(ends, wrong)
expect.true(
    10 < mistaken < 1000,
    "the loss of sure and wrong answers, p = 1 - y",
    expected="a large finite number, between 10 and 1000",
    got=mistaken,
    likely="p must be kept away from 0 and 1, but by no more than 1e-7",
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    y = rng.integers(0, 2, size=(9, 1)).astype(float)
    expect.close(binary_cross_entropy(y, y), 0.0, "the loss of p = y, fresh numbers", atol=1e-6)
    for y in (np.zeros((1, 1)), np.ones((1, 1))):
        mistaken = binary_cross_entropy(1 - y, y)
        expect.true(10 < mistaken < 1000, "the loss of p = 1 - y", expected="a finite number above 10", got=mistaken)
### END HIDDEN TESTS
expect.passed("finite at p = 0 and p = 1")

# %% [markdown]
# ### Why not simply the squared error?
#
# A network moves $z$, the number inside $\sigma(z)$. Both losses for an example whose truth is 1: on the far left
# the network is sure and wrong. Cross-entropy keeps a slope there to learn from; the squared error is flat.

# %% demo="two_losses"
z = np.linspace(-8, 4, 200)
truth = np.ones((1, 1))
losses = {
    "cross-entropy": [binary_cross_entropy(sigmoid(np.array([[each]])), truth) for each in z],
    "squared error": (1 - sigmoid(z)) ** 2,
}
fig, axes = plots.figure(width=5.5, height=2.7)
plots.curves(axes, losses, x=z, title="The cost of an answer when y = 1", xlabel="z", ylabel="loss")
plots.show(
    fig,
    "Loss against z for a truth of 1: far to the left, where the answer is sure and wrong, the cross-entropy rises "
    "in a straight line, while the squared error lies flat at 1.",
)

# %% [markdown]
# ## Which way is down?
#
# Learning means moving every weight a little in the direction that lowers the loss. The chain rule, from the
# loss backwards:
#
# $$\delta_2 = \tfrac{1}{n}(p - y) \qquad \nabla W_2 = h^\top \delta_2 \qquad \nabla b_2 = \textstyle\sum_i \delta_2$$
#
# $$\delta_1 = (\delta_2 W_2^\top) \odot (1 - h^2) \qquad \nabla W_1 = x^\top \delta_1 \qquad
# \nabla b_1 = \textstyle\sum_i \delta_1$$
#
# Sigmoid and cross-entropy fit together so well that their joint derivative is just $p - y$. The factor
# $1 - h^2$ is the derivative of tanh, and $\odot$ multiplies entry by entry.

# %% [markdown]
# ### Exercise 1.4 · Gradients by hand (4 points · 15 min)
#
# Write `gradients(params, x, y)`: for every array in `params` one of the same shape, the derivative of
# `binary_cross_entropy(forward(params, x)[1], y)`.
#
# *The trap:* the loss is a mean, so 1/n must be in there exactly once.
#
# <details><summary>Hint</summary>
# A bias serves every example: its gradient is the sum of delta over the rows, <code>.sum(axis=0)</code>.
# </details>


# %% solution="gradients"
def gradients(params, x, y):
    """Return the gradient of the mean cross-entropy, by back-propagation.

    params: {"w1": (2, h), "b1": (h,), "w2": (h, 1), "b2": (1,)}; x: (n, 2); y: (n, 1)
    returns: a dict with the same keys and shapes as params
    """
    ### BEGIN SOLUTION
    hidden, p = forward(params, x)
    delta2 = (p - y) / len(x)
    delta1 = (delta2 @ params["w2"].T) * (1 - hidden**2)
    return {
        "w1": x.T @ delta1,
        "b1": delta1.sum(axis=0),
        "w2": hidden.T @ delta2,
        "b2": delta2.sum(axis=0),
    }
    ### END SOLUTION


# %% test="gradients_output_layer" points=2
got = gradients(example, x_xor, y_xor)
expect.keys(got, ["w1", "b1", "w2", "b2"], "gradients(example, x_xor, y_xor)")
expected = {"w2": np.array([[-0.04608546], [-0.10020854], [0.09082864]]), "b2": np.array([-0.0882515])}
causes = {
    "1/n is missing: the loss is a mean over n = 4 examples": {key: 4 * expected[key] for key in expected},
    "1/n is in there twice": {key: expected[key] / 4 for key in expected},
    "the sign is wrong: it is p - y": {key: -expected[key] for key in expected},
}
output_layer = {key: got[key] for key in expected}
expect.close(output_layer, expected, "gradients(example, x_xor, y_xor)", atol=1e-7, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    n, width = rng.integers(2, 9, size=2)
    shapes = {"w1": (2, width), "b1": width, "w2": (width, 1), "b2": 1}
    params = {key: rng.normal(size=shape) for key, shape in shapes.items()}
    x, y = torch.tensor(rng.normal(size=(n, 2))), torch.tensor(rng.integers(0, 2, size=(n, 1)).astype(float))
    w1, b1, w2, b2 = (torch.tensor(value, requires_grad=True) for value in params.values())
    p = torch.sigmoid(torch.tanh(x @ w1 + b1) @ w2 + b2)
    torch.nn.functional.binary_cross_entropy(p, y).backward()
    got = gradients(params, x.numpy(), y.numpy())
    expect.close({"w2": got["w2"], "b2": got["b2"]}, {"w2": w2.grad, "b2": b2.grad}, "gradients, fresh numbers")
### END HIDDEN TESTS
expect.passed("the gradients of the output layer")

# %% test="gradients_hidden_layer" points=2
got = gradients(example, x_xor, y_xor)
expect.keys(got, ["w1", "b1", "w2", "b2"], "gradients(example, x_xor, y_xor)")
w1 = np.array([[0.00031837, -0.0407975, -0.00033323], [-0.15137277, -0.032056, -0.001651]])
expected = {"w1": w1, "b1": np.array([-0.09430231, -0.059674, 0.03741976])}
no_slope = np.array([[0.05187567, -0.05187567, 0.10375134], [-0.1233689, 0.1233689, -0.2467378]])
causes = {
    "1/n is missing: the loss is a mean over n = 4 examples": {key: 4 * expected[key] for key in expected},
    "the derivative of tanh, 1 - h**2, is missing": {"w1": no_slope, "b1": no_slope.sum(axis=0)},
}
hidden_layer = {key: got[key] for key in expected}
expect.close(hidden_layer, expected, "gradients(example, x_xor, y_xor)", atol=1e-7, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    width, x, y = 5, torch.tensor(rng.normal(size=(7, 2))), torch.tensor(rng.integers(0, 2, (7, 1)).astype(float))
    shapes = {"w1": (2, width), "b1": width, "w2": (width, 1), "b2": 1}
    params = {key: rng.normal(size=shape) for key, shape in shapes.items()}
    w1, b1, w2, b2 = (torch.tensor(value, requires_grad=True) for value in params.values())
    p = torch.sigmoid(torch.tanh(x @ w1 + b1) @ w2 + b2)
    torch.nn.functional.binary_cross_entropy(p, y).backward()
    got = gradients(params, x.numpy(), y.numpy())
    expect.close({"w1": got["w1"], "b1": got["b1"]}, {"w1": w1.grad, "b1": b1.grad}, "gradients, fresh numbers")
### END HIDDEN TESTS
expect.passed("the gradients of the hidden layer")

# %% [markdown]
# ### What does the loss look like from above?
#
# A network of three units has 13 weights; here are two of them. Height lines are your loss, arrows your negative
# gradient. Arrows must stand at right angles to the lines, and point downhill.

# %% demo="loss_surface"
side = np.linspace(-6, 6, 60)
nets = [[example | {"w1": np.array([[a, -1.0, 0.5], [b, 1.0, -1.0]])} for a in side] for b in side]
heights = [[binary_cross_entropy(forward(net, x_xor)[1], y_xor) for net in row] for row in nets]
slopes = np.array([[gradients(net, x_xor, y_xor)["w1"][:, 0] for net in row] for row in nets])
down = -slopes / np.linalg.norm(slopes, axis=-1, keepdims=True)

fig, axes = plots.figure(width=5, height=3.6)
lines = axes.contourf(side, side, heights, levels=14, cmap="Greys")
fig.colorbar(lines, label="loss")
axes.quiver(side[::5], side[::5], down[::5, ::5, 0], down[::5, ::5, 1], color=plots.VERMILION, scale=24, width=0.004)
axes.set(title="Loss over two of the weights", xlabel="$W_1[0, 0]$", ylabel="$W_1[1, 0]$", aspect="equal")
plots.show(
    fig,
    "Height map of the loss over two weights, with an arrow every few units along the negative gradient: "
    "the arrows cross the height lines at right angles, away from the ridges and into the valleys.",
)

# %% [markdown]
# ## How far should each step go?
#
# Plain gradient descent takes steps as long as the slope is steep. **Adam** (Kingma and Ba, 2015) keeps two
# running means for every weight, of the gradient $g$ and of its square, and divides one by the root of the other:
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2$$
#
# $$\hat m = \frac{m}{1 - \beta_1^t} \qquad \hat v = \frac{v}{1 - \beta_2^t} \qquad
# w \leftarrow w - \eta \frac{\hat m}{\sqrt{\hat v} + \varepsilon}$$
#
# Both start at 0, so early on they are too small by a known factor; $\hat m$ and $\hat v$ correct it. $t$ counts
# steps from 1.


# %% readonly="adam_tools"
def adam_start(param):
    """Return the state that Adam starts from: nothing seen yet."""
    return {"m": np.zeros_like(param), "v": np.zeros_like(param)}


def torch_adam(param, grads, **settings):
    """Return where PyTorch's Adam takes param when it is shown these gradients, one after the other."""
    weight = torch.tensor(param, requires_grad=True)
    optimizer = torch.optim.Adam([weight], **settings)
    for grad in grads:
        weight.grad = torch.tensor(grad)
        optimizer.step()
    return weight.detach().numpy()


# %% [markdown]
# ### Exercise 1.5 · Adam (4 points · 15 min)
#
# Write `adam_step`: one step for one array. The state is a dict with the arrays `m` and `v`; give back a *new*
# array and a *new* state.
#
# *The trap:* ε stands outside the root, and the arguments must stay as they were. `m *= beta1` would change the
# caller's state.
#
# <details><summary>Hint</summary>
# The state keeps m and v as they are; the corrected values serve this step only.
# </details>


# %% solution="adam_step"
def adam_step(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    """Return (param, state) after one step of Adam.

    param, grad: float64 arrays of one shape
    state: {"m": array, "v": array} of that shape, zeros before the first step
    step: 1 for the first step, 2 for the second, ...
    returns: a new array, and a new dict {"m": array, "v": array}
    """
    ### BEGIN SOLUTION
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**step)
    v_hat = v / (1 - beta2**step)
    return param - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v}
    ### END SOLUTION


# %% test="adam_step_first" points=1
param, grad = np.array([1.0, 2.0]), np.array([0.5, -4.0])
causes = {
    "m and v are not corrected for their start at 0": [0.84188612, 2.15811388],
    "only m is corrected, not v": [-0.58113883, 3.58113883],
    "only v is corrected, not m": [0.995, 2.005],
    "the step goes uphill: subtract it": [1.05, 1.95],
    "this is plain gradient descent": [0.975, 2.2],
}
moved, state = adam_step(param, grad, adam_start(param), 1)
expect.close(moved, [0.95, 2.05], "adam_step(param, grad, adam_start(param), step=1)[0]", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    param, grad = rng.normal(size=(3, 2)), rng.normal(size=(3, 2)) * 10.0 ** rng.integers(-9, 2, size=(3, 2))
    fast = torch_adam(param, [grad], lr=0.05)
    slow = torch_adam(param, [grad], lr=0.001, betas=(0.8, 0.9), eps=1e-3)
    got = adam_step(param.copy(), grad, adam_start(param), 1)[0]
    expect.close(got, fast, "adam_step, first step, fresh numbers", atol=1e-10)
    got = adam_step(param.copy(), grad, adam_start(param), 1, 0.001, 0.8, 0.9, 1e-3)[0]
    expect.close(got, slow, "adam_step with its own lr, betas and eps", atol=1e-10)
### END HIDDEN TESTS
expect.passed("the first step is lr long, whatever the gradient's size")

# %% test="adam_step_state" points=1
param, grad = np.array([1.0, 2.0]), np.array([0.5, -4.0])
state = adam_start(param)
moved, after = adam_step(param, grad, state, 1)
causes = {"the corrected values are kept; the state holds m and v as they are": {"m": grad, "v": grad**2}}
expect.close(after, {"m": np.array([0.05, -0.4]), "v": np.array([0.00025, 0.016])}, "the new state", causes=causes)
expect.unchanged(state, adam_start(param), "the state that was passed in")
expect.unchanged(param, np.array([1.0, 2.0]), "the param that was passed in")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    one, other = rng.normal(size=3), rng.normal(size=(2, 2))
    states, grads = [adam_start(one), adam_start(other)], [rng.normal(size=(2, 3)), rng.normal(size=(2, 2, 2))]
    for step in (1, 2):
        for k, param in enumerate((one, other)):
            states[k] = adam_step(param, grads[k][step - 1], states[k], step)[1]
    for k in (0, 1):
        m = 0.9 * 0.1 * grads[k][0] + 0.1 * grads[k][1]
        v = 0.999 * 0.001 * grads[k][0] ** 2 + 0.001 * grads[k][1] ** 2
        expect.close(states[k], {"m": m, "v": v}, "the states of two parameters, stepped in turn", atol=1e-12)
### END HIDDEN TESTS
expect.passed("the state is right, and what was passed in is untouched")


# %% test="adam_step_thousand" points=2
def many_steps(param, grads, lr):
    state = adam_start(param)
    for step, grad in enumerate(grads, start=1):
        param, state = adam_step(param, grad, state, step, lr=lr)
    return param


param, grads = np.array([1.0, -1.0]), [np.array([np.sin(t), 1e-7 * np.cos(t)]) for t in range(100)]
likely = "eps belongs outside the square root, added once; step counts from 1"
theirs, ours = torch_adam(param, grads, lr=0.01), many_steps(param, grads, 0.01)
expect.close(ours, theirs, "100 steps beside torch.optim.Adam", atol=1e-10, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    sizes = 10.0 ** rng.uniform(-9, 1, size=(1, 4))
    grads = rng.normal(size=(1000, 4)) * sizes
    param = rng.normal(size=4)
    theirs, ours = torch_adam(param, grads, lr=0.02), many_steps(param, grads, 0.02)
    expect.close(ours, theirs, "1,000 steps beside torch.optim.Adam", atol=1e-10, likely=likely)
### END HIDDEN TESTS
expect.passed("as good as PyTorch's, to ten digits")

# %% [markdown]
# ### What does Adam do in a narrow valley?
#
# A valley 100 times steeper across than along. Gradient descent must take steps small enough for the steep
# direction, and then crawls along the flat one. Your Adam divides each direction by its own size.

# %% demo="narrow_valley"
slope = np.array([1.0, 100.0])  # of loss = (a² + 100 b²) / 2
start = np.array([-4.0, 0.6])
plain, adam, state = [start], [start], adam_start(start)
for step in range(1, 61):
    plain.append(plain[-1] - 0.018 * slope * plain[-1])
    moved, state = adam_step(adam[-1], slope * adam[-1], state, step, lr=0.15)
    adam.append(moved)

fig, axes = plots.figure(width=6.5, height=2.8)
a, b = np.meshgrid(np.linspace(-4.6, 1.2, 100), np.linspace(-0.8, 0.8, 100))
axes.contour(a, b, slope[0] * a**2 + slope[1] * b**2, levels=12, colors="0.8", linewidths=0.7)
axes.plot(*np.array(plain).T, marker="o", markersize=3, color=plots.ORANGE, label="gradient descent, lr 0.018")
axes.plot(*np.array(adam).T, marker="s", markersize=3, color=plots.BLUE, label="your Adam, lr 0.15")
axes.set(title="60 steps in a narrow valley (the minimum is at 0, 0)", xlabel="a", ylabel="b")
axes.legend(loc="lower left")
measured["left to go in the valley after 60 steps"] = (
    f"gradient descent {abs(plain[-1][0]):.2f}, Adam {abs(adam[-1][0]):.2f} of {abs(start[0]):.0f}"
)
plots.show(
    fig,
    f"Paths in a valley 100 times steeper across than along. Gradient descent zigzags and ends {abs(plain[-1][0]):.2f} "
    f"from the minimum; Adam moves evenly in both directions and ends {abs(adam[-1][0]):.2f} from it.",
)

# %% [markdown]
# ## Does it learn XOR?
#
# Everything is there. Training repeats: measure the loss, take the gradients, step every array with its own Adam
# state.


# %% readonly="random_start"
def random_net(width, seed):
    """Return random parameters for a network with `width` hidden units; the same seed gives the same network."""
    rng = np.random.default_rng(seed)
    return {
        "w1": rng.normal(size=(2, width)),
        "b1": np.zeros(width),
        "w2": rng.normal(size=(width, 1)),
        "b2": np.zeros(1),
    }


# %% [markdown]
# ### Exercise 1.6 · The training loop (2 points · 8 min)
#
# Write `train(params, x, y, steps, lr)`: so many steps of Adam, each on all the examples. Give back the trained
# parameters and the losses; `losses[0]` is the loss *before* the first step.
#
# *The trap:* `params` must stay as they were: start again from them and you get the same curve.


# %% solution="train"
def train(params, x, y, steps, lr):
    """Train the two-layer network with Adam.

    params: {"w1": (2, h), "b1": (h,), "w2": (h, 1), "b2": (1,)}, not changed; x: (n, 2); y: (n, 1)
    steps: how many; lr: Adam's learning rate
    returns: (params, losses): a new dict, and `steps` floats, each measured before its step
    """
    ### BEGIN SOLUTION
    params, losses = dict(params), []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        grads = gradients(params, x, y)
        for key in params:
            params[key], states[key] = adam_step(params[key], grads[key], states[key], step, lr)
    return params, losses
    ### END SOLUTION


# %% test="train_losses" points=1
start = {key: value.copy() for key, value in example.items()}
trained, losses = train(start, x_xor, y_xor, steps=3, lr=0.05)
causes = {
    "each loss is measured after its step; measure it before": [0.68218702, 0.65184899, 0.62646495],
    "the network does not move: are the new parameters put back?": [0.71672555] * 3,
}
expect.close(losses, [0.71672555, 0.68218702, 0.65184899], "three losses", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    params = {"w1": rng.normal(size=(2, 3)), "b1": np.zeros(3), "w2": rng.normal(size=(3, 1)), "b2": np.zeros(1)}
    x, y = rng.normal(size=(6, 2)), rng.integers(0, 2, size=(6, 1)).astype(float)
    leaves = [torch.tensor(value, requires_grad=True) for value in params.values()]
    optimizer, expected = torch.optim.Adam(leaves, lr=0.02), []
    for _ in range(40):
        p = torch.sigmoid(torch.tanh(torch.tensor(x) @ leaves[0] + leaves[1]) @ leaves[2] + leaves[3])
        loss = torch.nn.functional.binary_cross_entropy(p, torch.tensor(y))
        expected.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    expect.close(train(params, x, y, 40, 0.02)[1], expected, "40 losses, fresh numbers", atol=1e-6)
### END HIDDEN TESTS
expect.passed("the losses of the first steps")

# %% test="train_params" points=1
start = {key: value.copy() for key, value in example.items()}
trained, losses = train(start, x_xor, y_xor, steps=3, lr=0.05)
expect.unchanged(start, example, "the params that were passed in")
expected = {"w2": np.array([[1.1502084], [-0.85183774], [1.85121454]]), "b2": np.array([0.64872844])}
expect.close({"w2": trained["w2"], "b2": trained["b2"]}, expected, "the output layer after 3 steps", atol=1e-6)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    params = {"w1": rng.normal(size=(2, 3)), "b1": np.zeros(3), "w2": rng.normal(size=(3, 1)), "b2": np.zeros(1)}
    x, y = rng.normal(size=(6, 2)), rng.integers(0, 2, size=(6, 1)).astype(float)
    leaves = {key: torch.tensor(value, requires_grad=True) for key, value in params.items()}
    optimizer = torch.optim.Adam(leaves.values(), lr=0.02)
    for _ in range(40):
        hidden = torch.tanh(torch.tensor(x) @ leaves["w1"] + leaves["b1"])
        p = torch.sigmoid(hidden @ leaves["w2"] + leaves["b2"])
        optimizer.zero_grad()
        torch.nn.functional.binary_cross_entropy(p, torch.tensor(y)).backward()
        optimizer.step()
    expect.close(train(params, x, y, 40, 0.02)[0], leaves, "the params after 40 steps, fresh numbers", atol=1e-6)
### END HIDDEN TESTS
expect.passed("the trained parameters")

# %% [markdown]
# ### What does learning look like?
#
# Your network after more and more steps, from the same random start. Watch the black line, where p = ½, bend.

# %% demo="learning"
start = random_net(width=4, seed=2)
moments = (1, 25, 75, 300)
fig, axes = plots.figure(columns=4, width=9, height=2.5)
for one, steps in zip(axes, moments, strict=True):
    trained, losses = train(start, x_xor, y_xor, steps, lr=0.05)
    title = f"step {steps}, loss {losses[-1]:.3f}"
    image = plots.surface(one, lambda x, net=trained: forward(net, x)[1][:, 0], x_xor, y_xor, title=title)
fig.colorbar(image, ax=axes[-1], label="p")
measured["loss after 300 steps, four hidden units"] = f"{losses[-1]:.4f}"
plots.show(
    fig,
    f"The network's answer over the plane after {', '.join(map(str, moments))} steps: at first almost the same "
    f"everywhere, at the end a band through (1, 0) and (0, 1), with a loss of {losses[-1]:.3f}.",
)

# %% [markdown]
# ### Is Adam faster than gradient descent?
#
# People often compare both at one learning rate. That is unfair: each has its own. Here both get 300 steps at
# each of nine rates, from the same eight starts; the lines are medians.


# %% demo="adam_against_descent"
def descend(params, steps, lr):
    for _ in range(steps):
        grads = gradients(params, x_xor, y_xor)
        params = {key: params[key] - lr * grads[key] for key in params}
    return params


rates = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30]
methods = {
    "your Adam": lambda net, lr: train(net, x_xor, y_xor, 300, lr)[0],
    "gradient descent": lambda net, lr: descend(net, 300, lr),
}
final = lambda net: binary_cross_entropy(forward(net, x_xor)[1], y_xor)
starts = [random_net(4, seed) for seed in range(8)]
medians = {name: [np.median([final(run(net, lr)) for net in starts]) for lr in rates] for name, run in methods.items()}

fig, axes = plots.figure(width=6, height=3)
plots.curves(axes, medians, x=rates, title="Loss after 300 steps", xlabel="learning rate", ylabel="median loss")
axes.set(xscale="log", yscale="log")
best = {name: rates[int(np.argmin(values))] for name, values in medians.items()}
rated = [f"{name} is best at {rate:g}" for name, rate in best.items()]
measured["best learning rate of nine"] = ", ".join(rated)
plots.show(fig, f"Median loss over learning rate: {', '.join(rated)}; beyond that each gets far worse.")

# %% [markdown]
# Each has a range of rates in which it works, and they are far apart. A well-chosen gradient descent learns these
# four points too; at the rate that suits Adam it looks hopeless, and Adam looks hopeless at descent's. What Adam
# gives is a step whose length hardly depends on how large the gradients happen to be, so that one rate serves many
# problems and every layer of a deep network.

# %% [markdown]
# ### Do two hidden units suffice?
#
# The weights that solve XOR with two units exist: you saw them, made by hand. Finding them is another matter. 30
# random starts for each width, 500 steps each.

# %% demo="hidden_width"
widths = (2, 3, 4, 8)
ends = {w: [train(random_net(w, seed), x_xor, y_xor, 500, 0.05)[1][-1] for seed in range(30)] for w in widths}
solved = [sum(loss < 0.1 for loss in ends[width]) for width in widths]
stuck = sorted({round(loss, 2) for width in widths for loss in ends[width] if loss > 0.1})

fig, axes = plots.figure(width=5, height=2.6)
bars = axes.bar([str(width) for width in widths], solved, color=plots.BLUE)
axes.bar_label(bars)
axes.set(title="Starts out of 30 that learn XOR", xlabel="hidden units", ylim=(0, 33))
measured["30 starts that learn XOR"] = ", ".join(f"{s} with {w} units" for w, s in zip(widths, solved, strict=True))
plots.show(fig, f"Bars, starts that learn XOR: {measured['30 starts that learn XOR']}.")
print("the runs that fail all stop at a loss of", stuck)

# %% [markdown]
# ## Why do failures stop at the same loss?
#
# They are no accident: a stuck network treats some of the points alike. Suppose the points fall into **groups**,
# and all points of a group must get the same prediction. The best it can do for a group is to predict the group's
# mean label $q$, which costs
#
# $$-\big(q \ln q + (1 - q) \ln (1 - q)\big)$$
#
# for each of the group's points, and nothing at all if they agree ($q$ = 0 or 1).

# %% [markdown]
# ### Exercise 1.7 · Plateaus (2 points · 10 min)
#
# Write `plateau_loss(groups)`: the lowest mean cross-entropy over *all* points when each group shares one
# prediction. A group is the list of its labels: `[[0], [1], [0, 1]]` are four points, two of them alone.
#
# *The trap:* the mean is over points, so a large group weighs more than a small one.


# %% solution="plateau_loss"
def plateau_loss(groups):
    """Return the lowest mean cross-entropy when the points of each group share one prediction.

    groups: a list of lists of labels, zeros and ones; no list is empty
    returns: a float, in nats
    """
    ### BEGIN SOLUTION
    total = 0.0
    for labels in groups:
        q = sum(labels) / len(labels)
        total -= sum(len(labels) * share * np.log(share) for share in (q, 1 - q) if share > 0)
    return float(total / sum(len(labels) for labels in groups))
    ### END SOLUTION


# %% test="plateau_loss_of_xor" points=1
named = {"two points right, two at one half": [[0], [1], [0, 1]], "all four at one half": [[0, 1, 1, 0]]}
causes = {"the mean is over groups, not over points": 0.231049, "the logarithm has base 2": 0.5}
for (name, groups), known in zip(named.items(), (0.346574, 0.693147), strict=True):
    expect.close(plateau_loss(groups), known, f"plateau_loss({groups}), {name}", atol=1e-6, causes=causes)
causes = {"the shared prediction is the group's mean label, not 1/2": 0.519860}
expect.close(plateau_loss([[0], [0, 1, 1]]), 0.477386, "plateau_loss([[0], [0, 1, 1]])", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    ones, zeros = rng.integers(1, 9, size=2)
    q = ones / (ones + zeros)
    expected = -(q * np.log(q) + (1 - q) * np.log(1 - q))
    groups = [[1] * int(ones) + [0] * int(zeros)]
    expect.close(plateau_loss(groups), expected, f"plateau_loss({groups})")
### END HIDDEN TESTS
expect.passed("the three plateaus of XOR")

# %% test="plateau_loss_of_any_groups" points=1
expect.close(plateau_loss([[0], [1, 1], [0]]), 0.0, "plateau_loss([[0], [1, 1], [0]]), all groups agree", atol=1e-6)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    groups = [rng.integers(0, 2, size=rng.integers(1, 7)).tolist() for _ in range(5)] + [[0, 0, 1], [1]]
    shared = np.concatenate([np.full(len(labels), np.mean(labels)) for labels in groups])
    labels = np.concatenate(groups)
    certain = np.where(labels == 1, shared, 1 - shared)
    expect.close(plateau_loss(groups), -np.log(certain).mean(), f"plateau_loss({groups})", atol=1e-6)
### END HIDDEN TESTS
expect.passed("groups that agree cost nothing")

# %% [markdown]
# ### Are these the losses where training stops?
#
# tanh networks mostly stop at one plateau. With relu, $\max(0, z)$, whole regions have slope zero and training
# stops at all three. The dots are 30 trainings with two relu units, stepped by your Adam; the lines come from your
# `plateau_loss`.


# %% demo="plateaus"
def relu_loss(net, steps):
    states = {key: adam_start(value) for key, value in net.items()}
    for step in range(1, steps + 1):
        hidden = dense(x_xor, net["w1"], net["b1"], lambda z: np.maximum(0, z))
        p = dense(hidden, net["w2"], net["b2"], sigmoid)
        delta2 = (p - y_xor) / 4
        delta1 = (delta2 @ net["w2"].T) * (hidden > 0)
        grads = {"w1": x_xor.T @ delta1, "b1": delta1.sum(0), "w2": hidden.T @ delta2, "b2": delta2.sum(0)}
        for key in net:
            net[key], states[key] = adam_step(net[key], grads[key], states[key], step)
    return binary_cross_entropy(p, y_xor)


losses = sorted(relu_loss(random_net(2, seed), 500) for seed in range(30))
levels = {"all at ½": [[0, 1, 1, 0]], "three share ⅓ or ⅔": [[0], [0, 1, 1]], "two at ½": [[0], [1], [0, 1]]}
levels = {name: plateau_loss(groups) for name, groups in levels.items()}
fig, axes = plots.figure(width=6, height=3)
plots.curves(axes, {}, title="Where 30 trainings of a relu net end", levels=levels, xlabel="run", ylabel="loss")
axes.plot(losses, "o", color=plots.BLUE, markersize=4)
counts = {"learn": sum(loss < 0.01 for loss in losses)}
counts |= {name: sum(abs(loss - level) < 0.01 for loss in losses) for name, level in levels.items()}
measured["30 relu nets with 2 units"] = "; ".join(f"{count} {name}" for name, count in counts.items())
plots.show(fig, f"Final losses of 30 runs, sorted: {measured['30 relu nets with 2 units']}.")

# %% [markdown]
# ## Can PyTorch take over?
#
# PyTorch does by itself what you did by hand: it finds gradients, keeps Adam's state, and, from lesson 03 on,
# exports. It stores a linear layer's weights as `(d_out, d_in)` and computes $x W^\top + b$. Its default type is
# float32; your numbers are float64.

# %% [markdown]
# ### Exercise 1.8 · Hand it over (2 points · 5 min)
#
# Write `to_torch(params)`: a `torch.nn.Module` that gives the same probabilities as your `forward`, in float64,
# with your weights as its parameters.
#
# *The trap:* a shape that fits can still be transposed wrongly: a net with two hidden units does not complain.
#
# <details><summary>Hint</summary>
# <code>torch.nn.Sequential</code>; then copy each array into <code>layer.weight.data</code> and
# <code>layer.bias.data</code>.
# </details>


# %% solution="to_torch"
def to_torch(params):
    """Return the network as a torch module in float64, with its own copy of the weights.

    params: {"w1": (2, h), "b1": (h,), "w2": (h, 1), "b2": (1,)}
    returns: a torch.nn.Module from (n, 2) to (n, 1) float64 tensors, whose state_dict holds the four arrays
    """
    ### BEGIN SOLUTION
    width = len(params["b1"])
    first, second = torch.nn.Linear(2, width), torch.nn.Linear(width, 1)
    net = torch.nn.Sequential(first, torch.nn.Tanh(), second, torch.nn.Sigmoid()).double()
    for layer, w, b in ((first, "w1", "b1"), (second, "w2", "b2")):
        layer.weight.data = torch.tensor(params[w].T)
        layer.bias.data = torch.tensor(params[b])
    return net
    ### END SOLUTION


# %% test="to_torch_outputs" points=1
got = to_torch(example)(torch.tensor(x_xor))
expected = np.array([[0.35889642], [0.84860626], [0.14762798], [0.29186333]])
causes = {"sigmoid is missing at the end": np.log(expected / (1 - expected))}
expect.close(got, expected, "to_torch(example)(x)", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    for width in (2, int(rng.integers(3, 9))):
        shapes = {"w1": (2, width), "b1": width, "w2": (width, 1), "b2": 1}
        params = {key: rng.normal(size=shape) for key, shape in shapes.items()}
        x = rng.normal(size=(5, 2))
        z = np.tanh(x @ params["w1"] + params["b1"]) @ params["w2"] + params["b2"]
        got = to_torch(params)(torch.tensor(x))
        expect.close(got, 1 / (1 + np.exp(-z)), f"to_torch, {width} hidden units, fresh numbers", atol=1e-12)
### END HIDDEN TESTS
expect.passed("the same probabilities")

# %% test="to_torch_state" points=1
held = to_torch(example).state_dict()
types = {str(value.dtype) for value in held.values()}
expect.equal(types, {"torch.float64"}, "the types in to_torch(example).state_dict()")
numbers = sum(value.numel() for value in held.values())
likely = "only parameters, buffers and layers set on the module are found"
expect.equal(numbers, 13, "how many numbers to_torch(example).state_dict() holds", likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    width = int(rng.integers(3, 9))
    params = {"w1": rng.normal(size=(2, width)), "b1": rng.normal(size=width)}
    params |= {"w2": rng.normal(size=(width, 1)), "b2": rng.normal(size=1)}
    held = to_torch(params).state_dict().values()
    got = sorted(float(number) for value in held for number in value.flatten())
    expect.close(got, sorted(np.concatenate([value.ravel() for value in params.values()])), "the numbers held")
### END HIDDEN TESTS
expect.passed("four arrays in float64")

# %% [markdown]
# ### Does autograd agree with your chain rule?
#
# The last word: your gradients, found with pencil and paper, beside those that PyTorch finds by itself.

# %% demo="autograd_agrees"
net = to_torch(example)
loss = torch.nn.functional.binary_cross_entropy(net(torch.tensor(x_xor)), torch.tensor(y_xor))
loss.backward()
theirs = [parameter.grad.numpy() for parameter in net.parameters()]
mine = gradients(example, x_xor, y_xor)
mine = [mine["w1"].T, mine["b1"], mine["w2"].T, mine["b2"]]
gap = max(np.abs(one - other).max() for one, other in zip(mine, theirs, strict=True))
measured["largest gap between your gradients and autograd's"] = f"{gap:.1e}"
print(net)
print(f"{sum(p.numel() for p in net.parameters())} numbers; largest gap to your gradients: {gap:.1e}")

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>Why can a network with a linear hidden layer not learn XOR, however wide it is?</summary>
# (x W₁ + b₁) W₂ + b₂ is again a weighted sum of x plus a constant: one line. Only the bend in the activation makes
# the second layer worth having.</details>
#
# <details><summary>Adam's first step has the same length for a gradient of 0.001 and of 1000. Why?</summary>
# After correction m̂ = g and v̂ = g², so the step is lr · g / (|g| + ε): its sign times lr, as long as |g| is far
# above ε.</details>
#
# <details><summary>A training stops at a loss of 0.477 on XOR. What does the network answer?</summary>
# One point is right; the other three share a prediction, ⅓ or ⅔, the mean of their labels.</details>

# %% [markdown]
# ## Where to read on
#
# - D. Kingma and J. Ba, *Adam: A Method for Stochastic Optimization*, 2015: two pages hold the whole algorithm.
# - M. Minsky and S. Papert, *Perceptrons*, 1969: what one layer cannot do, proven.
# - D. Rumelhart, G. Hinton and R. Williams, *Learning representations by back-propagating errors*, Nature, 1986.
# - The documentation of `torch.optim.Adam`, whose numbers you have just reproduced.
#
# Next: lesson 02 asks whether 256 bytes can replace tanh.
