"""Each optimizer and each schedule against Keras itself."""

import numpy as np
import pytest

from lessons_lib import keras_twin, network, optimizers, schedules

RATES = {"sgd": 0.1, "momentum": 0.05, "nesterov": 0.05, "adagrad": 0.05, "rmsprop": 0.01, "adam": 0.01}
GOLDEN = {  # one step from (1, 2, 3, 4) with the gradient (1, 6, 7, 2) at rate 0.5
    "sgd": [0.5, -1.0, -0.5, 3.0],
    "adam": [0.5, 1.5, 2.5, 3.5],
    "rmsprop": [-0.5811, 0.4189, 1.4189, 2.4189],
    "adagrad": [0.5233, 1.5007, 2.5005, 3.5061],
}
WEIGHTS, GRADIENT = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 6.0, 7.0, 2.0])


@pytest.fixture(scope="module")
def keras():
    keras = keras_twin.load()
    if keras.config.backend() != "tensorflow":
        pytest.skip("Keras has real float64 with TensorFlow only; see test_keras_backends.py")
    return keras


def compare(seed, **settings):
    """100 updates of a network without two equal widths; each of 20 epochs ends in a short batch."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(150, 6))
    y = (X[:, :1] * X[:, 1:2] + 0.5 * rng.normal(size=(150, 1)) > 0).astype(int)
    run = keras_twin.ledger(
        network.init_params((6, 5, 3, 1), rng=rng), X, y, batch_size=32, epochs=20, rng=rng, **settings
    )
    assert run.difference.shape == (100, 3)
    moved = [abs(a - b).max() for a, b in zip(run.ours[-1][0], run.ours[0][0], strict=True)]
    assert min(moved) > 1e-3  # two runs that stand still are equal as well
    return run.difference


@pytest.mark.parametrize("name", RATES)
def test_one_and_100_updates_in_float64(keras, name):
    difference = compare(1, optimizer=name, learning_rate=RATES[name])
    assert difference[0].max() < 1e-14
    assert difference.max() < 1e-9


@pytest.mark.parametrize("name", RATES)
def test_one_and_100_updates_in_float32(keras, name):
    difference = compare(0, optimizer=name, learning_rate=RATES[name], dtype="float32")
    assert difference[0].max() < 1e-5
    assert 0 < difference.max() < 1e-3


def test_other_settings_than_the_defaults(keras):
    K = keras.optimizers
    for pair in (
        (optimizers.momentum(1 / 32, 0.7), K.SGD(1 / 32, momentum=0.7)),
        (optimizers.rmsprop(1 / 128, rho=0.7), K.RMSprop(1 / 128, rho=0.7)),
        (optimizers.adam(1 / 128, 0.8, 0.95), K.Adam(1 / 128, beta_1=0.8, beta_2=0.95)),
    ):
        assert compare(2, optimizer=pair).max() < 1e-9


@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_numbers_of_keras(keras, name):
    make, kind, settings = keras_twin.OPTIMIZERS[name]
    w = keras.Variable(WEIGHTS, dtype="float64")
    getattr(keras.optimizers, kind)(0.5, **settings).apply([keras.ops.convert_to_tensor(GRADIENT)], [w])
    theirs = keras.ops.convert_to_numpy(w)
    ours, _ = make(0.5).update(GRADIENT, make(0.5).init(WEIGHTS), WEIGHTS)
    np.testing.assert_allclose(theirs, GOLDEN[name], atol=5e-5)
    np.testing.assert_allclose(ours, GOLDEN[name], atol=5e-5)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)  # Keras' own β are float32 here; the ledger's are not


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_three_steps_of_momentum(keras, name):
    make, kind, settings = keras_twin.OPTIMIZERS[name]
    w, ours = keras.Variable(WEIGHTS, dtype="float64"), WEIGHTS
    theirs, opt = getattr(keras.optimizers, kind)(0.5, **settings), make(0.5)
    state = opt.init(ours)
    for sign in (1, -2, 0):
        theirs.apply([keras.ops.convert_to_tensor(sign * GRADIENT)], [w])
        ours, state = opt.update(sign * GRADIENT, state, ours)
    np.testing.assert_allclose(ours, keras.ops.convert_to_numpy(w), rtol=1e-6)


def pairs_of_schedules(keras):
    theirs = keras.optimizers.schedules
    decay = {"decay_steps": 7, "decay_rate": 0.6}
    cosine = schedules.cosine_decay(0.25, decay_steps=20)
    return {
        "exponential": (schedules.exponential_decay(0.25, **decay), theirs.ExponentialDecay(0.25, **decay)),
        "staircase": (
            schedules.exponential_decay(0.25, **decay, staircase=True),
            theirs.ExponentialDecay(0.25, **decay, staircase=True),
        ),
        "inverse time": (schedules.inverse_time_decay(0.25, **decay), theirs.InverseTimeDecay(0.25, **decay)),
        "inverse staircase": (
            schedules.inverse_time_decay(0.25, **decay, staircase=True),
            theirs.InverseTimeDecay(0.25, **decay, staircase=True),
        ),
        "cosine": (
            schedules.cosine_decay(0.25, decay_steps=20, alpha=0.1),
            theirs.CosineDecay(0.25, decay_steps=20, alpha=0.1),
        ),
        "warm-up": (
            schedules.warmup(cosine, warmup_steps=5),
            theirs.CosineDecay(0.0, decay_steps=20, warmup_target=0.25, warmup_steps=5),
        ),
    }


def test_schedules(keras):
    for name, (ours, theirs) in pairs_of_schedules(keras).items():
        rates = [float(keras.ops.convert_to_numpy(theirs(k))) for k in range(30)]
        np.testing.assert_allclose([ours(k) for k in range(30)], rates, rtol=2e-6, atol=1e-8, err_msg=name)


def test_a_schedule_counts_the_same_updates(keras):
    ours, theirs = pairs_of_schedules(keras)["exponential"]
    difference = compare(3, optimizer=(optimizers.sgd(ours), keras.optimizers.SGD(theirs)))
    assert difference.max() < 1e-7  # Keras computes its schedules in float32
    late = optimizers.sgd(lambda k: ours(k + 1))
    assert compare(3, optimizer=(late, keras.optimizers.SGD(theirs))).max() > 1e-4
