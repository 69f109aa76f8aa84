"""Checks a gradient against central differences, and says where and how it is wrong."""

import numpy as np

from lessons_lib import checks
from lessons_lib.nest import leaves, nest_map


def numerical_grad(f, x, *, eps=1e-5):
    """Return the gradient of `f` at `x` by central differences, (f(x + εe) - f(x - εe)) / 2ε for each coordinate e.

    Parameters
    ----------
    f : callable
        Takes what has the shape, or the structure, of `x`; returns one number.
    x : array, or lists and tuples of arrays
        Left as it is; `f` gets copies in float64.
    eps : float
        The step ε. A larger one cuts the curve short, a smaller one drowns in round-off; 1e-5 is near the best.

    Returns
    -------
    array of the shape of `x`, or arrays in its structure, in float64

    Raises
    ------
    ValueError
        If `f` returns more than one number, `x` holds no finite numbers or `eps` is not above 0.

    Source: derived in the chapter on the chain rule.

    >>> numerical_grad(lambda x: x[0] ** 2 + 3 * x[1], np.array([2.0, 5.0])).round(6)
    array([4., 3.])
    """
    eps = checks.learning_rate(eps, "eps")
    x = _in_float64(x, "x")

    def slopes(part):
        """Return the gradient with respect to one array of x, the others held."""

        def value(moved):
            return _number(f, nest_map(lambda array: moved if array is part else array, x))

        grad, step = np.empty_like(part), np.zeros_like(part)
        for i in np.ndindex(part.shape):
            step[i] = eps
            grad[i] = (value(part + step) - value(part - step)) / (2 * eps)
            step[i] = 0
        return grad

    with np.errstate(over="ignore", invalid="ignore"):
        return nest_map(slopes, x)


def relative_error(a, b):
    """Return |a - b| / (|a| + |b|) in norm: 0 for equal gradients, two zeros included, and 1 for a sign flipped.

    Parameters
    ----------
    a, b : arrays of one shape, or lists and tuples of arrays in one structure

    Raises
    ------
    ValueError
        If the shapes differ: nothing broadcasts.

    >>> relative_error(np.array([3.0, 4.0]), np.array([-3.0, -4.0]))
    1.0
    """
    a, b = ([np.asarray(leaf, dtype=float) for leaf in leaves(nest)] for nest in (a, b))
    if [leaf.shape for leaf in a] != [leaf.shape for leaf in b]:
        came = " and ".join(", ".join(str(leaf.shape) for leaf in nest) for nest in (a, b))
        raise ValueError(f"a and b must have the same shape, got {came}")
    a, b = (np.concatenate([leaf.ravel() for leaf in nest] or [np.zeros(0)]) for nest in (a, b))
    with np.errstate(over="ignore", invalid="ignore"):
        difference, size = np.linalg.norm(a - b), np.linalg.norm(a) + np.linalg.norm(b)
        return float(difference / size) if size else 0.0


