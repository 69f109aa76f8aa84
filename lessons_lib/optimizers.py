"""Optimizers: what to do with a gradient. Each is a pair of pure functions that follow Keras 3's formulas.

The learning rate is a number, or a function of the number of updates made so far: see `lessons_lib.schedules`.
In the formulas g is the gradient of a weight w, and every operation is done number by number.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lessons_lib import checks
from lessons_lib.nest import leaves, nest_map

EPSILON = 1e-7  # as in Keras


class Optimizer(NamedTuple):
    """A pair of pure functions: `state = init(params)`; `params, state = update(grads, state, params)`.

    `params` and `grads` are one array, or lists and tuples of arrays in one structure.
    """

    init: Callable
    update: Callable


class MomentumState(NamedTuple):
    """What `momentum` remembers."""

    step: int  # updates made so far
    velocity: Any  # in the structure of params


class SquaresState(NamedTuple):
    """What `adagrad` and `rmsprop` remember."""

    step: int
    squares: Any  # of the gradients, in the structure of params: their sum, or their running mean


class AdamState(NamedTuple):
    """What `adam` remembers."""

    step: int
    mean: Any  # running mean of the gradients, in the structure of params
    squares: Any  # running mean of their squares


def sgd(learning_rate):
    """Return plain gradient descent, w ← w - α g.

    Parameters
    ----------
    learning_rate : float, or callable
        The step size α, finite and above 0; or a schedule.

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
    if callable(learning_rate):
        return _scheduled_sgd(learning_rate)
    learning_rate = checks.learning_rate(learning_rate)

    def init(params):
        _check_params(params)
        return ()

    def update(grads, state, params):
        return _step(lambda w, g: w - learning_rate * g, grads, params), state

    return Optimizer(init, update)


def _scheduled_sgd(schedule):
    rate = _rate(schedule)

    def init(params):
        _check_params(params)
        return 0  # updates made so far

    def update(grads, step, params):
        alpha = rate(step)
        return _step(lambda w, g: w - alpha * g, grads, params), step + 1

    return Optimizer(init, update)


def momentum(learning_rate, momentum=0.9, nesterov=False):
    """Return gradient descent with a velocity: v ← β v - α g, then w ← w + v.

    With `nesterov` the second half is w ← w + β v - α g, with the new v.

    Parameters
    ----------
    learning_rate : float, or callable
        α, finite and above 0; or a schedule.
    momentum : float from 0 to 1
        β, how much of the velocity is kept. 0 is plain gradient descent.
    nesterov : bool

    Raises
    ------
    ValueError
        If an argument is not as above, or as `sgd` does.

    Source: Polyak (1964); Sutskever et al. (2013) for `nesterov`; Keras 3, `keras.optimizers.SGD(momentum=...)`;
    derived in the chapter on steering the descent.

    >>> opt, w = momentum(0.5, 0.9), np.array([1.0])
    >>> w, state = opt.update(np.array([1.0]), opt.init(w), w)
    >>> w, state = opt.update(np.array([0.0]), state, w)  # no slope, and yet it moves on
    >>> w, state.velocity
    (array([0.05]), array([-0.45]))
    """
    rate, beta = _rate(learning_rate), checks.number(momentum, "momentum", high=1)
    if not isinstance(nesterov, bool | np.bool_):
        raise ValueError(f"nesterov must be True or False, got {checks.describe(nesterov)}")

    def init(params):
        return MomentumState(0, _filled(params, 0))

    def update(grads, state, params):
        alpha, g = rate(state.step), _gradients(grads, params)
        with _quiet():
            v = nest_map(lambda v, g: beta * v - alpha * g, state.velocity, g)
            move = nest_map(lambda v, g: beta * v - alpha * g, v, g) if nesterov else v
            return nest_map(np.add, params, move), MomentumState(state.step + 1, v)

    return Optimizer(init, update)


def adagrad(learning_rate):
    """Return AdaGrad: s ← s + g², then w ← w - α g / √(s + ε), with s = 0.1 at first and ε = 1e-7.

    Parameters
    ----------
    learning_rate : float, or callable
        α, finite and above 0; or a schedule.

    Raises
    ------
    ValueError
        As `sgd` does.

    Source: Duchi, Hazan & Singer (2011); Keras 3, `keras.optimizers.Adagrad`;
    derived in the chapter on steering the descent.

    >>> opt, w = adagrad(0.5), np.array([1.0, 2.0])
    >>> opt.update(np.array([1.0, 6.0]), opt.init(w), w)[0].round(4)
    array([0.5233, 1.5007])
    """
    return _scaled_by_squares(learning_rate, 0.1, lambda s, g: s + np.square(g))


