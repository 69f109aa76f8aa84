"""Gradient descent: on any function, on batches of data, and the loop that trains with both."""

import os
import sys
from typing import Any, NamedTuple

import numpy as np
from tqdm.auto import tqdm

from lessons_lib import checks, network
from lessons_lib.nest import copy, end_to_end, nest_map


def descend(grad, start, *, learning_rate, steps):
    """Return the path of gradient descent, x ← x - α grad(x), from `start`.

    Parameters
    ----------
    grad : callable
        The gradient of the function to descend: takes a point, returns an array of the point's shape.
    start : float or array of any shape
        Left as it is. Python numbers are taken as floats; integer arrays are refused.
    learning_rate : float
        The step size α, finite and above 0.
    steps : int
        How many updates, at least 0.

    Returns
    -------
    path : array (steps + 1, *start.shape)
        `path[0]` is the start. A path that diverges runs to infinity or NaN, without a warning.

    Raises
    ------
    ValueError
        If an argument is not as above, or `grad` returns another shape.

    Source: Cauchy (1847); derived in the chapter on descending a slope.

    >>> descend(lambda x: 2 * x, 10.0, learning_rate=0.25, steps=2)
    array([10. ,  5. ,  2.5])
    """
    start = checks.floats(start, "start")
    learning_rate = checks.learning_rate(learning_rate)
    steps = checks.count(steps, "steps")
    path = np.empty((steps + 1, *start.shape), start.dtype)
    path[0] = start
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # divergence is a lesson, not a warning
        for step in range(steps):
            point = path[step].copy()  # a gradient function that changes its argument cannot change the path
            path[step + 1] = path[step] - learning_rate * checks.gradient(grad(point), start)
    return path


class Regime(NamedTuple):
    """How a path of gradient descent behaves."""

    words: str  # one of REGIMES
    settled_at: int | None  # the step from which on the path stays close to where it ends


REGIMES = ("settles straight", "settles while swinging", "is still on its way", "never settles", "diverges")


def regime(path, *, tolerance=0.01):
    """Return how a path behaves, judged by nothing but its points; give it enough steps to show its fate.

    Parameters
    ----------
    path : array (steps + 1, ...)
        As `descend` returns it.
    tolerance : float
        Settled means closer to the end than this share of the path's extent, and all but at rest.

    Raises
    ------
    ValueError
        If the path has fewer than two points.

    >>> regime(descend(lambda x: 2 * x, 10.0, learning_rate=0.9, steps=100))
    Regime(words='settles while swinging', settled_at=19)
    >>> regime(descend(lambda x: 2 * x, 10.0, learning_rate=1.0, steps=100)).words
    'never settles'
    """
    path = np.asarray(path, float)
    if path.ndim == 0 or len(path) < 2:
        raise ValueError(f"path must hold at least two points, got {checks.describe(path)}")
    path = path.reshape(len(path), -1)
    if not np.isfinite(path).all():
        return Regime("diverges", None)
    path = path / (np.abs(path).max() or 1)  # the unit does not matter, and no square overflows
    moves = np.diff(path, axis=0)
    sizes = np.abs(moves).max(axis=1)
    half, quarter = len(moves) // 2, max(1, len(moves) // 4)
    early, middle, late = sizes[: half + 1].max(), sizes[half:-quarter].max(initial=0), sizes[-quarter:].max()

    close = tolerance * np.linalg.norm(path - path[0], axis=1).max()
    turns = (moves[1:] * moves[:-1] < 0) & (np.abs(moves[1:]) > close)
    if sizes[-1] <= tolerance * close:
        away = np.linalg.norm(path - path[-1], axis=1) > close
        settled_at = len(path) - int(np.argmax(away[::-1])) if away.any() else 0
        return Regime("settles while swinging" if turns.any() else "settles straight", settled_at)
    if late > 10 * early:
        return Regime("diverges", None)
    if turns[half:].any() and late > 0.9 * middle:  # the swings do not shrink
        return Regime("never settles", None)
    return Regime("is still on its way", None)


