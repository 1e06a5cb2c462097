# tries: exceptions that end a program or a generator, not a test
# %% half
def half(x):
    raise [SystemExit(0), KeyboardInterrupt(), GeneratorExit(), StopIteration(1)][int(x) % 4]
