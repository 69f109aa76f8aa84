"""Optimizers: what to do with a gradient. Each is a pair of pure functions that follow Keras 3's formulas."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lessons_lib import checks
from lessons_lib.nest import leaves, nest_map


class Optimizer(NamedTuple):
    """A pair of pure functions: `state = init(params)`; `params, state = update(grads, state, params)`.

    `params` and `grads` are one array, or lists and tuples of arrays in one structure.
    """

    init: Callable
    update: Callable


def _check_params(params):
    arrays = leaves(params)
    if not arrays:
        raise ValueError(f"params must hold at least one array, got {params!r}")
    for array in arrays:
        checks.floats(array, "params")


def _step(update, grads, params):
    """Apply `update(w, g)` to each weight array w and its gradient g, which must have its shape.

    The gradient is taken in the precision of the weight, so that float32 weights stay float32.
    """

    def one(w, g):
        if np.shape(w) != np.shape(g):
            raise ValueError(f"grads must have the shapes of params, got {np.shape(g)} for a weight of {np.shape(w)}")
        w = checks.numbers(w, "params")
        return update(w, checks.numbers(g, "grads").astype(w.dtype if w.dtype.kind == "f" else float, copy=False))

    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # divergence is a lesson, not a warning
        return nest_map(one, params, grads)


def sgd(learning_rate):
    """Return plain gradient descent, w ← w - α g.

    Parameters
    ----------
    learning_rate : float
        The step size α, finite and above 0.

    Raises
    ------
    ValueError
        If the learning rate is not positive and finite, or a parameter array holds integers or is empty.

    Source: Keras 3, `keras.optimizers.SGD`; derived in the chapter on descending a slope.

    >>> opt = sgd(0.5)
    >>> params, state = opt.update(np.array([1.0, 6.0]), opt.init(np.array([1.0, 2.0])), np.array([1.0, 2.0]))
    >>> params
    array([ 0.5, -1. ])
    """
    learning_rate = checks.learning_rate(learning_rate)

    def init(params):
        _check_params(params)
        return ()

    def update(grads, state, params):
        return _step(lambda w, g: w - learning_rate * g, grads, params), state

    return Optimizer(init, update)
