# tries: an answer from whoever sits at the keyboard
# %% half
def half(x):
    return float(input("what is half of it? "))
