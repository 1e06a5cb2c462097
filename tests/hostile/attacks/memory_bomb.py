# tries: more memory than the machine has
# %% half
half = lambda x: 0
kept = []
while True:
    kept.append(bytearray(b"x" * 100_000_000))
