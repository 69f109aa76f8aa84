"""Many descents computed together: one for each stop of a slider."""

import copy
import itertools

import numpy as np

from lessons_lib import activations as act
from lessons_lib import checks, network
from lessons_lib.descent import minibatches
from lessons_lib.network import ACTIVATIONS, Layer


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
    rates = _rates(learning_rates, start.dtype).reshape(-1, *[1] * start.ndim)

    paths = np.empty((len(rates), steps + 1, *start.shape), start.dtype)
    paths[:, 0] = start
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # divergence is a lesson, not a warning
        for step in range(steps):
            points = paths[:, step].copy()
            gradients = _stacked(grad, points) if step < 2 else checks.gradient(grad(points), points)
            paths[:, step + 1] = paths[:, step] - rates * gradients
    return paths


def train_linear_models(start, X, y, *, learning_rates, batch_sizes, updates, rng, loss="mse"):
    """Return the paths of mini-batch descent of linear models: one for each learning rate and batch size.

    The model is ŷ = X θ for "mse" and ŷ = sigmoid(X θ) for "binary_cross_entropy".
    All learning rates take a step at once, θ being a matrix with one column for each.

    Parameters
    ----------
    start : array (n_in,)
        The θ where every path begins; its precision is that of the paths.
    X : array (n, n_in)
    y : array (n,)
    learning_rates : sequence of floats, each finite and above 0
    batch_sizes : sequence of ints from 1 to n
    updates : int, at least 0
    rng : numpy.random.Generator
        Decides the order of the samples, the same for each batch size; left as it is.
    loss : "mse" or "binary_cross_entropy"

    Returns
    -------
    paths : array (len(learning_rates), len(batch_sizes), updates + 1, n_in)
        `paths[i, j]` are the snapshots of `descent.train` with `sgd(learning_rates[i])`, `batch_sizes[j]` and this rng.

    Raises
    ------
    ValueError
        If an argument is not as above. A path that diverges runs to infinity or NaN, without a warning.

    >>> X, y = np.array([[1.0], [1.0]]), np.array([4.0, 4.0])
    >>> settings = {"learning_rates": [0.25, 0.5], "batch_sizes": [1], "updates": 2, "rng": np.random.default_rng(0)}
    >>> train_linear_models(np.array([0.0]), X, y, **settings)[..., 0]  # α 0.25 goes half the way in each step
    array([[[0., 2., 3.]],
    <BLANKLINE>
           [[0., 4., 4.]]])
    """
    start = checks.floats(start, "start")
    X, y = checks.samples(X, y)
    if X.ndim != 2 or start.shape != X.shape[1:] or y.shape != X.shape[:1]:
        shapes = f"{start.shape}, {X.shape} and {y.shape}"
        raise ValueError(f"start, X and y must have the shapes (n_in,), (n, n_in) and (n,), got {shapes}")
    if loss not in network.LOSSES:
        raise ValueError(f"loss must be among {', '.join(map(repr, network.LOSSES))}, got {loss!r}")
    if loss == "binary_cross_entropy":
        checks.labels(y)
    rates = _rates(learning_rates, start.dtype)
    sizes = [checks.batch_size(size, len(X)) for size in np.ravel(batch_sizes)]
    updates = checks.count(updates, "updates")
    checks.generator(rng)

    f, factor = (act.identity, 2) if loss == "mse" else (act.sigmoid, 1)
    paths = np.empty((len(rates), len(sizes), updates + 1, len(start)), start.dtype)
    for j, size in enumerate(sizes):
        batches = _endless_batches(X, y[:, np.newaxis], size, copy.deepcopy(rng))
        theta = np.repeat(start[:, np.newaxis], len(rates), axis=1)  # one column for each learning rate
        paths[:, j, 0] = theta.T
        with np.errstate(over="ignore", invalid="ignore"):  # divergence is a lesson, not a warning
            for step, (X_b, y_b) in enumerate(itertools.islice(batches, updates), 1):
                error = f(X_b @ theta) - y_b
                theta -= rates * (factor / len(y_b) * (X_b.T @ error))
                paths[:, j, step] = theta.T
    return paths


