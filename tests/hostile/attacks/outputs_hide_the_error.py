# tries: so many outputs of a tested function that the test's own error is the one left out
# %% half
from IPython.display import display


def half(x):
    for _ in range(2_000):
        display(1)
    return 0


# %% quarter
def quarter(x):
    display({"text/plain": "x" * 3_990_000}, raw=True)
    print("y" * 10_000_000)
    display({"text/plain": "x" * 3_990_000}, raw=True)
    return 0
