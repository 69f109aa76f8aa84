"""Descent on many machines: the gradient of a mean loss is the weighted mean of the chunks' gradients.

The data are Dask arrays in chunks of rows: in the workers' memory (`X.persist()`) or on disk (`dask.array.from_zarr`).
A chunk's gradient is computed where the chunk is; only parameters and gradients travel.
Everything that a worker holds can be computed again, so a worker that dies costs time and changes nothing.
"""

from itertools import pairwise

import dask
import dask.array as da
import numpy as np
from dask import delayed
from distributed import Client

from lessons_lib import checks, descent, network
from lessons_lib.cluster import connect
from lessons_lib.descent import History
from lessons_lib.nest import copy, end_to_end, nest_map

__all__ = ["connect", "descend_stale", "gradient", "train", "train_locally"]
FAN_IN = 8  # so many parts are added in one task


def gradient(client, params, X, y, *, loss_and_grads=None):
    """Return the loss and its gradients over all rows: the mean over the chunks, each weighted with its rows, n_c / n.

    Parameters
    ----------
    client : distributed.Client
        As `connect` yields it.
    params : array, or lists and tuples of arrays
    X, y : dask arrays (n, ...)
        Cut into the same chunks of rows, and only into rows.
    loss_and_grads : callable
        As for `descent.train`; it runs on the workers. `network.loss_and_grads` unless another is given.

    Returns
    -------
    loss : float
    grads : in the structure of params

    Raises
    ------
    ValueError
        If an argument is not as above; what `loss_and_grads` raises on a worker is raised here.

    Source: derived in the chapter on sharing the load.
    """
    chunks = _chunks(client, X, y)
    return _mean(client, chunks, params, [None] * len(chunks), loss_and_grads or network.loss_and_grads)


def train(client, params, X, y, *, optimizer, batch_size, epochs, rng, loss_and_grads=None, keep=None):
    """Train as `descent.train` does, with each batch's gradient computed where its rows are.

    The parameters, the optimizer and the order of the samples stay here, so that with the same `rng` all updates
    are those of `descent.train`, but for rounding. A batch draws its rows from all chunks: over data on disk, take
    `batch_size=len(X)`, or each update reads everything for a few rows.

    Parameters, return value and errors are those of `gradient` and `descent.train`.
    """
    chunks, loss_and_grads = _chunks(client, X, y), loss_and_grads or network.loss_and_grads
    batch_size = checks.batch_size(batch_size, len(X))
    epochs = checks.count(epochs, "epochs")
    checks.generator(rng)
    if keep not in (None, "epoch", "update"):
        raise ValueError(f"keep must be None, 'epoch' or 'update', got {keep!r}")
    params = nest_map(lambda array: checks.floats(array, "params"), params)
    lay, take_apart = end_to_end(params)
    theta = lay(params)
    params, state = take_apart(theta), optimizer.init(theta)
    losses, samples, snapshots = [], [], [copy(params)] if keep else []
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # divergence is a lesson, not a warning
        for _ in range(epochs):
            order = rng.permutation(len(X))
            for first in range(0, len(X), batch_size):
                rows = _by_chunk(order[first : first + batch_size], X.chunks[0])
                loss, grads = _mean(client, chunks, params, rows, loss_and_grads)
                theta, state = optimizer.update(lay(grads), state, theta)
                params = take_apart(theta)
                losses.append(loss)
                samples.append(min(batch_size, len(X) - first))
                if keep == "update":
                    snapshots.append(copy(params))
            if keep == "epoch":
                snapshots.append(copy(params))
    return History(params, np.array(losses), np.cumsum(samples, dtype=int), snapshots)


def train_locally(client, params, X, y, *, optimizer, rounds, local_epochs, rng, batch_size=None, loss_and_grads=None):
    """Train each chunk by itself for a while, then average the parameters, weighted with n_c / n; repeat.

    Parameters
    ----------
    rounds : int, at least 0
        How often the parameters are averaged.
    local_epochs : int, at least 1
        The epochs that each chunk makes in a round, from the average and with a fresh state of the optimizer.
    rng : numpy.random.Generator
        Gives each chunk of each round a generator of its own: the result does not depend on who computes what.
    batch_size : int
        The whole chunk unless given; a chunk with fewer rows takes them all.

    The rest, and the errors, as for `train`.

    Returns
    -------
    History
        With one entry for each round: `loss` is the mean loss of the chunks' first batches, `samples` counts all rows
        read, `snapshots` are the start and each average.

    Source: McMahan et al. (2017), algorithm 1, with every chunk in every round.
    """
    chunks, loss_and_grads = _chunks(client, X, y), loss_and_grads or network.loss_and_grads
    rounds, local_epochs = checks.count(rounds, "rounds"), checks.count(local_epochs, "local_epochs", low=1)
    if batch_size is not None:
        batch_size = checks.batch_size(batch_size, len(X))
    checks.generator(rng)
    params = copy(nest_map(lambda array: checks.floats(array, "params"), params))
    losses, snapshots = [], [params]
    for _ in range(rounds):
        settings = [(optimizer, batch_size, local_epochs, child, loss_and_grads) for child in rng.spawn(len(chunks))]
        loss, params = _weighted(client, chunks, params, _stay_at_home, settings, [size for size, _, _ in chunks])
        losses.append(loss)
        snapshots.append(params)
    return History(params, np.array(losses), len(X) * local_epochs * np.arange(1, rounds + 1), snapshots)


