"""A model that notes what it is asked, and has no answer to some inputs; errors in words."""

from __future__ import annotations

import builtins
import threading
from collections.abc import Callable, Sequence
from typing import Any

from course_utils.lessons.serving.fixtures import kind_of


class Refused(Exception):
    """An error that cannot be built again from its text."""

    def __init__(self, reason: str, *, code: int) -> None:
        super().__init__(reason)
        self.code = code


class Model:
    """A ``predict_many`` over known answers.

    Args:
        answers: by input; to others it raises.
        more: so many answers too many; below 0, too few.
        kind: what it makes of the list of answers.
        fault: the name of the error that it raises.

    ``asked`` has the inputs of each call, ``raised`` the errors, ``elsewhere`` says of each call whether it came from
    another thread than the one in which the model belongs. Inputs may be arrays (``wrapped``), and are noted as the
    numbers that they stand for.
    """

    def __init__(
        self,
        answers: dict[Any, Any],
        more: int = 0,
        kind: Callable[[list], Any] = list,
        fault: str = "LookupError",
    ) -> None:
        self.answers, self.more, self.kind, self.fault = answers, more, kind, fault
        self.asked: list[Any] = []
        self.raised: list[Exception] = []
        self.elsewhere: list[bool] = []
        self.belongs_here()

    def belongs_here(self) -> None:
        """Take this thread for the one to be called in."""
        self._thread = threading.get_ident()

    def __call__(self, inputs: Any) -> Any:
        self.elsewhere.append(threading.get_ident() != self._thread)
        self.asked.append(list(map(unwrapped, inputs)) if type(inputs) is list else f"a {type(inputs).__name__}")
        numbers = list(map(unwrapped, inputs))
        missing = [x for x in numbers if x not in self.answers]
        if missing:
            self.raised.append(_error(self.fault, f"no answer to {missing[0]}"))
            raise self.raised[-1]
        found = [self.answers[x] for x in numbers]
        return self.kind(found[: len(found) + self.more] + found[:1] * self.more)


def wrapped(x: Any) -> Any:
    """Return an array for a number: it has no hash, and neither ``==`` nor its truth is one bool."""
    import numpy as np

    return np.array([x, x])


def unwrapped(x: Any) -> Any:
    """Return the number of such an array; anything else as it is."""
    return x.tolist()[0] if hasattr(x, "dtype") and x.shape else x


def in_words(error: Exception, raised: Sequence[Exception]) -> str:
    """Return an error's kind and text; one that only looks like an error that was raised is told to be another."""
    said = f"{kind_of(error)}: {error}"
    alike = [each for each in raised if f"{kind_of(each)}: {each}" == said]
    return f"another {said}" if alike and not any(each is error for each in alike) else said


def _error(name: str, text: str) -> Exception:
    return Refused(text, code=503) if name == "Refused" else getattr(builtins, name)(text)
