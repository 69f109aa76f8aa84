"""Many descents at once against one descent after another."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons_lib.descent import descend
from lessons_lib.sweeps import descend_many

pytestmark = pytest.mark.filterwarnings("error")

A = np.array([[2.0, 1.0], [1.0, 2.0]])
RATES = [0.01, 0.1, 0.4]


def quadratic(x):
    return x @ A


def curved(x):
    return x**3 - x


def refuses(says, *args, **kwargs):
    with pytest.raises(ValueError, match=re.escape(says)):
        descend_many(*args, **({"learning_rates": RATES, "steps": 3} | kwargs))


@given(st.lists(st.floats(1e-3, 0.5), min_size=1, max_size=5), st.integers(0, 20), st.integers(0, 99))
def test_each_path_is_that_of_descend(rates, steps, seed):
    start = np.random.default_rng(seed).standard_normal(2)
    paths = descend_many(quadratic, start, learning_rates=rates, steps=steps)
    expected = [descend(quadratic, start, learning_rate=rate, steps=steps) for rate in rates]
    np.testing.assert_allclose(paths, expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("start", [0.5, [0.5, 2.0], [[0.5, -1.5], [0.1, 0.2], [0.0, 1.0]]])
def test_start_may_have_any_shape(start):
    paths = descend_many(curved, start, learning_rates=RATES, steps=6)
    assert paths.shape == (3, 7, *np.shape(start))
    np.testing.assert_allclose(paths, [descend(curved, start, learning_rate=r, steps=6) for r in RATES], rtol=1e-12)


def test_one_learning_rate_makes_one_path():
    assert descend_many(quadratic, [1.0, 2.0], learning_rates=[0.1], steps=2).shape == (1, 3, 2)


def test_start_is_left_as_it_is():
    start = np.array([1.0, 2.0])
    descend_many(quadratic, start, learning_rates=RATES, steps=3)
    np.testing.assert_array_equal(start, [1, 2])


def test_gradient_that_changes_its_argument_does_not_change_the_paths():
    def spoil(x):
        x *= 2
        return x

    paths = descend_many(spoil, [1.0], learning_rates=RATES, steps=4)
    np.testing.assert_allclose(paths, descend_many(lambda x: 2 * x, [1.0], learning_rates=RATES, steps=4))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_paths_have_the_precision_of_the_start(dtype):
    assert descend_many(curved, np.ones(2, dtype), learning_rates=RATES, steps=3).dtype == dtype


def test_float32_paths_are_those_of_descend():
    start = np.array([0.3, 1.7], np.float32)
    paths = descend_many(curved, start, learning_rates=RATES, steps=9)
    np.testing.assert_array_equal(paths, [descend(curved, start, learning_rate=rate, steps=9) for rate in RATES])


def test_diverging_path_leaves_the_others_alone_and_gives_no_warning():
    paths = descend_many(curved, 2.0, learning_rates=[0.1, 5.0], steps=60)
    assert paths[0, -1] == pytest.approx(1) and not np.isfinite(paths[1, -1])


@pytest.mark.parametrize("start", [[1.0, 2.0], [1.0, 1.0], [0.0, 3.0]])
@pytest.mark.parametrize("rates", [[0.1], [0.1, 0.2], [0.1, 0.2, 0.3]])
@pytest.mark.parametrize(
    "grad",
    [
        lambda x: A @ x,
        lambda x: np.array([2 * x[0], 4 * x[1]]),
        lambda x: x * np.sum(x**2),
        lambda x: 1e-9 * x * np.sum(x**2),
    ],
    ids=["A @ x", "x[0]", "sum over all", "small sum over all"],
)
def test_gradient_of_one_point_only_is_refused_or_right(grad, start, rates):
    kwargs = {"learning_rates": rates, "steps": 4}
    try:
        paths = descend_many(grad, start, **kwargs)
    except ValueError as error:
        assert "grad must treat a stack of points" in str(error)
    else:
        expected = [descend(grad, start, learning_rate=rate, steps=4) for rate in rates]
        np.testing.assert_allclose(paths, expected, rtol=1e-9)


@pytest.mark.parametrize("start", [[1.0, 2.0], [1.0, 1.0]])
@pytest.mark.parametrize("count", [2, 3])
def test_gradient_that_mixes_the_points_is_refused(start, count):
    says = f"grad must treat a stack of points, of shape ({count}, 2), as it treats each of them"
    refuses(says, lambda x: A @ x, start, learning_rates=RATES[:count])


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"learning_rates": []}, "learning_rates must hold at least one learning rate, got none"),
        ({"learning_rates": [0.1, 0.0]}, "each of learning_rates must be a finite number above 0, got 0.0"),
        ({"learning_rates": [0.1, np.nan]}, "each of learning_rates must be a finite number above 0, got nan"),
        ({"learning_rates": ["fast"]}, "each of learning_rates must be a finite number above 0, got 'fast'"),
        ({"steps": -1}, "steps must be a whole number of at least 0, got -1"),
    ],
)
def test_bad_rates_and_steps_are_refused(bad, says):
    refuses(says, quadratic, [1.0, 2.0], **bad)


@pytest.mark.parametrize(
    ("start", "says"),
    [
        (np.array([1, 2]), "start must hold floating-point numbers, got an array of int64"),
        ([1.0, np.nan], "start must be finite, got 1 NaN"),
        ([], "start must not be empty"),
    ],
)
def test_bad_start_is_refused(start, says):
    refuses(says, quadratic, start)


def test_gradient_of_another_shape_is_refused():
    refuses("grad must return an array of the point's shape (2,), got shape ()", lambda x: x.sum(), [1.0, 2.0])
