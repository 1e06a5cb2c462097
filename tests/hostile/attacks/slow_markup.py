# tries: markup that takes hours to be made harmless
# %% half
from IPython.display import HTML, display

half = lambda x: display(HTML("<div>" * 350_000))
for tag in ("<div>", "<b>", "<a x=1 y=", "&lt;<table>", "<p><b><i><a>"):
    for _ in range(3):
        display(HTML((tag * 350_000)[:1_000_000]))
