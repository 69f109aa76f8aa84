"""Losses against SciPy, and their gradients against central differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, log_expit, xlog1py, xlogy

from lessons_lib import losses

pytestmark = pytest.mark.filterwarnings("error")

PAIRS = ["mse", "binary_cross_entropy", "binary_cross_entropy_with_logits"]
FUNCTIONS = [getattr(losses, name + suffix) for name in PAIRS for suffix in ("", "_grad")]
shapes = st.one_of(st.tuples(st.integers(1, 6)), st.tuples(st.integers(1, 6), st.integers(1, 4)))
seeds = st.integers(0, 1000)


def drawn(shape, seed):
    """Return probabilities well inside (0, 1), and labels, of one shape."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.05, 0.95, shape), rng.integers(0, 2, shape).astype(float)


def slopes(f, x, h=1e-6):
    out = np.empty_like(x)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = h
        out[i] = (f(x + step) - f(x - step)) / (2 * h)
    return out


@pytest.mark.parametrize("name", PAIRS)
@given(shape=shapes, seed=seeds)
def test_gradient_is_the_slope_of_the_loss(name, shape, seed):
    y_hat, y = drawn(shape, seed)
    loss, grad = getattr(losses, name), getattr(losses, name + "_grad")
    np.testing.assert_allclose(grad(y_hat, y), slopes(lambda p: loss(p, y), y_hat), rtol=1e-6, atol=1e-8)


def test_mse_is_the_mean_over_samples_of_the_sum_over_outputs():
    assert losses.mse(np.array([[1.0, 2.0], [3.0, 5.0]]), np.zeros((2, 2))) == (1 + 4 + 9 + 25) / 2


@given(shapes, seeds)
def test_cross_entropy_is_scipys_xlogy(shape, seed):
    p, y = drawn(shape, seed)
    expected = -(xlogy(y, p) + xlog1py(1 - y, -p)).sum() / shape[0]
    assert losses.binary_cross_entropy(p, y) == pytest.approx(expected, rel=1e-12)


@given(shapes, seeds, st.floats(0.1, 1000))
def test_cross_entropy_with_logits_is_scipys_log_expit(shape, seed, size):
    rng = np.random.default_rng(seed)
    z, y = size * rng.standard_normal(shape), rng.integers(0, 2, shape)
    expected = -(y * log_expit(z) + (1 - y) * log_expit(-z)).sum() / shape[0]
    assert losses.binary_cross_entropy_with_logits(z, y) == pytest.approx(expected, rel=1e-12)


@given(shapes, seeds)
def test_cross_entropy_with_logits_grad_is_expit_minus_y_over_n(shape, seed):
    rng = np.random.default_rng(seed)
    z, y = 10 * rng.standard_normal(shape), rng.integers(0, 2, shape)
    expected = (expit(z) - y) / shape[0]
    np.testing.assert_allclose(losses.binary_cross_entropy_with_logits_grad(z, y), expected, atol=1e-15)


@given(shapes, seeds)
def test_both_cross_entropies_agree(shape, seed):
    p, y = drawn(shape, seed)
    from_logits = losses.binary_cross_entropy_with_logits(np.log(p) - np.log1p(-p), y)
    assert losses.binary_cross_entropy(p, y) == pytest.approx(from_logits, rel=1e-12)


def test_guessing_one_half_costs_ln_2():
    assert losses.binary_cross_entropy(np.full((4, 1), 0.5), np.array([[0], [1], [1], [0]])) == pytest.approx(np.log(2))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_of_certain_and_wrong_is_clipped_as_in_keras(dtype):
    loss = losses.binary_cross_entropy(np.array([1.0, 0.0], dtype), np.array([0.0, 1.0], dtype))
    assert loss == pytest.approx(-np.log(1e-7), rel=0.01)  # float32 has no number closer to 1 - 1e-7


@pytest.mark.parametrize("y_hat", [0.0, 1.0, 1e-9])
def test_cross_entropy_grad_is_0_outside_of_the_clip(y_hat):
    assert losses.binary_cross_entropy_grad(np.array([y_hat]), np.array([1.0]))[0] == 0


@pytest.mark.parametrize("z", [-1e4, 1e4])
def test_logits_of_any_size_give_their_loss_without_a_warning(z):
    assert losses.binary_cross_entropy_with_logits(np.array([z]), np.array([float(z < 0)])) == 1e4
    assert losses.binary_cross_entropy_with_logits_grad(np.array([z]), np.array([float(z < 0)])) == np.sign(z)


@pytest.mark.parametrize("name", PAIRS)
def test_loss_is_a_python_float(name):
    assert type(getattr(losses, name)(*drawn((3, 1), 0))) is float


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("label", [np.float32, np.float64, np.int64, bool])
def test_gradient_of_float32_predictions_is_float32(name, label):
    y_hat, y = drawn((3, 1), 0)
    assert getattr(losses, name + "_grad")(y_hat.astype(np.float32), y.astype(label)).dtype == np.float32


def test_whole_numbers_without_a_sign_do_not_wrap_around():
    y_hat, y = np.array([[1]], np.uint8), np.array([[2]], np.uint8)
    assert losses.mse_grad(y_hat, y) == -2


@pytest.mark.parametrize("f", FUNCTIONS)
def test_arguments_are_left_as_they_are(f):
    y_hat, y = drawn((3, 2), 0)
    copies = y_hat.copy(), y.copy()
    f(y_hat, y)
    np.testing.assert_array_equal((y_hat, y), copies)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_column_against_row_is_refused_with_the_way_out(f):
    with pytest.raises(ValueError, match=r"same shape, got \(3, 1\) and \(3,\).*broadcast.*y\.reshape\(\(3, 1\)\)"):
        f(np.full((3, 1), 0.5), np.ones(3))


def test_shapes_that_reshaping_would_not_mend_get_no_such_advice():
    with pytest.raises(ValueError, match=r"y_hat and y must have the same shape, got \(2, 3\) and \(3, 2\)$"):
        losses.mse(np.ones((2, 3)), np.ones((3, 2)))


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("shape", [(), (0,), (0, 1)])
def test_no_sample_is_refused(f, shape):
    with pytest.raises(ValueError, match="and y must hold at least one sample, got shape"):
        f(np.ones(shape), np.ones(shape))


@pytest.mark.parametrize("f", FUNCTIONS[2:])
@pytest.mark.parametrize("label", [-1.0, 2.0, np.nan])
def test_labels_of_cross_entropy_below_0_or_above_1_are_refused(f, label):
    with pytest.raises(ValueError, match="y must hold labels from 0 to 1, got numbers from"):
        f(np.array([0.5, 0.5]), np.array([label, 1.0]))


@pytest.mark.parametrize("f", FUNCTIONS[4:])
def test_logits_are_called_z(f):
    with pytest.raises(ValueError, match=r"^z and y must have the same shape"):
        f(np.zeros(3), np.zeros(2))


def test_text_is_refused():
    with pytest.raises(ValueError, match="y must hold real numbers, got an array of <U3"):
        losses.mse(np.array([1.0]), np.array(["cat"]))