def minibatches(X, y, *, batch_size, rng):
    """Yield the samples once, in a new random order, `batch_size` at a time: (X_b, y_b).

    Parameters
    ----------
    X, y : arrays (n, ...)
        Samples are rows; row i of y belongs to row i of X, and stays with it.
    batch_size : int from 1 to n
        The last batch is short when n is no multiple of it; it is kept.
    rng : numpy.random.Generator

    Raises
    ------
    ValueError
        At the call, before the first batch: lengths differ, no samples, NaN, batch_size out of range.

    >>> X = np.arange(5.0).reshape(5, 1)
    >>> [len(X_b) for X_b, y_b in minibatches(X, X, batch_size=2, rng=np.random.default_rng(0))]
    [2, 2, 1]
    """
    X, y = checks.samples(X, y)
    batch_size = checks.batch_size(batch_size, len(X))
    checks.generator(rng)
    return _minibatches(X, y, batch_size, rng)


def _minibatches(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    for first in range(0, len(X), batch_size):
        rows = order[first : first + batch_size]
        yield X.take(rows, axis=0), y.take(rows, axis=0)


class History(NamedTuple):
    """What `train` did: one entry for each update, in order."""

    params: Any  # after the last update
    loss: np.ndarray  # (updates,) loss of each batch, before the update made from it
    samples: np.ndarray  # (updates,) samples seen up to and including each update
    snapshots: list  # params before the first update and after each epoch or update, if they were asked for


def train(params, X, y, *, optimizer, batch_size, epochs, rng, loss_and_grads=None, keep=None, progress=None):
    """Train with gradient descent: for each batch of each epoch, its gradient, then one update.

    `batch_size=len(X)` is batch descent, 1 is stochastic, anything between is mini-batch: one loop serves all three.

    Parameters
    ----------
    params : array, or lists and tuples of arrays
        Left as they are.
    X, y : arrays (n, ...)
    optimizer : Optimizer
        Gets all parameters laid end to end in one array: an update is then one operation, not one for each layer.
    batch_size : int from 1 to n
    epochs : int, at least 0
    rng : numpy.random.Generator
        Decides the order of the samples in each epoch.
    loss_and_grads : callable
        `loss_and_grads(params, X_b, y_b)` returns the batch's loss and its gradients, in the structure of `params`.
        `network.loss_and_grads` unless another is given.
    keep : None, "epoch" or "update"
        Which snapshots of the parameters to keep.
    progress : bool
        Show a progress bar. Unless told, one is shown when the run is long and a person is watching.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        If an argument is not as above. A run that diverges is no error: its losses tell.
    """
    X, y = checks.samples(X, y)
    batch_size = checks.batch_size(batch_size, len(X))
    epochs = checks.count(epochs, "epochs")
    checks.generator(rng)
    if keep not in (None, "epoch", "update"):
        raise ValueError(f"keep must be None, 'epoch' or 'update', got {keep!r}")
    if loss_and_grads is None:
        X, y, _ = network.check(params, X, y)  # once, and not again for each batch
        loss_and_grads = network.unchecked_loss_and_grads

    params = nest_map(lambda array: checks.floats(array, "params"), params)
    lay, take_apart = end_to_end(params)
    theta = lay(params)  # a copy: the caller's stay as they are
    params, state = take_apart(theta), optimizer.init(theta)
    losses, samples, snapshots = [], [], [copy(params)] if keep else []
    hidden = not (_watched() if progress is None else progress)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # divergence is a lesson, not a warning
        for _ in tqdm(range(epochs), "epochs", delay=1, leave=False, disable=hidden):
            for X_b, y_b in _minibatches(X, y, batch_size, rng):
                loss, grads = loss_and_grads(params, X_b, y_b)
                theta, state = optimizer.update(lay(grads), state, theta)
                params = take_apart(theta)
                losses.append(loss)
                samples.append(len(X_b))
                if keep == "update":
                    snapshots.append(copy(params))
            if keep == "epoch":
                snapshots.append(copy(params))
    return History(params, np.array(losses), np.cumsum(samples, dtype=int), snapshots)


def _watched():
    """Tell a person at a terminal, in JupyterLab or in VS Code from a build or a test."""
    return sys.stderr.isatty() or "JPY_SESSION_NAME" in os.environ or "VSCODE_PID" in os.environ
