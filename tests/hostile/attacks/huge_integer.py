# tries: an integer whose digits take minutes to write
# %% half
half = lambda x: 10**3_000_000
