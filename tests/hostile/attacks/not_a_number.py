# tries: numbers that compare strangely
# %% half
half = lambda x: [float("nan"), -0.0, float("inf")][hash(str(x)) % 3]
# %% quarter
quarter = lambda x: float("nan")
