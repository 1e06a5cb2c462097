# tries: a loop without end
# %% half
def half(x):
    while True:
        pass
