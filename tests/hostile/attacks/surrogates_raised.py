# tries: the same where a test shows it: in what is returned and raised
# %% half
lone = "\ud800 \udfff\x00\x1b[31m"


def half(x):
    if x == 4:
        raise type("Strange", (ValueError,), {"__notes__": [lone]})(lone)
    return lone


# %% quarter
quarter = lambda x: {lone: [lone]}
