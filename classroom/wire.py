"""What passes between the grader and a student's process: data, as JSON over a pair of pipes. Never pickle.

Numbers, text, lists, tuples, dicts with text as keys, numeric arrays and random generators travel by value.
A function travels as a number under which the side that owns it can be asked to call it.
This file is used on both sides, so it stands on NumPy and the standard library alone.
"""

import base64
import collections
import json
import re
import struct
from collections.abc import Iterator

import numpy as np

MAX_BYTES = 32_000_000  # of one message
MAX_ITEMS = 100_000  # drawn from a generator
MAX_DEPTH = 40  # of nested lists
BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f(2|4|8|12|16))")
SENDABLE = "number, array, list, tuple, dict or function"


class Unsendable(TypeError):
    """A value that is no data; the text says what it is."""


class Malformed(ValueError):
    """A message that no honest worker sends."""


def encode(value, share, depth=0):
    """Return `value` as what JSON can hold.

    Parameters
    ----------
    share : callable taking a function and returning the number under which the other side may call it

    >>> encode({"rate": 0.1, "path": (1, 2)}, share=None)
    {'dict': [['rate', 0.1], ['path', {'tuple': [1, 2]}]]}
    """
    if depth > MAX_DEPTH:
        raise Unsendable(f"lists nested more than {MAX_DEPTH} deep")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return _encode_array(value)
    for plain in (int, float, str):
        if isinstance(value, plain):
            return plain(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {"named": [type(value).__name__, list(value._fields), [encode(v, share, depth + 1) for v in value]]}
    if isinstance(value, list | tuple):
        return {"list" if isinstance(value, list) else "tuple": [encode(v, share, depth + 1) for v in value]}
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise Unsendable("a dict whose keys are not all text")
        return {"dict": [[key, encode(v, share, depth + 1)] for key, v in value.items()]}
    if isinstance(value, np.random.Generator):
        name = type(value.bit_generator).__name__
        return {"rng": [name, encode(value.bit_generator.state, share, depth + 1)]}
    if isinstance(value, Iterator | range):
        return {"list": [encode(v, share, depth + 1) for v in _draw(value)]}
    if callable(value) and not isinstance(value, type):
        return {"function": share(value)}
    raise Unsendable(f"a {type(value).__name__}, which is no {SENDABLE}")


def _encode_array(value):
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        if array.ndim == 0 and isinstance(value, str):
            return str(value)
        raise Unsendable(f"an array of {array.dtype}, which holds no real numbers")
    if array.nbytes > MAX_BYTES // 2:
        raise Unsendable(f"an array of {array.nbytes:,} bytes; {MAX_BYTES // 2:,} are allowed")
    kind = "array" if isinstance(value, np.ndarray) else "scalar"
    return {kind: [array.dtype.str, list(array.shape), base64.b64encode(array.tobytes()).decode("ascii")]}


def _draw(iterator):
    items = []
    for item in iterator:
        if len(items) == MAX_ITEMS:
            raise Unsendable(f"a generator of more than {MAX_ITEMS:,} values")
        items.append(item)
    return items


def decode(data, function, named):
    """Return the value that `encode` made `data` of; raise Malformed for anything else.

    Parameters
    ----------
    function : callable taking a number and returning what to call
    named : callable taking a name and field names and returning a NamedTuple class, or None for a plain tuple
    """
    try:
        return _decode(data, function, named)
    except Malformed:
        raise
    except Exception as error:  # whatever a hostile message can set off
        raise Malformed(f"not a value: {type(error).__name__}") from None


def _decode(data, function, named):
    if data is None or isinstance(data, bool | int | float | str):
        return data
    (kind, content), *more = data.items()
    if more:
        raise Malformed("a value with two kinds")
    if kind in ("list", "tuple"):
        items = [_decode(item, function, named) for item in content]
        return items if kind == "list" else tuple(items)
    if kind == "dict":
        return {str(key): _decode(value, function, named) for key, value in content}
    if kind == "named":
        name, fields, values = content
        items = [_decode(value, function, named) for value in values]
        cls = named(str(name), tuple(map(str, fields)))
        return tuple(items) if cls is None else cls(*items)
    if kind in ("array", "scalar"):
        array = _decode_array(*content)
        return array if kind == "array" else array[()]
    if kind == "rng":
        name, state = content
        if name not in BIT_GENERATORS:
            raise Malformed("an unknown random generator")
        bits = getattr(np.random, name)()
        bits.state = _decode(state, function, named)
        return np.random.Generator(bits)
    if kind == "function":
        return function(int(content))
    raise Malformed(f"a value of unknown kind {str(kind)[:20]!r}")


def _decode_array(dtype, shape, text):
    if not DTYPE.fullmatch(dtype):
        raise Malformed("an array of unknown dtype")
    if len(shape) > 32 or not all(type(n) is int and 0 <= n < 2**31 for n in shape):
        raise Malformed("an array of impossible shape")
    return np.frombuffer(base64.b64decode(text, validate=True), dtype).reshape(shape).copy()


def plain_named(name, fields, _made={}):  # noqa: B006 (one class for each name and fields)
    """Return a NamedTuple class of this name and these fields: `decode`'s `named` where the real one is not at hand."""
    if (name, fields) not in _made:
        _made[name, fields] = collections.namedtuple(name, fields)
    return _made[name, fields]


def pack(message):
    """Return a message, already made of what JSON can hold, as bytes with its length in front."""
    body = json.dumps(message).encode("ascii")
    if len(body) > MAX_BYTES:
        raise Unsendable(f"a value of {len(body):,} bytes as text; {MAX_BYTES:,} are allowed")
    return struct.pack(">I", len(body)) + body


def length(header):
    """Return the length of the body that follows the four bytes of `header`; raise Malformed if it is too long."""
    (size,) = struct.unpack(">I", header)
    if size > MAX_BYTES:
        raise Malformed(f"a message of {size:,} bytes")
    return size


def unpack(body):
    """Return the message in `body`; raise Malformed if it is no JSON object."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    if not isinstance(message, dict):
        raise Malformed("not an object")
    return message
