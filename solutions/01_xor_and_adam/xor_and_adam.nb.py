# %% [markdown]
# # How does a network learn what no line can separate?
#
# **Lesson 01** · 90 minutes · 20 points · you need: Python functions, NumPy arrays and `@`, the chain rule; no PyTorch
#
# You will write every line of a small network yourself: its layers, its loss, its gradients, and Adam, the
# optimizer that trains most networks today. Then you hand it to PyTorch and check that both agree. Everything
# later in this course, from export to engines, moves a network like this one; here you see all of it.

# %% [markdown]
# ## How do you work here?
#
# Run cells from top to bottom with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Below each of your functions are its tests,
# folded: one that fails says what it expected, what it got, and the likely cause where it can tell. Grading asks the
# same of fresh random numbers: write the rule, not the example, and use nothing but your function's arguments.
#
# A line `guess_… = None` asks what you expect; the cell after it draws or measures with your functions. No mark
# depends on either. If you are stuck, go on: 1.2 needs 1.1, 1.4 needs both, 1.6 needs 1.2 to 1.5; the others need none.

# %% readonly="imports"
import numpy as np
import torch

from course_utils import expect, predictions, tables
from course_utils.lessons import xor_and_adam as lesson
from course_utils.lessons.xor_and_adam import handed_on  # for the hidden tests
from course_utils.seeds import fresh_draw  # for the hidden tests

measured = {}  # what you measure, shown at the end

# %% [markdown]
# ## What is the smallest problem that no line solves?
#
# A model takes three things: a dataset, an architecture and an optimizer. Our dataset has four points: XOR ("one or
# the other, not both") asks for 1 where exactly one input is 1. n examples (n ≥ 1) are an array of shape `(n, d)`,
# one example a row. All arrays in this lesson hold finite float64 numbers.

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

    x: (n, d_in); w: (d_in, d_out); b: (d_out,); finite float64 all, n >= 1
    activation: works entry by entry, such as np.tanh
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
    # covers: Write dense(x, w, b, activation) | Return one layer's outputs
    # covers: x: (n, d_in) | w: (d_in, d_out) | b: (d_out,)
    for d_in, d_out in ((2, 5), (5, 2), (1, 1), (3, 1), (1, 4), (3, 3)):
        x, w = rng.normal(size=(1, d_in)), rng.normal(size=(d_in, d_out))
        b, what = (
            rng.normal(size=d_out),
            f"dense, n = 1, d_in = {d_in}, d_out = {d_out}",
        )
        before = x.copy(), w.copy(), b.copy()
        # covers: works entry by entry | the bias comes before the activation
        for activation in (np.tanh, np.sin, lambda z: 2 * z - 1):
            expected = activation(x @ w + b)
            got = dense(x=x, w=w, b=b, activation=activation)
            expect.array(got, what)
            expect.close(got, expected, what, atol=1e-12)
        expect.unchanged((x, w, b), before, f"x, w and b after {what}")
### END HIDDEN TESTS
expect.passed("one example through three units")

