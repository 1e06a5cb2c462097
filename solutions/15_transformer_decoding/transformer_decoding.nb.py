# %% [markdown]
# # What does one more token cost?
#
# **Lesson 15** · 90 minutes · 20 points · you need: lessons 09 and 11, NumPy arrays, softmax
#
# A language model writes one **token** after the other, each computed from all before. Here you write its attention
# and its cache, find out what decoding waits for, make weights small, and let a little model guess for a larger one.
#
# The model is tiny, and what it writes can be checked: it adds. Its tokens are characters, and it writes the digits of
# an answer *reversed*, `123+456=9750` and an end mark: so each digit needs only digits to be read, and a carry already
# known.
#
# Every exercise stands alone. Files go to `work15`.

# %% readonly="imports"
import copy

import numpy as np
from course_utils import expect, predictions, tables
from course_utils.decoding import norm  # vectors divided by their root mean square
from course_utils.lessons import transformer_decoding as lesson
from course_utils.sums import END  # the token that ends an answer

# %% readonly="helpers"
from course_utils.lessons.transformer_decoding import handed_on, in_one_array
from course_utils.lessons.transformer_decoding import in_same_objects, most_allocated
from course_utils.lessons.transformer_decoding import overheard, results_kept, ways_on
from course_utils.seeds import fresh_draw  # for the hidden tests, as those above

measured = {}  # filled by the demonstrations, shown at the end
lesson.begin()  # an empty folder work15, one thread

# %% [markdown]
# ## What may a token see?
#
# **Attention** lets each token look at others: its query $q_i$ is compared with every key $k_j$, and the values $v_j$
# are mixed by how well they fit. In a **decoder** nothing may look ahead: token $i$ sees tokens $0$ to $i$. For every
# head by itself, with $d$ numbers in a query,
#
# $$ s_{ij} = \frac{q_i \cdot k_j}{\sqrt d} \qquad
# \mathrm{out}_i = \sum_{j \le i} \frac{e^{s_{ij}}}{\sum_{l \le i} e^{s_{il}}}\; v_j $$

# %% [markdown]
# ### Exercise 15.1 · Causal attention (3 points · 12 min)
#
# Write `attention(q, k, v)` by the formula above, in NumPy, for any number of heads. Scores may be in the millions, of
# either sign: subtract a row's largest first, which changes nothing in the quotient.
#
# *The trap:* a weight set to 0 *after* the softmax leaves the others with a sum below 1. And the largest score of a row
# is the largest of those that it may see.
#
# <details><summary>Hint</summary>
# <code>q @ k.swapaxes(1, 2)</code> multiplies head by head. <code>np.tri(t, dtype=bool)</code> is True where j ≤ i;
# <code>np.where(seen, scores, -np.inf)</code> leaves out the rest, since the exponential of −∞ is 0.
# </details>


