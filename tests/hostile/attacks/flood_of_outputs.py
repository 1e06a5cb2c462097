# tries: a hundred thousand figures
# %% half
from IPython.display import display

half = lambda x: 0
for number in range(100_000):
    display(number)
