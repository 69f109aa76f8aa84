"""What passes between grader and student: data arrives as it was sent, and nothing else gets through."""

import collections

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from classroom import remote, wire

DTYPES = st.sampled_from(["float64", "float32", "float16", "int64", "int32", "int8", "uint8", "bool", ">f8", "<i2"])
ARRAYS = DTYPES.flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0)))
PLAIN = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text()
VALUES = st.recursive(
    PLAIN | ARRAYS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def there(value, named=wire.plain_named):
    """Return `value` as it arrives on the other side."""
    header_and_body = wire.pack({"value": wire.encode(value, share=lambda function: 7)})
    size = wire.length(header_and_body[:4])
    assert size == len(header_and_body) - 4
    return wire.decode(wire.unpack(header_and_body[4:])["value"], lambda number: ("function", number), named)


def same(a, b):
    if isinstance(a, np.ndarray | np.generic):
        return type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float):
        return (type(b) is float and np.float64(a).tobytes() == np.float64(b).tobytes()) or (a != a and b != b)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return type(b) is dict and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return type(a) is type(b) and a == b


@given(VALUES)
def test_a_value_arrives_as_it_was_sent(value):
    arrived = there(value)
    assert same(value, arrived), (value, arrived)


def test_numpy_scalars_keep_their_type():
    for value in (np.float32(0.1), np.int8(-3), np.bool_(True), np.float64("nan")):
        arrived = there(value)
        assert type(arrived) is type(value)
        np.testing.assert_array_equal(arrived, value)


@pytest.mark.parametrize("bits", wire.BIT_GENERATORS)
def test_a_generator_goes_on_where_it_stood(bits):
    rng = np.random.Generator(getattr(np.random, bits)(5))
    rng.normal(size=3)
    np.testing.assert_array_equal(there(rng).normal(size=9), rng.normal(size=9))


def test_iterators_are_drawn():
    assert there(x * x for x in range(4)) == [0, 1, 4, 9]
    assert there(range(3)) == [0, 1, 2]
    with pytest.raises(wire.Unsendable, match="more than"):
        there(iter(int, 1))


def test_functions_travel_as_numbers():
    assert there([len]) == [("function", 7)]


def test_named_tuples_keep_their_names_and_the_librarys_their_class():
    from lessons_lib.network import Layer

    layer = Layer(np.ones((2, 3)), np.zeros(3))
    assert there(layer)._fields == ("weight", "bias")
    assert type(there(layer, remote.named)) is Layer
    assert type(there(collections.namedtuple("Layer", "a b")(1, 2), remote.named)) is tuple
    assert type(there(collections.namedtuple("Own", "a b")(1, 2), remote.named)) is tuple


class Float(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


def test_subclasses_arrive_as_what_they_stand_for():
    assert type(there(Float(2.5))) is float
    assert not there(Float(2.5)) == 3
    assert type(there(np.eye(2).view(np.matrix))) is np.ndarray


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (1j, "a complex, which is no number, array, list, tuple, dict or function"),
        ({1, 2}, "a set"),
        (object, "a type"),
        ({1: 2}, "a dict whose keys are not all text"),
        (np.array([1j]), "an array of complex128"),
        (np.array([None]), "an array of object"),
        (np.zeros(3_000_000), "24,000,000 bytes"),
        (Ellipsis, "a ellipsis"),
    ],
)
def test_what_is_no_data_is_named(value, what):
    with pytest.raises(wire.Unsendable) as told:
        there(value)
    assert what in str(told.value)


def test_endless_nests_are_refused():
    nest = []
    nest.append(nest)
    with pytest.raises(wire.Unsendable, match="deep"):
        there(nest)


@pytest.mark.parametrize(
    "data",
    [
        {"array": ["O", [1], "AAAAAAAAAAA="]},
        {"array": ["<f8", [-1], ""]},
        {"array": ["<f8", [2**40, 2**40], ""]},
        {"array": ["<f8", [3], "AAAA"]},
        {"array": ["<f8", [0] * 99, ""]},
        {"array": ["<f8", "x", ""]},
        {"array": 5},
        {"rng": ["Generator", {}]},
        {"rng": ["PCG64", {"dict": [["state", 1]]}]},
        {"named": ["os", ["system"], []]},
        {"named": ["A", ["class", "_x"], [1, 2]]},
        {"list": [1], "tuple": [2]},
        {"unknown": 1},
        {"function": "x"},
        {"function": None},
        {},
        [1, 2],
    ],
)
def test_malformed_messages_are_told_as_such(data):
    with pytest.raises(wire.Malformed):
        wire.decode(data, lambda number: number, wire.plain_named)


@given(st.binary(max_size=50))
def test_any_bytes_are_a_message_or_malformed(body):
    try:
        assert isinstance(wire.unpack(body), dict)
    except wire.Malformed:
        pass


def test_too_long_a_message_is_not_read():
    with pytest.raises(wire.Malformed, match="bytes"):
        wire.length(b"\xff\xff\xff\xff")
    with pytest.raises(wire.Unsendable, match="bytes as text"):
        wire.pack({"value": "x" * wire.MAX_BYTES})