def descend_stale(grad, start, *, learning_rate, steps, delay):
    """Return the path of descent with old gradients, x[k+1] = x[k] - α grad(x[k - delay]), simulated on one machine.

    As long as there is no x[k - delay], the gradient is that of the start. With delay 0 it is `descent.descend`.
    Parameters, return value and errors are those of `descent.descend`, and `delay` is a whole number of at least 0.

    Source: derived in the chapter on sharing the load.

    >>> descend_stale(lambda x: x, 8.0, learning_rate=0.5, steps=3, delay=1)
    array([ 8.,  4.,  0., -2.])
    """
    start, rate = checks.floats(start, "start"), checks.learning_rate(learning_rate)
    steps, delay = checks.count(steps, "steps"), checks.count(delay, "delay")
    path = np.empty((steps + 1, *start.shape), start.dtype)
    path[0] = start
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # divergence is a lesson, not a warning
        for step in range(steps):
            old = path[max(0, step - delay)].copy()
            path[step + 1] = path[step] - rate * checks.gradient(grad(old), start)
    return path


def _mean(client, chunks, params, rows, loss_and_grads):
    """Return the mean loss and gradients over the chosen rows of each chunk: all for None, none for an empty list."""
    sizes = [size if chosen is None else len(chosen) for (size, _, _), chosen in zip(chunks, rows, strict=True)]
    settings = [(chosen, loss_and_grads) for chosen in rows]
    return _weighted(client, chunks, params, _of_rows, settings, sizes)


def _of_rows(params, X, y, rows, loss_and_grads):
    return loss_and_grads(params, X, y) if rows is None else loss_and_grads(params, X[rows], y[rows])


def _stay_at_home(params, X, y, optimizer, batch_size, epochs, rng, loss_and_grads):
    settings = {"optimizer": optimizer, "epochs": epochs, "rng": rng, "loss_and_grads": loss_and_grads}
    run = descent.train(params, X, y, batch_size=min(batch_size or len(X), len(X)), **settings, progress=False)
    return run.loss[0], run.params


def _weighted(client, chunks, params, f, settings, sizes):
    """Return the sum over the chunks of n_c / n times f(params, X_c, y_c, *settings_c): a number and a nest."""
    n, here = sum(sizes), delayed(params, pure=False, traverse=False)  # part of the graph: a lost copy is made again
    parts = [
        delayed(_share)(size / n, f, here, X_c, y_c, *of_chunk)
        for size, (_, X_c, y_c), of_chunk in zip(sizes, chunks, settings, strict=True)
        if size
    ]
    while len(parts) > 1:
        parts = [delayed(_add)(parts[i : i + FAN_IN]) for i in range(0, len(parts), FAN_IN)]
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):  # the parameters are in it
        return client.compute(parts[0]).result()


def _share(share, f, *arguments):
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        loss, nest = f(*arguments)
        return share * loss, nest_map(lambda array: share * array, nest)


def _add(parts):
    with np.errstate(over="ignore", invalid="ignore"):
        loss, total = parts[0]
        for other_loss, other in parts[1:]:
            loss, total = loss + other_loss, nest_map(np.add, total, other)
    return loss, total


def _by_chunk(rows, sizes):
    """Return the rows as places within each chunk: a list of arrays, or of None where there is all of every chunk.

    >>> _by_chunk(np.array([4, 0, 3]), (2, 3))
    [array([0]), array([2, 1])]
    """
    if len(rows) == sum(sizes):
        return [None] * len(sizes)
    edges = np.cumsum([0, *sizes])
    return [rows[(rows >= start) & (rows < stop)] - start for start, stop in pairwise(edges)]


def _chunks(client, X, y):
    """Return [(rows, X_c, y_c), ...]; raise ValueError unless the arrays fit together."""
    if not isinstance(client, Client):
        raise ValueError(f"client must be a Dask client, as `connect` yields it, got {checks.describe(client)}")
    for name, array in (("X", X), ("y", y)):
        if not isinstance(array, da.Array):
            raise ValueError(f"{name} must be a Dask array, such as da.from_array(...), got {checks.describe(array)}")
        if array.ndim == 0 or np.isnan(array.shape).any() or array.size == 0:
            raise ValueError(f"{name} must hold at least one sample and know its size, got shape {array.shape}")
        if any(blocks > 1 for blocks in array.numblocks[1:]):
            raise ValueError(f"{name} must be cut into chunks of whole rows, got chunks {array.chunks}")
    if X.chunks[0] != y.chunks[0]:
        raise ValueError(f"X and y must be cut into the same chunks of rows, got {X.chunks[0]} and {y.chunks[0]}")
    parts = zip(X.chunks[0], X.to_delayed().ravel(), y.to_delayed().ravel(), strict=True)
    return [(size, X_c, y_c) for size, X_c, y_c in parts if size]
