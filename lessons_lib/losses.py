"""Loss functions and their gradients.

Every loss is a mean over the n samples (the rows) and a sum over the outputs (the columns).
The gradients therefore carry the factor 1/n, and nothing after them has to.
"""

import numpy as np

from lessons_lib import checks
from lessons_lib.activations import sigmoid

EPSILON = 1e-7  # Keras' own: predictions are clipped to [EPSILON, 1 - EPSILON] before the logarithm


def mse(y_hat, y):
    """Return the squared error, (1/n) Σ (ŷ - y)²: a float.

    Parameters
    ----------
    y_hat, y : arrays of one shape, (n,) or (n, n_out)

    Raises
    ------
    ValueError
        If the shapes differ: (n, 1) against (n,) would broadcast to (n, n).

    >>> mse(np.array([[1.0], [4.0]]), np.array([[1.0], [2.0]]))
    2.0
    """
    y_hat, y = checks.same_shape(y_hat, y)
    return float(np.sum((y_hat - y) ** 2) / len(y))


def mse_grad(y_hat, y):
    """Return the gradient of `mse` with respect to `y_hat`, 2 (ŷ - y) / n, of the shape of `y_hat`.

    >>> mse_grad(np.array([[1.0], [4.0]]), np.array([[1.0], [2.0]]))
    array([[0.],
           [2.]])
    """
    y_hat, y = checks.same_shape(y_hat, y)
    return 2 * (y_hat - y) / len(y)


def binary_cross_entropy(y_hat, y):
    """Return the binary cross-entropy, -(1/n) Σ [y ln ŷ + (1 - y) ln(1 - ŷ)]: a float, in nats.

    Parameters
    ----------
    y_hat : array (n,) or (n, n_out) of probabilities, clipped to [1e-7, 1 - 1e-7] as Keras clips them
    y : array of the same shape, of labels in {0, 1}

    Raises
    ------
    ValueError
        If the shapes differ, or a label is below 0 or above 1.

    >>> round(binary_cross_entropy(np.array([[0.5]]), np.array([[1.0]])), 4)  # ln 2
    0.6931
    """
    y_hat, y = checks.same_shape(y_hat, y)
    checks.labels(y)
    p = np.clip(y_hat, EPSILON, 1 - EPSILON)
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y))


def binary_cross_entropy_grad(y_hat, y):
    """Return the gradient of `binary_cross_entropy` with respect to `y_hat`, of the shape of `y_hat`.

    That is (ŷ - y) / (ŷ (1 - ŷ)) / n inside the clip, and 0 outside of it, where the clipped loss is flat.

    >>> binary_cross_entropy_grad(np.array([[0.5]]), np.array([[1.0]]))
    array([[-2.]])
    """
    y_hat, y = checks.same_shape(y_hat, y)
    checks.labels(y)
    p = np.clip(y_hat, EPSILON, 1 - EPSILON)
    return (p == y_hat) * (p - y) / (p * (1 - p)) / len(y)


def binary_cross_entropy_with_logits(z, y):
    """Return the binary cross-entropy of ŷ = sigmoid(z), from the pre-activation z: a float, in nats.

    Uses ln(1 + e^z) - y z, written so that no exponential overflows and no logarithm sees 0; nothing is clipped.

    >>> round(binary_cross_entropy_with_logits(np.array([[0.0]]), np.array([[1.0]])), 4)
    0.6931
    >>> binary_cross_entropy_with_logits(np.array([[1000.0]]), np.array([[0.0]]))
    1000.0
    """
    z, y = checks.same_shape(z, y, "z")
    checks.labels(y)
    return float(np.sum(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))) / len(y))


def binary_cross_entropy_with_logits_grad(z, y):
    """Return the gradient of `binary_cross_entropy_with_logits` with respect to `z`: (sigmoid(z) - y) / n.

    The sigmoid's derivative and the logarithm's have cancelled; that is why the two belong together.

    >>> binary_cross_entropy_with_logits_grad(np.array([[0.0]]), np.array([[1.0]]))
    array([[-0.5]])
    """
    z, y = checks.same_shape(z, y, "z")
    checks.labels(y)
    return (sigmoid(z) - y) / len(y)
