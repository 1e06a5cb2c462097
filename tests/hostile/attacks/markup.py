# tries: scripts that run when an instructor opens the notebook
# %% half
from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display

half = lambda x: 0
script = "<script>alert('@SCRIPT@')</script>"
display(HTML(script + "<img src=x onerror=\"alert('@SCRIPT@')\"><a href='javascript:alert(1)'>@SCRIPT@</a>"))
display(HTML("<iframe srcdoc='@SCRIPT@'></iframe><svg onload='alert(1)'/><math><mtext><style><img src=x onerror=alert(1)>"))
display(SVG(data=f"<svg xmlns='http://www.w3.org/2000/svg'>{script}</svg>"))
display(Javascript("alert('@SCRIPT@')"))
display(Markdown(script), Latex("$\\href{javascript:alert(1)}{x}$"))
display({"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/html": script}, raw=True)


class Page:
    def _repr_html_(self):
        return script

    def _repr_mimebundle_(self, **_):
        return {"text/html": script, "application/javascript": "alert(1)", "image/svg+xml": script, "image/png": script}


display(Page())
raise type("<script>alert(1)</script>", (Exception,), {})(script)
