# tries: a small message that becomes a very large value
# %% half
def half(x):
    return [None] * 50_000_000
