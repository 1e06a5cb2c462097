# tries: an exception that does harm when it is shown
# %% half
class Bad(Exception):
    def __str__(self):
        raise SystemExit(0)

    def __repr__(self):
        raise SystemExit(0)

    def _render_traceback_(self):
        get_ipython().outputs.list.clear()
        return []


def half(x):
    raise Bad()
