"""Activation functions and their derivatives, each as a function of the pre-activation z."""

import numpy as np


def _floats(z):
    """Return `z` as an array of floats: whole numbers without a sign have no -z."""
    z = np.asarray(z)
    return z if z.dtype.kind == "f" else z.astype(float)


def relu(z):
    """Return max(0, z), of the shape of `z`.

    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """
    return np.maximum(z, 0)


def relu_grad(z):
    """Return the derivative of ReLU at `z`: 1 where z > 0, else 0 (so 0 at the kink), of the shape of `z`.

    >>> relu_grad(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 1.])
    """
    z = _floats(z)
    return (z > 0).astype(z.dtype)


def sigmoid(z):
    """Return 1 / (1 + exp(-z)), of the shape of `z`.

    Both forms below are the sigmoid; each is used where its exponential cannot overflow.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    z = _floats(z)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def sigmoid_grad(z):
    """Return the derivative of the sigmoid at `z`: s (1 - s) with s = sigmoid(z), of the shape of `z`.

    Written as sigmoid(z) sigmoid(-z), which stays exact where 1 - s would round to 0.

    >>> float(sigmoid_grad(0.0))
    0.25
    """
    z = _floats(z)
    return sigmoid(z) * sigmoid(-z)


def tanh(z):
    """Return the hyperbolic tangent of `z`, of the shape of `z`."""
    return np.tanh(_floats(z))


def tanh_grad(z):
    """Return the derivative of tanh at `z`: 1 - tanh(z)², of the shape of `z`.

    Written as 4 sigmoid(2z) sigmoid(-2z), which stays exact where tanh(z)² would round to 1.

    >>> float(tanh_grad(0.0))
    1.0
    """
    return 4 * sigmoid_grad(2 * _floats(z))


def identity(z):
    """Return `z` itself: the activation of a linear layer."""
    return np.asarray(z)


def identity_grad(z):
    """Return 1 everywhere, of the shape of `z`."""
    z = _floats(z)
    return np.ones(z.shape, z.dtype)
