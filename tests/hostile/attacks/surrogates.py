# tries: text that can stand in no file, in results, exceptions and all that is shown
# %% half
from IPython.display import HTML, display

lone = "\ud800 \udfff\x00\x1b[31m"
display(HTML(f"<p title='{lone}'>{lone}</p>"))
print(lone)


def half(x):
    print(lone)
    display({"text/plain": lone, "text/html": lone}, raw=True)
    if x == 4:
        raise type(f"E{lone}", (ValueError,), {})(lone)
    return lone


# %% quarter
quarter = lambda x: {lone: [lone]}
