"""Checks: what passes comes back, what does not is named, with what came and what is allowed."""

import re

import numpy as np
import pytest

from lessons_lib import checks

NO_RATES = [0, -0.1, np.nan, np.inf, "0.1", None, True, 10**400, [0.1], np.array([0.1]), 1j]
NO_COUNTS = [-1, 2.0, "3", None, True, np.True_, np.nan, [1]]


def refuses(says, f, *args, **kwargs):
    with pytest.raises(ValueError, match=re.escape(says)):
        f(*args, **kwargs)


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.array(0.5)])
def test_learning_rate_comes_back_as_a_float(value):
    assert checks.learning_rate(value) == 0.5 and type(checks.learning_rate(value)) is float


@pytest.mark.parametrize("value", NO_RATES, ids=lambda value: str(value)[:8])
def test_learning_rate_must_be_finite_and_above_0(value):
    refuses("learning_rate must be a finite number above 0, got ", checks.learning_rate, value)


def test_message_shows_a_numpy_number_as_a_plain_one():
    refuses("got -0.5", checks.learning_rate, np.float64(-0.5))


def test_message_shows_an_array_by_its_shape():
    refuses("got an array of shape (2, 3)", checks.learning_rate, np.ones((2, 3)))


@pytest.mark.parametrize("value", [3, np.int32(3)])
def test_count_comes_back_as_an_int(value):
    assert checks.count(value, "steps") == 3 and type(checks.count(value, "steps")) is int


@pytest.mark.parametrize("value", NO_COUNTS, ids=repr)
def test_count_must_be_whole_and_not_below(value):
    refuses("steps must be a whole number of at least 0, got ", checks.count, value, "steps")


def test_count_must_not_be_above():
    refuses("digit must be a whole number from 0 to 9, got 10", checks.count, 10, "digit", high=9)


@pytest.mark.parametrize("value", [0, 1, 0.25])
def test_number_takes_both_ends(value):
    assert checks.number(value, "noise", high=1) == value


@pytest.mark.parametrize("value", [-1e-9, 1.1, np.nan, "0.5", None])
def test_number_must_lie_between_the_ends(value):
    refuses("noise must be a number from 0 to 1, got ", checks.number, value, "noise", high=1)


def test_number_without_an_upper_end_must_be_finite():
    refuses("noise must be a finite number of at least 0, got inf", checks.number, np.inf, "noise")


@pytest.mark.parametrize("value", [0, 6, -1, 2.5])
def test_batch_size_must_lie_between_1_and_the_samples(value):
    says = f"batch_size must be a whole number from 1 to 5, got {value} (5 is the number of samples)"
    refuses(says, checks.batch_size, value, 5)


@pytest.mark.parametrize("value", [0, None, np.random, np.random.RandomState(0)], ids=str)
def test_rng_must_be_a_generator(value):
    refuses("rng must be a generator such as np.random.default_rng(0), got ", checks.generator, value)


@pytest.mark.parametrize("value", [3, 3.0, [3, 4], np.float32(3), np.int64(3)])
def test_python_numbers_and_lists_become_floats(value):
    assert checks.floats(value, "start").dtype.kind == "f"


def test_float32_stays_float32():
    assert checks.floats(np.ones(2, np.float32), "start").dtype == np.float32


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (np.array([1, 2]), "start must hold floating-point numbers, got an array of int64: an update would be cut off"),
        (np.array([1j]), "start must hold floating-point numbers, got an array of complex128"),
        (np.array([True]), "start must hold floating-point numbers, got an array of bool"),
        (np.array([]), "start must not be empty, got an array of shape (0,)"),
        ([], "start must not be empty, got an array of shape (0,)"),
        ([1.0, np.nan, np.inf], "start must be finite, got 2 NaN or infinite numbers"),
        ([[1.0], [2.0, 3.0]], "start must be a number or an array of numbers, got [[1.0], [2.0, 3.0]]"),
        ("far", "start must be a number or an array of numbers, got 'far'"),
        ({"w": 1.0}, "start must be a number or an array of numbers, got {'w': 1.0}"),
    ],
)
def test_floats_must_be_finite_floating_point_numbers(value, says):
    refuses(says, checks.floats, value, "start")


X = np.ones((3, 2))


@pytest.mark.parametrize(
    ("X", "y", "says"),
    [
        (X, np.ones(2), "X and y must have the same number of samples, got 3 and 2"),
        (X[:0], np.ones(0), "X must hold at least one sample, got an array of shape (0, 2)"),
        (X, 1.0, "y must hold at least one sample, got an array of shape ()"),
        (np.full((3, 2), np.nan), np.ones(3), "X must be finite, got 6 NaN or infinite numbers"),
        (X, np.array([1.0, np.inf, 0.0]), "y must be finite, got 1 NaN or infinite numbers"),
        (X, np.array(["a", "b", "c"]), "y must hold real numbers, got an array of <U1"),
        ([[1.0], [1.0, 2.0]], [0, 1], "X must be an array of numbers, got [[1.0], [1.0, 2.0]]"),
        (None, np.ones(3), "X must hold real numbers, got None"),
    ],
)
def test_samples_must_be_finite_numbers_in_pairs(X, y, says):
    refuses(says, checks.samples, X, y)


@pytest.mark.parametrize("y", [np.array([0, 1, 1]), np.array([True, False, True]), [0, 1, 1]])
def test_labels_may_be_whole_numbers_or_truth_values(y):
    np.testing.assert_array_equal(checks.samples(X, y)[1], y)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (np.ones(3), "grad must return an array of the point's shape (2,), got shape (3,)"),
        (1.0, "grad must return an array of the point's shape (2,), got shape ()"),
        (np.ones((2, 1)), "grad must return an array of the point's shape (2,), got shape (2, 1)"),
        (None, "what grad returns must hold real numbers, got None"),
        (np.array([1j, 1]), "what grad returns must hold real numbers, got an array of complex128"),
    ],
)
def test_gradient_must_have_the_shape_of_the_point(value, says):
    refuses(says, checks.gradient, value, np.zeros(2))
