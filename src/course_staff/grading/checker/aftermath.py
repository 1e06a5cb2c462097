"""What a call changed in the copies that it was lent, noted for a test that asks (``expect.after``)."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from course_utils.expect.aftermath import note

KEPT = object()  # stands for an argument that was sent as a pickle; what became of it does not come back


def note_all(lent: Any, back: Any) -> None:
    """Note for each array, tensor, list, dict and set in ``lent`` what came back in its place.

    What came back is the student's word: where it has another form than what was lent, nothing is noted.
    """
    kind = type(lent)
    if kind is not type(back):
        return
    if kind is not tuple and (kind in (list, dict, set, np.ndarray) or _is_tensor(lent)):
        note(lent, _with_kept(lent, back))
    if kind in (list, tuple):
        for one, other in zip(lent, back, strict=False):
            note_all(one, other)
    elif kind is dict:
        for key in lent.keys() & back.keys():
            note_all(lent[key], back[key])


def _with_kept(lent: Any, back: Any) -> Any:
    """Return what came back, with the objects that were lent where they were sent as pickles."""
    if back is KEPT:
        return lent
    if type(back) in (list, tuple):
        ours = list(lent[: len(back)]) if type(lent) is type(back) else []
        ours += [None] * (len(back) - len(ours))
        return type(back)(_with_kept(one, other) for one, other in zip(ours, back, strict=True))
    if type(back) is dict:
        ours = lent if type(lent) is dict else {}
        return {key: _with_kept(ours.get(key), value) for key, value in back.items()}
    return back


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and type(value) in (torch.Tensor, torch.nn.Parameter)
