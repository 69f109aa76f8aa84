"""Optimizers against the numbers that Keras gives."""

import re
from typing import NamedTuple

import numpy as np
import pytest

from lessons_lib import optimizers

pytestmark = pytest.mark.filterwarnings("error")

WEIGHTS, GRADIENT = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 6.0, 7.0, 2.0])


class Layer(NamedTuple):
    weight: np.ndarray
    bias: np.ndarray


def step(optimizer, params, grads):
    return optimizer.update(grads, optimizer.init(params), params)[0]


def refuses(says, f, *args):
    with pytest.raises(ValueError, match=re.escape(says)):
        f(*args)


def test_sgd_makes_the_step_of_keras():
    np.testing.assert_allclose(step(optimizers.sgd(0.5), WEIGHTS, GRADIENT), [0.5, -1, -0.5, 3], rtol=1e-15)


def test_sgd_makes_its_second_step_from_the_first():
    opt = optimizers.sgd(0.5)
    params, state = opt.update(GRADIENT, opt.init(WEIGHTS), WEIGHTS)
    params, state = opt.update(-2 * GRADIENT, state, params)
    np.testing.assert_allclose(params, [1.5, 5, 6.5, 5], rtol=1e-15)


def test_update_leaves_params_and_grads_as_they_are():
    params, grads = WEIGHTS.copy(), GRADIENT.copy()
    step(optimizers.sgd(0.5), params, grads)
    np.testing.assert_array_equal((params, grads), (WEIGHTS, GRADIENT))


def test_lists_tuples_and_named_tuples_stay_what_they_are():
    params = [Layer(np.ones((2, 3)), np.ones(3)), (np.ones(1), [np.ones(2)])]
    grads = [Layer(np.full((2, 3), 2.0), np.full(3, 4.0)), (np.full(1, 6.0), [np.full(2, 8.0)])]
    layer, (first, [second]) = step(optimizers.sgd(0.5), params, grads)
    assert type(layer) is Layer
    np.testing.assert_array_equal(layer.weight, np.zeros((2, 3)))
    np.testing.assert_array_equal(np.concatenate([layer.bias, first, second]), [-1, -1, -1, -2, -3, -3])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("grad_dtype", [np.float32, np.float64, np.int64])
def test_weights_keep_their_precision(dtype, grad_dtype):
    assert step(optimizers.sgd(0.5), WEIGHTS.astype(dtype), GRADIENT.astype(grad_dtype)).dtype == dtype


def test_whole_python_numbers_are_taken_as_floats():
    assert step(optimizers.sgd(0.5), [1, 2], [1.5, 3]) == [0.25, 0.5]


def test_overflow_gives_no_warning():
    assert np.isinf(step(optimizers.sgd(1e300), np.array([1.0]), np.array([1e300])))


@pytest.mark.parametrize("rate", [0, -1, np.nan, np.inf, "fast", None])
def test_learning_rate_must_be_finite_and_above_0(rate):
    refuses(f"learning_rate must be a finite number above 0, got {rate!r}", optimizers.sgd, rate)


@pytest.mark.parametrize(
    ("params", "says"),
    [
        (np.array([1, 2]), "params must hold floating-point numbers, got an array of int64"),
        ([np.ones(2), np.array([])], "params must not be empty, got an array of shape (0,)"),
        ([np.ones(2), np.array([np.nan])], "params must be finite, got 1 NaN"),
        ([], "params must hold at least one array, got []"),
    ],
)
def test_init_refuses(params, says):
    refuses(says, optimizers.sgd(0.1).init, params)


@pytest.mark.parametrize(
    ("grads", "says"),
    [
        (np.ones((4, 1)), "grads must have the shapes of params, got (4, 1) for a weight of (4,)"),
        (np.ones(1), "grads must have the shapes of params, got (1,) for a weight of (4,)"),
        ([np.ones(4)], "params and grads must have the same structure, got an array and 1 parts"),
        (np.array(list("abcd")), "grads must hold real numbers, got an array of <U1"),
    ],
)
def test_update_refuses(grads, says):
    refuses(says, optimizers.sgd(0.1).update, grads, (), WEIGHTS)
