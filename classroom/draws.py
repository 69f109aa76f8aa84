"""Random inputs that several tasks share. Sizes are unequal, so that a missing transpose cannot hide."""

from itertools import pairwise

import numpy as np

from lessons_lib import coach_data


def positive_definite(rng, size, low=0.3, high=4.0):
    """Return a symmetric matrix whose eigenvalues go from `low` to `high`, its eigenvectors no axes."""
    Q, _ = np.linalg.qr(rng.normal(size=(size, size)))
    eigenvalues = np.concatenate([[low, high], rng.uniform(low, high, size - 2)])
    A = Q @ np.diag(eigenvalues) @ Q.T
    return (A + A.T) / 2


def slope_of_bowl(rng, size, low=0.3, high=4.0):
    """Return the gradient of a quadratic with a minimum away from 0, and where that is."""
    center = rng.normal(size=size)
    return coach_data.function("quadratic_slope", A=positive_definite(rng, size, low, high), center=center), center


def layers(rng, sizes):
    """Return a list of (W, b) whose biases are no zeros."""
    return [
        (rng.normal(size=(n_in, n_out)) / np.sqrt(n_in), 0.3 * rng.normal(size=n_out))
        for n_in, n_out in pairwise(sizes)
    ]


def labels(rng, n):
    """Return 0 and 1 in a column, both of them present."""
    y = (rng.random((n, 1)) < 0.5).astype(float)
    y[:2, 0] = 0, 1
    return rng.permutation(y)
