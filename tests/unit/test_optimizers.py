"""Optimizers against the numbers that Keras gives."""

import math
import re
from typing import NamedTuple

import numpy as np
import pytest

from lessons_lib import landscapes, optimizers
from lessons_lib.nest import leaves

pytestmark = pytest.mark.filterwarnings("error")

WEIGHTS, GRADIENT = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 6.0, 7.0, 2.0])


class Layer(NamedTuple):
    weight: np.ndarray
    bias: np.ndarray


def step(optimizer, params, grads):
    return optimizer.update(grads, optimizer.init(params), params)[0]


def refuses(says, f, *args, **named):
    with pytest.raises(ValueError, match=re.escape(says)):
        f(*args, **named)


OPTIMIZERS = {
    "sgd": optimizers.sgd,
    "momentum": optimizers.momentum,
    "nesterov": lambda rate: optimizers.momentum(rate, nesterov=True),
    "adagrad": optimizers.adagrad,
    "rmsprop": optimizers.rmsprop,
    "adam": optimizers.adam,
}
every = pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)


def test_sgd_makes_the_step_of_keras():
    np.testing.assert_allclose(step(optimizers.sgd(0.5), WEIGHTS, GRADIENT), [0.5, -1, -0.5, 3], rtol=1e-15)


def test_sgd_makes_its_second_step_from_the_first():
    opt = optimizers.sgd(0.5)
    params, state = opt.update(GRADIENT, opt.init(WEIGHTS), WEIGHTS)
    params, state = opt.update(-2 * GRADIENT, state, params)
    np.testing.assert_allclose(params, [1.5, 5, 6.5, 5], rtol=1e-15)


@pytest.mark.parametrize(
    ("optimizer", "keras"),
    [
        (optimizers.sgd, [0.5, -1, -0.5, 3]),
        (optimizers.adam, [0.5, 1.5, 2.5, 3.5]),
        (optimizers.rmsprop, [-0.5811, 0.4189, 1.4189, 2.4189]),
        (optimizers.adagrad, [0.5233, 1.5007, 2.5005, 3.5061]),
    ],
)
def test_the_first_step_is_that_of_keras(optimizer, keras):
    np.testing.assert_allclose(step(optimizer(0.5), WEIGHTS, GRADIENT), keras, atol=5e-5)


def test_momentum_reaches_the_known_point_of_the_ravine():
    path = walk(optimizers.momentum(0.6, 0.5), landscapes.ravine.grad, [-5.0, -2.0], 20)
    np.testing.assert_allclose(path[-1], [0.0071878667, 0.0025532748], rtol=1e-7)


# The papers' formulas, for one weight at a time, in plain Python; g(k, w) is the gradient in update k = 1, 2, ...


def plain_momentum(g, w, steps, alpha=0.05, beta=0.9):
    v = 0.0
    for k in range(1, steps + 1):
        v = beta * v - alpha * g(k, w)
        w = w + v
    return w


def plain_nesterov(g, w, steps, alpha=0.05, beta=0.9):
    """The gradient is taken where the velocity alone would lead; Keras reports the point after that look-ahead."""
    theta, v = w, 0.0
    for k in range(1, steps + 1):
        v = beta * v - alpha * g(k, theta + beta * v)
        theta = theta + v
    return theta + beta * v


def plain_adagrad(g, w, steps, alpha=0.05):
    s = 0.1
    for k in range(1, steps + 1):
        slope = g(k, w)
        s += slope * slope
        w -= alpha * slope / math.sqrt(s + 1e-7)
    return w


def plain_rmsprop(g, w, steps, alpha=0.05, rho=0.9):
    s = 0.0
    for k in range(1, steps + 1):
        slope = g(k, w)
        s = rho * s + (1 - rho) * slope * slope
        w -= alpha * slope / math.sqrt(s + 1e-7)
    return w


