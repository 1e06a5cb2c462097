# %% [markdown]
# # How does a network learn what no line can separate?
#
# **Lesson 01** · 120 minutes · 20 points · you need: Python functions, NumPy arrays and `@`, the chain rule; no PyTorch
#
# You will write every line of a small network yourself: its layers, its loss, its gradients, and Adam, the
# optimizer that trains most networks today. Then you hand it to PyTorch and check that both agree. Everything
# later in this course, from export to engines, moves a network like this one; here you see all of it.

# %% [markdown]
# ## How do you work here?
#
# Each exercise is a box that says what to write, a cell to write it in, and tests. Run cells from top to bottom
# with <kbd>Shift</kbd>+<kbd>Enter</kbd>. A test that fails says what it expected, what it got, and the likely
# cause where it can tell. Grading adds hidden tests, which ask the same of fresh random numbers: write the rule,
# not the example, and use nothing but your function's arguments.
#
# The cells in between are demonstrations: they draw or measure something with your functions. No mark depends on
# them. If you are stuck, go on: 1.3, 1.5, 1.7 and 1.8 need no other exercise, 1.6 needs all before it.

# %% readonly="imports"
import numpy as np
import torch

from course_utils import expect, plots, tables
from course_utils.seeds import fresh_draw  # for the hidden tests

measured = {}  # filled by the demonstrations, shown at the end

# %% [markdown]
# ## What is the smallest problem that no line solves?
#
# It takes three things to get a model: a dataset, an architecture and an optimizer. Our dataset has four points:
# XOR ("one or the other, not both") asks for 1 where exactly one input is 1.
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

    x: (n, d_in); w: (d_in, d_out); b: (d_out,); activation: works entry by entry, such as np.tanh
    returns: (n, d_out)
    """
    ### BEGIN SOLUTION
    return activation(x @ w + b)
    ### END SOLUTION


# %% test="dense_one_example" points=1
x, b = np.array([[1.0, 2.0]]), np.array([10.0, 20.0, 30.0])
w = np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]])
causes = {
    "the argument `activation` is not applied": [[15.0, 22.0, 29.0]],
    "b is not added": [[25.0, 4.0, 1.0]],
    "b is added after the activation": [[35.0, 24.0, 31.0]],
    "the argument `activation` is not used": [[1.0, 1.0, 1.0]],
}
got = dense(x, w, b, np.square)
expect.array(got, "dense(x, w, b, np.square)")
expect.close(got, [[225.0, 484.0, 841.0]], "dense(x, w, b, np.square)", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    d_in, d_out = rng.integers(2, 7, size=2)
    x, w, b = rng.normal(size=(1, d_in)), rng.normal(size=(d_in, d_out)), rng.normal(size=d_out)
    for activation in (np.tanh, np.sin):
        expect.close(dense(x, w, b, activation), activation(x @ w + b), "dense for one example, fresh numbers")
### END HIDDEN TESTS
expect.passed("one example through three units")

# %% test="dense_many_examples" points=1
w, b = np.array([[1.0, 0.0], [-3.0, 2.0]]), np.array([0.5, -0.5])
expected = [[1.5, 1.5], [1.5, 0.5], [2.5, 1.5], [0.5, 0.5]]
causes = {"w is transposed": [[1.5, 1.5], [1.5, 3.5], [0.5, 1.5], [0.5, 0.5]]}
expect.close(dense(x_xor, w, b, np.abs), expected, "dense(x_xor, w, b, np.abs)", causes=causes)
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
#
# Trying proves nothing, but this does: $z = xW + b$ gives $z(1,1) + z(0,0) = z(1,0) + z(0,1)$ for every line, and
# XOR wants the right sum positive and the left one not.

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
left.bar(["0%", "25%", "50%", "75%", "100%"], shares, color=plots.BLUE)
left.set(title="20,000 random lines", xlabel="points right", ylabel="share of the lines")
side = lambda points: dense(points, w[:, [best]], b[[best]], step)[:, 0]
plots.surface(right, side, x_xor, y_xor, title=f"One of the best: {accuracy.max():.0%} (yellow: answers 1)")
right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(
    fig,
    f"Left: bars of how many of the four points 20,000 random lines get right; the best reach "
    f"{accuracy.max():.0%}, none 100 %. Right: one of the best lines leaves one of the four points on the wrong side.",
)

# %% [markdown]
# ## What does a second layer change?
#
# The archetypal network: two inputs, some hidden units, one output.
#
# $$h = \tanh(x W_1 + b_1) \qquad p = \sigma(h W_2 + b_2) \qquad \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# $h$ holds the **hidden** activations, a column for each hidden unit; $p$ is a probability, the network's belief that
# $y = 1$. The output layer still draws one line, but in the plane of the hidden activations, where the points may lie
# better. The weights `hand_made` below make one hidden unit say *or*, the other *and*; the output says "*or*, but not
# *and*". In shapes, `h` is the number of hidden units: `w1` is `(2, h)`, `w2` is `(h, 1)`.


# %% readonly="given_sigmoid"
def sigmoid(z):
    """Return 1 / (1 + exp(-z)), written so that no z overflows."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


