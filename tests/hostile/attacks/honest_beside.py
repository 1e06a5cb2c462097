# tries: nothing; an honest answer, to know that the yard stick holds
# earns: 20
# plain: 20
# %% half
def half(x):
    return x / 2


# %% quarter
def quarter(x):
    return half(x) / 2
