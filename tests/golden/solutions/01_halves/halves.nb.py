# %% [markdown]
# # What is half of it?
#
# A lesson as small as a lesson can be: 2 exercises, 20 points.

# %% readonly="imports"
import math

# %% [markdown]
# ### Exercise 1.1 · Halve (15 points · 1 min)
# Write `half(x)`: a float in, half of it out.


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


# %% solution="quarter"
def quarter(x):
    """Return a quarter of x."""
    ### BEGIN SOLUTION
    return half(half(x))
    ### END SOLUTION


# %% test="quarter_values" points=5
assert quarter(8) == 2, f"quarter(8) is 2, yours gives {quarter(8)}"
### BEGIN HIDDEN TESTS
assert math.isclose(quarter(0.4), 0.1), "quarter(0.4) is 0.1"
### END HIDDEN TESTS
