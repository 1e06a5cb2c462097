# tries: the same in a form that the wire nests
# %% half
def half(x):
    result = ()
    for _ in range(5_000):
        result = (result,)
    return result