# %% solution="attention"
def attention(q, k, v):
    """Return what each token sees of itself and of those before it.

    q, k: float64 arrays (heads, t, d); heads, t and d at least 1
    v: float64 array (heads, t, e), e at least 1; no argument is changed
    returns: a new float64 array (heads, t, e)
    """
    ### BEGIN SOLUTION
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
    scores = np.where(np.tri(q.shape[1], dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    return weights @ v
    ### END SOLUTION


# %% test="attention_weighs" points=1
q, k = np.array([[[0.0, 0, 0], [2, 0, 0]]]), np.array([[[1.0, 5, 5], [3, 7, 7]]])
v = np.array([[[10.0], [20]]])
near = 1 / (1 + np.exp(-4 / np.sqrt(3)))  # the weight of token 1, as token 1 sees it
off = {
    name: 10 + 10 / (1 + np.exp(-4 / by))
    for name, by in {"1": 1, "d": 3, "t": 2**0.5}.items()
}
causes = {
    "divide the scores by the root of d": [[[10.0], [off["1"]]]],
    "they are divided by d, not by its root": [[[10.0], [off["d"]]]],
    "d is how many numbers a query has, not how many tokens there are": [
        [[10.0], [off["t"]]]
    ],
    "token 0 must not see token 1": [[[15.0], [10 + 10 * near]]],
    "the weights of a row add up to 1: mask before the softmax": [
        [[5.0], [10 + 10 * near]]
    ],
}
lent = q.copy()
got = attention(lent, k.copy(), v.copy())
what = "attention([[[0, 0, 0], [2, 0, 0]]], [[[1, 5, 5], [3, 7, 7]]], [[[10], [20]]])"
expect.close(got, [[[10.0], [10 + 10 * near]]], what, causes=causes)
expect.unchanged(lent, q, f"q after {what}")
both = [np.concatenate([each, each[:, ::-1]]) for each in (q, k, v)]
got, what = attention(*both), "attention of two heads, the second turned around"
likely = "each head has queries, keys and values of its own"
expect.close(got[1], [[20.0], [15.0]], f"head 1 of {what}", likely=likely)
### BEGIN HIDDEN TESTS
# covers: write attention(q, k, v) by the formula above, in numpy, for any number of heads
# covers: q, k: float64 arrays (heads, t, d) | heads, t and d at least 1
# covers: v: float64 array (heads, t, e), e at least 1 | float64 array (heads, t, e)
# covers: a weight set to 0 after the softmax leaves the others with a sum below 1
with fresh_draw() as rng:
    sizes = [(1, 1, 1, 1), (3, 1, 4, 2), (1, 7, 1, 5), (4, 6, 3, 3), (2, 5, 8, 1)]
    sizes += [(5, 2, 2, 2), (3, 3, 3, 3), tuple(rng.integers(2, 9, size=4).tolist())]
    sizes += [(40, 2, 3, 2), (2, 3, 130, 140)]
    for heads, t, d, e in sizes:
        for size in (1.0, 0.0, 1e-3, 3.0):
            q, k = size * rng.normal(size=(2, heads, t, d))
            v = rng.normal(size=(heads, t, e))
            got = attention(q=q.copy(), k=k.copy(), v=v.copy())
            what = f"attention, q {q.shape} about {size}, v {v.shape}"
            expect.array(got, what)
            expect.equal(str(got.dtype), "float64", f"the type of {what}")
            expect.close(got, lesson.by_torch(q, k, v), what, rtol=1e-9, atol=1e-12)
    one, two = ({name: rng.normal(size=(2, 4, 3)) for name in "qkv"} for _ in "ab")
    for changed, given in lesson.in_turn(one, two):
        wanted, what = lesson.by_torch(**given), f"attention, {changed} changed"
        expect.close(attention(**given), wanted, what)
    swapped = {name: each[:, [0, 2, 1, 3]] for name, each in one.items()}
    for changed, given in lesson.in_turn(one, swapped):  # sums and ends are the same
        wanted, what = lesson.by_torch(**given), f"attention, {changed}: tokens swapped"
        expect.close(attention(**given), wanted, what)
    gots = in_same_objects(attention, one, two, swapped)
    wanted, what = lesson.by_torch(**two), "attention of arrays that hold other numbers"
    expect.close(
        gots[1], wanted, what, likely="it was known by its array, not by these"
    )
    expect.close(gots[2], lesson.by_torch(**swapped), what)
    t = int(rng.integers(1030, 1040))  # a long text; all keys fit alike
    v = rng.normal(size=(2, t, 2))
    got, what = (
        attention(np.zeros((2, t, 1)), np.ones((2, t, 1)), v),
        f"attention, t = {t}",
    )
    wanted = v.cumsum(1) / np.arange(1, t + 1)[:, None]
    expect.close(got, wanted, what, rtol=1e-9, likely="a text may be of any length")
    q, k = rng.normal(size=(2, 1, t, 1))
    got, wanted = attention(q, k, v[:1]), lesson.by_torch(q, k, v[:1])
    expect.close(got, wanted, what, rtol=1e-9)
    v, what = np.abs(v) * 1e-30, "attention, values about 1e-30"
    got, wanted = attention(q, k, v[:1]), lesson.by_torch(q, k, v[:1])
    expect.close(got, wanted, what, rtol=1e-9, atol=0)
    for low in (20.0, 33.0):  # little weight on a large value
        q, k = np.ones((1, 2, 1)), np.array([[[-low], [0.0]]])
        v = np.array([[[np.exp(low)], [rng.normal()]]])
        got, what = attention(q, k, v), f"attention where a weight is e to the -{low}"
        expect.close(got, lesson.by_torch(q, k, v), what, rtol=1e-9)
### END HIDDEN TESTS
expect.passed("values, mixed by how well keys fit")

# %% test="attention_causal" points=1
draw = np.random.default_rng(0)
q, k, v = draw.normal(size=(3, 2, 6, 4))
later = [np.concatenate([each[:, :3], 9 + each[:, 3:]], axis=1) for each in (q, k, v)]
got, again = attention(q.copy(), k.copy(), v.copy()), attention(*later)
expect.shape(got, (2, 6, 4), "attention of q, k, v (2, 6, 4)")
what = "what tokens 0 to 2 see, once tokens 3 to 5 are others"
likely = "they saw the future, if only in a sum or in a largest score"
expect.close(again[:, :3], got[:, :3], what, likely=likely)
expect.close(got[:, 0], v[:, 0], "what token 0 sees: its own value")
### BEGIN HIDDEN TESTS
# covers: return what each token sees of itself and of those before it
# covers: and the largest score of a row is the largest of those that it may see
with fresh_draw() as rng:
    for heads, t, d in ((1, 2, 1), (3, 9, 4), (2, 5, 5), (4, 4, 4)):
        q, k, v = rng.normal(size=(3, heads, t, d))
        whole = attention(q.copy(), k.copy(), v.copy())
        what = f"attention, q {q.shape}"
        for size in (1.0, 3e6):  # 3e6: a future so loud that exp of the seen is 0
            for cut in range(1, t):
                others = [each.copy() for each in (q, k, v)]
                for each in others:
                    each[:, cut:] = size * rng.normal(size=(heads, t - cut, d))
                others[1][:, cut:] = size * q[:, cut - 1 : cut] + others[1][:, cut:]
                wanted, said = lesson.by_torch(*others), f"{what}, others from {cut}"
                got = attention(*others)
                expect.close(got[:, :cut], whole[:, :cut], said, rtol=1e-9)
                expect.close(got, wanted, said, rtol=1e-6)
    t = int(rng.integers(3, 9))
    v = rng.normal(size=(2, t, 3))
    q = np.ones((2, t, 2))  # all keys fit alike: means of what was seen
    wanted = v.cumsum(1) / np.arange(1, t + 1)[:, None]
    got, what = attention(q, q.copy(), v.copy()), "attention where all scores are equal"
    expect.close(got, wanted, what, rtol=1e-9)
### END HIDDEN TESTS
expect.passed("no token sees the future")

# %% test="attention_steady" points=1
q, k = np.array([[[1000.0], [-1000], [-1000]]]), np.array([[[1000.0], [-1000], [3000]]])
v, lent = np.array([[[1.0], [2.0], [3.0]]]), q.copy()
got, what = attention(lent, k.copy(), v.copy()), "attention with scores in the millions"
likely = "np.exp(710) is too large for a float: subtract a row's largest score, "
likely += "the largest of those that it may see"
expect.close(got, [[[1.0], [2.0], [2.0]]], what, likely=likely)
expect.unchanged(lent, q, f"q after {what}")
### BEGIN HIDDEN TESTS
# covers: scores may be in the millions, of either sign
# covers: subtract a row's largest first, which changes nothing in the quotient
# covers: no argument is changed | returns: a new float64 array
with fresh_draw() as rng:
    for heads, t, d in ((1, 1, 1), (2, 6, 3), (3, 4, 1)):
        q, k, v = rng.normal(size=(3, heads, t, d))
        for size in (1e3, 2e3, 1e-160):
            for sign in (1, -1):
                given = {"q": size * q, "k": sign * size * k, "v": v}
                given["q"][0, 0], given["k"][0, 0] = size, -size  # both signs, surely
                lent = {name: each.copy() for name, each in given.items()}
                got = attention(**lent)
                what = f"attention, q {q.shape} and k about {size}"
                expect.close(got, lesson.by_torch(**given), what, rtol=1e-6, atol=1e-9)
                for name, before in given.items():
                    expect.unchanged(lent[name], before, f"{name} after {what}")
        near = rng.normal(size=(heads, t, 1)) / 1e3  # scores about 1 apart
        given = {"q": np.full((heads, t, 1), 1e3), "k": 1e3 + near, "v": v[:, :, :1]}
        got, what = (
            attention(**given),
            f"attention, scores about 1,000,000, v {v.shape}",
        )
        expect.close(got, lesson.by_torch(**given), what, rtol=1e-6, atol=1e-6)
        low = np.full((heads, t, d), 1e3), np.full((heads, t, d), -1e3), v
        got, what = attention(*low), "attention where all scores are −1,000,000 · √d"
        wanted = v.cumsum(1) / np.arange(1, t + 1)[:, None]
        expect.close(got, wanted, what, rtol=1e-9, atol=1e-12)
        calls = [(q, k, v), (-q, k, v), (q, k, 2 * v)]
        found = results_kept(attention, *calls, rtol=1e-6, atol=0)
        expect.equal(found, [], f"what became of results of attention, q {q.shape}")
        found = handed_on(attention, {"q": q, "k": k, "v": v})
        likely = "return a new array"
        expect.equal(found, [], f"what is not new, v {v.shape}", likely=likely)
    x, what = rng.normal(size=(2, 5, 3)), "attention(x, x, x), one array"
    apart = attention(x.copy(), x.copy(), x.copy())
    expect.close(in_one_array(attention, x, 3), apart, what, rtol=1e-9)
    k = np.array([[[-9.0], [-8], [9], [7], [5]]]) * 1e6  # the future is the loudest
    v = rng.normal(size=(1, 5, 3))
    got, what = (
        attention(np.ones((1, 5, 1)), k, v),
        "attention with scores of ±9,000,000",
    )
    expect.close(got, v[:, [0, 1, 2, 2, 2]], what, rtol=1e-9)
    got = attention(-np.ones((1, 5, 1)), k, v)
    expect.close(got, v[:, [0, 0, 0, 0, 0]], f"{what}, turned around", rtol=1e-9)
### END HIDDEN TESTS
expect.passed("large scores do no harm")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Row by row, where nothing needs a mask:
#
# ```python
# for i in range(t):
#     s = (k[:, : i + 1] @ q[:, i, :, None])[..., 0] / np.sqrt(d)
#     p = np.exp(s - s.max(1, keepdims=True))
#     out[:, i] = (p[:, None] @ v[:, : i + 1])[:, 0] / p.sum(1, keepdims=True)
# ```
# </details>

# %% [markdown]
# ### Where does the model look?
#
# What your `attention` weighs inside the model that adds, for one sum that it has never seen. Bright: what a token (up)
# sees of the tokens before (across), to write the *next* one. Some heads must find the digits that belong to it: look
# at the row of "=", which writes the last digit of the sum.

# %% demo="attention_maps"
measured["sums it never saw, right"] = lesson.draw_attention(attention)

# %% [markdown]
# ## Must all be computed again?
#
# With one more token, all that older tokens computed stays as it is, since they do not see it. Of them the new one
# needs their keys and values. Keep these: the **key-value cache**, the state of lesson 11 again, only that it grows.
#
# For a token at place $p$, counted from 0, with $x = \mathrm{tokens}[token] + \mathrm{places}[p]$ at first:
#
# $$ h = \mathrm{norm}(x) \qquad q, k, v = h\,W_q,\; h\,W_k,\; h\,W_v $$
# $$ x \leftarrow x + \mathrm{attention}\; W_{out} \qquad
# x \leftarrow x + \mathrm{relu}(\mathrm{norm}(x)\, W_{up})\, W_{down} $$
#
# in every layer (`norm` is given), and at the end the **logits**, $\mathrm{norm}(x)\,\mathrm{tokens}^T$, one for each
# token of the vocabulary.

# %% [markdown]
# ### Exercise 15.2 · A step with a cache (4 points · 18 min)
#
# Write `cached_step(token, cache, params)`: the logits after one more token, by the formulas above, and the cache for
# the next call. `params` has `heads`, an int; `tokens` and `places`, a row for each; and `layers`, a list of dicts with
# matrices `q`, `k`, `v`, `out`, `up`, `down`. The cache has `k` and `v`, (layers, heads, t, d), for t tokens so far,
# the oldest first; at the start t is 0. Head 0 has the first $d$ numbers of $q$, $k$, $v$ and result, head 1 the next.
#
# *The trap:* the new token sees itself. And the cache that came in is the caller's, who may go on from it twice.
#
# <details><summary>Hint</summary>
# A vector of the new token as heads: <code>vector.reshape(heads, 1, -1)</code>; back: <code>reshape(-1)</code>.
# <code>np.concatenate([old, new], axis=1)</code> makes a new array with one token more; <code>np.stack</code> puts
# layers together. The single query needs no mask.
# </details>


# %% solution="cached_step"
def cached_step(token, cache, params):
    """Return (logits, cache): the scores of the next token, and what to remember.

    token: int; cache, params: dicts of float64 arrays, as above, not changed
    returns: float64 array (vocabulary,), and a new dict of new arrays
    """
    ### BEGIN SOLUTION
    heads, place = params["heads"], cache["k"].shape[2]
    x = params["tokens"][token] + params["places"][place]
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        h = norm(x)
        q, k, v = ((h @ layer[name]).reshape(heads, 1, -1) for name in "qkv")
        k = np.concatenate([cache["k"][number], k], axis=1)
        v = np.concatenate([cache["v"][number], v], axis=1)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    cache = {name: np.stack(each) for name, each in grown.items()}
    return norm(x) @ params["tokens"].T, cache
    ### END SOLUTION


# %% test="cached_step_logits" points=1
params = lesson.drawn_params(np.random.default_rng(0), layers=3, heads=4, width=8)
_, cache = lesson.whole([3, 1], params)
got = cached_step(2, copy.deepcopy(cache), copy.deepcopy(params))
what = "cached_step(2, cache of [3, 1], params)"
expect.parts(got, 2, what, likely="return both: logits, cache")
causes = {
    f"the new token is at place 2, not at {place}": lesson.whole(
        [3, 1, 2], lesson.with_place(params, 2, place)
    )[0][-1]
    for place in (0, 1, 3, 4)
}
wanted = lesson.whole([3, 1, 2], params)[0][-1]
expect.close(got[0], wanted, f"the logits of {what}", rtol=1e-9, causes=causes)
### BEGIN HIDDEN TESTS
# covers: write cached_step(token, cache, params): the logits after one more token
# covers: params has heads, an int; | tokens and places, a row for each;
# covers: and layers, a list of dicts with matrices | the new token sees itself
# covers: head 0 has the first d numbers of q, k, v | at the start t is 0
# covers: return (logits, cache): the scores of the next token | token: int;
# covers: returns: float64 array (vocabulary,)
with fresh_draw() as rng:
    cases = [(1, 1, 1, 0), (1, 1, 4, 1), (3, 2, 6, 5), (2, 4, 8, 3), (1, 3, 3, 0)]
    cases += [(2, 1, 5, 7), (4, 4, 4, 2), (2, 2, 2, 11), (7, 1, 2, 1), (1, 20, 40, 3)]
    for number, (layers, heads, width, t) in enumerate(cases):
        vocabulary = (5, 1, 300)[number % 3]
        params = lesson.drawn_params(rng, layers, heads, width, t + 1, vocabulary)
        if number % 2:  # scores and hidden numbers of some size
            params["tokens"] *= 40
            for layer in params["layers"]:
                layer["up"] *= 20
        for token in (0, vocabulary - 1, int(rng.integers(vocabulary))):
            before = rng.integers(vocabulary, size=t).tolist()
            cache = lesson.whole(before, params)[1] if t else lesson.empty_cache(params)
            got = cached_step(
                token=token, cache=copy.deepcopy(cache), params=copy.deepcopy(params)
            )
            what = (
                f"cached_step, {layers} layers, {heads} heads, width {width}, t = {t}"
            )
            expect.parts(got, 2, what)
            expect.array(got[0], f"the logits of {what}")
            expect.equal(str(got[0].dtype), "float64", f"the logits' type, {what}")
            wanted = lesson.whole([*before, token], params)[0][-1]
            expect.close(got[0], wanted, f"the logits of {what}", rtol=1e-8, atol=1e-10)
### END HIDDEN TESTS
expect.passed("the logits after one more token")

# %% test="cached_step_cache" points=1
params = lesson.drawn_params(np.random.default_rng(1), layers=4, heads=3, width=6)
_, cache = lesson.whole([3, 1], params)
got = cached_step(2, copy.deepcopy(cache), copy.deepcopy(params))
what = "cached_step(2, cache of [3, 1], params)"
expect.parts(got, 2, what, likely="return both: logits, cache")
expect.keys(got[1], ["k", "v"], f"the cache after {what}")
_, wanted = lesson.whole([3, 1, 2], params)
likely = "(layers, heads, t, d), one token longer, the newest last, by the formulas"
for name in "kv":
    said = f"{name} of the cache after {what}"
    expect.close(got[1][name], wanted[name], said, rtol=1e-9, likely=likely)
### BEGIN HIDDEN TESTS
# covers: and the cache for the next call | and what to remember
# covers: the cache has k and v | (layers, heads, t, d), for | the oldest first;
# covers: cache, params: dicts of float64 arrays, as above
with fresh_draw() as rng:
    cases = [(1, 1, 1, 0), (2, 1, 4, 1), (3, 2, 6, 5), (1, 4, 8, 3), (2, 3, 3, 0)]
    for layers, heads, width, t in [*cases, (2, 2, 4, int(rng.integers(2, 9)))]:
        params = lesson.drawn_params(rng, layers, heads, width, places=t + 2)
        *before, token = rng.integers(len(params["tokens"]), size=t + 1).tolist()
        cache = lesson.whole(before, params)[1] if t else lesson.empty_cache(params)
        got = cached_step(token, copy.deepcopy(cache), copy.deepcopy(params))
        what = f"cached_step, {layers} layers, {heads} heads, width {width}, t = {t}"
        expect.parts(got, 2, what)
        expect.keys(got[1], ["k", "v"], f"the cache after {what}")
        wanted = lesson.whole([*before, token], params)[1]
        for name in "kv":
            said = f"{name} of the cache after {what}"
            expect.array(got[1][name], said)
            expect.close(got[1][name], wanted[name], said, rtol=1e-8, atol=1e-10)
            expect.equal(str(got[1][name].dtype), "float64", f"the type of {said}")
            old = np.asarray(got[1][name])[:, :, :t]
            expect.close(old, cache[name], f"the old part of {said}", rtol=0, atol=0)
### END HIDDEN TESTS
expect.passed("keys and values of one more token")

# %% test="cached_step_whole" points=1
params = lesson.drawn_params(np.random.default_rng(2), layers=2, heads=2, width=4)
cache, tokens, logits = lesson.empty_cache(params), [4, 0, 4, 1, 3], []
for token in tokens:
    scores, cache = cached_step(token, cache, copy.deepcopy(params))
    logits.append(scores)
what = "the logits of 5 tokens, step by step"
likely = "see the two tests of logits and cache"
wanted = lesson.whole(tokens, params)[0]
expect.close(np.array(logits), wanted, what, rtol=1e-9, likely=likely)
### BEGIN HIDDEN TESTS
# covers: by the formulas above | for t tokens so far
# covers: params: dicts of float64 arrays
with fresh_draw() as rng:
    for layers, heads, width, t in ((1, 1, 2, 9), (3, 2, 4, 12), (2, 3, 6, 1)):
        params = lesson.drawn_params(rng, layers, heads, width, places=t)
        tokens = rng.integers(len(params["tokens"]), size=t).tolist()
        cache, logits = lesson.empty_cache(params), []
        for token in tokens:
            scores, cache = cached_step(token, cache, copy.deepcopy(params))
            logits.append(scores)
        what = f"{t} steps, {layers} layers, {heads} heads, width {width}"
        got, (wanted, after) = np.array(logits), lesson.whole(tokens, params)
        expect.close(got, wanted, f"the logits of {what}", rtol=1e-7, atol=1e-9)
        expect.close(cache, after, f"the cache after {what}", rtol=1e-7, atol=1e-9)
    t = int(rng.integers(1030, 1040))  # a long text
    params = lesson.drawn_params(rng, 1, 2, 4, places=t)
    tokens = rng.integers(5, size=t).tolist()
    wanted, after = lesson.whole(tokens, params)
    cache = {name: each[:, :, :-1].copy() for name, each in after.items()}
    got, what = cached_step(tokens[-1], cache, params), f"cached_step, t = {t - 1}"
    expect.parts(got, 2, what)
    expect.close(got[0], wanted[-1], f"the logits of {what}", rtol=1e-7, atol=1e-9)
    expect.close(got[1], after, f"the cache after {what}", rtol=1e-7, atol=1e-9)
    loud = lesson.drawn_params(rng, 1, 2, 4, places=4)
    loud["layers"][0]["k"] = (
        -1e6 * loud["layers"][0]["q"]
    )  # all that it sees is far below 0
    got, what = (
        cached_step(1, lesson.empty_cache(loud), loud),
        "cached_step, a low score",
    )
    expect.close(got[0], lesson.whole([1], loud)[0][-1], f"the logits of {what}")
    loud = lesson.drawn_params(rng, 1, 2, 4, places=4)
    for name in "qk":
        loud["layers"][0][name] *= 1e3  # scores in the millions
    cache, what = lesson.whole([1, 2, 3], loud)[1], "cached_step with loud queries"
    wanted = lesson.whole([1, 2, 3, 0], loud)[0]
    got = cached_step(0, cache, loud)[0]
    expect.close(got, wanted[-1], f"the logits of {what}", rtol=1e-6, atol=1e-6)
    params, one = lesson.drawn_params(rng, 2, 3, 6, places=9), {"token": 1}
    one["params"] = lesson.drawn_params(rng, 2, 3, 6, places=9)
    one["cache"] = lesson.whole([1, 2], params)[1]

    def stepped(token, cache, params):
        x, after = params["tokens"][token] + params["places"][2], {"k": [], "v": []}
        for number, layer in enumerate(params["layers"]):
            h, parts = norm(x), {}
            for name in "kv":
                new = (h @ layer[name]).reshape(3, 1, 2)
                parts[name] = np.concatenate([cache[name][number], new], axis=1)
                after[name].append(parts[name])
            q = (h @ layer["q"]).reshape(3, 2)
            fits = np.exp(np.einsum("hd,htd->ht", q, parts["k"]) / 2**0.5)
            fits /= fits.sum(1, keepdims=True)
            x = x + np.einsum("ht,htd->hd", fits, parts["v"]).ravel() @ layer["out"]
            x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        return norm(x) @ params["tokens"].T, {k: np.stack(v) for k, v in after.items()}

    two = {"token": 3, "cache": lesson.whole([4, 0], params)[1], "params": params}
    for changed, given in lesson.in_turn(one, two):
        wanted, after = stepped(**given)
        got, what = cached_step(**given), f"cached_step, {changed} changed"
        expect.parts(got, 2, what)
        expect.close(got[0], wanted, f"the logits of {what}", rtol=1e-8, atol=1e-10)
        expect.close(got[1], after, f"the cache after {what}", rtol=1e-8, atol=1e-10)
### END HIDDEN TESTS
expect.passed("steps give what the whole gives")

# %% test="cached_step_kept" points=1
params = lesson.drawn_params(np.random.default_rng(3), layers=2, heads=1, width=4)
_, cache = lesson.whole([3, 1], params)
lent, what = copy.deepcopy(cache), "cached_step(2, cache of [3, 1], params)"
held = copy.deepcopy(params)
expect.parts(cached_step(2, lent, held), 2, what)
for name in ("tokens", "places"):
    expect.unchanged(held[name], params[name], f"{name} after {what}")
likely = "the cache is the caller's: build new arrays, and a new dict"
for name in "kv":
    said = f"{name} of the cache that came in, after {what}"
    expect.unchanged(lent[name], cache[name], said, likely=likely)
### BEGIN HIDDEN TESTS
# covers: and the cache that came in is the caller's, who may go on from it twice
# covers: as above, not changed | and a new dict of new arrays
with fresh_draw() as rng:
    for layers, heads, width, t in ((1, 1, 1, 0), (2, 2, 4, 3), (1, 2, 6, 1)):
        params = lesson.drawn_params(rng, layers, heads, width, places=t + 3)
        tokens = rng.integers(len(params["tokens"]), size=t + 2).tolist()
        cache = lesson.whole(tokens[:t], params)[1] if t else lesson.empty_cache(params)
        held, weights = copy.deepcopy(cache), copy.deepcopy(params)
        what = f"cached_step, {layers} layers, {heads} heads, width {width}, t = {t}"
        for token in tokens[-2:]:  # twice from one cache
            got = cached_step(token, held, weights)
            expect.parts(got, 2, what)
            wanted = lesson.whole([*tokens[:t], token], params)[0][-1]
            said = f"the logits of {what}, from a cache used twice"
            expect.close(got[0], wanted, said, rtol=1e-8, atol=1e-10)
            expect.unchanged(held, cache, f"the cache that came in, {what}")
            for name in ("tokens", "places"):
                expect.unchanged(weights[name], params[name], f"{name} after {what}")
            pairs = zip(weights["layers"], params["layers"], strict=True)
            for number, (layer, before) in enumerate(pairs):
                expect.unchanged(layer, before, f"layer {number} after {what}")
            expect.keys(expect.after(weights), params, f"params after {what}")
            left = expect.after(weights)
            numbers = left["heads"], len(left["layers"])
            expect.equal(numbers, (heads, layers), f"heads and layers after {what}")
        calls = [(tokens[-1], cache, params), (tokens[-2], cache, params)]
        found = results_kept(cached_step, *calls, rtol=1e-6, atol=0)
        expect.equal(found, [], f"what became of results, {what}")
        names = "token", "cache", "params"
        given = [dict(zip(names, call, strict=True)) for call in calls]
        found, likely = handed_on(cached_step, *given), "build new arrays"
        expect.equal(found, [], f"what is not new, {what}", likely=likely)
    said, calls, wanted = ([1, 2, 3], [4, 0, 3], [1, 2, 3]), [], []
    for tokens in said:
        params = lesson.drawn_params(rng, 2, 3, 6)
        cache = lesson.whole(tokens[:-1], params)[1]
        calls.append({"token": tokens[-1], "cache": cache, "params": params})
        wanted.append(lesson.whole(tokens, params)[0][-1])
    gots = in_same_objects(cached_step, *calls)
    for number, (got, logits) in enumerate(zip(gots, wanted, strict=True)):
        what = f"cached_step, call {number} with the same dicts, other numbers in them"
        expect.parts(got, 2, what)
        expect.close(got[0], logits, f"the logits of {what}", rtol=1e-8, atol=1e-9)
    params = lesson.drawn_params(rng, 2, 2, 4, places=6)
    ways = [rng.permutation(5).tolist() for _ in range(6)]
    start = lesson.empty_cache(params)
    logits, told = ways_on(cached_step, start, params, ways)
    what = "cached_step, steps one by one, then other ways on from each cache"
    expect.equal(told, [], f"what became of results, {what}", likely="build new arrays")
    wanted = 2 * lesson.whole([way[0] for way in ways], params)[0].tolist()
    expect.close(logits, wanted, f"the logits of {what}", rtol=1e-8, atol=1e-9)
### END HIDDEN TESTS
expect.passed("the cache that came in is as it was")

# %% [markdown]
# ### What does the cache save?
#
# One more token of a wider model (4 layers, width 128, weights as drawn), in NumPy: by your `cached_step`, and by the
# whole model over all tokens again. How many times as long does the second take at 512 tokens?

# %% predict="without"
guess_without = None  # times as long as with the cache

# %% demo="with_and_without"
times = lesson.draw_with_and_without(attention, cached_step)
without = predictions.beside(guess_without, times, "×")
measured["a token without a cache over one with, 512 tokens"] = without

# %% [markdown]
# With a cache, what a token costs grows only with the keys that its query meets: little, as long as weights outnumber
# what is kept. But what is kept has to be kept somewhere.

# %% [markdown]
# ## What does decoding wait for?
#
# Each step reads every weight, and the cache; and what it reads, it uses in very few multiplications. Lesson 09 had a
# word for that: **intensity**, MACs a byte. **Prefill**, the reading of a prompt, uses a weight for all of its tokens
# at once; **decoding** uses it for one token of each sequence in the batch.

# %% [markdown]
# ### Exercise 15.3 · Bytes and intensity (2 points · 8 min)
#
# Write `cache_bytes(layers, heads, width, tokens, dtype_bytes, batch)`: the bytes of the keys and values of `batch`
# sequences. And `decode_intensity(params, cache, batch)`: the MACs a byte of a step that gives each of `batch`
# sequences one token more. It reads `params` weights once, for all of them, and for each sequence the `cache` numbers
# of its own; every number read takes part in one MAC for each sequence that it serves. All numbers are float32.
#
# *The trap:* a batch shares the weights, and no cache.
#
# <details><summary>Hint</summary>
# Count both in numbers first. MACs: batch · (params + cache). Numbers read: which of the two is multiplied by batch?
# </details>


# %% solution="bytes_and_intensity"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    """Return the bytes of a cache, an int, exact however large.

    layers, heads, dtype_bytes, batch: ints, at least 1; tokens: int, 0 or more
    width: int, numbers of one key, or value, of one head
    """
    ### BEGIN SOLUTION
    return 2 * layers * heads * width * tokens * dtype_bytes * batch
    ### END SOLUTION


def decode_intensity(params, cache, batch):
    """Return MACs a byte, a float.

    params, batch: ints, at least 1; cache: int, 0 or more, numbers a sequence
    """
    ### BEGIN SOLUTION
    return batch * (params + cache) / (4 * (params + batch * cache))
    ### END SOLUTION


# %% test="bytes_and_intensity_cache" points=1
causes = {
    "keys and values: two numbers each": 25_165_824,
    "each sequence of the batch has its own": 16_777_216,
    "width is a head's": 12_582_912,
}
got, what = cache_bytes(4, 8, 64, 1024, 4, 3), "cache_bytes(4, 8, 64, 1024, 4, 3)"
expect.equal(lesson.plain(got), 50_331_648, what, causes=causes)
kind = type(lesson.plain(got)).__name__
expect.equal(kind, "int", f"the type of {what}", likely="a 2.0 makes a float of it")
### BEGIN HIDDEN TESTS
# covers: write cache_bytes(layers, heads, width, tokens, dtype_bytes, batch): the bytes
# covers: return the bytes of a cache, an int, exact however large
# covers: layers, heads, dtype_bytes, batch: ints, at least 1; | tokens: int, 0 or more
# covers: width: int, numbers of one key, or value, of one head
with fresh_draw() as rng:
    names = "layers", "heads", "width", "tokens", "dtype_bytes", "batch"
    cases = [(1, 1, 1, 1, 1, 1), (2, 3, 5, 0, 2, 7), (126, 8, 128, 2**17, 2, 2**20 + 1)]
    cases += [(3**9, 3**9, 3**9, 3**9, 3**4, 3**3), (2, 2, 2, 2, 2, 2)]
    cases += [tuple((10**14 + 2 * rng.integers(10**6, size=6) + 1).tolist())]
    halved = dict(zip(names, (3, 4, 5, 6, 4, 8), strict=True))
    doubled = {name: 2 * each for name, each in halved.items()}
    cases += [tuple(each.values()) for _, each in lesson.in_turn(halved, doubled)]
    for case in [*cases, *(tuple(rng.integers(1, 99, 6).tolist()) for _ in range(20))]:
        wanted = 2  # keys, and values
        for factor in case:
            wanted *= factor
        got = lesson.plain(cache_bytes(**dict(zip(names, case, strict=True))))
        expect.equal(got, wanted, f"cache_bytes{case}")
        expect.equal(type(got).__name__, "int", f"the type of cache_bytes{case}")
### END HIDDEN TESTS
expect.passed("keys and values, in every layer and head")

# %% test="bytes_and_intensity_decode" points=1
causes = {
    "a number has 4 bytes": 2.5,
    "the weights are read once for the whole batch": 0.25,
    "each sequence reads a cache of its own": 0.9090909090909091,
    "MACs a byte, not bytes a MAC": 1.6,
    "every number that is read takes part in MACs, those of the caches, too": 0.5,
}
got, what = decode_intensity(1000, 250, 4), "decode_intensity(1000, 250, 4)"
expect.close(got, 0.625, what, causes=causes)
expect.close(decode_intensity(7, 0, 1), 0.25, "decode_intensity(7, 0, 1)")
### BEGIN HIDDEN TESTS
# covers: and decode_intensity(params, cache, batch): the macs a byte of a step
# covers: it reads params weights once | every number read takes part in one mac
# covers: all numbers are float32 | a batch shares the weights, and no cache
# covers: return macs a byte, a float | params, batch: ints, at least 1;
# covers: cache: int, 0 or more, numbers a sequence
with fresh_draw() as rng:
    cases = [(1, 0, 1), (1, 1, 1), (10**9, 10**6, 1), (10**9, 0, 64), (5, 10**12, 3)]
    cases += [(8 * 10**9, 2**27, 256), (1, 10**9, 10**6), (10**6, 10**3, 1)]
    cases += [(10**18 + 7, 10**18 + 9, 10**6 + 3), (3 * 10**18, 0, 10**9)]
    one = dict(zip(("params", "cache", "batch"), (300, 20, 3), strict=True))
    turns = lesson.in_turn(one, {"params": 500, "cache": 0, "batch": 4})
    cases += [tuple(each.values()) for _, each in turns]
    drawn = [(rng.integers(1, 10**6, 3)).tolist() for _ in range(20)]
    for params, cache, batch in [*cases, *drawn]:
        macs = sum(batch * each for each in (params, cache))
        read = 4 * params + 4 * cache * batch
        what = f"decode_intensity({params}, {cache}, {batch})"
        got = decode_intensity(params=params, cache=cache, batch=batch)
        expect.close(got, macs / read, what, rtol=1e-13, atol=0)
        kind = type(got).__name__
        fits = isinstance(got, float)
        expect.true(fits, f"the type of {what}", expected="a float", got=kind)
### END HIDDEN TESTS
expect.passed("few MACs a byte")

# %% [markdown]
# ### Why does one user take as long as eight?
#
# A published model, Llama 2 with 7 billion weights, in your formulas; and on this machine's roofline the product of a
# matrix of 64 MiB, more than a core's own caches, with 1 token or with many at once. Left of the bend, memory is
# waited for. How many times the MACs a second of one token do 64 tokens reach?

# %% predict="prefill"
guess_prefill = None  # times the MACs a second

# %% demo="roofline"
lesson.show_published(cache_bytes, decode_intensity)
prefill = lesson.draw_roofline(decode_intensity)
prefill = predictions.beside(guess_prefill, prefill, "×")
measured["MACs a second, 64 tokens over one"] = prefill

# %% [markdown]
# So a batch is nearly free, as long as there is one; its caches are not. Whoever decodes for one waits for bytes. What
# if there were fewer?

# %% [markdown]
# ## How small can a weight be?
#
# With 4 bits a weight is one of 15 codes, $c = \mathrm{round}(w/s)$ from −7 to 7. One scale for a whole row would be
# decided by its largest weight, however small the others are. So a row is cut into **groups**, each with a scale of
# its own: $s = \max |w| \,/\, (2^{bits-1}-1)$.
#
# Two codes share a byte. To have no signs, $c + 8$ is stored, from 1 to 15: of a pair, the first code in the low half
# of the byte, the second in the high half.

# %% [markdown]
# ### Exercise 15.4 · Four bits (4 points · 18 min)
#
# Write `quantize_groups(w, group, bits=4)` and its way back, `dequantize_groups(packed, scales, columns)`: as many
# columns as w had. With 2 or 3 bits there are fewer codes, and each still takes half a byte. A row's last group may
# have fewer columns: what is missing is stored as code 0. A group of zeros has scale 0, and codes 0. Halves are rounded
# to even, as `np.round` does.
#
# *The trap:* uint8 has no negative numbers: `(packed & 15) - 8` is 249 for a stored 1, where −7 was meant.
#
# <details><summary>Hint</summary>
# <code>np.pad(w, ((0, 0), (0, -columns % group)))</code>, then <code>reshape(rows, -1, group)</code>. Dividing by
# <code>np.where(scales == 0, 1, scales)</code> is safe. Pairs: <code>codes[:, :, 0::2]</code> and
# <code>codes[:, :, 1::2]</code>; <code>low | high &lt;&lt; 4</code> joins them.
# </details>


# %% solution="four_bits"
def quantize_groups(w, group, bits=4):
    """Return (packed, scales): two codes a byte, and a scale for each group.

    w: float32 array (rows, columns), both at least 1; not changed
    group: int, even, at least 2, also more than there are columns; bits: 2, 3 or 4
    returns: a uint8 array (rows, groups, group // 2), a float32 array (rows, groups)
    """
    ### BEGIN SOLUTION
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    safe = np.where(scales == 0, np.float32(1), scales)
    codes = (np.round(padded / safe[:, :, None]) + 8).astype(np.uint8)
    return codes[:, :, 0::2] + 16 * codes[:, :, 1::2], scales
    ### END SOLUTION


def dequantize_groups(packed, scales, columns):
    """Return w from its codes, a new float32 array; packed and scales stay."""
    ### BEGIN SOLUTION
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    w = codes.reshape(*scales.shape, -1) * scales[:, :, None]
    return w.reshape(len(w), -1)[:, :columns].copy()
    ### END SOLUTION


# %% test="four_bits_scales" points=1
w = np.array([[0.5, -3.5, 1.0, 7.0, 0.0, -14.0]], np.float32)
got, what = quantize_groups(w.copy(), 2), "quantize_groups([[0.5, -3.5, 1, …]], 2)"
expect.parts(got, 2, what, likely="return both: packed, scales")
causes = {
    "the largest code is 7, not 8": [[0.4375, 0.875, 1.75]],
    "one scale for each group, not for the row": [[2.0, 2.0, 2.0]],
    "the largest magnitude counts, not the largest number": [[1 / 14, 1.0, 0.0]],
    "the scale is what a code is worth: largest magnitude over 7": [[2.0, 1.0, 0.5]],
}
expect.close(got[1], [[0.5, 1.0, 2.0]], f"scales of {what}", causes=causes)
expect.equal(str(got[1].dtype), "float32", f"the type of scales of {what}")
got, what = quantize_groups(w.copy(), 2, bits=2), f"{what[:-1]}, bits=2)"
causes = {"with 2 bits the largest code is 1, not 7: look at bits": [[0.5, 1, 2]]}
expect.close(got[1], [[3.5, 7.0, 14.0]], f"scales of {what}", causes=causes)
### BEGIN HIDDEN TESTS
# covers: write quantize_groups(w, group, bits=4) | with 2 or 3 bits there are fewer
# covers: return (packed, scales) | and a scale for each group | bits: 2, 3 or 4
# covers: also more than there are columns; | float32 array (rows, groups)
with fresh_draw() as rng:
    sizes = [(1, 1, 2), (3, 7, 4), (2, 8, 4), (1, 9, 32), (4, 2, 2), (2, 33, 16)]
    sizes += [(5, 64, 64), (2, 10, 6), (3, 65, 64), (2, 1200, 1024), (70, 3, 2)]
    for rows, columns, group in sizes:
        for bits in (None, 4, 3, 2):
            for size in (1.0, 1e-10, 3e9, 1e-32, 1e32):
                drawn = lesson.drawn_matrix(rng, rows, columns, group, bits or 4, size)
                w = drawn.w
                more, lent = {} if bits is None else {"bits": bits}, w.copy()
                got = quantize_groups(w=lent, group=group, **more)
                what = f"quantize_groups, w {w.shape} about {size}, {group}, {more}"
                expect.parts(got, 2, what)
                expect.array(got[1], f"scales of {what}")
                expect.equal(str(got[1].dtype), "float32", f"type of scales of {what}")
                said = f"scales of {what}"
                expect.close(got[1], drawn.scales, said, rtol=1e-6, atol=0)
    one, two = (lesson.drawn_matrix(rng, 2, 8, 4, size=size) for size in (1e-25, 1e25))
    for first, second in ((one, two), (two, one)):  # side by side in a row
        w = np.concatenate([first.w, second.w], axis=1)
        got, what = (
            quantize_groups(w, 4),
            "quantize_groups, groups of 1e-25 beside 1e25",
        )
        expect.parts(got, 2, what)
        wanted = np.concatenate([first.scales, second.scales], axis=1)
        expect.close(got[1], wanted, f"scales of {what}", rtol=1e-6, atol=0)
### END HIDDEN TESTS
expect.passed("a scale for each group")

# %% test="four_bits_codes" points=1
w = np.array([[7.0, -7, 1, 0, 2.5, -3.5, -7.0, 3.2]], np.float32)
got, what = quantize_groups(w.copy(), 4), "quantize_groups([[7, -7, 1, 0, …]], 4)"
expect.parts(got, 2, what, likely="return both: packed, scales")
causes = {
    "of a pair the first code is in the low half": [[[241, 152], [164, 27]]],
    "halves are rounded to even": [[[31, 137], [75, 177]]],
    "round before you make integers of them": [[[31, 137], [90, 177]]],
    "store c + 8": [[[151, 1], [194, 57]]],
    "neighbours share a byte": [[[159, 129], [26, 180]]],
}
expect.close(got[0], [[[31, 137], [74, 177]]], f"packed of {what}", causes=causes)
expect.equal(str(got[0].dtype), "uint8", f"the type of packed of {what}")
got, what = quantize_groups(w[:, :4].copy(), 4, 2), f"{what[:-1]}, bits=2)"
causes = {"c + 8 is stored, however many bits there are": [[[19, 34]]]}
expect.close(got[0], [[[121, 136]]], f"packed of {what}", causes=causes)
### BEGIN HIDDEN TESTS
# covers: two codes a byte | and each still takes half a byte
# covers: halves are rounded to even, as np.round does | w: float32 array (rows, columns)
# covers: group: int, even, at least 2 | returns: a uint8 array (rows, groups, group // 2)
# covers: both at least 1; | not changed
with fresh_draw() as rng:
    for rows, columns, group in ((1, 2, 2), (3, 8, 4), (2, 12, 6), (4, 64, 16)):
        for bits in (None, 4, 3, 2):
            for size in (1.0, 1e-10, 3e9):
                drawn = lesson.drawn_matrix(rng, rows, columns, group, bits or 4, size)
                w = drawn.w
                more, lent = {} if bits is None else {"bits": bits}, w.copy()
                got = quantize_groups(lent, group, **more)
                what = f"quantize_groups, w {w.shape} about {size}, {group}, {more}"
                expect.parts(got, 2, what)
                expect.shape(got[0], (rows, columns // group, group // 2), what)
                expect.equal(str(got[0].dtype), "uint8", f"type of packed of {what}")
                said = f"packed of {what}"
                expect.close(got[0], drawn.packed, said, rtol=0, atol=0)
                expect.unchanged(lent, w, f"w after {what}")
    scale = float(2.0 ** rng.integers(-9, 9))  # halves are exact
    row = np.array([7, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5], np.float32) * scale
    got, what = quantize_groups(np.stack([row, -row]), 8), f"halves of {scale}"
    expect.parts(got, 2, f"quantize_groups of {what}")
    wanted = [[[143, 170, 204, 238]], [[129, 102, 68, 34]]]  # 7 0 2 2 4 4 6 6, and −
    expect.close(got[0], wanted, f"packed of {what}", rtol=0, atol=0)
    off = np.array([0, 1, -1, 1, -1, 1, -1, 1], np.float32) / 5000 * scale
    got = quantize_groups(np.stack([row + off, -row - off]), 8)
    expect.parts(got, 2, f"quantize_groups of what is near {what}")
    wanted = [[[159, 185, 219, 253]], [[113, 87, 53, 19]]]
    expect.close(got[0], wanted, f"packed of what is near {what}", rtol=0, atol=0)
    for bits, row, wanted in (
        (3, [3, 0.5, 1.5, 2.5], [[[139, 170]], [[133, 102]]]),  # 3 0 2 2
        (2, [1, 0.5, 0.5, -0.5], [[[137, 136]], [[135, 136]]]),  # 1 0 0 0
    ):
        row = np.array(row, np.float32) * scale
        got = quantize_groups(np.stack([row, -row]), 4, bits)
        expect.parts(got, 2, f"quantize_groups of {what}, {bits} bits")
        said = f"packed of {what}, {bits} bits"
        expect.close(got[0], wanted, said, rtol=0, atol=0)
    one, two = (lesson.drawn_matrix(rng, 2, 8, 4, size=size) for size in (1e-25, 1e25))
    w, what = np.concatenate([one.w, two.w], axis=1), "groups of 1e-25 beside 1e25"
    got, wanted = (
        quantize_groups(w, 4),
        np.concatenate([one.packed, two.packed], axis=1),
    )
    expect.parts(got, 2, f"quantize_groups, {what}")
    expect.close(got[0], wanted, f"packed of {what}", rtol=0, atol=0)
    w, other = rng.normal(size=(2, 2, 8)).astype(np.float32)
    calls = [(w, 4), (other, 4), (w, 4, 3), (w, 8)]
    found = results_kept(quantize_groups, *calls, rtol=1e-6, atol=0)
    expect.equal(found, [], "what became of results of quantize_groups")
    first, second = (lesson.drawn_matrix(rng, 2, 8, 4) for _ in "ab")
    turned = lesson.Packed(*(each[::-1].copy() for each in first))  # the same sum
    every = first, second, turned, first
    given = [{"w": each.w, "group": 4} for each in every]
    what = "quantize_groups, the same array with other numbers in it"
    for got, each in zip(in_same_objects(quantize_groups, *given), every, strict=True):
        expect.parts(got, 2, what)
        expect.close(got[0], each.packed, f"packed of {what}", rtol=0, atol=0)
        expect.close(got[1], each.scales, f"scales of {what}", rtol=1e-6, atol=0)
    for each in every:
        got, what = quantize_groups(each.w, 4), "quantize_groups, rows turned around"
        expect.parts(got, 2, what)
        expect.close(got[0], each.packed, f"packed of {what}", rtol=0, atol=0)
### END HIDDEN TESTS
expect.passed("two codes in a byte")

# %% test="four_bits_odd" points=1
w = np.array([[0.0, 0, 0, 0, 7, -1, 1], [3, -7, 0, 0, 0, 0, 0]], np.float32)
got, what = quantize_groups(w.copy(), 4), "quantize_groups of 2 rows of 7, groups of 4"
expect.parts(got, 2, what, likely="return both: packed, scales")
likely = "a group's largest magnitude over 7, which is 0 for a group of zeros"
expect.close(got[1], [[0, 1], [1, 0]], f"scales of {what}", likely=likely)
likely = (
    "a group of zeros, and what is missing in the last group, have code 0: two are 136"
)
wanted = [[[136, 136], [127, 137]], [[27, 136], [136, 136]]]
expect.close(got[0], wanted, f"packed of {what}", likely=likely)
### BEGIN HIDDEN TESTS
# covers: a row's last group may have fewer columns: what is missing is stored as code 0
# covers: a group of zeros has scale 0, and codes 0
with fresh_draw() as rng:
    sizes = [(1, 1, 2), (3, 7, 4), (1, 9, 32), (4, 3, 2), (2, 33, 16), (3, 65, 64)]
    for rows, columns, group in sizes:
        for bits in (4, 3, 2):
            size = float(10.0 ** rng.integers(-9, 9))
            drawn = lesson.drawn_matrix(
                rng, rows, columns, group, bits, size, zeros=True
            )
            got = quantize_groups(drawn.w.copy(), group, bits)
            what = (
                f"quantize_groups, {drawn.w.shape}, {group}, {bits} bits, a group of 0"
            )
            expect.parts(got, 2, what)
            expect.close(got[1], drawn.scales, f"scales of {what}", rtol=1e-5, atol=0)
            expect.close(got[0], drawn.packed, f"packed of {what}", rtol=0, atol=0)
            expect.equal(str(got[0].dtype), "uint8", f"type of packed of {what}")
    for columns, zeros in ((6, slice(4, 6)), (7, slice(4, 7)), (6, slice(4))):
        drawn = lesson.drawn_matrix(rng, 2, columns, 4)
        drawn.w[:, zeros] = drawn.scales[:, zeros.stop // 5] = 0
        drawn.packed[:, zeros.stop // 5] = 136
        got = quantize_groups(drawn.w.copy(), 4)
        what = f"quantize_groups, 2 rows of {columns}, groups of 4, zeros in {zeros}"
        expect.parts(got, 2, what)
        expect.close(got[1], drawn.scales, f"scales of {what}", rtol=1e-6, atol=0)
        expect.close(got[0], drawn.packed, f"packed of {what}", rtol=0, atol=0)
    got, what = (
        quantize_groups(np.zeros((2, 5), np.float32), 2),
        "quantize_groups, all 0",
    )
    expect.parts(got, 2, what)
    expect.close(got[0], np.full((2, 3, 1), 136), f"packed of {what}")
    expect.close(got[1], np.zeros((2, 3)), f"scales of {what}", atol=0)
### END HIDDEN TESTS
expect.passed("groups that are short, and groups of zeros")

# %% test="four_bits_back" points=1
packed = np.array([[[31, 137], [74, 177]]], np.uint8)
scales = np.array([[0.5, 2.0]], np.float32)
got = dequantize_groups(packed.copy(), scales.copy(), 7)
what = "dequantize_groups([[[31, 137], [74, 177]]], [[0.5, 2]], 7)"
causes = {
    "subtract 8 from what is stored": [[7.5, 0.5, 4.5, 4.0, 20, 8, 2]],
    "the low half comes first": [[-3.5, 3.5, 0, 0.5, -8, 4, 6]],
    "as many columns as there were": [[3.5, -3.5, 0.5, 0, 4, -8, -14, 6]],
}
expect.shape(got, (1, 7), what, likely="the row is cut to as many columns as it had")
expect.close(got, [[3.5, -3.5, 0.5, 0, 4, -8, -14]], what, causes=causes)
### BEGIN HIDDEN TESTS
# covers: and its way back, dequantize_groups(packed, scales, columns)
# covers: uint8 has no negative numbers | as many columns as w had
# covers: return w from its codes, a new float32 array;
# covers: packed and scales stay
with fresh_draw() as rng:
    sizes = [(1, 1, 2), (3, 7, 4), (2, 8, 4), (1, 9, 32), (4, 2, 2), (2, 33, 16)]
    for rows, columns, group in [*sizes, (3, 64, 64), (2, 5, 6), (2, 1100, 1024)]:
        for bits, size in ((4, 1.0), (3, 1e-10), (2, 3e9), (4, 1e-32), (4, 1e32)):
            drawn = lesson.drawn_matrix(
                rng, rows, columns, group, bits, size, zeros=True
            )
            before, scales = drawn.packed, drawn.scales
            lent = before.copy(), scales.copy()
            got = dequantize_groups(packed=lent[0], scales=lent[1], columns=columns)
            what = f"dequantize_groups, {before.shape}, {columns} columns, {bits} bits"
            expect.array(got, what)
            expect.close(got, drawn.exact, what, rtol=1e-6, atol=0)
            expect.equal(str(got.dtype), "float32", f"the type of {what}")
            expect.unchanged(lent[0], before, f"packed after {what}")
            expect.unchanged(lent[1], scales, f"scales after {what}")
            given = {"packed": before, "scales": scales, "columns": columns}
            found = handed_on(dequantize_groups, given)
            expect.equal(found, [], f"what is not new, {what}")
        calls = [(before, scales, columns), (before, 2 * scales, columns)]
        found = results_kept(dequantize_groups, *calls, rtol=1e-6, atol=0)
        expect.equal(found, [], f"what became of results, {what}")
    one, two = (lesson.drawn_matrix(rng, 2, 8, 4) for _ in "ab")
    one, two = (
        {"packed": d.packed, "scales": d.scales, "columns": 7} for d in (one, two)
    )
    two["columns"] = 8

    def back(packed, scales, columns):
        halves = np.stack([packed % 16, packed // 16], axis=3).astype(float) - 8
        w = halves.reshape(2, 2, 4) * scales[:, :, None]
        return w.reshape(2, 8)[:, :columns]

    for changed, given in lesson.in_turn(one, two):
        got, what = dequantize_groups(**given), f"dequantize_groups, {changed} changed"
        expect.close(got, back(**given), what, rtol=1e-6, atol=0)
    what = "dequantize_groups, the same arrays with other numbers in them"
    gots = in_same_objects(dequantize_groups, one, two, one)
    for got, given in zip(gots, (one, two, one), strict=True):
        expect.close(got, back(**given), what, rtol=1e-6, atol=0)
    every = np.arange(256, dtype=np.uint8)[None, None]  # whatever is stored
    wanted = (np.stack([every % 16, every // 16], axis=3).astype(int) - 8).reshape(
        1, -1
    )
    got = dequantize_groups(every, np.ones((1, 1), np.float32), 512)
    expect.close(got, wanted, "dequantize_groups of every byte")
### END HIDDEN TESTS
expect.passed("and back again")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Codes as nibbles of a 16-digit number system: `packed = codes[..., 0::2] + 16 * codes[..., 1::2]`, and back with
# `low, high = packed % 16, packed // 16`.
# </details>

# %% [markdown]
# ### What do four bits cost?
#
# All matrices of the model that adds, by your two functions, and 1,000 sums that it has never seen. Beside them: 8 bits
# with a scale a row, as in lesson 06. What share is right with *3* bits and groups of 16?

# %% predict="three_bits"
guess_three_bits = None  # a share, 0 to 1

# %% demo="quantized"
right = lesson.show_quantized(quantize_groups, dequantize_groups)
measured |= {f"right, {name}": f"{share:.3f}" for name, share in right.items()}
three_bits = predictions.beside(guess_three_bits, right["3 bits, groups of 16"])
measured["right, 3 bits, groups of 16"] = three_bits

# %% [markdown]
# The error falls with every finer scale; the sums follow roughly: in one model, chance decides which close calls tip
# over. Rows are short here, 64 or 256 weights. The longer a row, the further its largest weight from the others, and
# the more groups are worth.

# %% [markdown]
# ## Does it help to unpack them?
#
# A matrix that is unpacked first is as large as it ever was, and every byte of it goes through memory once more. What
# helps is to multiply from the codes: unpack a little, use it, forget it.

# %% [markdown]
# ### Exercise 15.5 · Multiply from codes (2 points · 10 min)
#
# Write `int4_matvec(packed, scales, x)`: the product of the matrix that 15.4 packed and a vector. What it allocates
# stays, at any time, below a tenth of the bytes that the matrix takes in float32; there are at least 128 rows and 128
# groups where this is asked.
#
# *The trap:* `packed & 15` is a whole matrix already, an eighth of it.
#
# <details><summary>Hint</summary>
# Go through the rows, or through the groups, in a loop, and unpack only those of one pass. The last group may reach
# beyond the vector: cut its codes, or put zeros behind x.
# </details>


# %% solution="int4_matvec"
def int4_matvec(packed, scales, x):
    """Return the product of a packed matrix and a vector.

    packed, scales: as quantize_groups returns them; not changed
    x: float32 array (columns,), as many as the matrix had; not changed
    returns: a new float32 array (rows,)
    """
    ### BEGIN SOLUTION
    y, group = np.zeros(len(packed), np.float32), 2 * packed.shape[2]
    for number, start in enumerate(range(0, len(x), group)):
        piece, pairs = x[start : start + group], packed[:, number]
        low = (pairs & 15).astype(np.float32) - 8
        high = (pairs >> 4).astype(np.float32) - 8
        even, odd = piece[0::2], piece[1::2]
        sums = low[:, : len(even)] @ even + high[:, : len(odd)] @ odd
        y += scales[:, number] * sums
    return y
    ### END SOLUTION


# %% test="int4_matvec_product" points=1
packed = np.array([[[31, 137], [74, 177]]], np.uint8)  # 7 -7 1 0 2 -4 -7 3
scales, x = np.array([[0.5, 2.0]], np.float32), np.arange(1, 8, dtype=np.float32)
got = int4_matvec(packed.copy(), scales.copy(), x.copy())
what = "int4_matvec([[[31, 137], [74, 177]]], [[0.5, 2]], [1, 2, 3, 4, 5, 6, 7])"
causes = {
    "subtract 8 from what is stored": [200.0],
    "the low half comes first": [31.5],
    "each group has its scale; here both have the first's": [-33.5],
    "codes times scales: these are the codes": [-67.0],
    "uint8 has no negative numbers: make floats before you subtract 8": [6784.0],
}
expect.close(got, [-128.0], what, causes=causes)
expect.array(got, what)
### BEGIN HIDDEN TESTS
# covers: write int4_matvec(packed, scales, x): the product of the matrix that 15.4 packed
# covers: return the product of a packed matrix and a vector | returns: a new float32
# covers: x: float32 array (columns,), as many as the matrix had; | not changed
# covers: packed, scales: as quantize_groups returns them; | not changed
with fresh_draw() as rng:
    sizes = [(1, 1, 2), (3, 7, 4), (2, 8, 4), (1, 9, 32), (4, 2, 2), (5, 33, 16)]
    sizes += [(3, 64, 64), (2, 5, 6), (17, 40, 8), (2, 1001, 2), (301, 3, 2)]
    for rows, columns, group in sizes:
        for size, worth in ((1.0, 1.0), (1e-10, 1e-12), (3e9, 1e12), (3e9, 1e-12)):
            zeros = rows > 1
            drawn = lesson.drawn_matrix(rng, rows, columns, group, 4, worth, zeros)
            x = (size * rng.normal(size=columns)).astype(np.float32)
            x[:: 2 * group] = 0  # a piece may begin with zeros, or have no other
            x[group : 2 * group], x[-1] = 0, size
            before, scales = drawn.packed, drawn.scales
            lent = {"packed": before.copy(), "scales": scales.copy(), "x": x.copy()}
            got = int4_matvec(**lent)
            what = f"int4_matvec, packed {before.shape}, x {x.shape} about {size}"
            wanted, reach = drawn.exact @ x, 1e-5 * np.abs(drawn.exact) @ np.abs(x)
            expect.array(got, what)
            expect.shape(got, (rows,), what)
            off = np.abs(np.asarray(got) - wanted) - reach
            expect.true(off.max() <= 0, what, expected=f"{wanted}", got=got)
            expect.equal(str(got.dtype), "float32", f"the type of {what}")
            for name, array in (("packed", before), ("scales", scales), ("x", x)):
                expect.unchanged(lent[name], array, f"{name} after {what}")
    here, there = (lesson.drawn_matrix(rng, 3, 8, 4) for _ in "ab")
    one, two, scales = here.packed, there.packed, here.scales
    x = rng.normal(size=8).astype(np.float32)
    calls = [
        (one, scales, x),
        (two, scales, x),
        (one, 2 * scales, x),
        (one, scales, -x),
    ]
    found = results_kept(int4_matvec, *calls, rtol=1e-6, atol=0)
    expect.equal(found, [], "what became of results of int4_matvec")
    first, second = ({"packed": p, "scales": s, "x": v} for p, s, v in calls[:2])
    second |= {"scales": 3 * scales, "x": x + 1}
    gots = in_same_objects(int4_matvec, first, second, first)
    what = "int4_matvec, the same arrays with other numbers in them"
    for got, codes, factor, given in zip(
        gots, (here, there, here), (1, 3, 1), (first, second, first), strict=True
    ):
        worth = np.repeat(scales.astype(float) / codes.scales, 4, axis=1)
        wanted = factor * (codes.exact * worth) @ given["x"].astype(float)
        expect.close(got, wanted, what, rtol=1e-4, atol=1e-4)
    for changed, given in lesson.in_turn(first, second):
        same = np.array_equal(given["packed"], one)
        exact, scale = (
            (here.exact, here.scales) if same else (there.exact, there.scales)
        )
        worth = np.repeat(given["scales"] / scale.astype(float), 4, axis=1)
        wanted = (exact * worth) @ given["x"].astype(float)
        got, what = int4_matvec(**given), f"int4_matvec, {changed} changed"
        expect.close(got, wanted, what, rtol=1e-4, atol=1e-4)
### END HIDDEN TESTS
expect.passed("a product from codes")

# %% test="int4_matvec_allocates" points=1
drawn = lesson.drawn_matrix(np.random.default_rng(0), 256, 4096, 32)
x = np.ones(4096, np.float32)
got, most = most_allocated(int4_matvec, drawn.packed, drawn.scales, x)
what, whole = "int4_matvec of 256 × 4096, groups of 32", drawn.w.nbytes
expect.close(got, drawn.exact.sum(1), what, rtol=1e-3, atol=0.1)
expected = f"below {whole // 10:,} bytes, a tenth of the matrix in float32"
likely = "unpack a row or a group at a time, and forget it"
said = f"the most that {what} allocates"
fits = most < whole / 10
expect.true(fits, said, expected=expected, got=f"{most:,}", likely=likely)
### BEGIN HIDDEN TESTS
# covers: what it allocates stays, at any time, below a tenth of the bytes
# covers: there are at least 128 rows and 128 groups where this is asked
# covers: packed & 15 is a whole matrix already, an eighth of it
with fresh_draw() as rng:
    sizes = [(256, 4096, 32), (384, 4159, 32), (300, 8191, 64)]
    for rows, columns, group in [*sizes, (128, 4095, 32), (600, 2047, 16)]:
        drawn = lesson.drawn_matrix(rng, rows, columns, group)
        x = rng.normal(size=columns).astype(np.float32)
        got, most = most_allocated(int4_matvec, drawn.packed, drawn.scales, x)
        what, whole = f"int4_matvec of {rows} × {columns}, {group}", drawn.w.nbytes
        wanted = drawn.exact @ x
        expect.close(got, wanted, what, rtol=1e-3, atol=1e-2 * abs(wanted).max())
        expected, said = (
            f"below {whole // 10:,} bytes",
            f"the most that {what} allocates",
        )
        fits = most < whole / 10
        expect.true(fits, said, expected=expected, got=f"{most:,}", likely=likely)
### END HIDDEN TESTS
expect.passed("the matrix stays packed")

# %% [markdown]
# <details><summary>Another way</summary>
#
# Row by row, with zeros behind x:
#
# ```python
# padded = np.pad(x, (0, packed[0].size * 2 - len(x))).reshape(scales.shape[1], -1)
# for row, (pairs, s) in enumerate(zip(packed, scales)):
#     codes = np.stack([pairs & 15, pairs >> 4], axis=2).reshape(padded.shape) - np.float32(8)
#     y[row] = s @ (codes * padded).sum(1)
# ```
# </details>

# %% [markdown]
# ### Are fewer bytes less time?
#
# One product, a matrix of 64 MiB in float32 and a vector, in four ways: NumPy in float32; your `int4_matvec`; ONNX
# Runtime in float32; and ONNX Runtime's `MatMulNBits` on **your** bytes, packed by your 15.4: the form that it reads.
# How many times as fast as NumPy's float32 is yours?

# %% predict="matvec"
guess_matvec = None  # times as fast; below 1: slower

# %% demo="matvec_race"
times = lesson.draw_matvec_race(quantize_groups, int4_matvec)
yours = predictions.beside(guess_matvec, times["yours, 4 bits"], "×")
measured["a product from 4 bits, yours, over float32"] = yours
measured["the same, MatMulNBits"] = f"{times['MatMulNBits, 4 bits']:.3g}×"

# %% [markdown]
# A sixth of the bytes, and yet: in NumPy each step of unpacking is a pass of its own, over arrays that are written and
# read again, be it in cache. That takes longer than the bytes that it saves would. A kernel unpacks in registers. What
# a small file is worth in time is decided by the code that reads it.

# %% [markdown]
# ## Can a small model work for a large one?
#
# Reading eight tokens costs a memory-bound model little more than reading one. So let a small **draft** model guess the
# next $k$ tokens, and let the large one, the **target**, read them all in *one* call: it says after each token what it
# would have said itself. The guesses are kept up to the first that differs; there, the target's own token stands, and
# it is had for nothing. That is **speculative decoding**. Each word is the target's own; only calls are saved.

# %% [markdown]
# ### Exercise 15.6 · Speculate (5 points · 18 min)
#
# Write `speculate(draft, target, prompt, k)`: the tokens that greedy decoding with the target would give after the
# prompt, up to the first END, END included. Go in rounds: `k` calls of the draft at most, then one of the target.
# `target(tokens)` returns a list as long: after each token, the one that it says next. `draft(tokens)` returns one
# token, its guess.
#
# Take all that a round gives: the guesses before the first that differs, and the target's own token after them, even
# if all are right.
#
# *The trap:* what the target says about the *first* guess stands at the place *before* it. An END in the prompt ends
# nothing.
#
# <details><summary>Hint</summary>
# With <code>known</code> tokens and then the guesses, <code>target(known + guesses)[len(known) - 1:]</code> has k + 1
# tokens: the first is what should stand in place of guess 0, the last is what follows all guesses. How many agree from
# the start?
# </details>


# %% solution="speculate"
def speculate(draft, target, prompt, k):
    """Return the target's own answer, in fewer calls; the prompt is not part of it.

    draft: function of a list of ints, the prompt's and all since, to an int
    target: function of a list of ints to a list of ints; it says END sooner or later
    prompt: list of ints, at least one; not changed
    k: int, guesses a round, 0 or more; with 0 the draft is never called
    returns: a new list of ints
    """
    ### BEGIN SOLUTION
    known = list(prompt)
    while True:
        guesses = []
        for _ in range(k):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        right = 0
        while right < k and guesses[right] == said[right]:
            right += 1
        for token in said[: right + 1]:
            known.append(token)
            if token == END:
                return known[len(prompt) :]
    ### END SOLUTION


# %% test="speculate_same" points=1
text = [5, 3, 3, 8, 1, END]
target, calls = lesson.scripted([7, 7], text)
draft, _ = lesson.guessing([7, 7], [5, 3, 0, 8, 1, END])
got, what = speculate(draft, target, [7, 7], 2), "speculate, one guess of six is wrong"
causes = {
    "a guess that differs is the target's to replace": [5, 3, 0, 8, 1, END],
    "what it says about guess 0 stands at the last known token": [
        7,
        5,
        3,
        3,
        8,
        1,
        END,
    ],
    "the prompt is not part of the answer": [7, 7, *text],
    "END is part of the answer": text[:-1],
}
expect.equal(lesson.plain(got), text, what, causes=causes)
### BEGIN HIDDEN TESTS
# covers: write speculate(draft, target, prompt, k): the tokens that greedy decoding
# covers: return the target's own answer | the prompt is not part of it
# covers: target(tokens) returns a list as long: after each
# covers: draft(tokens) returns one token, its guess
# covers: what the target says about the first guess stands at the place before it
# covers: draft: function of a list of ints, the prompt's and all since, to an int
# covers: target: function of a list of ints to a list of ints; | returns: a new list
with fresh_draw() as rng:
    for share in (0.0, 0.5, 0.8, 1.0):
        for k in (1, 2, 3, 5, 20):
            long = int(rng.integers(1 if share in (0, 1) else 4, 14))
            prompt, text = lesson.drawn_text(rng, long)
            guesses = lesson.spoiled(rng, text, share)
            target, calls = lesson.scripted(prompt, text)
            draft, _ = lesson.guessing(prompt, guesses)
            got = speculate(draft=draft, target=target, prompt=list(prompt), k=k)
            what = f"speculate, k = {k}, a text {text}, guesses {guesses}"
            expect.equal(lesson.plain(got), text, what)
    wandering, greedy = lesson.wandering(rng)  # what it says depends on all before
    for k in (1, 4):
        prompt = rng.integers(12, size=3).tolist()
        draft = lesson.mostly(wandering)
        got = speculate(draft, wandering, prompt, k)
        expect.equal(lesson.plain(got), greedy(prompt), f"speculate, k = {k}, {prompt}")
    for many in (1, 5, 400, 10**6):  # texts that repeat, of zeros too, and large tokens
        text = lesson.text_below(rng, many, 20)
        for k, off in ((1, 1), (6, 256), (9, 1)):
            heard = overheard(speculate, [0, many], text, k, [3, 9, 10], off)
            what = f"speculate, k = {k}, text {text}, wrong guesses at 3, 9 and 10"
            expect.equal(heard["answer"], text, what)
### END HIDDEN TESTS
expect.passed("the target's own answer")

# %% test="speculate_calls" points=1
text = [5, 3, 3, 8, 1, 6, 2, 9, END]
target, calls = lesson.scripted([4], text)
draft, _ = lesson.guessing([4], text)
got, what = speculate(draft, target, [4], 2), "speculate, k = 2, all guesses right"
expect.equal(lesson.plain(got), text, what)
causes = {
    "where all guesses are right the target has said one token more": 5,
    "one call for all guesses of a round": 9,
}
said = f"calls of the target for 9 tokens, {what}"
expect.equal(len(calls), 3, said, causes=causes)
### BEGIN HIDDEN TESTS
# covers: in fewer calls; | take all that a round gives | go in rounds
# covers: the guesses before the first that differs, and the target's own token after
with fresh_draw() as rng:
    for share in (0.0, 0.3, 0.6, 0.9, 1.0):
        for k in (1, 2, 4, 7):
            prompt, text = lesson.drawn_text(rng, int(rng.integers(8, 16)))
            guesses = lesson.spoiled(rng, text, share)
            target, calls = lesson.scripted(prompt, text)
            draft, _ = lesson.guessing(prompt, guesses)
            got = speculate(draft, target, list(prompt), k)
            what = f"speculate, k = {k}, a text {text}, guesses {guesses}"
            expect.equal(lesson.plain(got), text, what)
            wanted, said = (
                lesson.starts(text, guesses, k),
                f"calls of the target, {what}",
            )
            expect.equal(len(calls), len(wanted), said)
    for many in (1, 5, 400, 10**6):
        text = lesson.text_below(rng, many, 45)
        wrong = [3, 9, 10, 20, 21, 22, 40]
        guesses = [each + (place in wrong) for place, each in enumerate(text)]
        for k in (1, 3, 8, 30):
            for prompt in ([many], [1, 0, 2, 3, 4, 5]):
                heard = overheard(speculate, prompt, text, k, wrong)
                said = f"speculate, k = {k}, prompt {prompt}, wrong guesses at {wrong}"
                wanted = len(lesson.starts(text, guesses, k))
                expect.equal(heard["answer"], text, said)
                expect.equal(heard["calls"], wanted, f"calls of the target, {said}")
    for k in (40, 100):
        text = lesson.text_below(rng, 400, 98)
        heard = overheard(speculate, [3], text, k)
        said = f"calls of the target for {len(text)} tokens, all guessed, k = {k}"
        expect.equal(heard["calls"], -(-len(text) // (k + 1)), said)
### END HIDDEN TESTS
expect.passed("as few calls as there are rounds")

# %% test="speculate_asks" points=1
prompt, text = [7, 2, 7], [5, 3, 8, 1, END]
target, calls = lesson.scripted(prompt, text)
draft, asked = lesson.guessing(prompt, [5, 0, END, 1, END])
got, what = speculate(draft, target, list(prompt), 3), "speculate, k = 3"
expect.equal(lesson.plain(got), text, what)
likely = "the draft reads the prompt, the answer so far, and its own guesses"
first = [[7, 2, 7], [7, 2, 7, 5], [7, 2, 7, 5, 0]]
expect.equal(asked[:3], first, f"what the draft is asked first, {what}", likely=likely)
likely = "the target reads the prompt, the answer so far, and all guesses"
wanted = [7, 2, 7, 5, 0, END]
expect.equal(calls[0], wanted, f"what the target is asked first, {what}", likely=likely)
### BEGIN HIDDEN TESTS
# covers: k calls of the draft at most, then one of the target
# covers: k: int, guesses a round, 0 or more;
with fresh_draw() as rng:
    for k in (1, 2, 3, 6):
        prompt, text = lesson.drawn_text(rng, int(rng.integers(6, 12)))
        guesses = lesson.spoiled(rng, text, 0.6)
        target, calls = lesson.scripted(prompt, text)
        draft, asked = lesson.guessing(prompt, guesses)
        got = speculate(draft, target, list(prompt), k)
        what = f"speculate, k = {k}, a text {text}, guesses {guesses}"
        expect.equal(lesson.plain(got), text, what)
        often, most = len(asked), k * len(calls)
        said = f"the calls of the draft, {what}"
        expect.true(often <= most, said, expected=f"at most {most}", got=often)
        likely = "all that is known, and then k guesses at most"
        for name, heard, most in (("draft", asked, k - 1), ("target", calls, k)):
            strays = [
                each
                for each in heard
                if not lesson.leads(each, prompt, text, guesses, most)
            ]
            said = f"what else the {name} was asked, {what}"
            expect.equal(strays, [], said, likely=likely)
    for long, k, wrong in ((30, 4, [2, 3, 9, 20]), (30, 1, [0, 5]), (150, 7, [30, 99])):
        prompt = lesson.text_below(rng, 500, 200 if long > 99 else 3)[:-1]
        text = lesson.text_below(rng, 10**6, long)
        heard = overheard(speculate, prompt, text, k, wrong)
        what = f"speculate, k = {k}, {long} tokens and END, wrong guesses at {wrong}"
        expect.equal(heard["answer"], text, what)
        said = f"lengths of what else was asked, {what}"
        expect.equal(heard["strays"], [], said, likely=likely)
        expect.equal(heard["kinds"], ["list"], f"types of what was asked, {what}")
        often, most = heard["asked"], k * heard["calls"]
        said = f"the calls of the draft, {what}"
        expect.true(often <= most, said, expected=f"at most {most}", got=often)
### END HIDDEN TESTS
expect.passed("each is asked about all that is known")

# %% test="speculate_ends" points=1
text = [5, END]
target, _ = lesson.scripted([9, END, 9], text, beyond=[8, 8, END, 8])
draft, _ = lesson.guessing([9, END, 9], [5, END, 8, 8, END])
got, what = speculate(draft, target, [9, END, 9], 4), "speculate, END amid the guesses"
causes = {"the answer ends with its first END": [5, END, 8, 8, END]}
likely = (
    "the first END of the answer ends it, and is part of it; that of a prompt does not"
)
expect.equal(lesson.plain(got), text, what, causes=causes, likely=likely)
### BEGIN HIDDEN TESTS
# covers: up to the first end, end included | an end in the prompt ends nothing
# covers: it says end sooner or later
with fresh_draw() as rng:
    for long in (1, 2, 3, 6):
        for k in (1, 2, 5, 9):
            prompt, text = lesson.drawn_text(rng, long)
            prompt = [END, *prompt, END][int(rng.integers(2)) :]
            beyond = [*rng.integers(1, 9, size=3).tolist(), END, 3, 3, 3, 3]
            early = [*text[:-2], END, *text[-1:], *beyond]  # END guessed too soon
            at_once = [END, *text[1:], *beyond]
            for guesses in ([*text, *beyond], early, at_once, [9] * 12):
                target, _ = lesson.scripted(prompt, text, beyond)
                draft, _ = lesson.guessing(prompt, guesses)
                got = speculate(draft, target, list(prompt), k)
                what = f"speculate, k = {k}, prompt {prompt}, text {text}, {guesses}"
                expect.equal(lesson.plain(got), text, what)
    text = lesson.text_below(rng, 400, 30)
    for prompt in ([END, 7, END, 8, END], [END, 5], [7, END, 5], [END]):
        for k in (2, 5):  # as few calls as after any other prompt
            heard = overheard(speculate, prompt, text, k, [3, 12])
            what = f"speculate, k = {k}, prompt {prompt}, text {text}"
            plain = overheard(speculate, [7] * len(prompt), text, k, [3, 12])
            expect.equal(heard["answer"], text, what)
            expect.equal(
                heard["calls"], plain["calls"], f"the calls of the target, {what}"
            )
### END HIDDEN TESTS
expect.passed("an answer ends with its END")

# %% test="speculate_edges" points=1
lent, text = [3], [6, 6, END]
target, calls = lesson.scripted([3], text)
draft, asked = lesson.guessing([3], text)
got, what = speculate(draft, target, lent, 0), "speculate, k = 0, a prompt of one token"
likely = "without guesses every call gives one token: plain greedy decoding"
expect.equal(lesson.plain(got), text, what, likely=likely)
expect.equal([len(calls), len(asked)], [3, 0], f"calls of both, {what}", likely=likely)
expect.unchanged(lent, [3], f"prompt after {what}")
### BEGIN HIDDEN TESTS
# covers: with 0 the draft is never called | prompt: list of ints, at least one; | not changed
# covers: even if all are right | a new list of ints
with fresh_draw() as rng:
    for k in (0, 1, 3):
        for long in (1, 4, 9):
            prompt, text = lesson.drawn_text(rng, long)
            prompt = prompt[: int(rng.integers(1, 3))]
            target, calls = lesson.scripted(prompt, text)
            draft, asked = lesson.guessing(prompt, text)
            lent, what = list(prompt), f"speculate, k = {k}, {prompt}, text {text}"
            got = speculate(draft, target, lent, k)
            expect.equal(lesson.plain(got), text, what)
            expect.equal(type(got).__name__, "list", f"the type of {what}")
            kinds = {type(each).__name__ for each in lesson.plain(got)}
            expect.equal(sorted(kinds), ["int"], f"the types of tokens of {what}")
            expect.unchanged(lent, prompt, f"prompt after {what}")
            wanted = -(-long // (k + 1))
            expect.equal(len(calls), wanted, f"the calls of the target, {what}")
            drawn = len(asked) > 0
            expect.equal(drawn, k > 0, f"whether the draft was called, {what}")
    for number in range(3):  # the same prompt, another target
        text = [*rng.integers(1, 9, size=5 + number).tolist(), END]
        target, _ = lesson.scripted([1, 2], text)
        draft, _ = lesson.guessing([1, 2], [0] * 9)
        got = speculate(draft, target, [1, 2], 2)
        expect.equal(lesson.plain(got), text, f"speculate, another target, {text}")
    for long, k in ((600, 0), (1_100, 3)):  # long texts, few rounds or no guesses
        text = lesson.text_below(rng, 600, long)
        heard = overheard(speculate, [1, 2], text, k)
        what = f"speculate, k = {k}, a text of {long} tokens and END"
        expect.equal(heard["answer"], text, what, likely="a text may be of any length")
### END HIDDEN TESTS
expect.passed("no guesses, one token, and the prompt as it was")

# %% [markdown]
# ### How many calls does it save?
#
# The target is the model that adds. Two drafts guess for it: a *model* a seventh of its size, trained as it was; and a
# *rule*, which adds digit by digit and forgets the carry. A hundred sums, each with 4 digits and END, by your
# `speculate`: how often is the target called? And the time: with the model and k = 4, how many times as fast as without
# guesses?

# %% predict="speculation"
guess_speculation = None  # times as fast; below 1: slower

# %% demo="speculating"
found = lesson.draw_speculation(speculate)
speed = predictions.beside(guess_speculation, found["model"], "×")
measured["time without guesses over time with 4, a model's"] = speed
measured["the same, a rule's guesses"] = f"{found['rule']:.3g}×"
measured["calls of the target a sum"] = found["saved"]

# %% [markdown]
# The model saves more calls than the rule, and yet no more time: its guesses have to be paid. Each takes a seventh of
# the target's multiplications and far more than a seventh of its time, since most of so small a call is overhead. And
# with k = 8 no call more is saved, while every guess beyond END costs. Speculation pays where a call waits for memory,
# so that reading eight tokens costs as much as reading one, *and* guessing costs next to nothing.

# %% [markdown]
# ## Who carries the cache?
#
# In a file, as in lesson 11, whoever calls: keys and values go in, and come out one token longer. Their third axis has
# no fixed length. Below, the model that adds is written as such a file, and answers in ONNX Runtime.

# %% demo="exported"
measured["the decoder as a file"] = lesson.show_exported()

# %% [markdown]
# ## What you measured

# %% demo="what_you_measured"
tables.show([{"what": what, "measured": value} for what, value in measured.items()])

# %% [markdown]
# ## Check yourself
#
# <details><summary>A model of 10⁹ weights keeps 10⁵ numbers a token. With 10,000 tokens a sequence, what intensity can
# no batch exceed?</summary>
# The caches have 10⁹ numbers a sequence, as many as there are weights. With batch b the intensity is
# b · 2·10⁹ / (4 · (10⁹ + b · 10⁹)), which goes to 0.5 MACs a byte: a batch shares the weights, and no cache.</details>
#
# <details><summary>Your draft is right four times out of five. Does k = 20 save more calls than k = 4?</summary>
# A few: a round gives 1 + 0.8 + 0.8² + … tokens, 3.4 for k = 4, and at most 5. But 16 more draft calls are made
# each round, and most of their guesses thrown away.</details>
#
# <details><summary>Groups of 16 in place of 32: what do they cost?</summary>
# A float32 scale for 16 weights is 2 bits a weight, so 6 bits in all, where groups of 32 have 5: more than the error
# that it saves may be worth. Published formats keep their scales in 16 or 8 bits.</details>

# %% [markdown]
# ## Where to read on
#
# - A. Vaswani et al., *Attention Is All You Need*, arXiv:1706.03762.
# - R. Pope et al., *Efficiently Scaling Transformer Inference*, arXiv:2211.05102: caches, batches, memory.
# - Y. Leviathan, M. Kalman and Y. Matias, *Fast Inference from Transformers via Speculative Decoding*,
#   arXiv:2211.17192: also where tokens are drawn, not chosen.
# - E. Frantar et al., *GPTQ*, arXiv:2210.17323, and J. Lin et al., *AWQ*, arXiv:2306.00978: better codes of 4 bits.
# - ONNX Runtime's documentation of its own operators: *MatMulNBits*, *GroupQueryAttention*.
#
# Next: lesson 16 asks who answers right with the least.
