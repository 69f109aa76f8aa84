"""Activations against SciPy and against central differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.special import expit

from lessons_lib import activations

pytestmark = pytest.mark.filterwarnings("error")

NAMES = ["relu", "sigmoid", "tanh", "identity"]
FUNCTIONS = [getattr(activations, name + suffix) for name in NAMES for suffix in ("", "_grad")]
numbers = arrays(float, array_shapes(min_dims=0, max_dims=3), elements=st.floats(-1e4, 1e4))
smooth = arrays(float, array_shapes(max_dims=2), elements=st.floats(-20, 20))


def slope(f, z, h=1e-5):
    return (f(z + h) - f(z - h)) / (2 * h)


@given(numbers)
def test_sigmoid_is_scipys_expit(z):
    np.testing.assert_allclose(activations.sigmoid(z), expit(z), rtol=1e-14, atol=1e-300)


@given(numbers)
def test_sigmoid_grad_is_expit_of_z_times_expit_of_minus_z(z):
    np.testing.assert_allclose(activations.sigmoid_grad(z), expit(z) * expit(-z), rtol=1e-14, atol=1e-300)


@given(arrays(float, array_shapes(max_dims=2), elements=st.floats(-300, 300)))
def test_tanh_grad_is_one_over_cosh_squared(z):
    np.testing.assert_allclose(activations.tanh_grad(z), np.cosh(z) ** -2.0, rtol=1e-12)


@given(smooth)
def test_tanh_is_two_sigmoids_of_2z_minus_1(z):
    np.testing.assert_allclose(activations.tanh(z), 2 * expit(2 * z) - 1, atol=1e-15)


@pytest.mark.parametrize("name", NAMES)
@given(z=smooth)
def test_gradient_is_the_slope_of_the_function(name, z):
    z = np.where(np.abs(z) < 1e-3, 0.5, z)  # away from the kink of ReLU
    f, f_grad = getattr(activations, name), getattr(activations, name + "_grad")
    np.testing.assert_allclose(f_grad(z), slope(f, z), rtol=1e-6, atol=1e-9)


def test_relu_keeps_what_is_positive():
    np.testing.assert_array_equal(activations.relu(np.array([[-3.0, -0.5], [0.0, 2.5]])), [[0, 0], [0, 2.5]])


def test_relu_grad_is_0_at_the_kink():
    np.testing.assert_array_equal(activations.relu_grad(np.array([-1e-300, 0.0, -0.0, 1e-300])), [0, 0, 0, 1])


def test_identity_returns_z():
    np.testing.assert_array_equal(activations.identity([1.5, -2.0]), [1.5, -2.0])


def test_identity_grad_is_1_everywhere():
    np.testing.assert_array_equal(activations.identity_grad(np.array([[-7.0, 0.0, 7.0]])), [[1, 1, 1]])


@pytest.mark.parametrize("z", [-1e4, 1e4, -np.inf, np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_reaches_its_limits_without_a_warning(z, dtype):
    assert activations.sigmoid(np.array([z], dtype))[0] == (z > 0)
    assert activations.sigmoid_grad(np.array([z], dtype))[0] == 0


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_and_shape_are_kept(f, dtype):
    out = f(np.ones((2, 3), dtype))
    assert out.dtype == dtype and out.shape == (2, 3)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_z_is_left_as_it_is(f):
    z = np.array([-1.0, 0.0, 2.0])
    f(z)
    np.testing.assert_array_equal(z, [-1, 0, 2])


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.int64, np.uint8])
def test_whole_numbers_give_the_same_as_floats(f, dtype):
    z = np.array([0, 1, 3])
    np.testing.assert_allclose(f(z.astype(dtype)), f(z.astype(float)), rtol=1e-15)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_one_number_gives_one_number(f):
    assert np.shape(f(0.5)) == ()


@pytest.mark.parametrize("f", FUNCTIONS)
def test_empty_array_stays_empty(f):
    assert np.shape(f(np.empty((0, 3)))) == (0, 3)