def plain_adam(g, w, steps, alpha=0.05, beta_1=0.9, beta_2=0.999):
    """The means as the weighted sums that they are; epsilon is "epsilon hat" of the paper."""
    slopes = []
    for k in range(1, steps + 1):
        slopes.append(g(k, w))
        m = sum((1 - beta_1) * beta_1 ** (k - i) * s for i, s in enumerate(slopes, 1))
        v = sum((1 - beta_2) * beta_2 ** (k - i) * s**2 for i, s in enumerate(slopes, 1))
        m_hat, v_hat = m / (1 - beta_1**k), v / (1 - beta_2**k)
        w -= alpha * m_hat / (math.sqrt(v_hat) + 1e-7 / math.sqrt(1 - beta_2**k))
    return w


PLAIN = {
    "momentum": (lambda: optimizers.momentum(0.05), plain_momentum),
    "momentum 0.3": (lambda: optimizers.momentum(0.05, 0.3), lambda *a: plain_momentum(*a, beta=0.3)),
    "nesterov": (lambda: optimizers.momentum(0.05, nesterov=True), plain_nesterov),
    "nesterov 0.3": (lambda: optimizers.momentum(0.05, 0.3, True), lambda *a: plain_nesterov(*a, beta=0.3)),
    "adagrad": (lambda: optimizers.adagrad(0.05), plain_adagrad),
    "rmsprop": (lambda: optimizers.rmsprop(0.05), plain_rmsprop),
    "rmsprop 0.5": (lambda: optimizers.rmsprop(0.05, 0.5), lambda *a: plain_rmsprop(*a, rho=0.5)),
    "adam": (lambda: optimizers.adam(0.05), plain_adam),
    "adam 0.7, 0.8": (lambda: optimizers.adam(0.05, 0.7, 0.8), lambda *a: plain_adam(*a, beta_1=0.7, beta_2=0.8)),
}


def walk(optimizer, grad, start, steps):
    path = [np.array(start, float)]
    state = optimizer.init(path[0])
    for _ in range(steps):
        w, state = optimizer.update(grad(path[-1]), state, path[-1])
        path.append(w)
    return np.array(path)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("steps", [1, 2, 3, 40])
def test_update_follows_the_papers(name, steps):
    make, formula = PLAIN[name]
    curvatures, start = np.array([0.3, 1.0, 5.0]), np.array([1.0, -2.0, 0.5])
    got = walk(make(), lambda w: curvatures * w, start, steps)[-1]
    want = [formula(lambda k, w, c=c: c * w, x, steps) for c, x in zip(curvatures, start, strict=True)]
    np.testing.assert_allclose(got, want, rtol=1e-9)


@pytest.mark.parametrize("name", PLAIN)
def test_tiny_gradients_find_epsilon_in_its_place(name):
    make, formula = PLAIN[name]
    got = walk(make(), lambda w: np.full(1, 1e-6), [1.0], 3)[-1]
    np.testing.assert_allclose(got - 1, formula(lambda k, w: 1e-6, 1.0, 3) - 1, rtol=1e-6)


def test_no_momentum_is_plain_descent():
    for nesterov in (False, True):
        with_none = walk(optimizers.momentum(0.3, 0.0, nesterov), landscapes.ravine.grad, [-5.0, -2.0], 9)
        np.testing.assert_allclose(with_none, walk(optimizers.sgd(0.3), landscapes.ravine.grad, [-5.0, -2.0], 9))


def test_one_run_does_not_touch_another():
    opt = optimizers.adam(0.1)
    first, second = opt.init(WEIGHTS), opt.init(WEIGHTS)
    opt.update(GRADIENT, first, WEIGHTS)
    again, _ = opt.update(GRADIENT, second, WEIGHTS)
    np.testing.assert_array_equal(again, opt.update(GRADIENT, first, WEIGHTS)[0])