# %% test="dense_many_examples" points=1
w, b = np.array([[1.0, 0.0], [-3.0, 2.0]]), np.array([0.5, -0.5])
expected = [[1.5, 1.5], [1.5, 0.5], [2.5, 1.5], [0.5, 0.5]]
causes = {"w is transposed": [[1.5, 1.5], [1.5, 3.5], [0.5, 1.5], [0.5, 0.5]]}
got = dense(x_xor, w, b, np.abs)
expect.close(got, expected, "dense(x_xor, w, b, np.abs)", causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: returns: (n, d_out)
    shapes = ((4, 2, 3), (3, 3, 3), (5, 1, 1), (2, 6, 1), (7, 130, 40), (10_007, 3, 2))
    for n, d_in, d_out in shapes:
        # covers: finite float64 all, n >= 1
        for scale in (1.0, 1e-100, 1e100) if n < 99 else (1.0,):
            x, w = scale * rng.normal(size=(n, d_in)), rng.normal(size=(d_in, d_out))
            b, activation = scale * rng.normal(size=d_out), np.negative
            activation = np.cos if scale == 1 else np.negative
            before, expected = (x.copy(), w.copy(), b.copy()), activation(x @ w + b)
            what = f"dense, n = {n}, d_in = {d_in}, d_out = {d_out}, numbers near {scale:g}"
            got = dense(x, w, b, activation)
            expect.close(got, expected, what, atol=1e-12 * scale)
            expect.unchanged((x, w, b), before, f"x, w and b after {what}")
    x, w = rng.integers(1, 9, size=(3, 2)) * 1.0, rng.integers(1, 9, size=(2, 2)) * 1.0
    b = -(x[0] @ w)
    for activation in (np.sign, np.cos):
        expected, what = activation(x @ w + b), "dense where sums are exactly 0"
        expect.close(dense(x, w, b, activation), expected, what, atol=1e-14)
        x[1:] -= 9.0
        w *= -2.0
        b *= -2.0
    bends = (lambda z: np.tanh(z)), (lambda z: np.sin(z))  # of one name
    one, two = ({"activation": each} for each in bends)
    for net in (one, two):
        net |= {"x": rng.normal(size=(3, 2)), "w": rng.normal(size=(2, 2))}
        net |= {"b": rng.normal(size=2)}
    for changed, given in lesson.in_turn(one, two):
        activation, x, w, b = given.values()
        expected, got = activation(x @ w + b), dense(x, w, b, activation)
        expect.close(got, expected, f"dense, other than before: {changed}")
### END HIDDEN TESTS
expect.passed("all four examples at once")

# %% [markdown]
# ### Can any line do it?
#
# A dense layer with a step for activation answers 1 on one side of a line and 0 on the other. With 20,000 columns in
# $W$, one call of *your* function tries 20,000 lines. How much of XOR does the best of them get right?

# %% predict="best_line"
guess_best_line = None  # percent of the four points

# %% demo="every_line"
step = lambda z: (z > 0).astype(float)
best = lesson.draw_lines(dense, step, x_xor, y_xor)
measured["best of 20,000 lines"] = predictions.beside(guess_best_line, best, "%")

# %% [markdown]
# Trying proves nothing, but this does: $z = xW + b$ gives $z(1,1) + z(0,0) = z(1,0) + z(0,1)$ for every line, and XOR
# wants the right sum positive and the left one not.

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
example = lesson.example_net()  # three hidden units, untrained: numbers to test with

# %% [markdown]
# ### Exercise 1.2 · Forward (2 points · 5 min)
#
# Write `forward(params, x)`: the hidden activations and the probabilities. Use your `dense` and the `sigmoid`
# above.
#
# *The trap:* later exercises need $h$ as well as $p$, so both are returned, in this order.
#
# <details><summary>Hint</summary>
# A dense layer on a dense layer: the second one's input is what the first one returns.
# </details>


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
expect.close(
    got[0], expected, "hidden of forward(hand_made, x_xor)", atol=1e-6, causes=causes
)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: x: (n, 2) | params: {"w1": (2, h), "b1": (h,), "w2": (h, 1), "b2": (1,)}
    for n, width in ((6, 3), (1, 1), (1, 4), (3, 1), (2, 2), (5, 70), (10_007, 2)):
        for scale in (1.0, 1e6):
            params = dict(reversed(lesson.fresh_net(rng, width).items()))
            x = scale * rng.normal(size=(n, 2))
            before = {key: value.copy() for key, value in params.items()}, x.copy()
            expected = np.tanh(x @ params["w1"] + params["b1"])
            got = forward(params=params, x=x)
            what = f"forward, n = {n}, {width} hidden units, x near {scale:g}"
            expect.parts(got, 2, what)
            # covers: forward(params, x): the hidden activations and the prob
            # covers: both are returned, in this order
            expect.close(got[0], expected, f"hidden of {what}", atol=1e-12 * scale**0.5)
            expect.unchanged((params, x), before, f"params and x after {what}")
    one, two = ({"params": lesson.fresh_net(rng, 2)} for _ in range(2))
    one["x"], two["x"] = rng.normal(size=(2, 3, 2))
    for changed, given in lesson.in_turn(one, two):
        params, x = given["params"], given["x"]
        expected = np.tanh(x @ params["w1"] + params["b1"])
        got, what = forward(params, x)[0], f"hidden, other than before: {changed}"
        expect.close(got, expected, what, atol=1e-12)
### END HIDDEN TESTS
expect.passed("the hidden activations")

# %% test="forward_probability" points=1
got = forward(example, x_xor)
expect.parts(got, 2, "forward(example, x_xor)", likely="return both: hidden, p")
expect.array(got[1], "p, the second result of forward")
expected = np.array([[0.35889642], [0.84860626], [0.14762798], [0.29186333]])
z = np.log(expected / (1 - expected))
causes = {
    "sigmoid is not applied to the output": z,
    "sigmoid is applied twice": sigmoid(expected),
    "the output layer uses tanh instead of sigmoid": np.tanh(z),
}
expect.close(got[1], expected, "p of forward(example, x_xor)", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: returns: (hidden, p), of shapes (n, h) and (n, 1)
    for n, width in ((6, 3), (1, 1), (1, 4), (3, 1), (2, 2), (5, 70), (10_007, 2)):
        params = dict(reversed(lesson.fresh_net(rng, width).items()))
        x = rng.normal(size=(n, 2))
        z = np.tanh(x @ params["w1"] + params["b1"]) @ params["w2"] + params["b2"]
        # covers: Run the two-layer network
        got, what = forward(params, x), f"p of forward, n = {n}, {width} hidden units"
        expect.close(got[1], 1 / (1 + np.exp(-z)), what, atol=1e-13)
    x, h = np.array([[1.0, 1.0], [-1.0, -1.0]]), np.tanh(6.0)
    net = {"w1": np.full((2, 1), 3.0), "b1": np.zeros(1), "b2": np.zeros(1)}
    for z in rng.uniform(0.9, 1.1, size=3) * (9, 22, 2000):
        # covers: Use your dense and the sigmoid above
        got = forward(net | {"w2": np.array([[z / h]])}, x)
        expected, what = (
            sigmoid(np.array([[z], [-z]])),
            f"p of forward where z = ±{z:g}",
        )
        expect.close(got[1], expected, what, atol=1e-13 if z < 99 else 2e-16)
    one, two = ({"params": lesson.fresh_net(rng, 2)} for _ in range(2))
    one["x"], two["x"] = rng.normal(size=(2, 3, 2))
    for changed, given in lesson.in_turn(one, two):
        x, net = given["x"], given["params"]
        z = np.tanh(x @ net["w1"] + net["b1"]) @ net["w2"] + net["b2"]
        got, what = forward(net, x)[1], f"p of forward, other than before: {changed}"
        expect.close(got, 1 / (1 + np.exp(-z)), what, atol=1e-13)
### END HIDDEN TESTS
expect.passed("the probabilities")

# %% [markdown]
# ### Where did the points go?
#
# Both pictures use your `forward` and the `hand_made` weights. On the left the plane of the inputs; on the right the
# same four points in the plane of $h$, where a single line is enough. (1, 0) and (0, 1) have become the same point.

# %% demo="hidden_plane"
lesson.draw_hidden_plane(forward, hand_made, x_xor, y_xor)

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
# ### Exercise 1.3 · Cross-entropy (2 points · 6 min)
#
# Write `binary_cross_entropy(p, y)`. Its result is one finite number, also for p = 0 and p = 1: clip p to the range
# from 1e-7 to 1 − 1e-7 before you take logarithms. Inside that range nothing is added or lost.
#
# *The trap:* without the clip, 0 · ln 0 is `nan` in floating point, and one `nan` spoils the mean.
#
# <details><summary>Hint</summary>
# <code>np.clip</code> gives a new array; <code>np.mean</code> of all entries is one number.
# </details>


# %% solution="binary_cross_entropy"
def binary_cross_entropy(p, y):
    """Return the mean binary cross-entropy, with natural logarithms.

    p: (n, 1) probabilities, 0 and 1 included, clipped to [1e-7, 1 - 1e-7]
    y: (n, 1) zeros and ones; p and y: float64
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
got = binary_cross_entropy(p, y)
expect.close(got, 0.164252, "binary_cross_entropy(p, y)", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: Write binary_cross_entropy(p, y) | Return the mean binary cross-entropy
    # covers: y: (n, 1) zeros and ones | p and y: float64
    theirs = torch.nn.functional.binary_cross_entropy
    for n in (1, 1, 2, 5, 60, 10_007):
        p = 1 / (1 + np.exp(-rng.uniform(-15.5, 15.5, size=(n, 1))))
        y = rng.integers(0, 2, size=(n, 1)).astype(float)
        before, expected = (p.copy(), y.copy()), theirs(*map(torch.tensor, (p, y)))
        got, what = binary_cross_entropy(p=p, y=y), f"binary_cross_entropy, n = {n}"
        expect.close(got, expected, what, atol=1e-11)
        expect.unchanged((p, y), before, f"p and y after {what}")
        # covers: returns: one finite float
        kind = type(got).__name__
        is_float = isinstance(got, (float, np.floating))
        expect.true(is_float, f"the type of {what}", expected="a float", got=kind)
    one, two = {}, {}
    for each in (one, two):  # their sums are the same
        each["p"] = rng.permutation(np.linspace(0.1, 0.8, 8)).reshape(8, 1)
        each["y"] = rng.permutation(np.eye(8)[:, :3].sum(axis=1)).reshape(8, 1)
    for changed, given in lesson.in_turn(one, two):
        came_true = np.where(given["y"] == 1, given["p"], 1 - given["p"])
        got, what = binary_cross_entropy(**given), f"other than before: {changed}"
        expect.close(got, -np.log(came_true).mean(), what, atol=1e-11)
    for p in (1e-7, 1 - 1e-7, 1.001e-7, 2e-7, 0.5, 1 - 2e-7):
        for y in (0.0, 1.0):
            # covers: Inside that range nothing is added or lost
            expected = -np.log(p if y else 1 - p)
            got = binary_cross_entropy(np.array([[p]]), np.array([[y]]))
            what, atol = (
                f"the loss of p = {p}, y = {y}",
                1e-8 if p == 1 - 1e-7 else 1e-11,
            )
            expect.close(got, expected, what, atol=atol)
### END HIDDEN TESTS
expect.passed("the mean surprise of two examples")

# %% test="binary_cross_entropy_ends" points=1
ends, p = np.array([[0.0], [1.0]]), np.array([[0.0], [1.0]])
sure = binary_cross_entropy(p, ends)
expect.unchanged(p, ends, "p after binary_cross_entropy(p, y)")
causes = {"p is not clipped: 0 * log(0) is nan": np.nan}
expect.close(sure, 0.0, "the loss of p = y", atol=1e-6, causes=causes)
causes = {
    "1e-7 is added to p; clip it instead": 15.424948,
    "the logarithm has base 2": 23.253497,
}
edge = binary_cross_entropy(np.array([[1e-7]]), np.array([[1.0]]))
what = "the loss of p = 1e-7 where y = 1"
expect.close(edge, 16.118096, what, atol=1e-6, causes=causes)
mistaken = binary_cross_entropy(1 - ends, ends)
likely = "clip p to the range from 1e-7 to 1 - 1e-7"
what = "the loss of p = 1 - y"
expect.close(mistaken, 16.118096, what, atol=1e-6, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: 0 and 1 included, clipped to | also for p = 0 and p = 1: clip p
    for low in (0.0, 1e-300, 1e-12, rng.uniform(1e-9, 9e-8)):
        for p, y in ((low, 1.0), (1 - low, 0.0)):
            got = binary_cross_entropy(np.array([[p]]), np.array([[y]]))
            what = f"the loss of p = {p}, y = {y}"
            expect.close(got, -np.log(1e-7), what, atol=1e-8)
            got = binary_cross_entropy(np.array([[p]]), np.array([[1 - y]]))
            what = f"the loss of p = {p}, y = {1 - y}"
            expect.close(got, 0.0, what, atol=1.1e-7)
    # covers: one nan spoils the mean
    p = np.array([[0.0], [1.0], [0.0], [1.0], [rng.uniform(0.2, 0.8)], [1e-9]])
    for y in rng.permutation(
        [[0, 1, 1, 0, 1, 0], [0, 1, 0, 1, 1, 0], [0, 1, 0, 0, 0, 1]]
    ):
        y, before = y.reshape(6, 1).astype(float), p.copy()
        true = np.clip(np.where(y == 1, p, 1 - p), 1e-7, 1 - 1e-7)
        got, expected = binary_cross_entropy(p, y), -np.log(true).mean()
        what = f"the loss of p = {p.ravel()}, y = {y.ravel()}"
        expect.close(got, expected, what, atol=1.1e-7)
        expect.unchanged(p, before, f"p after {what}")
### END HIDDEN TESTS
expect.passed("finite at p = 0 and p = 1")

# %% [markdown]
# <details><summary>Another way</summary>
#
# The loss asks for one probability only, that of what came true:
#
# ```python
# came_true = np.where(y == 1, p, 1 - p)
# return -np.log(np.maximum(came_true, 1e-7)).mean()
# ```
#
# </details>

# %% [markdown]
# ### Why not simply the squared error?
#
# A network moves $z$, the number inside $\sigma(z)$, and learning follows the slope. Take an example whose truth is 1,
# and $z = -8$: the network is sure, and wrong. How many times as steep as the squared error is the cross-entropy there?

# %% predict="steeper"
guess_steeper = None  # times as steep as the squared error

# %% demo="two_losses"
steeper = lesson.draw_two_losses(binary_cross_entropy, sigmoid)
steeper = predictions.beside(guess_steeper, steeper, "×")
measured["slope of cross-entropy to squared error at z = −8"] = steeper

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
# ### Exercise 1.4 · Gradients by hand (4 points · 16 min)
#
# Write `gradients(params, x, y)`: for every array in `params` an array of the same shape, the derivative of the
# mean cross-entropy of `forward(params, x)`, unclipped.
#
# *The trap:* the loss is a mean over the n rows of `x`, so 1/n must be in there exactly once.
#
# <details><summary>Hint</summary>
# The sum over the rows is <code>.sum(axis=0)</code>. The derivative of tanh needs no new call: your
# <code>forward</code> returns h.
# </details>


# %% solution="gradients"
def gradients(params, x, y):
    """Return the gradient of the mean cross-entropy, by back-propagation.

    params: {"w1": (2, h), "b1": (h,), "w2": (h, 1), "b2": (1,)}; x: (n, 2)
    y: (n, 1) zeros and ones
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
expected = {
    "w2": np.array([[-0.05992849], [-0.0661745], [0.07266292]]),
    "b2": np.array([-0.10087995]),
}
again = {
    "w2": np.array([[-0.00088919], [-0.00261412], [0.00126334]]),
    "b2": np.array([-0.00065142]),
}
times = lambda factor: {key: factor * expected[key] for key in expected}
causes = {
    "1/n is missing: the loss is a mean over n = 5 examples": times(5),
    "1/n is in there twice": times(1 / 5),
    "n is taken for 4; it is the number of rows in x": times(5 / 4),
    "these are minus the gradients": times(-1),
    "p (1 - p) is in there again; it cancels": again,
}
got = {key: got[key] for key in expected}
expect.close(got, expected, "gradients(example, x, y)", atol=1e-7, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:

    def theirs(params, x, y):
        net = {key: torch.tensor(params[key], requires_grad=True) for key in params}
        h = torch.tanh(torch.tensor(x) @ net["w1"] + net["b1"])
        z, y = h @ net["w2"] + net["b2"], torch.tensor(y)
        torch.nn.functional.binary_cross_entropy_with_logits(z, y).backward()
        return {key: net[key].grad.numpy() for key in net}

    # covers: x: (n, 2) | y: (n, 1) zeros | 1/n must be in there exactly once
    for n, width in (
        (6, 4),
        (4, 9),
        (1, 1),
        (1, 3),
        (5, 1),
        (2, 2),
        (4, 40),
        (10_007, 2),
    ):
        params = dict(reversed(lesson.fresh_net(rng, width).items()))
        x, y = rng.normal(size=(n, 2)), rng.integers(0, 2, (n, 1)).astype(float)
        before = (
            {key: value.copy() for key, value in params.items()},
            x.copy(),
            y.copy(),
        )
        expected = theirs(params, x, y)
        # covers: Write gradients(params, x, y) | Return the gradient of the mean
        got, what = gradients(params=params, x=x, y=y), f"n = {n}, {width} hidden units"
        # covers: returns: a dict with the same keys and shapes as params
        expect.keys(got, params, f"gradients, {what}")
        for key in ("w2", "b2"):
            expect.array(got[key], f"gradients[{key!r}], {what}")
            expect.close(
                got[key], expected[key], f"gradients[{key!r}], {what}", atol=1e-11
            )
        expect.unchanged((params, x, y), before, f"the arguments of gradients, {what}")
    x, y = np.array([[1.0, 1], [-1, -1], [1, 1], [-1, -1]]), np.eye(4)[:, [0]]
    for z, atol in ((rng.uniform(14, 15), 1e-11), (rng.uniform(19, 21), 2e-7)):
        params = {"w1": np.ones((2, 1)), "b1": np.zeros(1), "b2": np.zeros(1)}
        params["w2"] = np.array([[z / np.tanh(2)]])
        expected, got = theirs(params, x, y), gradients(params, x, y)
        for key in ("w2", "b2"):
            what = f"gradients[{key!r}] where z = ±{z:.3g}"
            expect.close(got[key], expected[key], what, atol=atol)
    for z in (rng.uniform(28, 32), 40, 800):  # p is 1, and as good as 0
        params["w2"] = np.array([[z / np.tanh(2)]])
        for truths in ((x[:, [0]] > 0) * 1.0, (x[:, [0]] < 0) * 1.0, y):
            expected, got = theirs(params, x, truths), gradients(params, x, truths)
            for key in ("w2", "b2"):
                what = f"gradients[{key!r}], z = ±{z:.3g}, y = {truths.ravel()}"
                expect.close(got[key], expected[key], what, atol=1e-11)
    one, two = ({"params": lesson.fresh_net(rng, 2), "y": y} for y in (y, 1 - y))
    one["x"], two["x"] = rng.normal(size=(2, 4, 2))
    for changed, given in lesson.in_turn(one, two):
        expected, got = theirs(**given), gradients(**given)
        for key in ("w2", "b2"):
            what = f"gradients[{key!r}], other than before: {changed}"
            expect.close(got[key], expected[key], what, atol=1e-11)
### END HIDDEN TESTS
expect.passed("the gradients of the output layer")

# %% test="gradients_hidden_layer" points=2
got = gradients(example, x_xor[[0, 1, 2, 3, 1]], y_xor[[0, 1, 2, 3, 1]])  # n = 5
expect.keys(got, ["w1", "b1", "w2", "b2"], "gradients(example, x, y)")
w1 = np.array(
    [[-0.0124616, -0.00882535, -0.06082408], [-0.12109822, -0.0256448, -0.0013208]]
)
b1 = np.array([-0.08815814, -0.02392654, -0.03062169])
no_slope = [
    [0.01122179, -0.01122179, 0.02244358],
    [-0.09869512, 0.09869512, -0.19739024],
]
bent_twice = [
    [-0.0009034, -0.00912939, -0.03672886],
    [-0.10399473, 0.02400049, -0.08040573],
]
causes = {
    "1/n is missing: the loss is a mean over n = 5 examples": 5 * w1,
    "1/n is in there twice": w1 / 5,
    "the derivative of tanh, 1 - h**2, is missing": no_slope,
    "hidden is tanh already; its derivative is 1 - hidden**2": bent_twice,
}
expect.close(got["w1"], w1, "gradients(example, x, y)['w1']", atol=1e-7, causes=causes)
causes = {"the rows are averaged": b1 / 5}
expect.close(got["b1"], b1, "gradients(example, x, y)['b1']", atol=1e-7, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: params: {"w1": (2, h), "b1": (h,), "w2": (h, 1), "b2": (1,)}
    for n, width in ((7, 5), (1, 1), (1, 3), (5, 1), (2, 2), (1217, 40)):
        for scale, steep in ((1.0, 1), (1e-6, 1), (1e6, 1), (1.0, 99)):
            params = dict(reversed(lesson.fresh_net(rng, width).items()))
            params["w1"] *= steep / scale
            x, y = scale * rng.normal(size=(n, 2)), rng.integers(0, 2, (n, 1)) * 1.0
            net = {key: torch.tensor(params[key], requires_grad=True) for key in params}
            h = torch.tanh(torch.tensor(x) @ net["w1"] + net["b1"])
            z, theirs = h @ net["w2"] + net["b2"], torch.nn.functional
            theirs.binary_cross_entropy_with_logits(z, torch.tensor(y)).backward()
            got, what = (
                gradients(params, x, y),
                f"n = {n}, {width} units, x near {scale:g}",
            )
            for key, near in (("w1", scale), ("b1", 1.0)):
                name, expected = f"gradients[{key!r}], {what}", net[key].grad
                expect.array(got[key], name)
                # covers: by back-propagation
                expect.close(got[key], expected, name, atol=1e-11 * near)
    one, two = (
        {"params": lesson.fresh_net(rng, 2), "y": y} for y in np.eye(2)[:, None]
    )
    one["x"], two["x"] = rng.normal(size=(2, 1, 2))
    one["y"], two["y"] = one["y"][:, :1], two["y"][:, :1]
    for changed, given in lesson.in_turn(one, two):
        params, x = given["params"], given["x"]
        h = np.tanh(x @ params["w1"] + params["b1"])
        delta = sigmoid(h @ params["w2"] + params["b2"]) - given["y"]
        inner, got = (delta @ params["w2"].T) * (1 - h**2), gradients(**given)
        for key, expected in (("w1", x.T @ inner), ("b1", inner[0])):
            what = f"gradients[{key!r}], other than before: {changed}"
            expect.close(got[key], expected, what, atol=1e-11)
### END HIDDEN TESTS
expect.passed("the gradients of the hidden layer")

# %% [markdown]
# <details><summary>Another way</summary>
#
# To check one number of any gradient, nudge that weight and see how far the loss moves:
#
# ```python
# loss = lambda net: binary_cross_entropy(forward(net, x_xor)[1], y_xor)
# nudged = example | {"b2": example["b2"] + 1e-6}
# print((loss(nudged) - loss(example)) / 1e-6, gradients(example, x_xor, y_xor)["b2"])
# ```
#
# </details>

# %% [markdown]
# ### What does the loss look like from above?
#
# Here are two of a network's 13 numbers. The darker, the higher is your loss; the arrows show the direction (not the
# length) of your negative gradient. They must cross the height lines at right angles, and point downhill.

# %% demo="loss_surface"
lesson.draw_loss_surface(
    forward, binary_cross_entropy, gradients, example, x_xor, y_xor
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


# %% [markdown]
# ### Exercise 1.5 · Adam (4 points · 16 min)
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

    param, grad: float64 arrays of one shape, of one axis or more
    state: {"m": array, "v": array} of that shape, zeros before the first step
    step: 1 for the first step, 2 for the second, ...
    returns: a new array, and a new dict {"m": array, "v": array} of new arrays
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
    "v is too small: correct it, do not square (1 - beta2)": [-0.58113883, 3.58113883],
    "v must take the square of grad": [0.96464466, np.nan],
    "the root of v is missing": [0.9, 2.0125],
    "lr is missing": [0.0, 3.0],
    "only v is corrected, not m": [0.995, 2.005],
    "the step goes uphill: subtract it": [1.05, 1.95],
    "the division by the root of v is missing": [0.975, 2.2],
}
got = adam_step(param, grad, adam_start(param), 1)
likely = "return both: the new param, the new state"
expect.parts(got, 2, "adam_step(param, grad, state, 1)", likely=likely)
what = "adam_step(param, grad, adam_start(param), step=1)[0]"
expect.close(got[0], [0.95, 2.05], what, atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: float64 arrays of one shape, of one axis or more | η is lr, t is step and ε is eps
    given = [{}, {"lr": 1e-4}, {"beta1": 0.5}, {"beta2": 0.9}, {"eps": 1e-3}]
    given += [{name: 0.0} for name in ("lr", "beta1", "beta2", "eps")]
    for shape in ((1,), (3, 2), (2, 1, 2)):
        for settings in given:
            grad = rng.normal(size=shape) * 10.0 ** rng.integers(-12, 9, size=shape)
            grad.flat[1:2], grad.flat[-1] = 1e-10 if "eps" in settings else 0.0, 3e7
            param, all_ = np.zeros(shape), {"lr": 0.05, "eps": 1e-8} | settings
            expected = -all_["lr"] * grad / (np.abs(grad) + all_["eps"])
            got = adam_step(param, grad, adam_start(param), 1, **settings)
            what = f"the first step for grad = {grad.ravel()}, {settings or 'defaults'}"
            expect.parts(got, 2, what)
            # covers: Write adam_step: one step for one array
            expect.array(got[0], f"param after {what}")
            # covers: ε stands outside the root
            expect.close(got[0], expected, f"param after {what}", atol=0.0, rtol=1e-9)
    param, grad = rng.normal(size=(2, 3, 2))
    slow = lesson.torch_adam(param, [grad], lr=0.001, betas=(0.8, 0.9), eps=1e-3)
    got = adam_step(param.copy(), grad, adam_start(param), 1, 0.001, 0.8, 0.9, 1e-3)[0]
    expect.close(got, slow, "adam_step with its own lr, betas and eps", atol=1e-12)
### END HIDDEN TESTS
expect.passed("the first step is lr long, whatever the gradient's size")

# %% test="adam_step_state" points=1
param, grad = np.array([1.0, 2.0]), np.array([0.5, -4.0])
state = adam_start(param)
after = adam_step(param, grad, state, 1)[1]
likely = "the state holds m and v, with their factors (1 - beta), not corrected"
causes = {likely: {"m": grad, "v": grad**2}}
expected = {"m": np.array([0.05, -0.4]), "v": np.array([0.00025, 0.016])}
expect.close(after, expected, "the new state", causes=causes)
expect.unchanged(state, adam_start(param), "the state that was passed in")
before = ([1.0, 2.0], [0.5, -4.0])
expect.unchanged((param, grad), before, "the param and grad that were passed in")
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: The state is a dict with the arrays | step: 1 for the first step
    for shape, near in (((3,), 1.0), ((1, 1), 1e-8), ((2, 3), 1e6)):
        param, grad, m = rng.normal(size=(3, *shape)) * near
        v, step = rng.uniform(1, 2, size=shape) * near**2, int(rng.integers(2, 9))
        state = {"v": v, "m": m}
        before = param.copy(), grad.copy(), {"m": m.copy(), "v": v.copy()}
        for b1, b2 in ((0.9, 0.999), (0.8, 0.99)):
            settings = {} if b1 == 0.9 else {"beta1": b1, "beta2": b2}
            m_after, v_after = b1 * m + (1 - b1) * grad, b2 * v + (1 - b2) * grad**2
            got = adam_step(param, grad, state, step, **settings)[1]
            what = f"the state after step {step}, shape {shape}, numbers near {near:g}"
            # covers: returns: a new array, and a new dict
            expect.keys(got, ["m", "v"], what)
            for key, expected, size in (("m", m_after, near), ("v", v_after, near**2)):
                expect.array(got[key], f"{key} in {what}")
                expect.close(got[key], expected, f"{key} in {what}", atol=1e-12 * size)
            # covers: the arguments must stay as they were
            # covers: give back a new array and a new | would change the caller's
            expect.unchanged((param, grad, state), before, f"the arguments, {what}")
    # covers: zeros before the first step
    one, other = rng.normal(size=3), rng.normal(size=(2, 2))
    states = [adam_start(one), adam_start(other)]
    grads = [rng.normal(size=(2, 3)), rng.normal(size=(2, 2, 2))]
    for step in (1, 2):
        for k, param in enumerate((one, other)):
            states[k] = adam_step(param, grads[k][step - 1], states[k], step)[1]
    for k in (0, 1):
        m = 0.9 * 0.1 * grads[k][0] + 0.1 * grads[k][1]
        v = 0.999 * 0.001 * grads[k][0] ** 2 + 0.001 * grads[k][1] ** 2
        what = "the states of two parameters, stepped in turn"
        expect.close(states[k], {"m": m, "v": v}, what, atol=1e-12)
    for settings in ({}, {"lr": 0.0}):
        calls = [{"param": one, "grad": k * one, "step": 1 + k} for k in (0, 1, 1, 2)]
        calls = [each | settings | {"state": adam_start(one)} for each in calls]
        likely = "what is returned stays as it is, whatever is called later"
        found = handed_on(adam_step, *calls)
        expect.equal(
            found, [], f"what is not new, {settings or 'defaults'}", likely=likely
        )
    m, v = rng.uniform(1, 2, size=(2, 400))
    got = adam_step(m, 0 * m, {"m": m, "v": v}, 2)[1]
    what = "the state of 400 numbers where grad is all zeros"
    expect.close(got, {"m": 0.9 * m, "v": 0.999 * v}, what, atol=1e-12)
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
settings = {"lr": 0.1, "beta1": 0.8, "beta2": 0.99}
got = lesson.many_steps(adam_step, np.array([1.0, 2.0]), two, **settings)
what = "two steps: lr 0.1, betas 0.8 and 0.99"
expect.close(got, [0.94210028, 2.19149272], what, atol=1e-7, causes=causes)
grads = [np.array([np.sin(t), 1e-7 * np.cos(t)]) for t in range(100)]
param = np.array([1.0, -1.0])
theirs = lesson.torch_adam(param, grads, lr=0.01)
ours = lesson.many_steps(adam_step, param, grads, lr=0.01)
causes = {
    "eps stands inside the root; it belongs outside": [0.965168888741, -1.000021212197],
    "eps is added to the root before v is corrected": [0.965168896781, -1.006393458183],
}
what = "100 steps beside torch.optim.Adam"
expect.close(ours, theirs, what, atol=1e-10, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    grads = rng.normal(size=(1000, 5)) * 10.0 ** rng.uniform(-9, 1, size=5)
    grads[1::3, 0] = 0.0
    grads[500:, 1] *= 1e-3
    param = rng.normal(size=5)
    theirs = lesson.torch_adam(param, grads, lr=0.02)
    ours = lesson.many_steps(adam_step, param, grads, lr=0.02)
    # covers: Return (param, state) after one step of Adam
    expect.close(ours, theirs, "1,000 steps beside torch.optim.Adam", atol=1e-10)

    def after(param, grad, state, step, lr=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
        m_hat = (beta1 * state["m"] + (1 - beta1) * grad) / (1 - beta1**step)
        v_hat = (beta2 * state["v"] + (1 - beta2) * grad**2) / (1 - beta2**step)
        return param - lr * m_hat / (np.sqrt(v_hat) + eps)

    idle = {"param": param, "grad": rng.normal(size=5), "state": adam_start(param)}
    got, what = adam_step(**idle, step=5)[0], "step 5, all gradients 0 before it"
    expect.close(got, after(**idle, step=5), what, atol=1e-12)
    far, now = {"beta1": 0.9999, "beta2": 0.99999}, {"beta1": 0.0, "beta2": 0.0}
    # covers: 2 for the second
    for step in (2, 3000, 7, 100_000):
        for some, betas in ((1, {}), (0, {}), (1, far), (1, now)):
            sizes = (0.5, 1e-20, 9) if step == 7 else (1e-3, 1e-4, 1e-2)
            m, v, grad = rng.uniform(1, 2, size=(3, 40, 9)) * np.reshape(
                sizes, (3, 1, 1)
            )
            grad = grad * (step != 7)  # then a step may be very long
            given = {"param": 0 * m, "grad": some * grad, "state": {"m": m, "v": v}}
            what = f"a step from a state in use, step = {step}, {betas or 'defaults'}"
            what += "" if some else ", where grad is all zeros"
            expected, got = (
                after(**given, step=step, **betas),
                adam_step(**given, step=step, **betas),
            )
            expect.close(got[0], expected, what, atol=0.0, rtol=1e-9)
    one, two = (
        {"param": each[0], "grad": each[1]} for each in rng.normal(size=(2, 2, 3))
    )
    for net, near in ((one, 1.0), (two, 3.0)):
        net |= {
            "state": {"m": near * rng.normal(size=3), "v": near + rng.uniform(size=3)}
        }
        net |= {"step": int(near) + 1, "lr": near / 10, "eps": near / 100}
        net |= {"beta1": 0.5 + near / 10, "beta2": 0.6 + near / 10}
    for changed, given in lesson.in_turn(one, two):
        expected, got = after(**given), adam_step(**given)[0]
        what = f"adam_step, other than before: {changed}"
        expect.close(got, expected, what, atol=1e-12)
### END HIDDEN TESTS
expect.passed("as good as PyTorch's, to ten digits")

# %% [markdown]
# <details><summary>Another way</summary>
#
# At the end of its section 2, the paper scales `lr` in place of m and v, which saves two divisions of arrays. That
# moves ε; scaled along, the step is the same:
#
# ```python
# root = np.sqrt(1 - beta2**step)
# rate = lr * root / (1 - beta1**step)
# return param - rate * m / (np.sqrt(v) + eps * root), {"m": m, "v": v}
# ```
#
# </details>

# %% [markdown]
# ### What does Adam do in a narrow valley?
#
# This one is 100 times steeper across than along. Gradient descent diverges here at learning rates above 2/100; just
# below, it zigzags across and crawls along. Your Adam divides each direction by its own size. It also has momentum,
# $m$, and so overshoots before it settles.

# %% demo="narrow_valley"
ends = lesson.draw_valley(adam_step, adam_start(np.zeros(2)))
measured["loss in the valley after 60 steps"] = ends

# %% [markdown]
# ## Does it learn XOR?
#
# Everything is there. Training repeats: measure the loss, take the gradients, step every array with its own Adam state.

# %% [markdown]
# ### Exercise 1.6 · The training loop (2 points · 12 min)
#
# Write `train(params, x, y, steps, lr)`: `steps` steps of Adam, each on all the examples. In each step all gradients
# are taken before any array moves, and every array has an Adam state of its own, kept from step to step. Give back
# the trained parameters and the losses; `losses[0]` is the loss *before* the first step.
#
# *The trap:* calling `train` twice with the same `params` must give the same losses, so do not write into `params`.
#
# <details><summary>Hint</summary>
# <code>adam_start</code> makes one state for each array. <code>dict(params)</code> is a new dict of the same arrays,
# which is enough, as <code>adam_step</code> gives new ones.
# </details>


# %% solution="train"
def train(params, x, y, steps, lr):
    """Train the two-layer network with Adam.

    params: {"w1": (2, h), "b1": (h,), "w2": (h, 1), "b2": (1,)}, not changed
    x: (n, 2); y: (n, 1); lr: Adam's learning rate, 0 or more
    steps: how many, 0 to 1,000
    returns: (params, losses): a new dict, and `steps` floats, each from before its step
    """
    ### BEGIN SOLUTION
    params, losses = dict(params), []
    states = {key: adam_start(value) for key, value in params.items()}
    for step in range(1, steps + 1):
        losses.append(binary_cross_entropy(forward(params, x)[1], y))
        grads = gradients(params, x, y)
        for key in params:
            params[key], states[key] = adam_step(
                params[key], grads[key], states[key], step, lr
            )
    return params, losses
    ### END SOLUTION


# %% test="train_losses" points=1
got = train(lesson.example_net(), x_xor, y_xor, steps=3, lr=0.1)
likely = "return both: the trained params, the losses"
expect.parts(got, 2, "train(params, x, y, steps=3, lr=0.1)", likely=likely)
expect.shape(got[1], (3,), "the losses", likely="one loss for every step")
expected, later = [0.71672555, 0.65370209, 0.60888546], 0.58648781
causes = {
    "each loss is measured after its step; measure it before": [*expected[1:], later],
    "lr is not handed on to adam_step": [0.71672555, 0.68218702, 0.65184899],
    "Adam's states start anew in every step; keep them": [*expected[:2], 0.61684066],
    "steps count from 1, not from 0": [0.71672555, np.nan, np.nan],
}
expect.close(got[1], expected, "the losses", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:

    def theirs(params, x, y, steps, lr):
        net, losses = {key: value.copy() for key, value in params.items()}, []
        m, v = ({key: np.zeros_like(net[key]) for key in net} for _ in "mv")
        for t in range(1, steps + 1):
            h = np.tanh(x @ net["w1"] + net["b1"])
            z = h @ net["w2"] + net["b2"]
            losses.append(np.mean(np.logaddexp(0, z) - y * z))
            out = (sigmoid(z) - y) / len(x)
            inner = (out @ net["w2"].T) * (1 - h * h)
            grads = {"w1": x.T @ inner, "b1": inner.sum(0), "w2": h.T @ out}
            for key, g in (grads | {"b2": out.sum(0)}).items():
                m[key] = 0.9 * m[key] + 0.1 * g
                v[key] = 0.999 * v[key] + 0.001 * g * g
                root = np.sqrt(v[key] / (1 - 0.999**t)) + 1e-8
                net[key] = net[key] - lr / (1 - 0.9**t) * m[key] / root
        return losses

    def data(n):
        return rng.normal(size=(n, 2)), rng.integers(0, 2, size=(n, 1)).astype(float)

    # covers: write train(params, x, y, steps, lr) | Train the two-layer network
    # covers: steps: how many, 0 to 1,000 | lr: Adam's learning rate | x: (n, 2) | y: (n, 1)
    fresh, zero = lesson.fresh_net, {k: 0 * v for k, v in hand_made.items()}
    wide = fresh(rng, 30)
    wide["w2"] /= 5  # no p is so sure that the loss would clip it
    torn = np.ones((2, 2)), np.array([[0.0], [1.0]])
    learned = {key: rng.uniform(1.5, 2) * hand_made[key] for key in hand_made}
    certain = {key: rng.uniform(2.0, 2.1) * hand_made[key] for key in hand_made}
    slow = rng.uniform(1e-3, 2e-3)  # where steps are many, rounding must not grow
    cases = {
        "40 steps": (fresh(rng, 3), *data(6), 40, 0.02),
        "another XOR": (fresh(rng, 2), *data(4), 60, 0.05),
        "one example, one unit": (fresh(rng, 1), *data(1), 5, 0.1),
        "one step": (fresh(rng, 4), *data(5), 1, 1e-4),
        "no step": (fresh(rng, 2), *data(3), 0, 0.1),
        "a rate of 0": (fresh(rng, 2), *data(3), 3, 0.0),
        "1,000 steps": (lesson.example_net(), x_xor, y_xor, 1000, slow),
        "no way down": (zero, *torn, 250, 0.01),
        "1,217 examples, 30 units": (wide, *data(1217), 5, 0.03),
        "certain already": (certain, x_xor, y_xor, 6, 0.01),
        "slopes of 0": (zero, x_xor, y_xor, 12, 0.1),
        "learned already": (learned, x_xor, y_xor, 8, 0.01),
        "a loss that rises": (zero | {"b2": np.array([0.1])}, *torn, 4, 0.5),
    }
    for case, (params, x, y, steps, lr) in cases.items():
        expected = theirs(params, x, y, steps, lr)
        # covers: twice with the same params must give the same losses
        for _ in range(2):
            # covers: losses[0] is the loss before | floats, each from before its step
            start = {key: params[key].copy() for key in reversed(params)}
            got = train(start, x, y, steps=steps, lr=lr)
            expect.parts(got, 2, f"train, {case}")
            expect.close(got[1], expected, f"the losses, {case}", atol=1e-9)
            kinds = sorted({type(loss).__name__ for loss in got[1]})
            floats = set(kinds) <= {"float", "float64"}
            expect.true(floats, "the type of each loss", expected="float", got=kinds)
            if steps > 99:
                break
    sure = {key: 8 * value for key, value in hand_made.items()}
    got, what = train(sure, x_xor, y_xor, 3, 0.01)[1], "the losses, surely right"
    expect.close(got, [0.0] * 3, what, atol=1.1e-7)
    one, two = ({"params": fresh(rng, 2)} for _ in range(2))
    for each, y, steps, lr in ((one, y_xor, 3, 0.1), (two, 1 - y_xor, 4, 0.2)):
        each |= {"x": rng.normal(size=(4, 2)), "y": y, "steps": steps, "lr": lr}
    for changed, given in lesson.in_turn(one, two):
        expected, got = theirs(**given), train(**given)[1]
        what = f"the losses, other than before: {changed}"
        expect.close(got, expected, what, atol=1e-9)
### END HIDDEN TESTS
expect.passed("the losses of the first steps")

# %% test="train_params" points=1
start = lesson.example_net()
trained = train(start, x_xor, y_xor, steps=3, lr=0.1)[0]
likely = "`params[key] = …` writes into the caller's dict, `-=` even into its arrays"
expect.unchanged(start, example, "the params that were passed in", likely=likely)
what = "the trained params, the first result of train"
expect.keys(trained, ["w1", "b1", "w2", "b2"], what)
expected = {
    "w2": np.array([[1.2999106], [-0.71733601], [1.71218087]]),
    "b2": np.array([0.78529552]),
}
causes = {"these are the parameters from before training": example}
got = {key: trained[key] for key in expected}
expect.close(got, expected, "the output layer after 3 steps", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:

    def theirs(params, x, y, steps, lr):
        net, losses = {key: value.copy() for key, value in params.items()}, []
        m, v = ({key: np.zeros_like(net[key]) for key in net} for _ in "mv")
        for t in range(1, steps + 1):
            h = np.tanh(x @ net["w1"] + net["b1"])
            z = h @ net["w2"] + net["b2"]
            losses.append(np.mean(np.logaddexp(0, z) - y * z))
            out = (sigmoid(z) - y) / len(x)
            inner = (out @ net["w2"].T) * (1 - h * h)
            grads = {"w1": x.T @ inner, "b1": inner.sum(0), "w2": h.T @ out}
            for key, g in (grads | {"b2": out.sum(0)}).items():
                m[key] = 0.9 * m[key] + 0.1 * g
                v[key] = 0.999 * v[key] + 0.001 * g * g
                root = np.sqrt(v[key] / (1 - 0.999**t)) + 1e-8
                net[key] = net[key] - lr / (1 - 0.9**t) * m[key] / root
        return net

    # covers: Give back the trained parameters | {"w1": (2, h), "b1": (h,), "w2": (h, 1)
    fresh, torn = lesson.fresh_net, {key: 0 * value for key, value in hand_made.items()}
    torn["b2"] = rng.uniform(0.45, 0.55, size=1)
    for n, width, steps, lr, scale in (
        *((6, 3, 40, 0.02, 1), (4, 2, 60, 0.05, 1), (1, 1, 5, 0.1, 1)),
        *((5, 4, 1, 1e-4, 1), (3, 2, 0, 0.1, 1), (7, 3, 6, 1e-4, 1000)),
        *((2, 0, 3, 0.5, 1), (4, 3, 1000, 0.001, 1), (1217, 30, 5, 0.03, 1)),
        *((3, 2, 3, 0.0, 1), (2, 2, 5, 25.0, 1)),
    ):
        x, y = scale * rng.normal(size=(n, 2)), rng.integers(0, 2, size=(n, 1)) * 1.0
        params = fresh(rng, width) if width else torn
        if not width or lr > 1:
            x, y = np.ones((2, 2)), np.array([[0.0], [1.0]])
        if steps == 1000:  # where rounding does not grow
            params, x, y, lr = (
                lesson.example_net(),
                x_xor,
                y_xor,
                rng.uniform(1e-3, 2e-3),
            )
        params = dict(reversed(params.items())) | {"w1": params["w1"] / scale}
        before = (
            {key: value.copy() for key, value in params.items()},
            x.copy(),
            y.copy(),
        )
        expected = theirs(params, x, y, steps, lr)
        # covers: all gradients are taken before any array moves
        # covers: steps of Adam, each on all the examples
        got = train(params=params, x=x, y=y, steps=steps, lr=lr)
        what = f"the params, n = {n}, {width} hidden units, {steps} steps, lr = {lr}"
        expect.close(got[0], expected, what, atol=1e-8)
        # covers: do not write into params
        expect.unchanged((params, x, y), before, f"what was passed in, {what}")
    given = {"params": fresh(rng, 2), "x": x_xor, "y": y_xor, "lr": 0.1}
    calls = [given | {"steps": steps} for steps in (2, 2, 1)]  # covers: a new dict
    likely = "what is returned stays as it is, whatever is called later"
    expect.equal(handed_on(train, *calls), [], "what is not new", likely=likely)
    found, likely = handed_on(train, given | {"steps": 0}), "`dict(params)` is new"
    found = [each for each in found if each.endswith("is the arguments['params']")]
    expect.equal(found, [], "what is not new after no step", likely=likely)
    one, two = ({"params": fresh(rng, 2)} for _ in range(2))
    for each, y, steps, lr in ((one, y_xor, 3, 0.1), (two, 1 - y_xor, 4, 0.2)):
        each |= {"x": rng.normal(size=(4, 2)), "y": y, "steps": steps, "lr": lr}
    for changed, given in lesson.in_turn(one, two):
        expected, got = theirs(**given), train(**given)[0]
        what = f"the params, other than before: {changed}"
        expect.close(got, expected, what, atol=1e-8)
### END HIDDEN TESTS
expect.passed("the trained parameters")

# %% [markdown]
# ### What does learning look like?
#
# Your network after more and more steps: yellow is p = 1, squares want it. Watch the black line, p = ½, bend.

# %% demo="learning"
start = lesson.random_net(width=4, seed=2)
loss = lesson.draw_learning(train, forward, start, x_xor, y_xor)
measured["loss after 300 steps, four hidden units"] = f"{loss:.4f}"

# %% [markdown]
# ### Is Adam faster than gradient descent?
#
# People often compare both at one learning rate. That is unfair: each has its own. Here both get 300 steps at each
# of nine rates, from the same eight starts of four hidden units; the lines are medians. By what factor is Adam's loss
# smaller than gradient descent's, each at its own best rate?

# %% predict="adam_smaller"
guess_adam_smaller = None  # times smaller

# %% demo="adam_against_descent"
adam = lambda net, lr: train(net, x_xor, y_xor, 300, lr)[0]
descent = lambda net, lr: lesson.descend(gradients, net, x_xor, y_xor, 300, lr)
loss = lambda net: binary_cross_entropy(forward(net, x_xor)[1], y_xor)
best = lesson.draw_rates({"your Adam": adam, "gradient descent": descent}, loss)
smaller = best["gradient descent"] / best["your Adam"]
smaller = predictions.beside(guess_adam_smaller, smaller, "×")
measured["Adam's loss is smaller than descent's, best rate of each"] = smaller

# %% [markdown]
# The table's diagonal has each at its own best rate. Read across: at the rate that suits Adam, descent is much slower;
# at the rate that suits descent, Adam does not learn XOR. A comparison at one rate shows whatever one likes. What Adam
# gives is a step whose length hardly depends on how large the gradients are, so that one rate serves many problems,
# and every layer of a deep network.

# %% [markdown]
# ### Do two hidden units suffice?
#
# Weights that solve XOR with two units exist: you saw them, made by hand. Finding them is another matter. Each width
# gets 30 random starts of 500 steps; a loss below 0.1 counts as learned. How many with two units learn?

# %% predict="two_units"
guess_two_units = None  # of 30 starts

# %% demo="hidden_width"
loss_after = lambda net: train(net, x_xor, y_xor, 500, lr=0.05)[1][-1]
solved = lesson.draw_widths(loss_after)
two = predictions.beside(guess_two_units, solved[2], " of 30")
measured["starts that learn XOR with 2 hidden units"] = two
measured["starts that learn XOR with 8"] = f"{solved[8]} of 30"

# %% [markdown]
# ## Why do failures stop at the same loss?
#
# They are no accident: a stuck network treats some of the points alike. Suppose the points fall into **groups**, and
# all points of a group must get the same prediction. The best prediction for a group is the mean $q$ of its labels
# (set the derivative of its loss to 0), and it costs
#
# $$-\big(q \ln q + (1 - q) \ln (1 - q)\big)$$
#
# for each of the group's points. Where all labels agree, $q$ is 0 or 1 and the cost is 0 (below 1e-6 passes): here
# 0 · ln 0 counts as 0, though a computer says `nan`.

# %% [markdown]
# ### Exercise 1.7 · Plateaus (2 points · 10 min)
#
# Write `plateau_loss(groups)`: the lowest mean cross-entropy over *all* points when each group shares one
# prediction. A group is the list of its labels: `[[0], [1], [0, 1]]` are four points, two of them alone.
#
# *The trap:* the mean is over points, so a large group weighs more than a small one.
#
# <details><summary>Hint</summary>
# Add up each group's cost times its size, leave out what is 0 · ln 0, and divide by the number of points.
# </details>


# %% solution="plateau_loss"
def plateau_loss(groups):
    """Return the lowest mean cross-entropy when each group shares one prediction.

    groups: a list of lists of labels, the ints 0 and 1; no list is empty
    returns: a float, in natural logarithms
    """
    ### BEGIN SOLUTION
    total = 0.0
    for labels in groups:
        q = sum(labels) / len(labels)
        cost = -sum(share * np.log(share) for share in (q, 1 - q) if share > 0)
        total += len(labels) * cost
    return float(total / sum(len(labels) for labels in groups))
    ### END SOLUTION


# %% test="plateau_loss_of_xor" points=1
pair, triple = [[0], [1], [0, 1]], [[0], [0, 1, 1]]
causes = {
    "the mean is over groups; take it over points": 0.231049,
    "q and 1 - q both count, and for each point of the group": 0.173287,
    "the logarithm has base 2": 0.5,
}
got = plateau_loss(pair)
expect.close(got, 0.346574, f"plateau_loss({pair})", atol=1e-6, causes=causes)
causes = {"a group shares the mean of its labels, here 2/3, not 1/2": 0.519860}
got = plateau_loss(triple)
expect.close(got, 0.477386, f"plateau_loss({triple})", atol=1e-6, causes=causes)
got = plateau_loss([[0, 1, 1, 0]])
expect.close(got, 0.693147, "plateau_loss([[0, 1, 1, 0]])", atol=1e-6)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: Return the lowest mean cross-entropy | a list of lists of labels
    mixed = lambda k: rng.permutation([0, 1, *rng.integers(0, 2, k)]).tolist()
    rare = [[int(rng.integers(0, 2))] * 50_000]
    rare[0].append(1 - rare[0][0])
    cases = [[mixed(9)], [mixed(0)], [mixed(k) for k in (0, 7, 2, 1)], [[1, 0, 1]] * 3]
    cases += [[[1, 0, 1], [0, 1, 1], [1, 0], [0, 1], [1, 0]], rare]
    cases += [[mixed(k % 7) for k in range(1217)]]
    # of the same sizes and sums, one after the other
    cases += [
        [[0, 1], [0, 0, 1, 1, 1]],
        [[1, 0], [1, 1, 0, 0, 1]],
        [[0, 1], [0, 1, 1, 1, 1]],
    ]
    cases += [
        [[0, 1, 0, 1], [0, 1, 1]],
        [[0, 1, 1, 1], [0, 0, 1]],
        [[1, 0, 1], [1, 0, 0, 1]],
    ]
    for groups in cases:
        before, costs = [each.copy() for each in groups], []
        for each in groups:
            shares = np.log([1 - sum(each) / len(each), sum(each) / len(each)])
            costs += (-shares[each]).tolist()
        got, what = plateau_loss(groups=groups), f"plateau_loss({str(groups)[:60]})"
        expect.close(got, np.mean(costs), what, atol=1e-12)
        # covers: returns: a float, in natural logarithms
        kind, is_float = type(got).__name__, isinstance(got, (float, np.floating))
        expect.true(is_float, f"the type of {what}", expected="a float", got=kind)
        expect.equal(expect.after(groups), before, f"groups after {what}")
### END HIDDEN TESTS
expect.passed("the three plateaus of XOR")

# %% test="plateau_loss_of_any_groups" points=1
agreed, six = [[0], [1, 1], [0]], [[0, 0, 1, 1, 1, 1]]
causes = {"0 · ln 0 counts as 0; leave such terms out": np.nan}
got = plateau_loss(agreed)
expect.close(got, 0.0, f"plateau_loss({agreed})", atol=1e-6, causes=causes)
causes = {"the sum is divided by 4, not by the number of points": 0.954771}
got = plateau_loss(six)
expect.close(got, 0.636514, f"plateau_loss({six})", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: Write plateau_loss(groups): the lowest | A group is the list of its labels
    # covers: the mean is over points
    # explains: no list is empty
    label, other = rng.permutation([0, 1]).tolist()
    some = [rng.integers(0, 2, rng.integers(1, 7)).tolist() for _ in range(5)]
    cases = [
        [*some, [label], [label] * 7, [0, 1, label]],
        [[label] * 4, [other, label]],
    ]
    cases += [[[label]], [[other]], [[label] * 3, [other]], [[label], [label], [0, 1]]]
    for groups in cases:
        before = [each.copy() for each in groups]
        shared = np.concatenate([np.full(len(each), np.mean(each)) for each in groups])
        certain = np.where(np.concatenate(groups) == 1, shared, 1 - shared)
        got, expected = plateau_loss(groups), -np.log(certain).mean()
        what = f"plateau_loss({groups})"
        expect.close(got, expected, what, atol=2e-7)
        kind, is_float = type(got).__name__, isinstance(got, (float, np.floating))
        expect.true(is_float, f"the type of {what}", expected="a float", got=kind)
        expect.equal(expect.after(groups), before, f"groups after {what}")
### END HIDDEN TESTS
expect.passed("groups that agree cost nothing")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Point by point, no 0 · ln 0 comes up: a label that nobody has is never asked about.
#
# ```python
# costs = [-np.log(group.count(label) / len(group)) for group in groups for label in group]
# return float(np.mean(costs))
# ```
#
# </details>

# %% [markdown]
# ### Are these the losses where training stops?
#
# The failures in the bars above all ended at one plateau. With relu, $\max(0, z)$, whole regions have slope zero, and
# trainings end on all three. The dots are 30 trainings of two relu units, by PyTorch; the lines are your
# `plateau_loss`.

# %% demo="plateaus"
levels = {
    "all at ½": plateau_loss([[0, 1, 1, 0]]),
    "three share ⅓ or ⅔": plateau_loss([[0], [0, 1, 1]]),
    "two at ½": plateau_loss([[0], [1], [0, 1]]),
}
found = lesson.draw_plateaus(levels, lesson.relu_losses(x_xor, y_xor))
measured["30 relu nets with 2 units"] = found

# %% [markdown]
# ## Can PyTorch take over?
#
# PyTorch does by itself what you did by hand: it finds gradients, keeps Adam's state, and, from lesson 03 on,
# exports. A network is a `torch.nn.Module`, most simply a `Sequential` of layers. A `Linear(d_in, d_out)` keeps its
# weights as `(d_out, d_in)` and computes $x W^\top + b$. Its default type is float32; your numbers are float64.
# `net.parameters()` gives what an optimizer trains, `net.state_dict()` all that the module holds, by name.
#
# Here is another network, one layer from five inputs to one output, with numbers put into it.

# %% demo="numbers_into_a_layer"
layer = torch.nn.Linear(5, 1)
layer.weight.data = torch.tensor(np.arange(5.0).reshape(5, 1).T)  # (1, 5), float64
layer.bias.data = torch.tensor(np.array([0.5]))
net = torch.nn.Sequential(layer, torch.nn.Sigmoid())
print(net, net(torch.zeros(1, 5, dtype=torch.float64)), sep="\n")

# %% [markdown]
# ### Exercise 1.8 · Hand it over (2 points · 10 min)
#
# Write `to_torch(params)`: a `torch.nn.Module` that gives the same probabilities as your `forward`, in float64, with
# your weights as its parameters, ready to be trained. `torch.nn.Tanh()` is a layer, too.
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
    returns: a torch.nn.Module from (n, 2) to (n, 1) float64 tensors, whose state_dict
    holds the four arrays
    """
    ### BEGIN SOLUTION
    width = len(params["b1"])
    first, second = torch.nn.Linear(2, width), torch.nn.Linear(width, 1)
    net = torch.nn.Sequential(first, torch.nn.Tanh(), second, torch.nn.Sigmoid())
    net.double()
    for layer, w, b in ((first, "w1", "b1"), (second, "w2", "b2")):
        layer.weight.data = torch.tensor(params[w].T)
        layer.bias.data = torch.tensor(params[b])
    return net
    ### END SOLUTION


# %% test="to_torch_state" points=1
held = to_torch(example).state_dict()
numbers = sum(value.numel() for value in held.values())
likely = "only parameters and layers set on the module are found; example has 13"
what = "how many numbers to_torch(example).state_dict() holds"
expect.equal(numbers, 13, what, likely=likely)
types = {str(value.dtype) for value in held.values()}
likely = "torch layers start as float32; `torch.tensor(array)` keeps float64"
what = "the types in to_torch(example).state_dict()"
expect.equal(types, {"torch.float64"}, what, likely=likely)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    # covers: params: {"w1": (2, h), "b1": (h,), "w2": (h, 1), "b2": (1,)}
    for width in (1, 2, int(rng.integers(3, 9))):
        params = dict(reversed(lesson.fresh_net(rng, width).items()))
        before = {key: value.copy() for key, value in params.items()}
        net, what = to_torch(params=params), f"to_torch, {width} hidden units"
        expect.unchanged(params, before, f"params after {what}")
        # covers: with your weights as its parameters
        for name in ("state_dict", "parameters"):
            held = (
                net.state_dict().values() if name == "state_dict" else net.parameters()
            )
            held = [value.detach() for value in held]
            # covers: whose state_dict holds the four arrays
            expect.equal(len(held), 4, f"how many tensors {name}() gives, {what}")
            flat = [value.flatten().tolist() for value in held]
            for key, array in before.items():
                there = any(each.ravel().tolist() in flat for each in (array, array.T))
                wanted = "the array, or its transpose"
                expect.true(
                    there, f"{key} in {name}(), {what}", expected=wanted, got=flat
                )
            types = {str(value.dtype) for value in held}
            expect.equal(types, {"torch.float64"}, f"the types in {name}(), {what}")
        # covers: ready to be trained
        fixed = [value.shape for value in net.parameters() if not value.requires_grad]
        expect.equal(fixed, [], f"the shapes of what cannot be trained, {what}")
        x, other = torch.tensor(rng.normal(size=(4, 2))), lesson.fresh_net(rng, width)
        reached, x.requires_grad = "gradients reach the parameters", True
        expect.true(net(x).requires_grad, what, expected=reached, got="they do not")
        held = {key: value.clone() for key, value in net.state_dict().items()}
        net.zero_grad()
        net(x).sum().backward()
        net.apply(lesson.step_downhill)
        moved = {key: value.clone() for key, value in net.state_dict().items()}
        for key, value in held.items():
            towards, sums = torch.tensor(rng.normal(size=value.shape)), []
            for nudge in (1e-6, -1e-6):
                net.load_state_dict(held | {key: value + nudge * towards})
                sums.append(net(x).sum().item())
            slope = ((value - moved[key]) * towards).sum()
            name = f"{what}: what backward() finds for {key} and how the outputs follow"
            expect.close(slope, (sums[0] - sums[1]) / 2e-6, name, atol=1e-6)
        theirs = to_torch(other)
        net.load_state_dict(theirs.state_dict())
        what = f"{what}, with the state_dict of another net"
        expect.close(net(x), theirs(x), what, atol=1e-12)
### END HIDDEN TESTS
expect.passed("four arrays in float64")

# %% test="to_torch_outputs" points=1
got = to_torch(example)(torch.tensor(x_xor))
expected = np.array([[0.35889642], [0.84860626], [0.14762798], [0.29186333]])
straight = [[0.37754067], [0.88079708], [0.02931223], [0.26894142]]
soft = [[0.77434286], [0.86453962], [0.66144402], [0.75632246]]
causes = {
    "sigmoid is missing at the end": np.log(expected / (1 - expected)),
    "tanh is missing between the layers": straight,
    "sigmoid stands where tanh belongs": soft,
}
expect.close(got, expected, "to_torch(example)(x)", atol=1e-6, causes=causes)
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:

    def ours(params, x):
        z = np.tanh(x @ params["w1"] + params["b1"]) @ params["w2"] + params["b2"]
        return sigmoid(z)

    # covers: from (n, 2) to (n, 1) float64 tensors | Tanh() is a layer
    for width, n in (
        (2, 5),
        (2, 1),
        (1, 3),
        (1, 1),
        (int(rng.integers(3, 9)), 4),
        (70, 1217),
    ):
        one, other = (lesson.fresh_net(rng, width) for _ in range(2))
        one = dict(reversed(one.items()))
        x, what = rng.normal(size=(n, 2)), f"to_torch, {width} hidden units, n = {n}"
        # covers: Return the network as a torch module in float64
        # covers: the same probabilities as your forward
        # covers: does not complain when you forget to transpose
        net, theirs = to_torch(one), to_torch(other)(torch.tensor(x))
        got, kind = net(torch.tensor(x)), "a float64 tensor"
        is_tensor = type(got) is torch.Tensor and got.dtype == torch.float64
        expect.true(
            is_tensor, f"the type of {what}", expected=kind, got=type(got).__name__
        )
        expect.close(got, ours(one, x), what, atol=1e-12)
        for mode in ("train", "eval"):
            got, name = getattr(net, mode)()(torch.tensor(x)), f"{what}, {mode}()"
            expect.close(got, ours(one, x), name, atol=1e-12)
        expect.close(theirs, ours(other, x), f"{what}, another net", atol=1e-12)
    x, params = np.array([[1.0, 1.0], [-1.0, -1.0]]), lesson.fresh_net(rng, 1)
    params |= {"w1": np.full((2, 1), 400.0), "b1": np.zeros(1)}
    for z in rng.uniform(0.9, 1.1, size=3) * (9, 22, 2000):
        net = to_torch(params | {"w2": np.array([[z]]), "b2": np.zeros(1)})
        expected, what = sigmoid(np.array([[z], [-z]])), f"to_torch where z = ±{z:g}"
        expect.close(net(torch.tensor(x)), expected, what, atol=1e-13)
### END HIDDEN TESTS
expect.passed("the same probabilities")

# %% [markdown]
# <details><summary>Another way</summary>
#
# A module's parameters have names, and a dict by these names fills them all at once (`net` as in yours):
#
# ```python
# names = {"0.weight": "w1", "0.bias": "b1", "2.weight": "w2", "2.bias": "b2"}
# net.load_state_dict({name: torch.tensor(params[key].T) for name, key in names.items()})
# ```
#
# </details>

# %% [markdown]
# ### Does autograd agree with your chain rule?
#
# Your gradients, found with pencil and paper, beside those that PyTorch finds by itself, all 13 of them: how far apart
# are the two that differ most?

# %% predict="largest_gap"
guess_largest_gap = None  # such as 1e-3

# %% demo="autograd_agrees"
gap = lesson.gap_to_autograd(gradients, example, to_torch(example), x_xor, y_xor)
gap = predictions.beside(guess_largest_gap, gap)
measured["largest gap to autograd's gradients"] = gap

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