def rmsprop(learning_rate, rho=0.9):
    """Return RMSprop: s ← ρ s + (1 - ρ) g², then w ← w - α g / √(s + ε), with s = 0 at first and ε = 1e-7.

    Parameters
    ----------
    learning_rate : float, or callable
        α, finite and above 0; or a schedule.
    rho : float of at least 0 and below 1
        ρ, how much of the running mean is kept.

    Raises
    ------
    ValueError
        If an argument is not as above, or as `sgd` does.

    Source: Tieleman & Hinton (2012); Keras 3, `keras.optimizers.RMSprop`;
    derived in the chapter on steering the descent.

    >>> opt, w = rmsprop(0.5), np.array([1.0, 2.0])
    >>> opt.update(np.array([1.0, 6.0]), opt.init(w), w)[0].round(4)
    array([-0.5811,  0.4189])
    """
    rho = _share(rho, "rho")
    return _scaled_by_squares(learning_rate, 0, lambda s, g: rho * s + (1 - rho) * np.square(g))


def _scaled_by_squares(learning_rate, start, remember):
    """Return w ← w - α g / √(s + ε), where `remember(s, g)` is the new s."""
    rate = _rate(learning_rate)

    def init(params):
        return SquaresState(0, _filled(params, start))

    def update(grads, state, params):
        alpha, g = rate(state.step), _gradients(grads, params)
        with _quiet():
            s = nest_map(remember, state.squares, g)
            new = nest_map(lambda w, g, s: w - alpha * g / np.sqrt(s + EPSILON), params, g, s)
        return new, SquaresState(state.step + 1, s)

    return Optimizer(init, update)


def adam(learning_rate, beta_1=0.9, beta_2=0.999):
    """Return Adam: running means of g and of g², both corrected for their start at 0.

    In update k = 1, 2, ...: m ← β₁ m + (1 - β₁) g and s ← β₂ s + (1 - β₂) g², then
    w ← w - α (√(1 - β₂ᵏ) / (1 - β₁ᵏ)) m / (√s + ε), with ε = 1e-7.

    Parameters
    ----------
    learning_rate : float, or callable
        α, finite and above 0; or a schedule.
    beta_1, beta_2 : floats of at least 0 and below 1
        How much of the two running means is kept.

    Raises
    ------
    ValueError
        If an argument is not as above, or as `sgd` does.

    Source: Kingma & Ba (2015), the form before their section 2.1; Keras 3, `keras.optimizers.Adam`;
    derived in the chapter on steering the descent.

    >>> opt, w = adam(0.5), np.array([1.0, 2.0])
    >>> opt.update(np.array([1.0, 6.0]), opt.init(w), w)[0].round(4)
    array([0.5, 1.5])
    """
    rate, beta_1, beta_2 = _rate(learning_rate), _share(beta_1, "beta_1"), _share(beta_2, "beta_2")

    def init(params):
        return AdamState(0, _filled(params, 0), _filled(params, 0))

    def update(grads, state, params):
        k, g = state.step + 1, _gradients(grads, params)
        alpha = rate(state.step) * math.sqrt(1 - beta_2**k) / (1 - beta_1**k)
        with _quiet():
            m = nest_map(lambda m, g: beta_1 * m + (1 - beta_1) * g, state.mean, g)
            s = nest_map(lambda s, g: beta_2 * s + (1 - beta_2) * np.square(g), state.squares, g)
            new = nest_map(lambda w, m, s: w - alpha * m / (np.sqrt(s) + EPSILON), params, m, s)
        return new, AdamState(k, m, s)

    return Optimizer(init, update)


def _rate(learning_rate):
    """Return a function from the number of updates made so far to the learning rate, a Python float.

    A NumPy number would turn float32 weights into float64.
    """
    if callable(learning_rate):
        return lambda step: checks.number(learning_rate(step), "what the schedule returns")
    alpha = checks.learning_rate(learning_rate)
    return lambda step: alpha


def _share(value, name):
    share = checks.number(value, name, high=1)
    if share == 1:
        raise ValueError(f"{name} must be below 1, got {checks.describe(value)}: nothing new would be remembered")
    return share


def _quiet():
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")  # divergence is a lesson, not a warning


def _check_params(params):
    arrays = leaves(params)
    if not arrays:
        raise ValueError(f"params must hold at least one array, got {params!r}")
    for array in arrays:
        checks.floats(array, "params")


def _filled(params, value):
    """Return a memory of the structure, shapes and precision of params, `value` everywhere."""
    _check_params(params)
    return nest_map(lambda w: np.full_like(checks.floats(w, "params"), value), params)


def _step(update, grads, params):
    """Apply `update(w, g)` to each weight array w and its gradient g, as `_gradient` gives it."""
    with _quiet():
        return nest_map(lambda w, g: update(w, _gradient(w, g)), params, grads)


def _gradients(grads, params):
    """Return the gradients, each in the shape and precision of its weight, in the structure of params."""
    with _quiet():
        return nest_map(_gradient, params, grads)


def _gradient(w, g):
    """Return g in the precision of the weight w, so that float32 weights stay float32; its shape must be that of w."""
    if isinstance(g, np.ndarray) and isinstance(w, np.ndarray) and g.shape == w.shape and g.dtype == w.dtype:
        return g  # all is well, as in every update but a few
    if np.shape(w) != np.shape(g):
        raise ValueError(f"grads must have the shapes of params, got {np.shape(g)} for a weight of {np.shape(w)}")
    w = checks.numbers(w, "params")
    return checks.numbers(g, "grads").astype(w.dtype if w.dtype.kind == "f" else float, copy=False)
