# tries: a computation without end that no Python signal reaches
# %% half
def half(x):
    return 7 ** (10**9)
