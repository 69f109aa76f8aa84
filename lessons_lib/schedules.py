"""Learning-rate schedules: plain functions from the number of updates made so far to a learning rate, as in Keras 3.

Each function here returns a schedule. It takes a step, 0 for the first update, or an array of steps to draw it.
Every optimizer of `lessons_lib.optimizers` takes one in place of a number: `sgd(cosine_decay(0.1, decay_steps=100))`.
Any function of the step that returns a number of at least 0 will do as well.
An argument that is not as described raises a ValueError.
"""

import numpy as np

from lessons_lib import checks


def constant(learning_rate):
    """Return the schedule α(k) = α.

    >>> constant(0.5)(np.arange(3))
    array([0.5, 0.5, 0.5])
    """
    rate = checks.learning_rate(learning_rate)
    return lambda step: rate + 0.0 * step


def exponential_decay(initial_learning_rate, *, decay_steps, decay_rate, staircase=False):
    """Return the schedule α(k) = α₀ r^(k/K): times r every K steps.

    Parameters
    ----------
    initial_learning_rate : float above 0
        α₀.
    decay_steps : float above 0
        K.
    decay_rate : float above 0
        r; below 1 the rate falls.
    staircase : bool
        Round k/K down, so that the rate falls once every K steps.

    Source: Keras 3, `keras.optimizers.schedules.ExponentialDecay`.

    >>> exponential_decay(0.8, decay_steps=10, decay_rate=0.5)(np.array([0, 10, 20]))
    array([0.8, 0.4, 0.2])
    """
    rate, base = (
        checks.learning_rate(initial_learning_rate, "initial_learning_rate"),
        _above_0(decay_rate, "decay_rate"),
    )
    periods = _periods(decay_steps, staircase)
    return lambda step: rate * base ** periods(step)


def inverse_time_decay(initial_learning_rate, *, decay_steps, decay_rate, staircase=False):
    """Return the schedule α(k) = α₀ / (1 + r k/K).

    Its steps add up to infinity and their squares do not, as Robbins and Monro (1951) ask of noisy descent.

    Parameters
    ----------
    initial_learning_rate : float above 0
        α₀.
    decay_steps : float above 0
        K.
    decay_rate : float above 0
        r.
    staircase : bool
        Round k/K down.

    Source: Keras 3, `keras.optimizers.schedules.InverseTimeDecay`.

    >>> inverse_time_decay(0.6, decay_steps=10, decay_rate=1)(np.array([0, 10, 20]))
    array([0.6, 0.3, 0.2])
    """
    rate, slope = (
        checks.learning_rate(initial_learning_rate, "initial_learning_rate"),
        _above_0(decay_rate, "decay_rate"),
    )
    periods = _periods(decay_steps, staircase)
    return lambda step: rate / (1 + slope * periods(step))


def cosine_decay(initial_learning_rate, *, decay_steps, alpha=0.0):
    """Return the schedule α(k) = α₀ ((1 - a) (1 + cos(π k/K)) / 2 + a): half a wave from α₀ to a α₀, then level.

    Parameters
    ----------
    initial_learning_rate : float above 0
        α₀.
    decay_steps : float above 0
        K.
    alpha : float from 0 to 1
        a, the share of α₀ that is left at the end.

    Source: Loshchilov and Hutter (2017); Keras 3, `keras.optimizers.schedules.CosineDecay`.

    >>> cosine_decay(0.4, decay_steps=10)(np.array([0, 5, 10, 99])).round(9)
    array([0.4, 0.2, 0. , 0. ])
    """
    rate, steps = (
        checks.learning_rate(initial_learning_rate, "initial_learning_rate"),
        _above_0(decay_steps, "decay_steps"),
    )
    floor = checks.number(alpha, "alpha", high=1)

    def schedule(step):
        wave = 0.5 * (1 + np.cos(np.pi * np.minimum(step, steps) / steps))
        return rate * ((1 - floor) * wave + floor)

    return schedule


def warmup(schedule, *, warmup_steps, initial_learning_rate=0.0):
    """Return a schedule that rises in a straight line to where `schedule` begins, and then follows it.

    `warmup(cosine_decay(target, decay_steps=K), warmup_steps=M)` is Keras' `CosineDecay(0.0, K, warmup_target=target,
    warmup_steps=M)`.

    Parameters
    ----------
    schedule : callable, or a float above 0 for a constant rate
    warmup_steps : int, at least 1
    initial_learning_rate : float of at least 0
        The rate of step 0.

    Source: Goyal et al. (2017).

    >>> warmup(0.4, warmup_steps=4)(np.arange(6))
    array([0. , 0.1, 0.2, 0.3, 0.4, 0.4])
    """
    schedule = schedule if callable(schedule) else constant(schedule)
    steps = checks.count(warmup_steps, "warmup_steps", low=1)
    first = checks.number(initial_learning_rate, "initial_learning_rate")
    target = checks.number(schedule(0), "schedule(0)")

    def rising(step):
        return np.where(step < steps, first + (target - first) * step / steps, schedule(np.maximum(step - steps, 0)))

    return rising


def _above_0(value, name):
    return checks.learning_rate(value, name)


def _periods(decay_steps, staircase):
    steps = _above_0(decay_steps, "decay_steps")
    return lambda step: np.floor(step / steps) if staircase else step / steps
