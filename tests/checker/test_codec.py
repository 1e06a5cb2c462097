"""Plain data of exact types crosses the wire and comes back the same; anything else, and any lie, does not."""

import math
import pickle
from collections import Counter, OrderedDict
from pathlib import Path

import msgpack
import numpy as np
import pytest
import torch

from course_staff.grading.checker import arrays, codec

PLAIN = [
    None,
    True,
    -7,
    10**40,
    -(2**64),
    1.5,
    -0.0,
    float("inf"),
    1 + 2j,
    "grüße",
    "\ud800",
    b"\0x",
    [],
    (1, (2, [3])),
    {"a": [1], (1, 2): {3}},
    {1, 2.5},
    frozenset({1}),
    Path("work03/net.onnx"),
    OrderedDict(b=1, a=2),
    torch.Size([2, 3]),
]
ARRAYS = [
    np.arange(6.0).reshape(2, 3).T,
    np.array(3, np.int8),
    np.zeros((0, 4), np.float16),
    np.array(["a", "bcd"]),
    np.float32(1.5),
    np.int64(3),
    np.bool_(True),
    torch.arange(6).reshape(2, 3),
    torch.tensor(1.5, dtype=torch.bfloat16),
    torch.ones(2, requires_grad=True),
    torch.nn.Parameter(torch.zeros(0, 2)),
]


def refuse(*_):
    raise codec.Unreadable("a reference")


def there_and_back(value):
    return codec.decode(codec.encode(value, refuse), refuse)


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_data_comes_back_the_same(value):
    found = there_and_back(value)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize("value", ARRAYS, ids=lambda value: f"{type(value).__name__} {getattr(value, 'dtype', '')}")
def test_arrays_come_back_the_same(value):
    found = there_and_back(value)
    assert (type(found), found.dtype, found.shape) == (type(value), value.dtype, value.shape)
    assert np.array_equal(np.asarray(found.tolist()), np.asarray(value.tolist()))
    assert getattr(found, "requires_grad", False) == getattr(value, "requires_grad", False)


@pytest.mark.parametrize("shape", [(3, 2), (0, 4), (2, 1, 5)])
def test_a_transposed_array_stays_one_and_any_other_comes_by_rows(shape):
    rows = np.arange(math.prod(shape), dtype=np.int16).reshape(shape)
    for value in (rows.T, rows[::-1], rows):
        found = there_and_back(value)
        assert found.flags.f_contiguous == (value.flags.f_contiguous or 0 in shape)
        assert (found.tolist(), found.flags.writeable) == (value.tolist(), True)


def test_nan_comes_back_and_decoded_bytes_encode_to_themselves():
    assert math.isnan(there_and_back(float("nan")))
    data = codec.encode([PLAIN, ARRAYS], refuse)
    assert codec.encode(codec.decode(data, refuse), refuse) == data


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [Text("x"), type("Int", (int,), {})(3), Counter("ab"), np.ma.ones(2), np.array([None]), object(), print, int],
    ids=lambda value: type(value).__name__,
)
def test_a_subclass_or_an_object_is_only_referred_to(value):
    asked = []

    def refer(item):
        asked.append(item)
        return msgpack.ExtType(codec.STUDENTS, b"\0")

    codec.encode([value], refer)
    assert asked[0] is value


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("make", [lambda: 1 << 9_000, lambda: np.zeros(10_000_000), lambda: nested(5_000)])
def test_what_is_too_large_is_not_sent(make):
    with pytest.raises(codec.Unsendable):
        codec.encode(make(), refuse)


def extension(kind, parts):
    return msgpack.packb(msgpack.ExtType(kind, msgpack.packb(parts) if not isinstance(parts, bytes) else parts))


def array(kind, *header):
    return extension(kind, [msgpack.packb(header), bytes(8)])


LIES = {
    "not MessagePack": b"\xc1",
    "cut short": codec.encode([1, 2, 3], refuse)[:-1],
    "two values": b"\x01\x02",
    "an unknown extension": extension(77, []),
    "a pickle": extension(codec.PICKLE, pickle.dumps(print)),
    "an object array": array(arrays.ARRAY, "|O", [1], False),
    "fewer bytes than its shape says": array(arrays.ARRAY, "<f8", [10**9], False),
    "a negative shape": array(arrays.ARRAY, "<f8", [-1], False),
    "a shape of floats": array(arrays.ARRAY, "<f8", [1.0], False),
    "a type that is made of types": array(arrays.ARRAY, "f4,f4", [1], False),
    "a header that is too long": array(arrays.ARRAY, "<f8", [1], False, bytes(1_000)),
    "a header without a shape": array(arrays.ARRAY, "<f8"),
    "an array without a header": extension(arrays.ARRAY, ["<f8", bytes(8)]),
    "no such tensor type": array(arrays.TENSOR, "load", [1], False),
    "a tensor that may want a gradient": array(arrays.TENSOR, "float64", [1], 1),
    "an integer of a megabyte": extension(codec.INTEGER, bytes(10**6)),
    "a set of lists": extension(codec.SET, [msgpack.packb([])]),
    "a list for a key": b"\x81\x90\x01",
    "a tuple that is a number": extension(codec.TUPLE, 3),
    "a path with a zero": extension(codec.PATH, b"a\0b"),
    "no text": b"\xa1\xff",
    "more items than bytes": b"\xdd\xff\xff\xff\xff",
}


@pytest.mark.parametrize("data", LIES.values(), ids=LIES.keys())
def test_a_lie_is_unreadable(data):
    with pytest.raises(codec.Unreadable):
        codec.decode(data, refuse)


def test_extensions_nested_without_end_are_unreadable():
    data = msgpack.packb(1)
    for _ in range(100):
        data = msgpack.packb(msgpack.ExtType(codec.TUPLE, b"\x91" + data))
    with pytest.raises(codec.Unreadable, match="nested too deep"):
        codec.decode(data, refuse)


def test_an_ort_value_that_has_come_has_its_own_memory():
    ort = pytest.importorskip("onnxruntime")
    sent = arrays.encode(ort.OrtValue.ortvalue_from_numpy(np.arange(6, dtype=np.float16).reshape(2, 3)))
    content = bytearray(sent.data)
    value = arrays.decode(sent.code, bytes(content))
    assert (value.numpy().tolist(), str(value.numpy().dtype)) == ([[0, 1, 2], [3, 4, 5]], "float16")
    assert value._numpy_obj is None  # it does not lean on an array, which a binding would not keep
