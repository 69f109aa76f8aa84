"""Central differences where the slope is known; a check that fails must say where and how."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lessons_lib import gradcheck, network

pytestmark = pytest.mark.filterwarnings("error")

points = arrays(float, array_shapes(min_dims=0, max_dims=3, max_side=4), elements=st.floats(-3, 3))


@given(points)
def test_numerical_grad_of_a_function_with_a_known_one(x):
    kept = x.copy()
    grad = gradcheck.numerical_grad(lambda x: np.sum(np.sin(x) + x**3), x)
    assert grad.shape == x.shape and grad.dtype == float
    np.testing.assert_allclose(grad, np.cos(x) + 3 * x**2, atol=1e-7)
    np.testing.assert_array_equal(x, kept)


def test_the_differences_are_central_and_divided_by_two_steps():
    assert gradcheck.numerical_grad(lambda x: x**3, 2.0, eps=0.5) == 12 + 0.5**2


def test_numbers_lists_integers_and_float32_become_float64():
    seen = []
    for x in (3, 3.0, [1, 2], (1.0, 2.0), np.array([1, 2]), np.array([1, 2], np.float32)):
        gradcheck.numerical_grad(lambda x: seen.append(x) or np.sum(x), x)
    assert all(x.dtype == float for x in seen)


def test_a_function_that_spoils_its_argument_spoils_nothing():
    def f(x):
        value = np.sum(x**2)
        x *= 0
        return value

    np.testing.assert_allclose(gradcheck.numerical_grad(f, np.array([1.0, 2.0])), [2, 4])


def test_numerical_grad_of_a_nest_has_its_structure():
    params = [network.Layer(np.array([[1.0, 2.0]]), np.array([3.0, 4.0])), (np.array(5.0),)]
    grads = gradcheck.numerical_grad(
        lambda p: np.sum(p[0].weight ** 2) + np.sum(p[0].bias * [1, 2]) + p[1][0] ** 2, params
    )
    assert isinstance(grads, list) and isinstance(grads[0], network.Layer) and isinstance(grads[1], tuple)
    for part, expected in ((grads[0].weight, [[2, 4]]), (grads[0].bias, [1, 2]), (grads[1][0], 10)):
        np.testing.assert_allclose(part, expected, atol=1e-8)


@pytest.mark.parametrize(
    ("f", "x", "eps", "words"),
    [
        (lambda x: x, np.ones((2, 3)), 1e-5, r"f must return one number, got an array of shape \(2, 3\)"),
        (lambda x: None, np.ones(2), 1e-5, "f must return one number, got None"),
        (lambda x: "high", np.ones(2), 1e-5, "f must return one number, got .*high"),
        (np.sum, np.ones(2), 0, "eps"),
        (np.sum, np.ones(2), -1e-5, "eps"),
        (np.sum, np.array([1.0, np.nan]), 1e-5, "x must be finite"),
        (np.sum, np.array([]), 1e-5, "x must not be empty"),
        (np.sum, "here", 1e-5, "x must hold"),
    ],
)
def test_numerical_grad_refuses_bad_input(f, x, eps, words):
    with pytest.raises(ValueError, match=words):
        gradcheck.numerical_grad(f, x, eps=eps)


def test_a_function_that_overflows_gives_nan_without_a_warning():
    with np.errstate(over="raise"):
        assert not np.isfinite(gradcheck.numerical_grad(lambda x: np.exp(x[0]), np.array([1000.0]))).any()


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([3, 4], [3, 4], 0),
        ([0, 0], [0, 0], 0),
        ([3, 4], [-3, -4], 1),
        ([3, 4], [0, 0], 1),
        ([3, 4], [6, 8], 1 / 3),
        (2.0, 3.0, 1 / 5),
        ([np.array([3.0]), (np.array(4.0),)], [np.array([6.0]), (np.array(8.0),)], 1 / 3),
    ],
)
def test_relative_error(a, b, expected):
    assert gradcheck.relative_error(a, b) == pytest.approx(expected)
    assert gradcheck.relative_error(b, a) == pytest.approx(expected)


def test_relative_error_refuses_to_broadcast():
    with pytest.raises(ValueError, match=r"\(2, 1\) and \(2,\)"):
        gradcheck.relative_error(np.ones((2, 1)), np.ones(2))


RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(9, 2)), RNG.integers(0, 2, (9, 1))
PARAMS = network.init_params((2, 4, 3, 1), rng=RNG)
GRADS = network.loss_and_grads(PARAMS, X, Y, activations=("tanh", "tanh", "sigmoid"))[1]


def f(params):
    return network.loss_and_grads(params, X, Y, activations=("tanh", "tanh", "sigmoid"))[0]


def spoilt(change, layer=1):
    """Return the true gradients, with the weight gradient of one layer changed."""
    grads = list(GRADS)
    grads[layer] = grads[layer]._replace(weight=change(grads[layer].weight))
    return grads


def one_element(weight):
    weight = weight.copy()
    weight[2, 1] += 0.25
    return weight


def test_check_passes_the_true_gradient_and_returns_its_error():
    assert 0 <= gradcheck.check(f, PARAMS, GRADS) < 1e-8


def test_check_names_the_element_and_both_values():
    good, bad = GRADS[1].weight[2, 1], GRADS[1].weight[2, 1] + 0.25
    with pytest.raises(AssertionError) as error:
        gradcheck.check(f, PARAMS, spoilt(one_element))
    message = str(error.value)
    assert f"params[1].weight[2, 1]: analytic {bad:.6g}, numeric {good:.6g}" in message
    assert "worst of 1 wrong in 12 elements" in message
    assert "params[0]" not in message and "bias" not in message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: 9 * w, "analytic is 9 times numeric throughout"),
        (lambda w: -w, "analytic is -1 times numeric throughout"),
        (lambda w: 0 * w, "the analytic gradient is 0 throughout"),
        (lambda w: w * np.nan, "analytic nan"),
        (lambda w: w * np.inf, "analytic -?inf"),
    ],
)
def test_check_says_what_all_elements_have_in_common(change, words):
    with pytest.raises(AssertionError, match=words):
        gradcheck.check(f, PARAMS, spoilt(change))


def test_check_sees_a_transpose():
    W, A = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 5.0], [7.0, 2.0]])
    with pytest.raises(AssertionError, match="numeric transposed"):
        gradcheck.check(lambda w: np.sum(A * w), W, A.T)


def test_check_lists_every_wrong_array_and_where_to_begin():
    with pytest.raises(AssertionError) as error:
        gradcheck.check(f, PARAMS, [network.Layer(2 * W, b) for W, b in GRADS], name="net")
    lines = str(error.value).splitlines()
    assert [line.split("[")[1][0] for line in lines[1:4]] == ["0", "1", "2"]
    assert all(line.lstrip().startswith("net[") for line in lines[1:4]) and "Begin with the last" in lines[-1]


def test_check_of_one_number():
    with pytest.raises(AssertionError, match="x: analytic 3, numeric 4"):
        gradcheck.check(lambda x: x**2, 2.0, 3.0, name="x")


def test_check_lets_round_off_pass_where_the_gradient_is_zero():
    def flat(x):
        return 7 + np.sum(x) - np.sum(x[::-1])  # 7, but for round-off

    x = np.linspace(0.1, 1, 20)
    assert gradcheck.numerical_grad(flat, x).any()
    gradcheck.check(flat, x, np.zeros(20))
    with pytest.raises(AssertionError):
        gradcheck.check(flat, x, np.eye(20)[3] * 1e-7)


@pytest.mark.parametrize(
    ("grads", "words"),
    [
        (GRADS[:2], "same structure"),
        (spoilt(np.transpose), r"params\[1\].weight must have its shape \(4, 3\), got shape \(3, 4\)"),
        ([GRADS[0]._replace(bias=1.0), *GRADS[1:]], r"params\[0\].bias must have its shape \(4,\), got shape \(\)"),
    ],
)
def test_check_refuses_gradients_that_do_not_fit(grads, words):
    with pytest.raises(ValueError, match=words):
        gradcheck.check(f, PARAMS, grads)


def test_check_finds_each_wrong_answer_that_students_give():
    """Missing 1/n, a bias gradient of one sample, an extra σ′, a mask from the post-activation."""
    params = network.init_params((3, 5, 2), rng=np.random.default_rng(1), scale=1.0)
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(11, 3)), rng.integers(0, 2, (11, 2)).astype(float)
    names = ("relu", "sigmoid")
    step = network.forward(params, X, activations=names)
    dz = network.backward(params, step, y).dz

    def grads(dz1, dz0=None):
        hidden = dz1 @ params[1].weight.T * (step.z[0] > 0) if dz0 is None else dz0
        return [network.Layer(a.T @ d, d.sum(axis=0)) for a, d in zip(step.a[:2], (hidden, dz1), strict=True)]

    def loss(p):
        return network.loss_and_grads(p, X, y, activations=names)[0]

    gradcheck.check(loss, params, grads(dz[1]))
    wrong = [
        grads(dz[1] * 11),
        grads(-dz[1]),
        grads(dz[1] * step.y_hat * (1 - step.y_hat)),
        grads(dz[1], dz[1] @ params[1].weight.T),
        [network.Layer(W, b / 11) for W, b in grads(dz[1])],
    ]
    for answer in wrong:
        with pytest.raises(AssertionError, match="numeric"):
            gradcheck.check(loss, params, answer)
