"""The landscapes: gradients against central differences, limits against what happens there."""

import numpy as np
import pytest

from lessons_lib import landscapes
from lessons_lib.descent import descend
from lessons_lib.landscapes import Landscape, quadratic

ALL = [landscapes.parabola, landscapes.bowl, landscapes.ravine, landscapes.saddle, landscapes.two_valleys]
WITH_LIMIT = [landscape for landscape in ALL if landscape.limit is not None]
H = 1e-5


def name(landscape):
    return landscape.name


def points(landscape, count=7):
    low, high = np.array(landscape.bounds, float).T
    return np.random.default_rng(3).uniform(low, high, size=(count, *np.shape(low)))


def central(f, x):
    """Return the derivatives of f at a stack of points, (...) on a line or (..., 2) on a plane."""
    if x.ndim == 1:
        return (f(x + H) - f(x - H)) / (2 * H)
    return np.stack([(f(x + h) - f(x - h)) / (2 * H) for h in H * np.eye(x.shape[-1])], axis=-1)


@pytest.mark.parametrize("landscape", ALL, ids=name)
def test_gradient_is_that_of_the_value(landscape):
    x = points(landscape)
    np.testing.assert_allclose(landscape.grad(x), central(landscape.value, x), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("landscape", ALL, ids=name)
def test_takes_a_point_and_a_stack_of_any_shape(landscape):
    x = points(landscape, count=6)
    coordinates = x.shape[1:]
    for f, shape in ((landscape.value, ()), (landscape.grad, coordinates)):
        one_by_one = np.array([f(point) for point in x])
        assert one_by_one.shape == (6, *shape)
        np.testing.assert_allclose(f(x), one_by_one, rtol=1e-15)
        np.testing.assert_allclose(f(x.reshape(2, 3, *coordinates)), one_by_one.reshape(2, 3, *shape), rtol=1e-15)


@pytest.mark.parametrize("landscape", ALL, ids=name)
def test_starts_are_floats_within_the_bounds(landscape):
    low, high = np.array(landscape.bounds, float).T
    for start in landscape.starts.values():
        assert np.asarray(start).dtype == float
        assert (low <= start).all() and (start <= high).all()


@pytest.mark.parametrize("landscape", WITH_LIMIT, ids=name)
def test_limit_is_two_over_the_largest_eigenvalue_of_the_hessian(landscape):
    origin = np.zeros(np.shape(next(iter(landscape.starts.values()))))
    if origin.ndim == 0:
        hessian = np.atleast_2d((landscape.grad(origin + H) - landscape.grad(origin - H)) / (2 * H))
    else:
        hessian = np.array([(landscape.grad(origin + h) - landscape.grad(origin - h)) / (2 * H) for h in H * np.eye(2)])
    assert landscape.limit == pytest.approx(2 / np.linalg.eigvalsh(hessian)[-1], rel=1e-9)


@pytest.mark.parametrize("landscape", WITH_LIMIT, ids=name)
def test_below_the_limit_it_settles_and_above_it_diverges(landscape):
    for start in landscape.starts.values():
        below, above = (
            descend(landscape.grad, start, learning_rate=share * landscape.limit, steps=2000) for share in (0.99, 1.01)
        )
        assert np.linalg.norm(below[-1]) < 1e-6
        assert np.linalg.norm(above[-1]) > 1e6


def test_a_landscape_without_one_curvature_has_no_limit():
    assert landscapes.saddle.limit is None and landscapes.two_valleys.limit is None


def test_quadratic_of_unequal_curvatures():
    value, grad = quadratic(1, 2, 5)
    x = points(Landscape("", "", value, grad, ((-1, 1), (-2, 2), (-3, 3)), {}))
    np.testing.assert_allclose(value(x), 0.5 * x[:, 0] ** 2 + x[:, 1] ** 2 + 2.5 * x[:, 2] ** 2)
    np.testing.assert_allclose(grad(x), central(value, x), rtol=1e-7, atol=1e-8)


def test_formulas_of_the_sources():
    x = points(landscapes.bowl)
    np.testing.assert_allclose(landscapes.bowl.value(x), x[:, 0] ** 2 + 2 * x[:, 1] ** 2)
    np.testing.assert_allclose(landscapes.ravine.value(x), 0.1 * x[:, 0] ** 2 + 2 * x[:, 1] ** 2)
    assert landscapes.parabola.value(3.0) == 9


def test_saddle_is_flat_at_the_origin_and_falls_away_on_two_sides():
    value = landscapes.saddle.value
    np.testing.assert_array_equal(landscapes.saddle.grad(np.zeros(2)), 0)
    assert value(np.array([0.1, 0])) < 0 < value(np.array([0, 0.1]))
    np.testing.assert_allclose(landscapes.saddle.grad(np.array([[1.0, 0], [-1.0, 0]])), 0)


def test_the_starts_of_the_saddle_are_what_they_are_called():
    starts = landscapes.saddle.starts
    assert starts["on the ridge"][0] == 0
    assert 0 < abs(starts["a hair beside it"][0]) < 0.01 < abs(starts["beside it"][0])


def test_two_valleys_has_a_lower_one_on_the_left_and_a_summit_between():
    left, summit, right = np.sort(np.roots([1, 0, -2, 0.25]).real)
    np.testing.assert_allclose(landscapes.two_valleys.grad(np.array([left, summit, right])), 0, atol=1e-12)
    value = landscapes.two_valleys.value
    assert value(left) < value(right) < value(summit)
    assert landscapes.two_valleys.starts["left"] < left < summit < landscapes.two_valleys.starts["near the top"] < right
