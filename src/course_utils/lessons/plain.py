"""Values without NumPy's integers."""

from __future__ import annotations

from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """Return a value with Python's integers in place of NumPy's, in lists and dicts, too."""
    if isinstance(value, np.integer):
        return int(value)
    if type(value) is list:
        return [plain(each) for each in value]
    return {key: plain(each) for key, each in value.items()} if type(value) is dict else value
