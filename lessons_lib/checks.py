"""Bad input is told apart from a bad day: each check names the argument, what came and what is allowed."""

import operator

import numpy as np


def describe(value):
    """Return a few words that tell a reader what came.

    >>> describe(np.zeros((3, 1)))
    'an array of shape (3, 1)'
    >>> describe("fast")
    "'fast'"
    >>> describe(np.float64(-0.5))
    '-0.5'
    """
    if isinstance(value, np.generic):
        value = value.item()
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)


def _float(value):
    """Return `value` as a float, or NaN if it is no number: neither text nor a truth value is one."""
    if isinstance(value, str | bytes | bool | np.bool_) or (isinstance(value, np.ndarray) and value.ndim > 0):
        return np.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return np.nan


def learning_rate(value, name="learning_rate"):
    """Return `value` as a float; raise ValueError unless it is one finite number above zero."""
    rate = _float(value)
    if not (np.isfinite(rate) and rate > 0):
        raise ValueError(f"{name} must be a finite number above 0, got {describe(value)}")
    return rate


def number(value, name, *, low=0, high=None):
    """Return `value` as a float; raise ValueError unless it is one finite number from `low` to `high`."""
    result = _float(value)
    if not (np.isfinite(result) and low <= result and (high is None or result <= high)):
        allowed = f"a finite number of at least {low}" if high is None else f"a number from {low} to {high}"
        raise ValueError(f"{name} must be {allowed}, got {describe(value)}")
    return result


def count(value, name, *, low=0, high=None):
    """Return `value` as an int; raise ValueError unless it is a whole number from `low` to `high`."""
    allowed = f"a whole number of at least {low}" if high is None else f"a whole number from {low} to {high}"
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be {allowed}, got {describe(value)}") from None
    if isinstance(value, bool) or number < low or (high is not None and number > high):
        raise ValueError(f"{name} must be {allowed}, got {describe(value)}")
    return number


def batch_size(value, n):
    """Return `value` as an int; raise ValueError unless it is a whole number from 1 to the `n` samples."""
    try:
        return count(value, "batch_size", low=1, high=n)
    except ValueError as error:
        raise ValueError(f"{error} ({n} is the number of samples)") from None


def generator(value):
    """Return `value`; raise ValueError unless it is a `numpy.random.Generator`."""
    if not isinstance(value, np.random.Generator):
        raise ValueError(f"rng must be a generator such as np.random.default_rng(0), got {describe(value)}")
    return value


def floats(value, name):
    """Return `value` as a floating-point array; raise ValueError for integer arrays, NaN, infinity and no elements.

    Python numbers and lists are taken as floats.
    An integer *array* is refused: an update written in place would be cut off to whole numbers.
    """
    if isinstance(value, np.ndarray) and not np.issubdtype(value.dtype, np.floating):
        hint = ""
        if np.issubdtype(value.dtype, np.integer):
            hint = f": an update would be cut off to whole numbers. Convert it with {name}.astype(float)"
        raise ValueError(f"{name} must hold floating-point numbers, got an array of {value.dtype}{hint}")
    try:
        array = np.asarray(value) if isinstance(value, np.ndarray | np.floating) else np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number or an array of numbers, got {describe(value)}") from None
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got an array of shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {np.count_nonzero(~np.isfinite(array))} NaN or infinite numbers")
    return array


def numbers(value, name):
    """Return `value` as an array; raise ValueError unless it holds real numbers or truth values."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        raise ValueError(f"{name} must be an array of numbers, got {describe(value)}") from None
    if array.dtype.kind not in "fiub":
        what = "None" if value is None else f"an array of {array.dtype}"
        raise ValueError(f"{name} must hold real numbers, got {what}")
    return array


def samples(X, y):
    """Return X and y as arrays; raise ValueError unless both are finite, not empty and equally long."""
    X, y = numbers(X, "X"), numbers(y, "y")
    for name, array in (("X", X), ("y", y)):
        if array.ndim == 0 or array.size == 0:
            raise ValueError(f"{name} must hold at least one sample, got an array of shape {array.shape}")
        bad = np.count_nonzero(~np.isfinite(array))
        if bad:
            raise ValueError(f"{name} must be finite, got {bad} NaN or infinite numbers")
    if len(X) != len(y):
        raise ValueError(f"X and y must have the same number of samples, got {len(X)} and {len(y)}")
    return X, y


def same_shape(y_hat, y, name="y_hat"):
    """Return y_hat and y as arrays of y_hat's precision; raise ValueError unless their shapes are equal.

    So nothing broadcasts, whole numbers are not cut off, and float32 predictions keep their losses in float32.
    """
    y_hat, y = numbers(y_hat, name), numbers(y, "y")
    if y_hat.shape != y.shape:
        hint = ""
        if np.squeeze(y_hat).shape == np.squeeze(y).shape:
            hint = f". NumPy would broadcast them; reshape y with y.reshape({y_hat.shape})"
        raise ValueError(f"{name} and y must have the same shape, got {y_hat.shape} and {y.shape}{hint}")
    if y.ndim == 0 or y.size == 0:
        raise ValueError(f"{name} and y must hold at least one sample, got shape {y.shape}")
    dtype = y_hat.dtype if y_hat.dtype.kind == "f" else float
    return y_hat.astype(dtype, copy=False), y.astype(dtype, copy=False)


def labels(y):
    """Return `y`; raise ValueError unless all of it lies between 0 and 1."""
    if not (y.min() >= 0 and y.max() <= 1):
        raise ValueError(f"y must hold labels from 0 to 1, got numbers from {y.min()} to {y.max()}")
    return y


def gradient(value, like):
    """Return `value` as an array; raise ValueError unless it holds numbers, in the shape of the point `like`."""
    value = numbers(value, "what grad returns")
    if value.shape != like.shape:
        raise ValueError(
            f"grad must return an array of the point's shape {like.shape}, got shape {value.shape}: "
            "one slope for each coordinate"
        )
    return value
