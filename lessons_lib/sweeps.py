"""Many descents computed together: one for each stop of a slider."""

import numpy as np

from lessons_lib import checks


def descend_many(grad, start, *, learning_rates, steps):
    """Return the paths of gradient descent from one start, one path for each learning rate.

    All paths take their next step at once, so `grad` must work on a stack of points:
    it gets an array (len(learning_rates), *start.shape) and returns one of that shape.
    Write `x @ A` rather than `A @ x` for a symmetric matrix A, and `x[..., 0]` rather than `x[0]`.

    Parameters
    ----------
    grad : callable
        The gradient of the function to descend, on a stack of points.
    start : float or array of any shape
    learning_rates : sequence of floats, each finite and above 0
    steps : int, at least 0

    Returns
    -------
    paths : array (len(learning_rates), steps + 1, *start.shape)
        `paths[i]` is `descend(grad, start, learning_rate=learning_rates[i], steps=steps)`.

    Raises
    ------
    ValueError
        As `descend` does, and if `grad` treats a stack of points otherwise than one point after another.

    >>> descend_many(lambda x: 2 * x, 10.0, learning_rates=[0.25, 0.5], steps=2)
    array([[10. ,  5. ,  2.5],
           [10. ,  0. ,  0. ]])
    """
    start = checks.floats(start, "start")
    steps = checks.count(steps, "steps")
    rates = [checks.learning_rate(rate, "each of learning_rates") for rate in np.ravel(learning_rates)]
    if not rates:
        raise ValueError("learning_rates must hold at least one learning rate, got none")
    rates = np.array(rates, start.dtype).reshape(-1, *[1] * start.ndim)

    paths = np.empty((len(rates), steps + 1, *start.shape), start.dtype)
    paths[:, 0] = start
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # divergence is a lesson, not a warning
        for step in range(steps):
            points = paths[:, step].copy()
            gradients = _stacked(grad, points) if step < 2 else checks.gradient(grad(points), points)
            paths[:, step + 1] = paths[:, step] - rates * gradients
    return paths


def _stacked(grad, points):
    """Return the gradients of a stack of points, having compared them with those of the points one by one.

    Done at steps 0 and 1: at first the points are equal, and only a sum over the stack would show; then they differ.
    """
    each = np.array([checks.gradient(grad(point.copy()), point) for point in points])
    scale = np.abs(each[np.isfinite(each)]).max(initial=0)
    try:
        stacked = checks.gradient(grad(points.copy()), points)
        same = np.allclose(stacked, each, rtol=1e-4, atol=1e-6 * scale, equal_nan=True)
    except (ValueError, TypeError, IndexError):  # a product of shapes that do not fit, an index out of range
        same = False
    if not same:
        raise ValueError(
            f"grad must treat a stack of points, of shape {points.shape}, as it treats each of them, but it gives "
            "another gradient or none; write x[..., 0] rather than x[0], and x @ A rather than A @ x"
        )
    return stacked
