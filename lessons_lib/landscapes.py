"""The landscapes that the book descends: each a function, its gradient, and where to look at it."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Landscape(NamedTuple):
    """A function to descend.

    `value` and `grad` take a stack of points: numbers (...) on a line, or arrays (..., 2) on a plane.
    """

    name: str
    formula: str  # in plain text, for titles and screen readers
    value: Callable
    grad: Callable
    bounds: tuple  # (left, right), or ((left, right), (bottom, top))
    starts: dict  # name: start point
    largest_curvature: float | None = None  # λ_max, where it is the same everywhere

    @property
    def limit(self):
        """Return the learning rate 2/λ_max from which on gradient descent no longer settles, or None."""
        return None if self.largest_curvature is None else 2 / self.largest_curvature


def quadratic(*curvatures):
    """Return value and gradient of ½ Σ λᵢ xᵢ², with the curvatures λᵢ along the axes."""
    curvatures = np.array(curvatures, float)
    return (lambda x: 0.5 * np.sum(curvatures * np.square(x), axis=-1)), (lambda x: curvatures * x)


parabola = Landscape(
    "parabola", "f(x) = x²", lambda x: np.square(x), lambda x: 2 * x, (-11, 11), {"right": 10.0, "left": -4.0}, 2.0
)

bowl = Landscape(
    "bowl",
    "f(x₁, x₂) = x₁² + 2x₂²",
    *quadratic(2, 4),
    ((-6, 6), (-4, 4)),
    {"far left": np.array([-5.0, -2.0]), "top right": np.array([4.0, 3.0])},
    4.0,
)

ravine = Landscape(
    "ravine",
    "f(x₁, x₂) = 0.1x₁² + 2x₂²",
    *quadratic(0.2, 4),
    ((-6, 6), (-4, 4)),
    {"far left": np.array([-5.0, -2.0]), "top right": np.array([4.0, 3.0])},
    4.0,
)

saddle = Landscape(
    "saddle",
    "f(x₁, x₂) = ¼x₁⁴ − ½x₁² + ½x₂²",
    lambda x: x[..., 0] ** 4 / 4 - x[..., 0] ** 2 / 2 + x[..., 1] ** 2 / 2,
    lambda x: np.stack([x[..., 0] ** 3 - x[..., 0], x[..., 1]], axis=-1),
    ((-2, 2), (-1.6, 1.6)),
    {
        "on the ridge": np.array([0.0, 1.4]),
        "a hair beside it": np.array([1e-3, 1.4]),
        "beside it": np.array([-0.3, 1.4]),
    },
)

two_valleys = Landscape(
    "two valleys",
    "f(x) = ¼x⁴ − x² + ¼x",
    lambda x: x**4 / 4 - x**2 + x / 4,
    lambda x: x**3 - 2 * x + 1 / 4,
    (-2.4, 2.4),
    {"left": -2.2, "near the top": 0.2, "right": 2.2},
)


def _hills(*hills):
    """Return value and gradient of a wide valley with Gaussian hills (height > 0) and hollows (height < 0) in it.

    Each hill is (height, middle, width); f = x₁²/50 + x₂²/9 + Σ h exp(-|x - m|² / 2w²).
    """
    bowl = np.array([1 / 50, 1 / 9])
    heights = np.array([h for h, _, _ in hills])
    middles = np.array([m for _, m, _ in hills], float)
    widths = np.array([w for _, _, w in hills], float)

    def parts(x):
        away = x[..., None, :] - middles
        return heights * np.exp(-np.sum(away**2, axis=-1) / (2 * widths**2)), away

    def value(x):
        return np.sum(bowl * np.square(x), axis=-1) + parts(x)[0].sum(axis=-1)

    def grad(x):
        hill, away = parts(x)
        return 2 * bowl * x - np.sum((hill / widths**2)[..., None] * away, axis=-2)

    return value, grad


foothills = Landscape(
    "foothills",
    "f = x₁²/50 + x₂²/9 + Σ h exp(−|x − m|²/2w²)",
    *_hills(
        (1.3, (-2.6, 1.3), 1.0),
        (1.1, (0.7, 1.5), 0.9),
        (0.8, (0.6, -2.1), 0.9),
        (-0.7, (-4.0, -0.4), 0.8),
        (-0.7, (-1.2, -1.0), 0.8),
        (-1.5, (3.0, -0.6), 1.2),
    ),
    ((-5.6, 5.6), (-2.7, 2.7)),
    {
        "the western ridge": np.array([-3.0, 1.75]),
        "the middle pass": np.array([-0.9, 1.9]),
        "the eastern slope": np.array([1.0, 2.2]),
    },
)
