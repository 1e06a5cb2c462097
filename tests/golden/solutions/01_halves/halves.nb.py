# %% [markdown]
# # What is half of it?
#
# **Lesson 01** · 2 minutes · 20 points · you need: division

# %% readonly="imports"
import math

from course_utils import predictions
from course_utils.seeds import fresh_draw

# %% [markdown]
# ### Exercise 1.1 · Halve (15 points · 1 min)
# Write `half(x)`: a float in, half of it out.
#
# <details><summary>Hint</summary>
# Divide.
# </details>


# %% solution="half"
def half(x):
    """Return half of x."""
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION


# %% test="half_even" points=10
assert half(4) == 2, f"half(4) is 2, yours gives {half(4)}"
### BEGIN HIDDEN TESTS
assert half(10) == 5, "half(10) is 5"
with fresh_draw() as rng:
    n = int(rng.integers(3, 1000))  # covers: a float in, half of it out | half of x
    assert half(2 * n) == n, f"half({2 * n}) is {n}"
### END HIDDEN TESTS

# %% test="half_odd" points=5
assert half(5) == 2.5, f"half(5) is 2.5, yours gives {half(5)}"
### BEGIN HIDDEN TESTS
assert half(-7) == -3.5, "half(-7) is -3.5"
### END HIDDEN TESTS

# %% demo="halving"
print([half(n) for n in range(5)])

# %% [markdown]
# ### Exercise 1.2 · Halve again (5 points · 1 min)
# Write `quarter(x)` with the help of `half`.
#
# <details><summary>Hint</summary>
# Twice.
# </details>


# %% solution="quarter"
def quarter(x):
    """Return a quarter of x."""
    ### BEGIN SOLUTION
    return half(half(x))
    ### END SOLUTION


# %% test="quarter_values" points=5
assert quarter(8) == 2, f"quarter(8) is 2, yours gives {quarter(8)}"
### BEGIN HIDDEN TESTS
with fresh_draw() as rng:
    x = rng.normal()
    # covers: with the help of half | return a quarter of x
    assert math.isclose(quarter(x), 0.25 * x), f"quarter({x}) is {0.25 * x}"
### END HIDDEN TESTS

# %% demo="quartering"
print([quarter(n) for n in range(5)])

# %% [markdown]
# ## What you measured
#
# Nothing but numbers.

# %% predict="half_of_nine"
guess_half_of_nine = None  # a number

# %% predict="half_of_six"
guess_half_of_six = None  # a number

# %% predict="quarter_of_ten"
guess_quarter_of_ten = None  # a number

# %% demo="guessed"
predictions.beside(guess_half_of_nine, half(9))
predictions.beside(guess_half_of_six, half(6))
predictions.beside(guess_quarter_of_ten, quarter(10))

# %% [markdown]
# ## Check yourself
#
# <details><summary>Half of a half?</summary>A quarter.</details>
# <details><summary>Half of nothing?</summary>Nothing.</details>
# <details><summary>Half of −1?</summary>−½.</details>

# %% [markdown]
# ## Where to read on
#
# Anywhere.
