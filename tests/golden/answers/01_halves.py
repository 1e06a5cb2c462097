# %% right="multiplies" exercise="half"
def half(x):
    return 0.5 * x


# %% wrong="divides whole numbers" exercise="half" loses="half_odd"
def half(x):
    return x // 2


# %% wrong="doubles" exercise="half" loses="half_even half_odd"
def half(x):
    return x * 2


# %% wrong="knows the example by heart" exercise="half" loses="half_even half_odd"
def half(x):
    return {4: 2, 5: 2.5}[x]


# %% wrong="rounds up" exercise="half" loses="half_odd"
def half(x):
    return -(-x // 2)


# %% right="divides by four" exercise="quarter"
def quarter(x):
    return x / 4


# %% wrong="halves once" exercise="quarter" loses="quarter_values"
def quarter(x):
    return half(x)


# %% wrong="takes the fourth power" exercise="quarter" loses="quarter_values"
def quarter(x):
    return x**4


# %% wrong="subtracts" exercise="quarter" loses="quarter_values"
def quarter(x):
    return x - 6


# %% wrong="returns nothing" exercise="quarter" loses="quarter_values"
def quarter(x):
    half(half(x))
