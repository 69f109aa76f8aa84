"""Many descents at once against one descent after another."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons_lib import losses, network
from lessons_lib.descent import descend, train
from lessons_lib.optimizers import sgd
from lessons_lib.sweeps import descend_many, train_linear_models, train_networks

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


N = 11
X = np.random.default_rng(0).standard_normal((N, 3))
LABELS = (X @ [1.0, -2.0, 0.5] > 0).astype(float)
THETA = np.array([0.3, -0.2, 0.1])
LOSSES = {
    "mse": (losses.mse, losses.mse_grad),
    "binary_cross_entropy": (
        losses.binary_cross_entropy_with_logits,
        losses.binary_cross_entropy_with_logits_grad,
    ),
}


def linear(loss):
    def loss_and_grads(theta, X_b, y_b):
        value, grad = LOSSES[loss]
        return value(X_b @ theta, y_b), X_b.T @ grad(X_b @ theta, y_b)

    return loss_and_grads


def rng():
    return np.random.default_rng(7)


def linear_models(**given):
    usual = {"learning_rates": RATES, "batch_sizes": [1, 4, N], "updates": 9, "rng": rng()}
    data = {"start": THETA, "X": X, "y": LABELS}
    return train_linear_models(**(data | usual | given))


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 1e-4), (np.float64, 1e-12)])
@pytest.mark.parametrize("loss", LOSSES)
def test_each_linear_model_is_that_of_train(loss, dtype, rtol):
    theta, samples, y = (array.astype(dtype) for array in (THETA, X, LABELS))
    paths = linear_models(start=theta, X=samples, y=y, loss=loss)
    assert paths.dtype == dtype and paths.shape == (3, 3, 10, 3)
    for i, rate in enumerate(RATES):
        for j, size in enumerate([1, 4, N]):
            run = train(theta, samples, y, optimizer=sgd(rate), batch_size=size, epochs=9, rng=rng(),
                        loss_and_grads=linear(loss), keep="update")  # fmt: skip
            np.testing.assert_allclose(paths[i, j], run.snapshots[:10], rtol=rtol)


def test_linear_models_leave_start_and_rng_as_they_are():
    start, generator = THETA.copy(), rng()
    paths = linear_models(start=start, rng=generator)
    np.testing.assert_array_equal(start, THETA)
    np.testing.assert_array_equal(linear_models(rng=generator), paths)


def test_linear_model_that_diverges_gives_no_warning():
    paths = linear_models(learning_rates=[0.1, 1e9], updates=200)
    assert np.isfinite(paths[0]).all() and not np.isfinite(paths[1, :, -1]).any()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"start": [1.0, 2.0]}, "start, X and y must have the shapes (n_in,), (n, n_in) and (n,), got (2,), (11, 3)"),
        ({"y": LABELS[:, np.newaxis]}, "start, X and y must have the shapes"),
        ({"y": LABELS[:-1]}, "X and y must have the same number of samples"),
        ({"loss": "hinge"}, "loss must be among 'binary_cross_entropy', 'mse', got 'hinge'"),
        ({"loss": "binary_cross_entropy", "y": 2 * LABELS}, "y must hold labels from 0 to 1"),
        ({"learning_rates": []}, "learning_rates must hold at least one learning rate"),
        ({"batch_sizes": [N + 1]}, "batch_size must be a whole number from 1 to 11"),
        ({"updates": -1}, "updates must be a whole number of at least 0"),
        ({"rng": 7}, "rng must be a generator"),
    ],
)
def test_bad_linear_models_are_refused(given, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        linear_models(**given)


def starts(dtype=float, sizes=(3, 5, 4, 1)):
    seeded = [network.init_params(sizes, rng=np.random.default_rng(seed)) for seed in range(3)]
    return [[network.Layer(W.astype(dtype), (b + 0.1).astype(dtype)) for W, b in params] for params in seeded]


def networks(**given):
    usual = {"learning_rates": RATES, "batch_size": 4, "epochs": 3, "rng": rng()}
    data = {"starts": starts(), "X": X, "y": LABELS[:, np.newaxis]}
    return train_networks(**(data | usual | given))


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 1e-3), (np.float64, 1e-10)])
def test_each_network_is_that_of_train(dtype, rtol):
    samples, y = X.astype(dtype), LABELS[:, np.newaxis].astype(dtype)
    trained = networks(starts=starts(dtype), X=samples, y=y)
    for params, start, rate in zip(trained, starts(dtype), RATES, strict=True):
        run = train(start, samples, y, optimizer=sgd(rate), batch_size=4, epochs=3, rng=rng())
        for layer, expected in zip(params, run.params, strict=True):
            assert layer.weight.dtype == layer.bias.dtype == dtype
            np.testing.assert_allclose(layer.weight, expected.weight, rtol=rtol)
            np.testing.assert_allclose(layer.bias, expected.bias, rtol=rtol)


@pytest.mark.parametrize("names", [("tanh", "identity", "sigmoid"), ("sigmoid", "relu", "sigmoid")])
def test_networks_may_have_any_activations_and_outputs(names):
    y = np.column_stack([LABELS, 1 - LABELS])
    trained = networks(starts=starts(sizes=(3, 4, 5, 2)), y=y, activations=names)

    def loss_and_grads(params, X_b, y_b):
        return network.loss_and_grads(params, X_b, y_b, activations=names)

    run = train(starts(sizes=(3, 4, 5, 2))[1], X, y, optimizer=sgd(RATES[1]), batch_size=4, epochs=3, rng=rng(),
                loss_and_grads=loss_and_grads)  # fmt: skip
    np.testing.assert_allclose(trained[1][0].weight, run.params[0].weight, rtol=1e-10)


def test_networks_leave_their_starts_as_they_are():
    given = starts()
    networks(starts=given)
    np.testing.assert_equal(given, starts())


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"starts": []}, "starts must hold at least one network"),
        ({"starts": [*starts()[:2], starts(sizes=(3, 4, 5, 1))[0]]}, "starts must be networks of one shape"),
        ({"learning_rates": [0.1]}, "learning_rates must hold one for each of the 3 networks, got 1"),
        ({"activations": ("relu", "sigmoid")}, "activations must name one activation for each of the 3 layers"),
        ({"y": LABELS}, "y_hat and y must have the same shape"),
        ({"batch_size": 0}, "batch_size must be a whole number from 1 to 11"),
        ({"epochs": 0.5}, "epochs must be a whole number"),
        ({"rng": None}, "rng must be a generator"),
    ],
)
def test_bad_networks_are_refused(given, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        networks(**given)
