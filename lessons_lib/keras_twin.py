"""The bridge to Keras 3: weights there and back, and one run made twice and compared weight by weight.

Keras is imported inside the functions, so importing this file imports neither Keras nor what Keras runs on.
"""

import importlib.util
import logging
import os
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from lessons_lib import checks, network, optimizers
from lessons_lib.descent import minibatches
from lessons_lib.nest import copy, nest_map
from lessons_lib.network import Layer

BACKENDS = ("tensorflow", "jax", "torch")
DTYPES = ("float32", "float64")
KERAS_NAMES = {"relu": "relu", "sigmoid": "sigmoid", "tanh": "tanh", "identity": "linear"}
OPTIMIZERS = {  # name: ours, the class in Keras, and what to set there
    "sgd": (optimizers.sgd, "SGD", {}),
    "momentum": (optimizers.momentum, "SGD", {"momentum": 0.9}),
    "nesterov": (lambda rate: optimizers.momentum(rate, nesterov=True), "SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": (optimizers.adagrad, "Adagrad", {}),
    "rmsprop": (optimizers.rmsprop, "RMSprop", {}),
    "adam": (optimizers.adam, "Adam", {}),
}


class Ledger(NamedTuple):
    """Two runs on the same batches, side by side."""

    difference: np.ndarray  # (updates, layers): the largest difference of any weight or bias, after each update
    ours: list  # updates + 1 times the params, from the start
    keras: list  # the same of Keras


def load():
    """Return the module `keras`, imported without the start-up notices of TensorFlow.

    What Keras runs on is its own choice: the environment variable KERAS_BACKEND, else its settings file, else
    TensorFlow. The variables that quiet TensorFlow (TF_CPP_MIN_LOG_LEVEL, TF_ENABLE_ONEDNN_OPTS) and that let JAX
    have float64 (JAX_ENABLE_X64) are set unless you have set them.

    Raises
    ------
    ValueError
        If Keras, or the backend that is asked for, is not installed.
    """
    asked = os.environ.get("KERAS_BACKEND", "")
    if asked and asked not in BACKENDS:
        raise ValueError(f"KERAS_BACKEND must be one of {', '.join(map(repr, BACKENDS))}, got {asked!r}")
    for name, value in (("TF_CPP_MIN_LOG_LEVEL", "2"), ("TF_ENABLE_ONEDNN_OPTS", "0"), ("JAX_ENABLE_X64", "1")):
        os.environ.setdefault(name, value)
    for module in filter(None, ("keras", asked)):
        if importlib.util.find_spec(module) is None:
            raise ValueError(_missing(module))
    try:
        import keras
    except ModuleNotFoundError as error:  # the backend of Keras' settings file, or its default
        if error.name not in BACKENDS:
            raise
        raise ValueError(_missing(error.name)) from None
    log = logging.getLogger("tensorflow")
    if _no_retracing not in log.filters:
        log.addFilter(_no_retracing)
    return keras


def _missing(module):
    package = "tensorflow-cpu" if module == "tensorflow" else module
    what = "Keras" if module == "keras" else f"the Keras backend {module!r}"
    other = "" if module == "keras" else ", or set KERAS_BACKEND to one that is, before Keras is imported"
    return f"{what} is not installed here. Install it with `pip install {package}`{other}"


def _no_retracing(record):
    """Drop the warning that many models were compiled: to compare many runs is what we are here for."""
    return "triggered tf.function retracing" not in record.getMessage()


def to_keras(params, *, activations=("relu", "relu", "sigmoid"), dtype=None):
    """Return a Keras model, a Sequential of Dense layers, with these weights; it is not compiled.

    Parameters
    ----------
    params : list of Layer
        Weights of shape (n_in, n_out), as in Keras: nothing is transposed.
    activations : list of str
        One for each layer: "relu", "sigmoid", "tanh" or "identity", which Keras calls "linear".
    dtype : "float32" or "float64"
        That of the weights unless given.

    Raises
    ------
    ValueError
        If the activations or shapes do not fit the layers, a weight is not finite, or the backend is not installed.

    Source: Keras 3, `keras.Sequential`, `keras.layers.Dense`; shown in the chapter on Keras.
    """
    params, names, dtype = _check_network(params, activations, dtype)
    layers = load().layers
    stack = [layers.Input((len(params[0].weight),), dtype=dtype)]
    for layer, name in zip(params, names, strict=True):
        stack.append(layers.Dense(len(layer.bias), activation=KERAS_NAMES[name], dtype=dtype))
    model = load().Sequential(stack)
    model.set_weights([array for layer in params for array in layer])
    return model


def from_keras(model):
    """Return the weights of a Keras model as [Layer(weight, bias), ...], copies in the model's own precision.

    Parameters
    ----------
    model : keras.Model
        A built stack of Dense layers with biases: a Sequential, or a functional model without branches.

    Raises
    ------
    ValueError
        If the model is no such stack; the layer that does not belong is named.
    """
    return [Layer(*map(np.copy, layer.get_weights())) for layer in _dense_layers(model)]


def activations_of(model):
    """Return the names of the activations of a Keras model, one for each layer, as `network.forward` takes them.

    Raises
    ------
    ValueError
        If the model is no stack of Dense layers, or an activation is none that `network` knows.
    """
    ours = {theirs: name for name, theirs in KERAS_NAMES.items()}
    names = []
    for layer in _dense_layers(model):
        theirs = getattr(layer.activation, "__name__", str(layer.activation))
        if theirs not in ours or layer.activation is not load().activations.get(theirs):
            allowed = ", ".join(map(repr, KERAS_NAMES.values()))
            raise ValueError(f"the activations of model must be among {allowed}, got {theirs!r} in {layer.name!r}")
        names.append(ours[theirs])
    return tuple(names)


def ledger(
    params, X, y, *, optimizer, batch_size, epochs, rng, learning_rate=None,
    activations=("relu", "relu", "sigmoid"), loss="binary_cross_entropy", dtype="float64",
):  # fmt: skip
    """Train with our loop and with Keras' `train_on_batch` on the same batches, and note how far apart the weights are.

    Parameters
    ----------
    params : list of Layer
        Where both start. Left as they are.
    X, y : arrays (n, n_in) and (n, n_out)
    optimizer : str, or a pair (ours, Keras')
        "sgd", "momentum", "nesterov", "adagrad", "rmsprop" or "adam", with `learning_rate` and Keras' defaults;
        or an `optimizers.Optimizer` and a `keras.optimizers.Optimizer`, of which a fresh copy is used.
        Keras holds a learning rate in float32: of a pair, 1/128 is exactly the same in both and 0.01 is not.
    batch_size, epochs, rng
        As for `descent.train`.
    learning_rate : float above 0
        With the name of an optimizer, and only then.
    activations, loss
        As for `network.loss_and_grads`. Keras takes the mean over the outputs where we take the sum; it is told.
    dtype : "float64" or "float32"
        Of everything, in both runs. Keras' own setting is as before when the ledger returns.
        With JAX and PyTorch, Keras 3 computes some of a "float64" run (means, PyTorch's products) in float32.

    Returns
    -------
    Ledger
        A run that diverges in both gives NaN.

    Raises
    ------
    ValueError
        If an argument is not as above, or the backend is not installed or cannot have float64.

    Source: derived in the chapter on Keras.
    """
    params, names, dtype = _check_network(params, activations, _check_dtype(dtype))
    X, y = (array.astype(dtype) for array in checks.samples(X, y))
    batch_size, epochs = checks.batch_size(batch_size, len(X)), checks.count(epochs, "epochs")
    checks.generator(rng)
    network.loss_and_grads(params, X, y, activations=names, loss=loss)  # complains here, before any work
    with _floatx(dtype):
        opt, keras_opt = _pair(optimizer, learning_rate, dtype)
        model = to_keras(params, activations=names, dtype=dtype)
        _compile(model, keras_opt, loss, n_out=y.shape[1])
        state, ours, theirs = opt.init(params), [copy(params)], [from_keras(model)]
        for _ in range(epochs):
            for X_b, y_b in minibatches(X, y, batch_size=batch_size, rng=rng):
                _, grads = network.loss_and_grads(params, X_b, y_b, activations=names, loss=loss)
                params, state = opt.update(grads, state, params)
                model.train_on_batch(X_b, y_b)
                ours.append(params)
                theirs.append(from_keras(model))
    with np.errstate(invalid="ignore"):
        gaps = [[_gap(*pair) for pair in zip(*step, strict=True)] for step in zip(ours[1:], theirs[1:], strict=True)]
    return Ledger(np.array(gaps, float).reshape(-1, len(params)), ours, theirs)


def _gap(our, their):
    """Return the largest difference of any weight or bias of one layer."""
    return max(np.max(np.abs(a - b)) for a, b in zip(our, their, strict=True))


def _compile(model, optimizer, loss, n_out):
    losses = load().losses
    theirs = losses.MeanSquaredError if loss == "mse" else losses.BinaryCrossentropy
    weight = float(n_out) if n_out > 1 else None  # a mean over the outputs, times their number, is our sum
    model.compile(optimizer=optimizer, loss=theirs(dtype=model.layers[-1].dtype), loss_weights=weight)


def _pair(optimizer, learning_rate, dtype):
    """Return our optimizer and a fresh one of Keras, which computes in `dtype` throughout."""
    keras = load()
    if isinstance(optimizer, str) and optimizer in OPTIMIZERS:
        make, kind, settings = OPTIMIZERS[optimizer]
        rate = checks.learning_rate(learning_rate)
        ours, theirs = make(rate), getattr(keras.optimizers, kind)(rate, **settings)
    else:
        pair = type(optimizer) in (tuple, list) and len(optimizer) == 2
        ours, theirs = optimizer if pair else (None, None)
        if not isinstance(ours, optimizers.Optimizer) or not isinstance(theirs, keras.optimizers.Optimizer):
            names = ", ".join(map(repr, OPTIMIZERS))
            raise ValueError(f"optimizer must be one of {names}, or a pair (ours, Keras'), got {optimizer!r}")
        if learning_rate is not None:
            raise ValueError(f"learning_rate must be left out: each of the pair has its own, got {learning_rate!r}")
    config = theirs.get_config()
    if dtype == "float64":  # TensorFlow takes a plain 0.9 for a float32
        config = {key: np.float64(value) if type(value) is float else value for key, value in config.items()}
    return ours, type(theirs).from_config(config)


@contextmanager
def _floatx(dtype):
    """Let Keras compute in `dtype`: a dtype of the layers alone reaches neither the data nor the learning rate."""
    keras = load()
    if dtype == "float64" and keras.config.backend() == "jax":
        import jax

        if not jax.config.jax_enable_x64:
            raise ValueError("dtype 'float64' is switched off in JAX here: set JAX_ENABLE_X64=1 before JAX is imported")
    before = keras.config.floatx()
    keras.config.set_floatx(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before)


def _check_dtype(dtype):
    if dtype not in DTYPES:
        raise ValueError(f"dtype must be 'float32' or 'float64', got {checks.describe(dtype)}")
    return dtype


def _check_network(params, activations, dtype):
    """Return params as finite arrays of `dtype`, the names of the activations, and the dtype."""
    params = nest_map(lambda array: checks.floats(array, "params"), params)
    first = params[0] if isinstance(params, list | tuple) and params else None
    rows = first[0].shape[:1] if isinstance(first, list | tuple) and first and hasattr(first[0], "shape") else ()
    step = network.forward(params, np.zeros((1, *(rows or (1,)))), activations=activations)  # complains if they differ
    if dtype is None:
        dtype = np.result_type(*(array for layer in params for array in layer)).name
    dtype = _check_dtype(dtype)
    return [Layer(*(array.astype(dtype) for array in layer)) for layer in params], step.activations, dtype


def _dense_layers(model):
    """Return the Dense layers of a model; raise ValueError if it is no plain stack of them."""
    keras = load()
    if not isinstance(model, keras.Model):
        raise ValueError(f"model must be a Keras model, got {checks.describe(model)}")
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    for layer in layers:
        if type(layer) is not keras.layers.Dense:
            kind = type(layer).__name__
            raise ValueError(f"model must be a stack of Dense layers, got the layer {layer.name!r}, a {kind}")
        if not layer.use_bias:
            raise ValueError(f"each layer of model must have a bias, got {layer.name!r} with use_bias=False")
    if not layers:
        raise ValueError(f"model must be a stack of Dense layers, got {model.name!r} without any")
    if not all(layer.built for layer in layers):
        raise ValueError(f"model must be built, got {model.name!r} without weights: give it an Input, or call build")
    if not isinstance(model, keras.Sequential):
        _check_chain(model, layers)
    return layers


def _check_chain(model, layers):
    came = getattr(model, "inputs", None)
    if came is None:
        raise ValueError(f"model must be Sequential or made with Model(inputs, outputs), got {type(model).__name__}")
    for layer in layers:
        try:
            fed = [layer.input]
        except (AttributeError, ValueError):  # used in several places
            fed = []
        if [id(tensor) for tensor in fed] != [id(tensor) for tensor in came]:
            raise ValueError(f"model must be a stack without branches, got {layer.name!r} beside or apart from it")
        came = [layer.output]
    if [id(tensor) for tensor in model.outputs] != [id(came[0])]:
        raise ValueError(
            f"model must be a stack without branches, got {model.name!r}, "
            "which uses a layer twice or has another output than that of its last layer"
        )
