"""A fully connected network: forward pass, loss, backward pass. One line for each equation of the derivation.

Samples are rows: X is (n, n_in), y is (n, n_out). Lists count from 0, so layer k has `params[k]`, `z[k]`, `dz[k]`;
it takes `a[k]` to `a[k + 1]`: `a[0]` is X and `a[-1]` is ŷ. In the book's symbols `z[0]` is z¹ and `a[1]` is a¹.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lessons_lib import activations as act
from lessons_lib import checks, losses

ACTIVATIONS = {  # name: the function and its derivative, both of the pre-activation z
    "relu": (act.relu, act.relu_grad),
    "sigmoid": (act.sigmoid, act.sigmoid_grad),
    "tanh": (act.tanh, act.tanh_grad),
    "identity": (act.identity, act.identity_grad),
}
LOSSES = ("binary_cross_entropy", "mse")


class Layer(NamedTuple):
    """The parameters of one layer, or their gradients."""

    weight: np.ndarray  # (n_in, n_out)
    bias: np.ndarray  # (n_out,)


class Forward(NamedTuple):
    """What the forward pass computed, and what the backward pass needs of it."""

    z: list  # L pre-activations; z[k] is (n, n_out of layer k)
    a: list  # L + 1 activations; a[0] is X, a[-1] is ŷ
    y_hat: np.ndarray  # (n, n_out)
    activations: tuple  # L names


class Backward(NamedTuple):
    """What the backward pass computed: the gradient of the loss L with respect to everything."""

    dz: list  # dz[k] is dL/dz[k], of the shape of z[k]
    da: list  # da[k] is dL/da[k], of the shape of a[k]; da[0] is dL/dX, da[-1] is dL/dŷ
    grads: list  # a Layer for each Layer of params


def init_params(sizes, *, rng, scale="he"):
    """Return random weights, normally distributed around 0, and zero biases: a list of Layers.

    Parameters
    ----------
    sizes : list of int
        Units of the input and of each layer: (5, 4, 3, 1) makes three layers.
    rng : numpy.random.Generator
    scale : "he", "glorot" or a float of at least 0
        The standard deviation of the weights: "he" is √(2 / n_in), which keeps the signal's size through ReLU;
        "glorot" is √(2 / (n_in + n_out)), made for tanh; a number is taken as it is.

    Raises
    ------
    ValueError
        If there are fewer than two sizes, one is no whole number above 0, or `scale` is none of the above.

    Source: He et al. (2015); Glorot & Bengio (2010).

    >>> [(W.shape, b.shape) for W, b in init_params((5, 4, 1), rng=np.random.default_rng(0))]
    [((5, 4), (4,)), ((4, 1), (1,))]
    """
    if not np.iterable(sizes) or isinstance(sizes, str) or len(sizes) < 2:
        raise ValueError(f"sizes must list the units of the input and of each layer, got {checks.describe(sizes)}")
    sizes = [checks.count(size, f"sizes[{i}]", low=1) for i, size in enumerate(sizes)]
    checks.generator(rng)
    return [
        Layer(rng.normal(0, _deviation(scale, n_in, n_out), (n_in, n_out)), np.zeros(n_out))
        for n_in, n_out in pairwise(sizes)
    ]


def forward(params, X, *, activations=("relu", "relu", "sigmoid")):
    """Return everything the forward pass computes: z = a W + b and a = f(z), layer by layer.

    Parameters
    ----------
    params : list of Layer
        Any number of layers.
    X : array (n, n_in)
    activations : list of str
        One for each layer: "relu", "sigmoid", "tanh" or "identity".

    Returns
    -------
    Forward
        A network that diverges gives infinities and NaN, without a warning.

    Raises
    ------
    ValueError
        If the activations or the shapes do not fit the layers.

    Source: derived in the chapter on three layers.

    >>> params = [Layer(np.array([[1.0], [2.0]]), np.array([-4.0]))]
    >>> forward(params, np.array([[3.0, 1.0]]), activations=["sigmoid"])[:2]
    ([array([[1.]])], [array([[3., 1.]]), array([[0.73105858]])])
    """
    names, X = _check_activations(activations, params), _check_input(X)
    _check_layers(params, X)
    with np.errstate(over="ignore", invalid="ignore"):  # divergence is a lesson, not a warning
        return _forward(params, X, names)


def _forward(params, X, names):
    z, a = [], [X]
    for (W, b), name in zip(params, names, strict=True):
        f, _ = ACTIVATIONS[name]
        z.append(a[-1] @ W + b)
        a.append(f(z[-1]))
    return Forward(z, a, a[-1], names)


def backward(params, forward, y, *, loss="binary_cross_entropy"):
    """Return the gradient of the loss with respect to every z, a, weight and bias, from the last layer to the first.

    Parameters
    ----------
    params : list of Layer
        Those of the forward pass.
    forward : Forward
    y : array (n, n_out)
        Labels in {0, 1} for "binary_cross_entropy", any numbers for "mse".
    loss : "binary_cross_entropy", after a sigmoid, or "mse", after anything

    Returns
    -------
    Backward

    Raises
    ------
    ValueError
        If the loss is unknown or does not go with the last layer, shapes do not fit, or a label is not 0 or 1.

    Source: Rumelhart, Hinton & Williams (1986); derived in the chapter on three layers.

    >>> params = [Layer(np.array([[1.0], [2.0]]), np.array([-4.0]))]
    >>> step = forward(params, np.array([[3.0, 1.0]]), activations=["identity"])
    >>> backward(params, step, np.array([[0.0]]), loss="mse").grads
    [Layer(weight=array([[6.],
           [2.]]), bias=array([2.]))]
    """
    y = _check_target(forward.y_hat, y, forward.activations, loss)
    _check_count(params, len(forward.z))
    with np.errstate(over="ignore", invalid="ignore"):
        for k, layer in enumerate(params):
            _check_layer(k, layer, forward.a[k].shape, forward.z[k])
        dz, da, grads = _chain_rule(params, forward, y, loss)
        da[0] = dz[0] @ params[0][0].T  # this and, with cross-entropy, dL/dŷ are to be looked at: no update needs them
        da[-1] = losses.mse_grad(forward.y_hat, y) if loss == "mse" else _cross_entropy_grad(forward.z[-1], y) / len(y)
    return Backward(dz, da, grads)


def _chain_rule(params, forward, y, loss):
    """Return dz, da but for its two ends, and grads."""
    z, a, y_hat, names = forward
    n, L = len(y), len(z)
    dz, da, grads = [None] * L, [None] * (L + 1), [None] * L
    if loss == "binary_cross_entropy":
        dz[-1] = (y_hat - y) / n  # the sigmoid's derivative and the logarithm's have cancelled
    else:
        dz[-1] = losses.mse_grad(y_hat, y) * ACTIVATIONS[names[-1]][1](z[-1])
    for k in reversed(range(L)):
        W, _ = params[k]
        grads[k] = Layer(weight=a[k].T @ dz[k], bias=dz[k].sum(axis=0))
        if k > 0:
            da[k] = dz[k] @ W.T
            dz[k - 1] = da[k] * ACTIVATIONS[names[k - 1]][1](z[k - 1])
    return dz, da, grads


def loss_and_grads(params, X, y, *, activations=("relu", "relu", "sigmoid"), loss="binary_cross_entropy"):
    """Return the loss, a float, and its gradients, in the structure of `params`: one forward, one backward pass.

    The cross-entropy is taken from the last pre-activation, so that it is exact where ŷ has rounded to 0 or 1.
    Parameters and errors are those of `forward` and `backward`.

    >>> params = init_params((2, 3, 1), rng=np.random.default_rng(0))
    >>> loss, grads = loss_and_grads(params, np.eye(2), np.array([[0.0], [1.0]]), activations=("tanh", "sigmoid"))
    >>> round(loss, 4), grads[0].weight.shape
    (0.7553, (2, 3))
    """
    X, y, names = check(params, X, y, activations=activations, loss=loss)
    with np.errstate(over="ignore", invalid="ignore"):
        return unchecked_loss_and_grads(params, X, y, names, loss)


def unchecked_loss_and_grads(params, X, y, names=("relu", "relu", "sigmoid"), loss="binary_cross_entropy"):
    """`loss_and_grads` of what `check` has returned: `descent.train` checks once and calls this for each batch."""
    step = _forward(params, X, names)
    _, _, grads = _chain_rule(params, step, y, loss)
    if loss == "mse":
        return losses.mse(step.y_hat, y), grads
    return float(np.logaddexp(0, (1 - 2 * y) * step.z[-1]).sum() / len(y)), grads  # y is 0 or 1: -ln ŷ, or -ln(1 - ŷ)


def check(params, X, y, *, activations=("relu", "relu", "sigmoid"), loss="binary_cross_entropy"):
    """Return X, y (in the precision of ŷ) and the activations; raise what `loss_and_grads` raises unless all fit."""
    names, X = _check_activations(activations, params), _check_input(X)
    width = _check_layers(params, X)
    precision = np.result_type(X, *(array for layer in params for array in layer))
    return X, _check_target(np.empty((len(X), width), precision), y, names, loss), names


def _cross_entropy_grad(z, y):
    """Return dL/dŷ of one sample: 1 / (1 - ŷ) where y is 0, -1 / ŷ where y is 1, exact however far ŷ saturates."""
    sign = 1 - 2 * y
    return sign * (1 + np.exp(sign * z))  # 1 / (1 - sigmoid(z)) is 1 + e^z, 1 / sigmoid(z) is 1 + e^-z


def _deviation(scale, n_in, n_out):
    if isinstance(scale, str) and scale in ("he", "glorot"):
        return np.sqrt(2 / n_in) if scale == "he" else np.sqrt(2 / (n_in + n_out))
    if isinstance(scale, int | float | np.number) and np.isfinite(scale) and scale >= 0:
        return float(scale)
    raise ValueError(f"scale must be 'he', 'glorot' or a finite number of at least 0, got {checks.describe(scale)}")


# The checks below run at every update of a training loop: they look at shapes and, once, at the labels.


def _check_count(params, n_layers):
    if not isinstance(params, list | tuple) or len(params) != n_layers:
        came = f"{len(params)} of them" if isinstance(params, list | tuple) else checks.describe(params)
        raise ValueError(f"params must be a list of {n_layers} layers, one for each z of forward, got {came}")


def _check_activations(activations, params):
    if not isinstance(params, list | tuple) or not params:
        raise ValueError(f"params must be a list of at least one Layer, got {checks.describe(params)}")
    if isinstance(activations, str) or not np.iterable(activations):
        raise ValueError(f"activations must be a list of names, one for each layer, got {activations!r}")
    names = tuple(activations)
    for name in names:
        if not isinstance(name, str) or name not in ACTIVATIONS:
            raise ValueError(f"activations must be among {', '.join(map(repr, ACTIVATIONS))}, got {name!r}")
    if len(names) != len(params):
        raise ValueError(
            f"activations must name one activation for each of the {len(params)} layers of params, "
            f"got {len(names)}: {names}"
        )
    return names


def _check_input(X):
    X = checks.numbers(X, "X")
    if X.ndim != 2:
        raise ValueError(
            f"X must have one row for each sample and one column for each input, got shape {X.shape}. "
            "One sample is X.reshape(1, -1), one input is X.reshape(-1, 1)"
        )
    return X


def _check_layers(params, X):
    """Return the number of outputs; raise ValueError unless each layer takes what the one before it gives."""
    shape = X.shape
    for k, layer in enumerate(params):
        shape = (len(X), _check_layer(k, layer, shape))
    return shape[1]


def _check_layer(k, layer, shape, z=None):
    """Return the units of layer k; raise ValueError unless it takes a[k] of `shape` and, if given, makes `z` of it."""
    if not isinstance(layer, list | tuple) or len(layer) != 2:
        raise ValueError(f"params[{k}] must be a Layer, weight and bias, got {checks.describe(layer)}")
    W, b = layer
    if W.ndim != 2 or W.shape[0] != shape[1]:
        raise ValueError(
            f"params[{k}].weight must have one row for each column of its input a[{k}], "
            f"got a weight of shape {W.shape} and an input of shape {shape}"
        )
    if b.shape != W.shape[1:]:
        raise ValueError(
            f"params[{k}].bias must have one number for each column of params[{k}].weight, "
            f"got a bias of shape {b.shape} and a weight of shape {W.shape}"
        )
    if z is not None and z.shape[1] != W.shape[1]:
        raise ValueError(
            f"params[{k}] must be those of the forward pass, "
            f"got a weight of shape {W.shape} and z[{k}] of shape {z.shape}"
        )
    return W.shape[1]


def _check_target(y_hat, y, names, loss):
    """Return y in the type of ŷ, so that integer labels do not turn float32 into float64."""
    if loss not in LOSSES:
        raise ValueError(f"loss must be among {', '.join(map(repr, LOSSES))}, got {loss!r}")
    _, y = checks.same_shape(y_hat, y)
    if loss == "binary_cross_entropy":
        if names[-1] != "sigmoid":
            raise ValueError(
                "loss 'binary_cross_entropy' needs the last activation 'sigmoid', which makes probabilities, "
                f"got {names[-1]!r}. Change one of the two; loss 'mse' goes with any activation"
            )
        if np.count_nonzero(y * (y - 1)):  # neither 0 nor 1, or NaN
            strange = y[y * (y - 1) != 0]
            raise ValueError(
                f"y must hold labels 0 and 1 for loss 'binary_cross_entropy', got {len(strange)} others, "
                f"such as {strange[0]:g}. Labels -1 and 1 become 0 and 1 with (y + 1) / 2"
            )
    return y
