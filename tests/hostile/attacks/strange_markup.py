# tries: markup that makes what reads it stumble
# %% half
from IPython.display import HTML, display

half = lambda x: 0
for text in ("<" * 50_000, "<![CDATA[" * 20_000, "<!--" * 20_000, "<math><annotation-xml encoding='text/html'><style>" * 900,
             "<svg><![CDATA[<p>", "</p><select><template>" * 800, "<table><tr><select><svg><title>" * 800, "\x00<\x00b\x00>",
             "<p x=\"&#xD800;&#1114112;\">", "<frameset><noframes><plaintext>", "<a \xa0='1' ='' \"=''>" * 500, "<isindex prompt=x>"):
    display(HTML(text))
