"""The bridge to Keras: there and back, the ledger, and what is refused."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

from lessons_lib import keras_twin, network, optimizers
from lessons_lib.nest import leaves
from lessons_lib.network import Layer

SIZES, ACTIVATIONS = (5, 4, 3, 2), ("tanh", "relu", "identity")
exact = pytest.mark.skipif(os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow", reason="needs real float64")


@pytest.fixture(scope="module")
def keras():
    return keras_twin.load()


@pytest.fixture
def params():
    rng = np.random.default_rng(0)
    return [Layer(W, rng.normal(size=b.shape)) for W, b in network.init_params(SIZES, rng=rng)]


@pytest.fixture
def task():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(37, 5))
    return {
        "params": network.init_params((5, 4, 3, 1), rng=rng),
        "X": X,
        "y": (X[:, :1] * X[:, 1:2] > 0).astype(int),
        "batch_size": 16,
        "epochs": 2,
        "rng": rng,
    }


def refuses(says, f, *args, **named):
    with pytest.raises(ValueError, match=re.escape(says)):
        f(*args, **named)


def python(code, **environment):
    run = [sys.executable, "-c", code]
    return subprocess.run(run, capture_output=True, text=True, env={**os.environ, **environment}, timeout=120)


# there and back


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_come_back_as_they_went(keras, params, dtype):
    model = keras_twin.to_keras(params, activations=ACTIVATIONS, dtype=dtype)
    back = keras_twin.from_keras(model)
    assert all(isinstance(layer, Layer) for layer in back)
    for sent, came in zip(leaves(params), leaves(back), strict=True):
        assert came.dtype == dtype
        np.testing.assert_array_equal(came, sent.astype(dtype))
    assert keras_twin.activations_of(model) == ACTIVATIONS
    assert isinstance(model, keras.Sequential)


def test_the_weights_decide_the_precision(params):
    assert keras_twin.from_keras(keras_twin.to_keras(params))[0].weight.dtype == "float64"
    single = [Layer(*(array.astype("float32") for array in layer)) for layer in params]
    assert keras_twin.from_keras(keras_twin.to_keras(single))[0].weight.dtype == "float32"


def test_both_predict_the_same(keras, params):
    X = np.random.default_rng(2).normal(size=(7, 5))
    model = keras_twin.to_keras(params, activations=ACTIVATIONS)
    ours = network.forward(params, X, activations=ACTIVATIONS).y_hat
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model(X)), ours, rtol=1e-5, atol=1e-6)


def test_what_comes_back_is_a_copy(params):
    model = keras_twin.to_keras(params, activations=ACTIVATIONS)
    keras_twin.from_keras(model)[0].weight[:] = 0
    np.testing.assert_array_equal(keras_twin.from_keras(model)[0].weight, params[0].weight)


def test_a_functional_stack_is_a_stack(keras):
    x = keras.Input((3,))
    middle = keras.layers.Dense(4, activation="relu")(x)
    model = keras.Model(x, keras.layers.Dense(2)(middle))
    assert [W.shape for W, b in keras_twin.from_keras(model)] == [(3, 4), (4, 2)]
    assert keras_twin.activations_of(model) == ("relu", "identity")


# what is no stack of Dense layers


def test_a_stranger_in_the_stack_is_named(keras):
    layers = keras.layers
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Dropout(0.1, name="leaky"), layers.Dense(1)])
    for f in (keras_twin.from_keras, keras_twin.activations_of):
        refuses("got the layer 'leaky', a Dropout", f, model)


def test_other_models_are_refused(keras):
    layers, from_keras = keras.layers, keras_twin.from_keras
    refuses("model must be a Keras model, got 'model.keras'", from_keras, "model.keras")
    refuses("without any", from_keras, keras.Sequential([keras.Input((3,))]))
    refuses("must be built", from_keras, keras.Sequential([layers.Dense(3)]))
    no_bias = keras.Sequential([keras.Input((3,)), layers.Dense(4, use_bias=False, name="bare")])
    refuses("got 'bare' with use_bias=False", from_keras, no_bias)
    inside = keras.Sequential([keras.Input((3,)), keras.Sequential([layers.Dense(2)], name="inner")])
    refuses("got the layer 'inner', a Sequential", from_keras, inside)


def test_branches_and_shared_layers_are_refused(keras):
    x, dense = keras.Input((3,)), keras.layers.Dense
    refuses("without branches", keras_twin.from_keras, keras.Model(x, [dense(2)(x), dense(1)(x)]))
    shared = dense(3, name="twice")
    refuses("uses a layer twice", keras_twin.from_keras, keras.Model(x, shared(shared(x))))


def test_a_model_with_code_of_its_own_is_refused(keras):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.one = keras.layers.Dense(2)

        def call(self, x):
            return -self.one(x)

    own = Own()
    own(np.zeros((1, 3)))
    refuses("must be Sequential or made with Model(inputs, outputs), got Own", keras_twin.from_keras, own)


def test_unknown_activations_are_named(keras):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="gelu", name="first")])
    refuses("got 'gelu' in 'first'", keras_twin.activations_of, model)

    def relu(x):
        return x + 1

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation=relu)])
    refuses("got 'relu'", keras_twin.activations_of, model)


def test_to_keras_refuses_what_does_not_fit(params):
    refuses("activations must name one", keras_twin.to_keras, params, activations=("relu",))
    refuses("got 'gelu'", keras_twin.to_keras, params, activations=("gelu",) * 3)
    refuses("params[1].weight", keras_twin.to_keras, [params[0], params[2]], activations=("relu", "relu"))
    refuses("params[0].bias", keras_twin.to_keras, [Layer(np.ones((2, 3)), np.ones(2))], activations=["relu"])
    refuses("params must be finite", keras_twin.to_keras, [Layer(np.full((1, 1), np.nan), np.ones(1))])
    refuses("dtype must be 'float32' or 'float64', got 'float16'", keras_twin.to_keras, params, dtype="float16")
    for nothing in ([], None, [1.0], [()]):
        with pytest.raises(ValueError, match="params"):
            keras_twin.to_keras(nothing, activations=["relu"])


# the ledger


@exact
@pytest.mark.parametrize("loss", ["mse", "binary_cross_entropy"])
def test_several_outputs_are_summed_as_ours_are(loss):
    rng, ends = np.random.default_rng(0), ("tanh", "sigmoid")
    y = rng.integers(0, 2, (37, 3))
    run = keras_twin.ledger(
        network.init_params((5, 4, 3), rng=rng), rng.normal(size=(37, 5)), y, optimizer="sgd", learning_rate=0.5,
        batch_size=8, epochs=3, rng=rng, activations=ends, loss=loss,
    )  # fmt: skip
    assert run.difference.shape == (15, 2)
    assert run.difference.max() < 1e-12


@exact
def test_the_ledger_writes_down_what_the_two_runs_did(task):
    start = [array.copy() for array in leaves(task["params"])]
    run = keras_twin.ledger(**task, optimizer="adam", learning_rate=0.01)
    assert run.difference.shape == (6, 3)
    assert len(run.ours) == len(run.keras) == 7
    for ours, theirs, before in zip(leaves(run.ours[0]), leaves(run.keras[0]), start, strict=True):
        np.testing.assert_array_equal(ours, before)
        np.testing.assert_array_equal(theirs, before)
    for k, row in enumerate(run.difference, 1):
        for layer, gap in enumerate(row):
            pairs = zip(run.ours[k][layer], run.keras[k][layer], strict=True)
            assert gap == max(abs(a - b).max() for a, b in pairs)
    assert abs(run.ours[-1][0].weight - run.ours[0][0].weight).max() > 0.01
    for array, before in zip(leaves(task["params"]), start, strict=True):
        np.testing.assert_array_equal(array, before)


def test_the_ledger_sees_the_batches_of_train(task):
    from lessons_lib import descent

    rest = {key: task[key] for key in ("params", "X", "y", "batch_size", "epochs")}
    ours = keras_twin.ledger(**rest, rng=np.random.default_rng(5), optimizer="sgd", learning_rate=0.5).ours[-1]
    again = descent.train(**rest, rng=np.random.default_rng(5), optimizer=optimizers.sgd(0.5)).params
    for a, b in zip(leaves(ours), leaves(again), strict=True):
        np.testing.assert_array_equal(a, b)


@exact
def test_the_ledger_finds_another_epsilon(keras, task):
    pair = optimizers.adam(1 / 128), keras.optimizers.Adam(1 / 128, epsilon=1e-6)
    assert keras_twin.ledger(**task, optimizer=pair).difference.max() > 1e-6
    pair = optimizers.adam(1 / 128), keras.optimizers.Adam(1 / 128)
    assert keras_twin.ledger(**task, optimizer=pair).difference.max() < 1e-12


def test_the_ledger_finds_another_start_of_adagrad(keras, task):
    pair = optimizers.adagrad(1 / 128), keras.optimizers.Adagrad(1 / 128, initial_accumulator_value=0.0)
    assert keras_twin.ledger(**task, optimizer=pair).difference.max() > 1e-3


def test_the_optimizer_of_keras_is_left_as_it_was(keras, task):
    mine = keras.optimizers.Adam(1 / 128)
    keras_twin.ledger(**task, optimizer=(optimizers.adam(1 / 128), mine))
    assert int(mine.iterations) == 0
    assert not mine.built


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_precision_is_kept_and_does_not_leak(keras, task, dtype):
    before = keras.config.floatx()
    run = keras_twin.ledger(**task, optimizer="rmsprop", learning_rate=0.01, dtype=dtype)
    assert {array.dtype.name for array in leaves([run.ours, run.keras])} == {dtype}
    assert keras.config.floatx() == before
    with pytest.raises(ValueError, match="optimizer must be one of"):
        keras_twin.ledger(**task, optimizer="sdg", learning_rate=0.01, dtype="float64")
    assert keras.config.floatx() == before


def test_no_epochs_no_lines(task):
    run = keras_twin.ledger(**{**task, "epochs": 0}, optimizer="sgd", learning_rate=0.5)
    assert run.difference.shape == (0, 3)
    assert len(run.ours) == len(run.keras) == 1


def test_the_ledger_refuses(keras, task):
    def tries(says, **changes):
        refuses(says, keras_twin.ledger, **{"optimizer": "sgd", "learning_rate": 0.1, **task, **changes})

    tries("optimizer must be one of 'sgd', 'momentum'", optimizer="SGD")
    tries("or a pair (ours, Keras')", optimizer=optimizers.sgd(0.1))
    tries("or a pair (ours, Keras')", optimizer=(keras.optimizers.SGD(0.1), optimizers.sgd(0.1)))
    tries("learning_rate must be left out", optimizer=(optimizers.sgd(0.1), keras.optimizers.SGD(0.1)))
    tries("learning_rate must be a finite number above 0, got None", learning_rate=None)
    tries("batch_size", batch_size=0)
    tries("epochs", epochs=-1)
    tries("rng", rng=0)
    tries("dtype must be 'float32' or 'float64', got 'double'", dtype="double")
    tries("dtype must be 'float32' or 'float64', got None", dtype=None)
    tries("loss must be among", loss="hinge")
    tries("the last activation 'sigmoid'", activations=("relu",) * 3)
    tries("params[0].weight", X=task["X"][:, :4])
    tries("same shape", y=task["y"][:, 0])
    tries("same number of samples", y=task["y"][1:])
    tries("labels 0 and 1", y=2 * task["y"])


# the import


def test_importing_the_twin_does_not_import_keras():
    code = "import sys, lessons_lib.keras_twin; print(sorted({'keras', 'tensorflow'} & {*sys.modules}))"
    run = python(code)
    assert (run.returncode, run.stdout.strip(), run.stderr) == (0, "[]", "")


def test_keras_starts_in_silence_and_the_readers_settings_stay():
    code = (
        "import os; from lessons_lib import keras_twin as k, network; import numpy as np; k.load();"
        "k.to_keras(network.init_params((2, 3, 3, 1), rng=np.random.default_rng(0)))(np.ones((1, 2)));"
        "print(os.environ['TF_CPP_MIN_LOG_LEVEL'])"
    )
    run = python(code, TF_CPP_MIN_LOG_LEVEL="3")
    assert (run.returncode, run.stdout.strip(), run.stderr) == (0, "3", "")


@pytest.mark.parametrize(
    ("backend", "says"),
    [
        ("abacus", "KERAS_BACKEND must be one of 'tensorflow', 'jax', 'torch', got 'abacus'"),
        ("jax", "the Keras backend 'jax' is not installed here. Install it with `pip install jax`"),
    ],
)
def test_a_backend_that_is_not_there_is_named(backend, says):
    hide = "import importlib.util as u; f = u.find_spec; u.find_spec = lambda n, *a: None if n == 'jax' else f(n, *a);"
    run = python(hide + "from lessons_lib import keras_twin; keras_twin.load()", KERAS_BACKEND=backend)
    assert run.returncode
    assert says in run.stderr.splitlines()[-1]


def test_keras_that_is_not_there_is_named():
    hide = (
        "import importlib.util as u; f = u.find_spec; u.find_spec = lambda n, *a: None if n == 'keras' else f(n, *a);"
    )
    run = python(hide + "from lessons_lib import keras_twin; keras_twin.load()")
    assert "Keras is not installed here. Install it with `pip install keras`" in run.stderr