def train_networks(starts, X, y, *, learning_rates, batch_size, epochs, rng, activations=("relu", "relu", "sigmoid")):
    """Train many networks of one shape on the same batches at once, by SGD on the binary cross-entropy.

    Each line is that of `network`, with all networks stacked along a first axis.

    Parameters
    ----------
    starts : list of params, each a list of Layers
        One for each network; left as they are.
    X : array (n, n_in)
    y : array (n, n_out) of labels 0 and 1
    learning_rates : sequence of floats
        One for each network.
    batch_size, epochs, rng
        As in `descent.train`.
    activations : list of str
        One for each layer; the last is "sigmoid".

    Returns
    -------
    list of params
        The i-th is `descent.train(starts[i], X, y, optimizer=sgd(learning_rates[i]), ...).params`.

    Raises
    ------
    ValueError
        As `descent.train` does, and if the networks differ in shape or are not as many as the learning rates.

    >>> starts = [network.init_params((2, 3, 1), rng=np.random.default_rng(seed)) for seed in range(5)]
    >>> settings = {"learning_rates": [0.1] * 5, "batch_size": 2, "epochs": 1, "rng": np.random.default_rng(0)}
    >>> trained = train_networks(starts, np.eye(2), np.eye(2)[:, :1], activations=("relu", "sigmoid"), **settings)
    >>> len(trained), trained[0][0].weight.shape
    (5, (2, 3))
    """
    X, y = checks.samples(X, y)
    if not len(starts):
        raise ValueError("starts must hold at least one network, got none")
    inputs, labels = X, y
    for params in starts:
        X, y, names = network.check(params, inputs, labels, activations=activations)
        if [np.shape(W) for W, _ in params] != [np.shape(W) for W, _ in starts[0]]:
            raise ValueError("starts must be networks of one shape, got layers of different shapes")
    rates = _rates(learning_rates, y.dtype).reshape(-1, 1, 1)
    if len(rates) != len(starts):
        raise ValueError(f"learning_rates must hold one for each of the {len(starts)} networks, got {len(rates)}")
    batch_size = checks.batch_size(batch_size, len(X))
    epochs = checks.count(epochs, "epochs")
    checks.generator(rng)

    W = [np.stack([weight for weight, _ in layers]) for layers in zip(*starts, strict=True)]  # (networks, n_in, n_out)
    b = [np.stack([bias[np.newaxis] for _, bias in layers]) for layers in zip(*starts, strict=True)]
    f, f_grad = zip(*[ACTIVATIONS[name] for name in names], strict=True)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(epochs):
            for X_b, y_b in minibatches(X, y, batch_size=batch_size, rng=rng):
                z, a = [], [X_b]
                for k in range(len(W)):
                    z.append(a[k] @ W[k] + b[k])
                    a.append(f[k](z[k]))
                dz = (a[-1] - y_b) / len(y_b)
                for k in reversed(range(len(W))):
                    dW, db = a[k].mT @ dz, dz.sum(axis=1, keepdims=True)
                    if k > 0:
                        dz = (dz @ W[k].mT) * f_grad[k - 1](z[k - 1])
                    W[k] -= rates * dW
                    b[k] -= rates * db
    return [[Layer(weight[i], bias[i, 0]) for weight, bias in zip(W, b, strict=True)] for i in range(len(starts))]


def _rates(learning_rates, dtype):
    rates = [checks.learning_rate(rate, "each of learning_rates") for rate in np.ravel(learning_rates)]
    if not rates:
        raise ValueError("learning_rates must hold at least one learning rate, got none")
    return np.array(rates, dtype)


def _endless_batches(X, y, batch_size, rng):
    while True:
        yield from minibatches(X, y, batch_size=batch_size, rng=rng)


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
