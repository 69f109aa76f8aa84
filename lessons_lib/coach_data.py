"""The data that the coach deals in: compared, put into words, and recorded as JSON.

What is recorded can hold arrays with their type, random generators, and a few functions that are made by `function`.
"""

import numpy as np

FUNCTIONS = {}  # what `function` can make


def same(got, want, tolerance=1e-6):
    """Return whether `got` is `want`: numbers up to a relative tolerance, and lists as good as tuples or arrays.

    >>> same([1.0, 2.0], np.array([1.0, 2.0])), same(np.ones((2, 1)), np.ones(2))
    (True, False)
    """
    if isinstance(want, dict):
        return (
            isinstance(got, dict) and got.keys() == want.keys() and all(same(got[k], want[k], tolerance) for k in want)
        )
    if isinstance(want, list | tuple):
        listed = isinstance(got, list | tuple) or (isinstance(got, np.ndarray) and got.ndim > 0)
        return listed and len(got) == len(want) and all(map(same, got, want, [tolerance] * len(want)))
    if want is None or isinstance(want, str):
        return type(got) is type(want) and got == want
    if isinstance(want, bool | np.bool_):
        return np.asarray(got).dtype == bool and np.shape(got) == () and bool(got) == bool(want)
    got, want = numbers(got), np.asarray(want, dtype=float)
    return got is not None and got.shape == want.shape and bool(np.all(close(got, want, tolerance)))


def numbers(value):
    """Return `value` as an array of numbers, or None if it is none."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        return None
    return array if array.dtype.kind in "biuf" else None


def close(got, want, tolerance):
    """Return, for each number of two arrays, whether they are the same up to a relative tolerance."""
    if got.dtype.kind == "f" and got.dtype.itemsize < 8:
        tolerance = max(tolerance, 1e-4)  # as good as float32 can be after a few operations
    with np.errstate(over="ignore", invalid="ignore"):
        scale = np.abs(want[np.isfinite(want)]).max(initial=0)
        near = np.abs(got.astype(float) - want) <= tolerance * (np.abs(want) + 0.01 * scale) + 1e-14
    return near | (got == want) | (np.isnan(got) & np.isnan(want))  # a mistake's result may be no number


def flat(nest):
    """Return all numbers in a nest of lists, tuples, dicts and arrays, one after another."""
    if isinstance(nest, dict):
        nest = list(nest.values())
    if isinstance(nest, list | tuple):
        return np.concatenate([flat(item) for item in nest] or [np.zeros(0)])
    array = numbers(nest)
    return np.zeros(0) if array is None else array.astype(float).ravel()


def form(value):
    """Return in words what kind of thing `value` is, without its numbers.

    >>> form(np.zeros((3, 1))), form((1.0, "a"))
    ('an array of shape (3, 1)', 'a tuple or list of 2: a number, a text')
    """
    if isinstance(value, bool | np.bool_):
        return "True or False"
    if isinstance(value, str):
        return "a text"
    if value is None:
        return "None"
    if isinstance(value, dict):
        return f"a dict of {len(value)}"
    array = numbers(value) if not isinstance(value, tuple) else None
    if array is not None:
        return f"an array of shape {array.shape}" if array.ndim else "a number"
    if isinstance(value, list | tuple):
        parts = [form(item) for item in value]
        parts = parts[:1] if len(set(parts)) == 1 else parts[:6]
        return f"a tuple or list of {len(value)}: {', '.join(parts)}"
    return "a function" if callable(value) else f"a {type(value).__name__}"


def describe(value):
    """Return a few words on a value that came."""
    return form(value) if isinstance(value, np.ndarray | list | tuple | dict) else repr(value)[:60]


def encode(value):
    """Return `value` as what JSON can hold.

    >>> encode((1.5, np.array([1, 2])))
    {'tuple': [1.5, {'array': [1, 2], 'dtype': 'int64'}]}
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": str(value.dtype)} | ({} if value.size else {"shape": value.shape})
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [encode(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": {key: encode(item) for key, item in value.items()}}
    if isinstance(value, np.random.Generator):
        return {"rng": value.bit_generator.seed_seq.entropy}
    if hasattr(value, "spec"):
        name, data = value.spec
        return {"function": name, "data": encode(data)}
    raise ValueError(f"value must be data or a function made by coach_data.function, got {value!r}")


def decode(data):
    """Return the value that `encode` made `data` of.

    >>> decode(encode({"rates": np.array([0.1, 0.2])}))
    {'rates': array([0.1, 0.2])}
    """
    if isinstance(data, list):
        return [decode(item) for item in data]
    if not isinstance(data, dict):
        return data
    if "array" in data:
        array = np.array(data["array"], dtype=data["dtype"])
        return array.reshape(data.get("shape", array.shape))
    if "tuple" in data:
        return tuple(decode(item) for item in data["tuple"])
    if "rng" in data:
        return np.random.default_rng(data["rng"])
    if "function" in data:
        return function(data["function"], **decode(data["data"]))
    return {key: decode(item) for key, item in data["dict"].items()}


def function(name, **data):
    """Return one of the functions that recorded cases can hand to yours.

    >>> slope = function("quadratic_slope", A=np.eye(2), center=np.zeros(2))
    >>> slope(np.array([3.0, 4.0]))
    array([3., 4.])
    """
    if name not in FUNCTIONS:
        raise ValueError(f"name must be one of {', '.join(FUNCTIONS)}, got {name!r}")
    made = FUNCTIONS[name](**data)

    def quiet(x):
        with np.errstate(all="ignore"):
            return made(np.array(x, dtype=float))

    quiet.spec = (name, data)
    return quiet


def recordable(make):
    FUNCTIONS[make.__name__] = make
    return make


@recordable
def quadratic(A, center):
    """f(x) = (x - c)ᵀ A (x - c) / 2: a bowl, a ravine or a saddle."""
    return lambda x: float((x - center) @ A @ (x - center) / 2)


@recordable
def quadratic_slope(A, center):
    return lambda x: A @ (x - center)


@recordable
def waves(height):
    """f(x) = Σ hᵢ sin xᵢ + Σ xᵢ² xᵢ₊₁: curved in every direction, and no coordinate goes its own way."""
    return lambda x: float(height @ np.sin(x) + np.sum(x[:-1] ** 2 * x[1:]))


@recordable
def waves_slope(height, factors):
    """The gradient of `waves`, each number of it times one of the factors: right if all of them are 1."""

    def slope(x):
        grad = height * np.cos(x)
        grad[:-1] += 2 * x[:-1] * x[1:]
        grad[1:] += x[:-1] ** 2
        return factors * grad

    return slope