def check(f, params, grads, *, tolerance=1e-6, eps=1e-5, name="params"):
    """Raise an error that explains where `grads` is not the gradient of `f` at `params`; else return how well it fits.

    Parameters
    ----------
    f : callable
        Takes what has the structure of `params`; returns one number.
    params, grads : array, or lists and tuples of arrays, in one structure
    tolerance : float
        The largest relative error allowed for each array.
        A difference that round-off alone can make, a few 1e-16 |f| / eps in each element, is allowed as well.
    eps : float
        The step of the central differences.
    name : str
        What to call the parameters in the message.

    Returns
    -------
    float
        The relative error of all arrays together.

    Raises
    ------
    ValueError
        If `grads` does not have the structure and the shapes of `params`.
    AssertionError
        If it has, but not the values: the message names the array, the element, the analytic and the numeric value.

    >>> check(lambda x: x[0] ** 2 + 3 * x[1], np.array([2.0, 5.0]), np.array([4.0, 3.0])) < 1e-6
    True
    >>> check(lambda x: x[0] ** 2 + 3 * x[1], np.array([2.0, 5.0]), np.array([2.0, 3.0]), name="x")
    Traceback (most recent call last):
        ...
    AssertionError: the gradient differs from central differences:
      x[0]: analytic 2, numeric 4, worst of 1 wrong in 2 elements (relative error 0.232, allowed 1e-06)
    """
    params = _in_float64(params, name)
    if isinstance(params, np.ndarray):
        grads = np.asarray(grads, dtype=float)
    nest_map(lambda w, g: None, params, grads)  # the same structure, or an error
    names, analytic = _names(params, name), [np.asarray(leaf, dtype=float) for leaf in leaves(grads)]
    for where, w, g in zip(names, leaves(params), analytic, strict=True):
        if w.shape != g.shape:
            raise ValueError(f"the gradient of {where} must have its shape {w.shape}, got shape {g.shape}")
    numeric = leaves(numerical_grad(f, params, eps=eps))
    noise = 20 * np.finfo(float).eps * abs(_number(f, params)) / eps
    wrong = []
    for where, a, b in zip(names, analytic, numeric, strict=True):
        with np.errstate(over="ignore", invalid="ignore"):
            fits = relative_error(a, b) <= tolerance or np.abs(a - b).max(initial=0) <= noise
        if not fits:
            wrong.append(_explain(where, a, b, tolerance, noise))
    if wrong:
        if len(wrong) > 1:
            wrong.append("Begin with the last: on the way back, an error spoils all gradients that come after it.")
        raise AssertionError("\n  ".join(["the gradient differs from central differences:", *wrong]))
    return relative_error(analytic, numeric)


def _explain(where, a, b, tolerance, noise):
    """Return one line on the array `where`: its worst element, and what all of its elements have in common."""
    with np.errstate(over="ignore", invalid="ignore"):
        off = np.abs(a - b)
        count = np.count_nonzero(~(off <= tolerance * (np.abs(a) + np.abs(b)) + noise))
        worst = np.unravel_index(np.argmax(off), off.shape)  # NaN counts as the largest
        ratio = np.sum(a * b) / np.sum(b * b) if b.any() else np.nan
        common = ""
        if not a.any():
            common = "; the analytic gradient is 0 throughout"
        elif a.size > 1 and relative_error(a, ratio * b) < 1e-5:
            common = f"; analytic is {ratio:.4g} times numeric throughout"
        elif a.ndim == 2 and a.shape[0] == a.shape[1] and relative_error(a.T, b) <= tolerance:
            common = "; analytic is numeric transposed"
    return (
        f"{where}{list(map(int, worst)) or ''}: analytic {a[worst]:.6g}, numeric {b[worst]:.6g}, "
        f"worst of {count} wrong in {a.size} elements "
        f"(relative error {relative_error(a, b):.3g}, allowed {tolerance:g}){common}"
    )


def _names(nest, name):
    """Return the name of each array of a nest, in the order of `leaves`: params[0].weight and so on."""
    if not isinstance(nest, list | tuple):
        return [name]
    fields = [f".{field}" for field in getattr(nest, "_fields", ())] or [f"[{i}]" for i in range(len(nest))]
    return [full for field, part in zip(fields, nest, strict=True) for full in _names(part, name + field)]


def _in_float64(x, name):
    """Return a copy of x in float64; numbers in lists are one array, arrays in lists are a nest."""
    if not any(isinstance(leaf, np.ndarray) for leaf in leaves(x)):
        x = np.asarray(x)

    def copy(leaf):
        leaf = np.asarray(leaf)
        return checks.floats(leaf.astype(float) if leaf.dtype.kind in "iu" else leaf, name).astype(float)

    return nest_map(copy, x)


def _number(f, x):
    """Return f(x) as a float; raise ValueError if it is not one number."""
    value = np.asarray(f(x))
    if value.size != 1 or value.dtype.kind not in "buif":
        raise ValueError(f"f must return one number, got {checks.describe(value if value.ndim else value[()])}")
    return value.item()