@every
def test_update_leaves_params_grads_and_state_as_they_are(make):
    opt, params, grads = make(0.5), WEIGHTS.copy(), GRADIENT.copy()
    params_1, state = opt.update(grads, opt.init(params), params)
    before = [np.copy(array) for array in leaves(state)]
    opt.update(grads, state, params_1)
    np.testing.assert_array_equal((params, grads), (WEIGHTS, GRADIENT))
    for array, kept in zip(leaves(state), before, strict=True):
        np.testing.assert_array_equal(array, kept)


@every
def test_each_array_of_a_nest_goes_its_own_way(make):
    rng = np.random.default_rng(0)
    params = [Layer(rng.normal(size=(2, 3)), rng.normal(size=3)), (rng.normal(size=1), [rng.normal(size=2)])]
    grads = [Layer(rng.normal(size=(2, 3)), rng.normal(size=3)), (rng.normal(size=1), [rng.normal(size=2)])]
    opt = make(0.1)
    state, nest = opt.init(params), params
    for _ in range(3):
        nest, state = opt.update(grads, state, nest)
    assert type(nest[0]) is Layer and type(nest[1]) is tuple and type(nest[1][1]) is list
    for got, w, g in zip(leaves(nest), leaves(params), leaves(grads), strict=True):
        np.testing.assert_allclose(got, walk(opt, lambda _, g=g: g, w, 3)[-1])


@every
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_and_state_keep_their_precision(make, dtype):
    opt, params = make(0.5), WEIGHTS.astype(dtype)
    state = opt.init(params)
    for _ in range(2):
        params, state = opt.update(GRADIENT, state, params)
    assert params.dtype == dtype
    assert all(array.dtype == dtype for array in leaves(state) if np.ndim(array))


@every
def test_python_numbers_are_taken_as_floats(make):
    assert 0 < step(make(0.1), [1, 2], [1.5, 3])[0] < 1


@every
def test_overflow_and_nan_give_no_warning(make):
    opt, w = make(1e300), np.array([1.0, 1.0])
    state = opt.init(w)
    for gradient in ([1e300, np.inf], [1e300, np.nan], [-1e300, 0.0]):
        w, state = opt.update(np.array(gradient), state, w)


@every
@pytest.mark.parametrize("rate", [0, -1, np.nan, np.inf, "fast", None])
def test_every_learning_rate_must_be_finite_and_above_0(make, rate):
    refuses(f"learning_rate must be a finite number above 0, got {rate!r}", make, rate)


@every
def test_every_init_and_update_refuses_what_does_not_fit(make):
    opt = make(0.1)
    refuses("params must hold floating-point numbers, got an array of int64", opt.init, np.array([1, 2]))
    refuses("params must hold at least one array, got []", opt.init, [])
    state = opt.init(WEIGHTS)
    refuses("grads must have the shapes of params, got (4, 1)", opt.update, np.ones((4, 1)), state, WEIGHTS)
    refuses("params and grads must have the same structure", opt.update, [np.ones(4)], state, WEIGHTS)


@pytest.mark.parametrize(
    ("make", "given", "says"),
    [
        (optimizers.momentum, {"momentum": 1.1}, "momentum must be a number from 0 to 1, got 1.1"),
        (optimizers.momentum, {"momentum": -0.1}, "momentum must be a number from 0 to 1, got -0.1"),
        (optimizers.momentum, {"nesterov": "yes"}, "nesterov must be True or False, got 'yes'"),
        (optimizers.rmsprop, {"rho": 1}, "rho must be below 1, got 1"),
        (optimizers.rmsprop, {"rho": np.nan}, "rho must be a number from 0 to 1"),
        (optimizers.adam, {"beta_1": 1.0}, "beta_1 must be below 1, got 1.0"),
        (optimizers.adam, {"beta_2": 2}, "beta_2 must be a number from 0 to 1, got 2"),
    ],
)
def test_what_is_kept_must_be_a_share(make, given, says):
    refuses(says, make, 0.1, **given)


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
