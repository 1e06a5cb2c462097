"""What the student's process may do with objects of the checker's that a test handed to it.

It may call what was meant to be called, and read public attributes of a few kinds of objects. It must not climb from
there to frames, globals, code or files of the checker, where the hidden tests are.
"""

from __future__ import annotations

import functools
import types
from typing import Any

CALLED = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, functools.partial)
# What may be asked of ONNX Runtime's objects. Nothing that takes a pointer: it would be one into the checker's memory.
READ = {
    "InferenceSession": {
        *("get_inputs", "get_outputs", "get_overridable_initializers", "get_providers", "get_provider_options"),
        *("get_modelmeta", "run", "run_with_ort_values", "io_binding", "run_with_iobinding"),
    },
    "NodeArg": {"name", "shape", "type"},
    "ModelMetadata": {"producer_name", "graph_name", "domain", "description", "version", "custom_metadata_map"},
    "IOBinding": {
        *("bind_cpu_input", "bind_ortvalue_input", "bind_output", "copy_outputs_to_cpu", "get_outputs"),
        *("synchronize_inputs", "synchronize_outputs", "clear_binding_inputs", "clear_binding_outputs"),
    },
    "SessionIOBinding": set(),
    "SessionOptions": {"intra_op_num_threads", "inter_op_num_threads", "graph_optimization_level", "execution_mode"},
}
MOST = 100_000
TOOLS, OURS = "course_utils.", "course_staff."


class Forbidden(Exception):
    """The student's process asked for what it may not have."""


class Lent:
    """The checker's objects that the student's process knows, by number."""

    def __init__(self) -> None:
        self.objects: list[Any] = []
        self.numbers: dict[int, int] = {}

    def number(self, item: Any) -> int:
        """Return the number of an object from now on."""
        if id(item) not in self.numbers:
            self.objects.append(item)
            self.numbers[id(item)] = len(self.objects) - 1
        return self.numbers[id(item)]

    def forget(self, count: int) -> None:
        """Lend no more than the first ``count`` objects."""
        for item in self.objects[count:]:
            del self.numbers[id(item)]
        del self.objects[count:]

    def of(self, number: Any) -> Any:
        """Return the object of that number. Raises Forbidden."""
        if type(number) is not int or not 0 <= number < len(self.objects):
            raise Forbidden("no such object")
        return self.objects[number]

    def do(self, question: Any) -> Any:
        """Answer a question of the student's process. Raises Forbidden, or what the object raises."""
        if type(question) is not list or len(question) < 2 or type(question[0]) is not str:
            raise Forbidden("no question")
        what, item, *rest = question
        if not (lendable(item) or methods(item)):
            raise Forbidden("not one of the checker's objects")
        return _DOES[what](item, *rest) if what in _DOES and len(rest) == _COUNT[what] else _no(what)


def lendable(item: Any) -> bool:
    """Say whether an object may be lent: it is called, or its class is known."""
    return isinstance(item, CALLED) or _readable(item) or _is_notebooks(type(item)) or _is_notebooks(item)


def methods(item: Any) -> list[str]:
    """Return the public methods of one of the course's own objects, such as a reader of calibration data.

    Such an object is sent by value where it can be; else it is lent, to be used by these methods and in no other way.
    """
    bases = type(item).__mro__
    if isinstance(item, type) or any(kind.__module__.startswith(OURS) for kind in bases):
        return []
    kinds = [kind for kind in bases if kind.__module__.startswith(TOOLS)]
    found = {name for kind in kinds for name, value in vars(kind).items() if type(value) is types.FunctionType}
    return sorted(name for name in found if not name.startswith("_"))


def _readable(item: Any) -> bool:
    return _readable_names(item) is not None


def _readable_names(item: Any) -> set[str] | None:
    """Return what may be read of one of ONNX Runtime's objects; None for any other object."""
    kinds = [kind for kind in type(item).__mro__ if kind.__module__.partition(".")[0] == "onnxruntime"]
    return set().union(*(READ.get(kind.__name__, set()) for kind in kinds)) if kinds else None


def _is_notebooks(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__ == "__main__"


def _call(item: Any, args: Any, kwargs: Any) -> Any:
    if type(args) is not tuple or type(kwargs) is not dict or any(type(key) is not str for key in kwargs):
        raise Forbidden("no call")
    return item(*args, **kwargs)


def _get(item: Any, name: Any) -> Any:
    if type(name) is not str or not name.isidentifier() or name.startswith("_"):
        raise Forbidden("no public attribute")
    names = _readable_names(item)
    own = _is_notebooks(type(item)) and (name in vars(item) or any(name in vars(kind) for kind in _own_kinds(item)))
    own = own or name in methods(item)
    if isinstance(item, type) or not (own or (names is not None and name in names)):
        raise AttributeError(f"{type(item).__name__!r} object has no attribute {name!r}")
    value = getattr(item, name)
    return _without_pointers(value) if name == "bind_output" and names is not None else value


def _own_kinds(item: Any) -> list[type]:
    """Return the classes of an object that the notebook defines: what they inherit from elsewhere is not lent."""
    return [kind for kind in type(item).__mro__ if _is_notebooks(kind)]


def _without_pointers(bind: Any) -> Any:
    def bind_output(name: str, device_type: str = "cpu", device_id: int = 0) -> None:
        bind(name, device_type, device_id)

    return bind_output


def _list(item: Any) -> list:
    _must_be_read(item)
    found = []
    for each in item:
        found.append(each)
        if len(found) > MOST:
            raise Forbidden("too long")
    return found


def _must_be_read(item: Any) -> None:
    if isinstance(item, type) or not (_readable(item) or _is_notebooks(type(item))):
        raise TypeError(f"a {type(item).__name__} is only to be called")


def _item(item: Any, key: Any) -> Any:
    _must_be_read(item)
    return item[key]


def _len(item: Any) -> int:
    _must_be_read(item)
    return len(item)


def _enter(item: Any) -> Any:
    _must_be_read(item)
    return item.__enter__()


def _exit(item: Any) -> None:
    _must_be_read(item)
    item.__exit__(None, None, None)


def _no(what: str) -> Any:
    raise Forbidden(f"{what[:20]!r} is nothing to ask for")


_DOES = {"call": _call, "get": _get, "list": _list, "item": _item, "len": _len, "enter": _enter, "exit": _exit}
_COUNT = {"call": 2, "get": 1, "list": 0, "item": 1, "len": 0, "enter": 0, "exit": 0}
