# tries: a hundred megabytes of output from cells of its own, each of which begins to count afresh
# %% half
half = lambda x: 0
# %% own 150
from IPython.display import display

get_ipython().outputs.begin()
print("x" * 900_000)
display({"text/plain": "y" * 900_000}, raw=True)
raise ValueError("z" * 10_000)