# %% readonly="given_nets"
hand_made = {  # unit 1: x1 or x2; unit 2: x1 and x2
    "w1": np.array([[4.0, 4.0], [4.0, 4.0]]),
    "b1": np.array([-2.0, -6.0]),
    "w2": np.array([[6.0], [-6.0]]),
    "b2": np.array([-6.0]),
}

# %% readonly="example_net"
example = {  # three hidden units, untrained: numbers to test with
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
got = forward(hand_made, x_xor)
expect.parts(got, 2, "forward(hand_made, x_xor)", likely="return both: hidden, p")
expect.array(got[0], "hidden, the first result of forward")
expected = np.tanh([[6.0, 2.0], [2.0, -2.0], [2.0, -2.0], [-2.0, -6.0]])
causes = {
    "tanh is not applied to the hidden layer": np.arctanh(expected),
    "the hidden layer uses sigmoid instead of tanh": sigmoid(np.arctanh(expected)),
    "the order is hidden, p": [[0.00306622], [0.99619767], [0.99619767], [0.00306622]],
}
expect.close(got[0], expected, "hidden of forward(hand_made, x_xor)", atol=1e-6, causes=causes)
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
got = forward(example, x_xor)
expect.parts(got, 2, "forward(example, x_xor)", likely="return both: hidden, p")
expect.array(got[1], "p, the second result of forward")
expected = np.array([[0.35889642], [0.84860626], [0.14762798], [0.29186333]])
causes = {
    "sigmoid is not applied to the output": np.log(expected / (1 - expected)),
    "sigmoid is applied twice": sigmoid(expected),
    "the output layer uses tanh instead of sigmoid": np.tanh(np.log(expected / (1 - expected))),
}
expect.close(got[1], expected, "p of forward(example, x_xor)", atol=1e-6, causes=causes)
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
# Both pictures use your `forward` and the `hand_made` weights. On the left the plane of the inputs; on
# the right the same four points in the plane of $h$, where a single line is enough. (1, 0) and (0, 1) have become
# the same point.

# %% demo="hidden_plane"
hidden, p = forward(hand_made, x_xor)
output_layer = lambda h: sigmoid(h @ hand_made["w2"] + hand_made["b2"])[:, 0]

fig, (left, right) = plots.figure(columns=2, width=7, height=2.9)
image = plots.surface(left, lambda x: forward(hand_made, x)[1][:, 0], x_xor, y_xor, title="The inputs")
plots.surface(right, output_layer, hidden, y_xor, title="The same points, seen by the output")
right.set(xlabel="first hidden unit: or", ylabel="second hidden unit: and")
right.annotate("(1, 0) and (0, 1)", hidden[1], xytext=(16, -15), textcoords="offset points", ha="right", size=8)
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
# ### Exercise 1.3 · Cross-entropy (2 points · 8 min)
#
# Write `binary_cross_entropy(p, y)`. Its result is one finite number, also for p = 0 and p = 1: clip p to the range
# from 1e-7 to 1 − 1e-7 before you take logarithms. Inside that range the result is exact.
#
# *The trap:* without the clip, 0 · ln 0 is `nan` in floating point, and one `nan` spoils the mean.
#
# <details><summary>Hint</summary>
# <code>np.clip</code> gives a new array; <code>np.mean</code> of all entries is one number.
# </details>


# %% solution="binary_cross_entropy"
def binary_cross_entropy(p, y):
    """Return the mean binary cross-entropy, with natural logarithms.

    p: (n, 1) probabilities, 0 and 1 included, clipped to [1e-7, 1 - 1e-7]; y: (n, 1) zeros and ones
    returns: one finite float
    """
    ### BEGIN SOLUTION
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    ### END SOLUTION


# %% test="binary_cross_entropy_value" points=1
p, y = np.array([[0.9], [0.2]]), np.array([[1.0], [0.0]])
causes = {
    "two means are added, or the sum is taken; take one mean of all": 0.328504,
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
ends, p = np.array([[0.0], [1.0]]), np.array([[0.0], [1.0]])
sure = binary_cross_entropy(p, ends)
expect.unchanged(p, ends, "p after binary_cross_entropy(p, y)")
expect.close(sure, 0.0, "the loss of p = y", atol=1e-6, causes={"p is not clipped: 0 * log(0) is nan": np.nan})
causes = {"1e-7 is added to p; clip it instead": 15.424948, "the logarithm has base 2": 23.253497}
edge = binary_cross_entropy(np.array([[1e-7]]), np.array([[1.0]]))
expect.close(edge, 16.118096, "the loss of p = 1e-7 where y = 1", atol=1e-6, causes=causes)
mistaken = binary_cross_entropy(1 - ends, ends)
expect.true(10 < mistaken < 1000, "the loss of p = 1 - y", expected="between 10 and 1000", got=mistaken)
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
# Learning moves every weight a little against its derivative, the direction that lowers the loss. The chain rule
# starts at the loss. Call $z = h W_2 + b_2$, the number inside the last sigmoid. For one example,
#
# $$\frac{\partial L}{\partial z} = \frac{\partial L}{\partial p} \cdot \frac{\partial p}{\partial z}
# = \frac{p - y}{p (1 - p)} \cdot p (1 - p) = p - y$$
#
# Sigmoid and cross-entropy fit together so well that nothing else is left.

# %% [markdown]
# ### How does it go on from there?
#
# $\delta_2$ is that derivative for every example (a row each, divided by n for the mean); $\delta_1$ is the same for
# the sums inside tanh, whose own derivative is $1 - h^2$:
#
# $$\delta_2 = \tfrac{1}{n}(p - y) \qquad \delta_1 = (\delta_2 W_2^\top) \odot (1 - h^2)$$
#
# A weight's gradient ($\nabla$) is its input times the delta, summed over the examples; a bias has the input 1:
#
# $$\nabla W_2 = h^\top \delta_2 \qquad \nabla b_2 = \sum_{\text{rows}} \delta_2 \qquad
# \nabla W_1 = x^\top \delta_1 \qquad \nabla b_1 = \sum_{\text{rows}} \delta_1$$
#
# $\odot$ multiplies entry by entry.

# %% [markdown]
# ### Exercise 1.4 · Gradients by hand (4 points · 20 min)
#
# Write `gradients(params, x, y)`: for every array in `params` an array of the same shape, the derivative of the
# mean cross-entropy of `forward(params, x)`.
#
# *The trap:* the loss is a mean over the n rows of `x`, so 1/n must be in there exactly once.
#
# <details><summary>Hint</summary>
# The sum over the rows is <code>.sum(axis=0)</code>. To check one number yourself, nudge that weight by 1e-6 and see
# how far the loss moves: the ratio is the derivative.
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
x, y = x_xor[[0, 1, 2, 3, 1]], y_xor[[0, 1, 2, 3, 1]]  # n = 5
got = gradients(example, x, y)
expect.keys(got, ["w1", "b1", "w2", "b2"], "gradients(example, x, y)")
expected = {"w2": np.array([[-0.05992849], [-0.0661745], [0.07266292]]), "b2": np.array([-0.10087995])}
again = {"w2": np.array([[-0.00088919], [-0.00261412], [0.00126334]]), "b2": np.array([-0.00065142])}
causes = {
    "1/n is missing: the loss is a mean over n = 5 examples": {key: 5 * expected[key] for key in expected},
    "1/n is in there twice": {key: expected[key] / 5 for key in expected},
    "n is taken for 4; it is the number of rows in x": {key: expected[key] * 5 / 4 for key in expected},
    "these are minus the gradients": {key: -expected[key] for key in expected},
    "p (1 - p) is in there again; it cancels": again,
}
output_layer = {key: got[key] for key in expected}
expect.close(output_layer, expected, "gradients(example, x, y)", atol=1e-7, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    x, y = torch.tensor(rng.normal(size=(6, 2))), torch.tensor(rng.integers(0, 2, (6, 1)).astype(float))
    params = {key: rng.normal(size=shape) for key, shape in {"w1": (2, 4), "b1": 4, "w2": (4, 1), "b2": 1}.items()}
    w1, b1, w2, b2 = (torch.tensor(value, requires_grad=True) for value in params.values())
    z = torch.tanh(x @ w1 + b1) @ w2 + b2
    torch.nn.functional.binary_cross_entropy_with_logits(z, y).backward()
    got = gradients(params, x.numpy(), y.numpy())
    expect.close({"w2": got["w2"], "b2": got["b2"]}, {"w2": w2.grad, "b2": b2.grad}, "gradients, fresh numbers")
### END HIDDEN TESTS
expect.passed("the gradients of the output layer")

# %% test="gradients_hidden_layer" points=2
got = gradients(example, x_xor[[0, 1, 2, 3, 1]], y_xor[[0, 1, 2, 3, 1]])  # n = 5
expect.keys(got, ["w1", "b1", "w2", "b2"], "gradients(example, x, y)")
w1 = np.array([[-0.0124616, -0.00882535, -0.06082408], [-0.12109822, -0.0256448, -0.0013208]])
b1 = np.array([-0.08815814, -0.02392654, -0.03062169])
no_slope = [[0.01122179, -0.01122179, 0.02244358], [-0.09869512, 0.09869512, -0.19739024]]
bent_twice = [[-0.0009034, -0.00912939, -0.03672886], [-0.10399473, 0.02400049, -0.08040573]]
causes = {
    "1/n is missing: the loss is a mean over n = 5 examples": 5 * w1,
    "1/n is in there twice": w1 / 5,
    "the derivative of tanh, 1 - h**2, is missing": no_slope,
    "hidden is tanh already; its derivative is 1 - hidden**2": bent_twice,
}
expect.close(got["w1"], w1, "gradients(example, x, y)['w1']", atol=1e-7, causes=causes)
expect.close(got["b1"], b1, "gradients(example, x, y)['b1']", atol=1e-7, causes={"the rows are averaged": b1 / 5})
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    x, y = torch.tensor(rng.normal(size=(7, 2))), torch.tensor(rng.integers(0, 2, (7, 1)).astype(float))
    params = {key: rng.normal(size=shape) for key, shape in {"w1": (2, 5), "b1": 5, "w2": (5, 1), "b2": 1}.items()}
    w1, b1, w2, b2 = (torch.tensor(value, requires_grad=True) for value in params.values())
    z = torch.tanh(x @ w1 + b1) @ w2 + b2
    torch.nn.functional.binary_cross_entropy_with_logits(z, y).backward()
    got = gradients(params, x.numpy(), y.numpy())
    expect.close({"w1": got["w1"], "b1": got["b1"]}, {"w1": w1.grad, "b1": b1.grad}, "gradients, fresh numbers")
### END HIDDEN TESTS
expect.passed("the gradients of the hidden layer")

# %% [markdown]
# ### What does the loss look like from above?
#
# A network of three units has 13 weights; here are two of them. The darker, the higher is your loss; the arrows show
# the direction (not the length) of your negative gradient. They must cross the height lines at right angles, and
# point downhill.

# %% demo="loss_surface"
side = np.linspace(-6, 6, 60)
nets = [[example | {"w1": np.array([[a, -1.0, 0.5], [b, 1.0, -1.0]])} for a in side] for b in side]
heights = [[binary_cross_entropy(forward(net, x_xor)[1], y_xor) for net in row] for row in nets]
slopes = np.array([[gradients(net, x_xor, y_xor)["w1"][:, 0] for net in row] for row in nets])
down = -slopes / np.linalg.norm(slopes, axis=-1, keepdims=True)

fig, axes = plots.figure(width=5, height=3.6)
shades = axes.contourf(side, side, heights, levels=14, cmap="Greys")
axes.contour(shades, colors="0.5", linewidths=0.6)
fig.colorbar(shades, label="loss")
at = slice(3, -3, 5)
axes.quiver(side[at], side[at], down[at, at, 0], down[at, at, 1], color=plots.VERMILION, scale=24, width=0.004)
axes.set(title="Loss over two of the weights", xlabel="$W_1[0, 0]$", ylabel="$W_1[1, 0]$", aspect="equal")
plots.show(
    fig,
    "Height map of the loss over two weights, with an arrow every few units along the negative gradient: "
    "the arrows cross the height lines at right angles, away from the ridges and into the valleys.",
)

# %% [markdown]
# ## How far should each step go?
#
# Gradient descent steps by the gradient $g$ times a fixed *learning rate* $\eta$. **Adam** (Kingma and Ba, 2015) keeps
# two running means for every weight, of $g$ and of its square, and divides one by the root of the other:
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2$$
#
# $$\hat m = \frac{m}{1 - \beta_1^t} \qquad \hat v = \frac{v}{1 - \beta_2^t} \qquad
# w \leftarrow w - \eta \frac{\hat m}{\sqrt{\hat v} + \varepsilon}$$
#
# All of it entry by entry. $\beta_1$ and $\beta_2$ say how slowly the means forget, $\varepsilon$ keeps 0/0 away. Both
# means start at 0, so after $t$ steps they are too small by a known factor; $\hat m$ and $\hat v$ correct that.


# %% readonly="adam_begins"
def adam_start(param):
    """Return the state that Adam starts from: nothing seen yet."""
    return {"m": np.zeros_like(param), "v": np.zeros_like(param)}


# %% readonly="torch_adam_beside"
def torch_adam(param, grads, **settings):
    """Return where PyTorch's Adam takes param when it is shown these gradients, one after the other."""
    weight = torch.tensor(param, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([weight], **settings)
    for grad in grads:
        weight.grad = torch.tensor(grad)
        optimizer.step()
    return weight.detach().numpy()


# %% readonly="many_adam_steps"
def many_steps(param, grads, **settings):
    """Return where your adam_step takes param, shown the same."""
    state = adam_start(param)
    for step, grad in enumerate(grads, start=1):
        param, state = adam_step(param, grad, state, step, **settings)
    return param


# %% [markdown]
# ### Exercise 1.5 · Adam (4 points · 20 min)
#
# Write `adam_step`: one step for one array. In the code, η is `lr`, t is `step` and ε is `eps`. The state is a dict
# with the arrays `m` and `v`; give back a *new* array and a *new* state.
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
    "v is too small: is it corrected, and is (1 - beta2) left unsquared?": [-0.58113883, 3.58113883],
    "v must take the square of grad": [0.96464466, np.nan],
    "the root of v is missing": [0.9, 2.0125],
    "lr is missing": [0.0, 3.0],
    "only v is corrected, not m": [0.995, 2.005],
    "the step goes uphill: subtract it": [1.05, 1.95],
    "the division by the root of v is missing": [0.975, 2.2],
}
got = adam_step(param, grad, adam_start(param), 1)
expect.parts(got, 2, "adam_step(param, grad, state, 1)", likely="return both: the new param, the new state")
expect.close(got[0], [0.95, 2.05], "adam_step(param, grad, adam_start(param), step=1)[0]", atol=1e-6, causes=causes)
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
after = adam_step(param, grad, state, 1)[1]
causes = {"the state holds m and v, with their factors (1 - beta), not corrected": {"m": grad, "v": grad**2}}
expect.close(after, {"m": np.array([0.05, -0.4]), "v": np.array([0.00025, 0.016])}, "the new state", causes=causes)
expect.unchanged(state, adam_start(param), "the state that was passed in")
expect.unchanged((param, grad), ([1.0, 2.0], [0.5, -4.0]), "the param and grad that were passed in")
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
causes = {
    "beta is not raised to the power of step": [0.95371938, 2.21674345],
    "beta1 and beta2 are swapped": [0.93108021, 2.19803356],
    "lr is not used": [0.97105014, 2.09574636],
    "beta1 and beta2 are not used": [0.93661035, 2.19321796],
    "step counts from 1; do not add to it": [0.95957181, 2.16082789],
}
two = [np.array([0.5, -4.0]), np.array([-1.0, -2.0])]
got = many_steps(np.array([1.0, 2.0]), two, lr=0.1, beta1=0.8, beta2=0.99)
expect.close(got, [0.94210028, 2.19149272], "two steps: lr 0.1, betas 0.8 and 0.99", atol=1e-7, causes=causes)
grads = [np.array([np.sin(t), 1e-7 * np.cos(t)]) for t in range(100)]
theirs, ours = torch_adam([1.0, -1.0], grads, lr=0.01), many_steps(np.array([1.0, -1.0]), grads, lr=0.01)
causes = {
    "eps stands inside the root; it belongs outside": [0.965168888741, -1.000021212197],
    "eps is added to the root before v is corrected": [0.965168896781, -1.006393458183],
}
expect.close(ours, theirs, "100 steps beside torch.optim.Adam", atol=1e-10, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    grads, param = rng.normal(size=(1000, 4)) * 10.0 ** rng.uniform(-9, 1, size=4), rng.normal(size=4)
    theirs, ours = torch_adam(param, grads, lr=0.02), many_steps(param, grads, lr=0.02)
    expect.close(ours, theirs, "1,000 steps beside torch.optim.Adam", atol=1e-10)
### END HIDDEN TESTS
expect.passed("as good as PyTorch's, to ten digits")

# %% [markdown]
# ### What does Adam do in a narrow valley?
#
# A valley 100 times steeper across than along. Gradient descent diverges here at learning rates above 2/100; just
# below, it zigzags across and crawls along. Your Adam divides each direction by its own size. It also has momentum,
# $m$, and so overshoots before it settles.

# %% demo="narrow_valley"
slope = np.array([1.0, 100.0])
loss = lambda ab: (slope * ab**2).sum(axis=-1) / 2  # (a² + 100 b²) / 2
start = np.array([-4.0, 0.6])
plain, adam, state = [start], [start], adam_start(start)
for step in range(1, 61):
    plain.append(plain[-1] - 0.018 * slope * plain[-1])
    moved, state = adam_step(adam[-1], slope * adam[-1], state, step, lr=0.15)
    adam.append(moved)

fig, axes = plots.figure(width=6.5, height=2.8)
grid = np.stack(np.meshgrid(np.linspace(-4.6, 1.2, 100), np.linspace(-0.8, 0.8, 100)), axis=-1)
axes.contour(grid[..., 0], grid[..., 1], loss(grid), levels=12, colors="0.8", linewidths=0.7)
axes.plot(*np.array(plain).T, marker="o", markersize=3, color=plots.ORANGE, label="gradient descent, lr 0.018")
axes.plot(*np.array(adam).T, marker="s", markersize=3, color=plots.BLUE, label="your Adam, lr 0.15")
axes.set(title="60 steps; the minimum is at (0, 0)", xlabel="a, along", ylabel="b, across")
axes.legend(loc="upper right")
ends = f"gradient descent {loss(plain[-1]):.3f}, Adam {loss(adam[-1]):.3f}, both from {loss(start):.0f}"
measured["loss in the valley after 60 steps"] = ends
plots.show(fig, f"Paths in a narrow valley: descent zigzags, then crawls; Adam sweeps past and back. Loss: {ends}.")

# %% [markdown]
# ## Does it learn XOR?
#
# Everything is there. Training repeats: measure the loss, take the gradients, step every array with its own Adam
# state.


# %% readonly="random_start"
def random_net(width, seed):
    """Return random parameters for a network with `width` hidden units; the same seed gives the same network."""
    draw = np.random.default_rng(seed).normal
    return {"w1": draw(size=(2, width)), "b1": np.zeros(width), "w2": draw(size=(width, 1)), "b2": np.zeros(1)}


# %% [markdown]
# ### Exercise 1.6 · The training loop (2 points · 15 min)
#
# Write `train(params, x, y, steps, lr)`: `steps` steps of Adam, each on all the examples. In each step all gradients
# are taken before any array moves, and every array has an Adam state of its own, kept from step to step. Give back
# the trained parameters and the losses; `losses[0]` is the loss *before* the first step.
#
# *The trap:* calling `train` twice with the same `params` must give the same losses, so do not write into `params`.


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
got = train({key: value.copy() for key, value in example.items()}, x_xor, y_xor, steps=3, lr=0.1)
expect.parts(got, 2, "train(params, x, y, steps=3, lr=0.1)", likely="return both: the trained params, the losses")
expect.shape(got[1], (3,), "the losses", likely="one loss for every step")
causes = {
    "each loss is measured after its step; measure it before": [0.65370209, 0.60888546, 0.58648781],
    "lr is not handed on to adam_step": [0.71672555, 0.68218702, 0.65184899],
    "Adam's states start anew in every step; keep them": [0.71672555, 0.65370209, 0.61684066],
    "steps count from 1, not from 0": [0.71672555, np.nan, np.nan],
}
expect.close(got[1], [0.71672555, 0.65370209, 0.60888546], "the losses", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    params = {"w1": rng.normal(size=(2, 3)), "b1": np.zeros(3), "w2": rng.normal(size=(3, 1)), "b2": np.zeros(1)}
    x, y = rng.normal(size=(6, 2)), rng.integers(0, 2, size=(6, 1)).astype(float)
    leaves = [torch.tensor(value, requires_grad=True) for value in params.values()]
    optimizer, expected = torch.optim.Adam(leaves, lr=0.02), []
    for _ in range(40):
        z = torch.tanh(torch.tensor(x) @ leaves[0] + leaves[1]) @ leaves[2] + leaves[3]
        expected.append(loss := torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(y)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    expect.close(train(params, x, y, 40, 0.02)[1], expected, "40 losses, fresh numbers", atol=1e-6)
### END HIDDEN TESTS
expect.passed("the losses of the first steps")

# %% test="train_params" points=1
start = {key: value.copy() for key, value in example.items()}
trained = train(start, x_xor, y_xor, steps=3, lr=0.1)[0]
likely = "`params[key] = …` writes into the caller's dict, `-=` into its arrays, through a shallow copy too"
expect.unchanged(start, example, "the params that were passed in", likely=likely)
expect.keys(trained, ["w1", "b1", "w2", "b2"], "the trained params, the first result of train")
expected = {"w2": np.array([[1.2999106], [-0.71733601], [1.71218087]]), "b2": np.array([0.78529552])}
causes = {"these are the parameters from before training": {key: example[key] for key in expected}}
got = {key: trained[key] for key in expected}
expect.close(got, expected, "the output layer after 3 steps", atol=1e-6, causes=causes)
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
# Your network after more and more steps, from the same random start: yellow is p = 1, squares want it. Watch the
# black line, where p = ½, bend.

# %% demo="learning"
start = random_net(width=4, seed=2)
moments = (0, 25, 75, 300)
fig, axes = plots.figure(columns=4, width=9, height=2.5)
for one, steps in zip(axes, moments, strict=True):
    trained, _ = train(start, x_xor, y_xor, steps, lr=0.05)
    loss = binary_cross_entropy(forward(trained, x_xor)[1], y_xor)
    title = f"{steps} steps, loss {loss:.3f}"
    image = plots.surface(one, lambda x, net=trained: forward(net, x)[1][:, 0], x_xor, y_xor, title=title)
fig.colorbar(image, ax=axes[-1], label="p")
measured["loss after 300 steps, four hidden units"] = f"{loss:.4f}"
plots.show(
    fig,
    f"The network's answer over the plane after {', '.join(map(str, moments))} steps: at first near ½ "
    f"everywhere, at the end high around (1, 0) and (0, 1) and low around the others, with a loss of {loss:.3f}.",
)

# %% [markdown]
# ### Is Adam faster than gradient descent?
#
# People often compare both at one learning rate. That is unfair: each has its own. Here both get 300 steps at each
# of nine rates, from the same eight starts of four hidden units; the lines are medians.


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

best_rate = {name: int(np.argmin(values)) for name, values in medians.items()}
rows = [{"learning rate": rates[k]} | {name: f"{medians[name][k]:.4f}" for name in medians} for k in best_rate.values()]
tables.show(rows, "Median loss at the best rate of each")

# %% demo="learning_rates"
rated = [f"{name} ends at {medians[name][k]:.4f} with rate {rates[k]:g}" for name, k in best_rate.items()]
measured["at its own best rate of nine"] = "; ".join(rated)
fig, axes = plots.figure(width=6, height=3)
levels = {"learned": 0.1}
plots.curves(axes, medians, x=rates, xlabel="learning rate", ylabel="median loss", levels=levels, marks=True)
axes.set(xscale="log", yscale="log", title="Loss after 300 steps")
plots.show(fig, f"Median loss over learning rate, best where {' and '.join(rated)}; beyond that each gets far worse.")

# %% [markdown]
# Read the table by its diagonal: each at its own best rate. There Adam ends lower here, and both have learned. Now
# read across: at the rate that suits Adam, descent is much slower; at the rate that suits descent, Adam does not
# learn XOR. A comparison at one rate for both shows whatever one likes. What Adam gives is a step whose length
# hardly depends on how large the gradients happen to be, so that one rate serves many problems, and every layer of
# a deep network.

# %% [markdown]
# ### Do two hidden units suffice?
#
# The weights that solve XOR with two units exist: you saw them, made by hand. Finding them is another matter. 30
# random starts for each width, 500 steps each; a loss below 0.1 counts as learned.

# %% demo="hidden_width"
widths = (2, 3, 4, 8)
ends = {w: [train(random_net(w, seed), x_xor, y_xor, 500, 0.05)[1][-1] for seed in range(30)] for w in widths}
solved = [sum(loss < 0.1 for loss in ends[width]) for width in widths]
stuck = sorted({f"{loss:.2f}" for width in widths for loss in ends[width] if loss >= 0.1})

fig, axes = plots.figure(width=5, height=2.6)
bars = axes.bar([str(width) for width in widths], solved, color=plots.BLUE)
axes.bar_label(bars)
axes.set(title="Starts out of 30 that learn XOR", xlabel="hidden units", ylim=(0, 33))
measured["30 starts that learn XOR"] = ", ".join(f"{s} with {w} units" for w, s in zip(widths, solved, strict=True))
plots.show(fig, f"Bars, starts that learn XOR: {measured['30 starts that learn XOR']}.")
print("where the other runs end:", ", ".join(stuck))

# %% [markdown]
# ## Why do failures stop at the same loss?
#
# They are no accident: a stuck network treats some of the points alike. Suppose the points fall into **groups**, and
# all points of a group must get the same prediction. The best prediction for a group is the mean $q$ of its labels
# (set the derivative of its loss to 0), and it costs
#
# $$-\big(q \ln q + (1 - q) \ln (1 - q)\big)$$
#
# for each of the group's points. Where all labels agree, $q$ is 0 or 1 and the cost is nothing: here 0 · ln 0 counts
# as 0, though a computer says `nan`.

# %% [markdown]
# ### Exercise 1.7 · Plateaus (2 points · 12 min)
#
# Write `plateau_loss(groups)`: the lowest mean cross-entropy over *all* points when each group shares one
# prediction. A group is the list of its labels: `[[0], [1], [0, 1]]` are four points, two of them alone.
#
# *The trap:* the mean is over points, so a large group weighs more than a small one.


# %% solution="plateau_loss"
def plateau_loss(groups):
    """Return the lowest mean cross-entropy when the points of each group share one prediction.

    groups: a list of lists of labels, zeros and ones; no list is empty
    returns: a float, in natural logarithms
    """
    ### BEGIN SOLUTION
    total = 0.0
    for labels in groups:
        q = sum(labels) / len(labels)
        total -= sum(len(labels) * share * np.log(share) for share in (q, 1 - q) if share > 0)
    return float(total / sum(len(labels) for labels in groups))
    ### END SOLUTION


# %% test="plateau_loss_of_xor" points=1
pair, triple = [[0], [1], [0, 1]], [[0], [0, 1, 1]]
causes = {
    "the mean is over groups; take it over points": 0.231049,
    "q and 1 - q both count, and for each point of the group": 0.173287,
    "the logarithm has base 2": 0.5,
}
expect.close(plateau_loss(pair), 0.346574, f"plateau_loss({pair})", atol=1e-6, causes=causes)
causes = {"a group shares the mean of its labels, here 2/3, not 1/2": 0.519860}
expect.close(plateau_loss(triple), 0.477386, f"plateau_loss({triple})", atol=1e-6, causes=causes)
expect.close(plateau_loss([[0, 1, 1, 0]]), 0.693147, "plateau_loss([[0, 1, 1, 0]])", atol=1e-6)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    zeros = rng.integers(1, 5)
    ones = zeros + rng.integers(1, 5)
    q = ones / (ones + zeros)
    expected = -(q * np.log(q) + (1 - q) * np.log(1 - q))
    groups = [[1] * int(ones) + [0] * int(zeros)]
    expect.close(plateau_loss(groups), expected, f"plateau_loss({groups})")
### END HIDDEN TESTS
expect.passed("the three plateaus of XOR")

# %% test="plateau_loss_of_any_groups" points=1
agreed, six = [[0], [1, 1], [0]], [[0, 0, 1, 1, 1, 1]]
causes = {"0 · ln 0 counts as 0; leave such terms out": np.nan}
expect.close(plateau_loss(agreed), 0.0, f"plateau_loss({agreed})", atol=1e-6, causes=causes)
causes = {"the sum is divided by 4, not by the number of points": 0.954771}
expect.close(plateau_loss(six), 0.636514, f"plateau_loss({six})", atol=1e-6, causes=causes)
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
# The failed tanh networks above all ended at one plateau. With relu, $\max(0, z)$, whole regions have slope zero, and
# trainings end on all three. The dots are 30 trainings of 500 steps with two relu units, stepped by your Adam; the
# lines come from your `plateau_loss`.


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
plots.curves(
    axes, {}, title="Where 30 trainings of a relu net end", levels=levels, xlabel="run, sorted by loss", ylabel="loss"
)
axes.plot(losses, "o", color=plots.BLUE, markersize=4)
counts = {"learn": sum(loss < 0.01 for loss in losses)}
counts |= {name: sum(abs(loss - level) < 0.01 for loss in losses) for name, level in levels.items()}
measured["30 relu nets with 2 units"] = "; ".join(f"{count} {name}" for name, count in counts.items())
plots.show(fig, f"Final losses of 30 runs, sorted: {measured['30 relu nets with 2 units']}.")

# %% [markdown]
# ## Can PyTorch take over?
#
# PyTorch does by itself what you did by hand: it finds gradients, keeps Adam's state, and, from lesson 03 on,
# exports. A network is a `torch.nn.Module`, most simply a `Sequential` of layers. A `Linear(d_in, d_out)` keeps its
# weights as `(d_out, d_in)` and computes $x W^\top + b$. Its default type is float32; your numbers are float64.
#
# This cell builds another network, one layer from five inputs to one output, and puts numbers into it.

# %%
layer = torch.nn.Linear(5, 1)
layer.weight.data = torch.tensor(np.arange(5.0).reshape(5, 1).T)  # (1, 5), float64
layer.bias.data = torch.tensor(np.array([0.5]))
net = torch.nn.Sequential(layer, torch.nn.Sigmoid())
print(net, net(torch.zeros(1, 5, dtype=torch.float64)), sep="\n")

# %% [markdown]
# ### Exercise 1.8 · Hand it over (2 points · 15 min)
#
# Write `to_torch(params)`: a `torch.nn.Module` that gives the same probabilities as your `forward`, in float64, with
# your weights as its parameters. `torch.nn.Tanh()` is a layer, too.
#
# *The trap:* a net with two hidden units has a square `w1` and does not complain when you forget to transpose it.
#
# <details><summary>Hint</summary>
# <code>params["w1"].T</code> is <code>w1</code> as PyTorch wants it. Set <code>weight.data</code> and
# <code>bias.data</code> to tensors made by <code>torch.tensor</code>, which keeps float64.
# </details>


# %% solution="to_torch"
def to_torch(params):
    """Return the network as a torch module in float64.

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


# %% test="to_torch_state" points=1
held = to_torch(example).state_dict()
numbers = sum(value.numel() for value in held.values())
likely = "only parameters, and layers set on the module, are found; example has 13 numbers"
expect.equal(numbers, 13, "how many numbers to_torch(example).state_dict() holds", likely=likely)
types = {str(value.dtype) for value in held.values()}
likely = "torch layers start as float32; `torch.tensor(array)` keeps float64"
expect.equal(types, {"torch.float64"}, "the types in to_torch(example).state_dict()", likely=likely)
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

# %% test="to_torch_outputs" points=1
got = to_torch(example)(torch.tensor(x_xor))
expected = np.array([[0.35889642], [0.84860626], [0.14762798], [0.29186333]])
causes = {
    "sigmoid is missing at the end": np.log(expected / (1 - expected)),
    "tanh is missing between the layers": [[0.37754067], [0.88079708], [0.02931223], [0.26894142]],
    "sigmoid stands where tanh belongs": [[0.77434286], [0.86453962], [0.66144402], [0.75632246]],
}
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

# %% [markdown]
# ### Does autograd agree with your chain rule?
#
# The last word: your gradients, found with pencil and paper, beside those that PyTorch finds by itself.

# %% demo="autograd_agrees"
net = to_torch(example)
loss = torch.nn.functional.binary_cross_entropy(net(torch.tensor(x_xor)), torch.tensor(y_xor))
loss.backward()
theirs = np.sort(np.concatenate([parameter.grad.numpy().ravel() for parameter in net.parameters()]))
mine = np.sort(np.concatenate([grad.ravel() for grad in gradients(example, x_xor, y_xor).values()]))
gap = np.abs(mine - theirs).max()
measured["largest gap between your gradients and autograd's"] = f"{gap:.1e}"
print(f"{len(theirs)} gradients; the largest gap to yours is {gap:.1e}")

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
# - D. Kingma and J. Ba, *Adam: A Method for Stochastic Optimization*, 2015: Algorithm 1 is what you wrote.
# - M. Minsky and S. Papert, *Perceptrons*, 1969: what one layer cannot do, proven.
# - D. Rumelhart, G. Hinton and R. Williams, *Learning representations by back-propagating errors*, Nature, 1986.
# - The documentation of `torch.optim.Adam`, whose numbers you have just reproduced.
#
# Next: lesson 02 asks whether 256 bytes can replace tanh.
