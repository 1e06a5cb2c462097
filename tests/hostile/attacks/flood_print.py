# tries: output until the disk or the notebook is full
# %% half
half = lambda x: 0
for _ in range(2_000):
    print("x" * 100_000)
