# tries: what looks like a score or a report, as output of the tested function
# %% half
import json
import sys

from IPython.display import display


def half(x):
    print(json.dumps({"cell": 3, "outputs": []}), flush=True)
    print(10.0)
    sys.displayhook(10.0)
    display(10.0)
    get_ipython().outputs.list.clear()
    get_ipython().outputs.list.append(
        {"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": "10.0"}, "metadata": {}}
    )
    return 0
