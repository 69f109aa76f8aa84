"""The same training run by each peer. A peer gets the task and returns a function that trains and returns the weights.

Each runs in a process of its own: `python peers.py NAME TASK` sets up, warms up, and for each line that it reads
trains once and writes the seconds that took, the updates made and the final loss. `training.py` calls in turn.

The samples come in one random order, the same in each epoch, so that all peers make the same batches; the last batch
of an epoch may be short. Setting up is not timed. Peers are written as their own tutorials write them.
"""

import json
import os
import sys
import time
import warnings
from itertools import pairwise
from typing import NamedTuple

import numpy as np

TASKS = {  # samples, widths from the input on, batch size, epochs, learning rate
    "tiny": (50, (3, 5, 4, 1), 16, 2, 0.1),
    "i": (1000, (3, 16, 8, 1), 32, 40, 0.1),
    "ii": (1797, (64, 64, 32, 1), 32, 20, 0.02),
    "iii": (60000, (784, 256, 128, 1), 128, 1, 0.01),
}


class Task(NamedTuple):
    X: np.ndarray
    y: np.ndarray
    params: list  # of pairs (weight, bias)
    order: np.ndarray  # of the samples, in each epoch
    batch_size: int
    epochs: int
    learning_rate: float

    def batches(self):
        """Return the rows of each batch of an epoch."""
        return [self.order[i : i + self.batch_size] for i in range(0, len(self.order), self.batch_size)]


def make_task(name, dtype=np.float32):
    n, widths, batch_size, epochs, learning_rate = TASKS[name]
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, widths[0]), dtype=np.float32).astype(dtype)
    y = (X[:, :1] > 0.5 * X[:, 1:2]).astype(dtype)
    params = [(rng.normal(0, np.sqrt(2 / a), (a, b)).astype(dtype), np.zeros(b, dtype)) for a, b in pairwise(widths)]
    return Task(X, y, params, rng.permutation(n), batch_size, epochs, learning_rate)


def final_loss(task, params):
    """Return the binary cross-entropy of all samples, in float64 and the same way for all peers."""
    a = task.X.astype(float)
    for k, (W, b) in enumerate(params):
        z = a @ np.asarray(W, float) + np.asarray(b, float)
        a = np.maximum(z, 0) if k < len(params) - 1 else z
    return float(np.mean(np.logaddexp(0, (1 - 2 * task.y) * a)))


def ours(task):
    """The book's own network, train and sgd."""
    from lessons_lib import descent, network, optimizers

    class SameOrder(np.random.Generator):
        """Gives the task's order instead of a new one, to train on the batches that the peers train on."""

        def permutation(self, n):
            return task.order

    params = [network.Layer(*layer) for layer in task.params]
    optimizer = optimizers.sgd(task.learning_rate)

    def train():
        return descent.train(params, task.X, task.y, optimizer=optimizer, batch_size=task.batch_size,
                             epochs=task.epochs, rng=SameOrder(np.random.PCG64(0)), progress=False).params  # fmt: skip

    return train


def ours_float64(task):
    params = [(W.astype(float), b.astype(float)) for W, b in task.params]
    return ours(task._replace(X=task.X.astype(float), y=task.y.astype(float), params=params))


def naive(task):
    """NumPy as introductory courses write it: samples as columns, dictionaries, one formula after another, float64."""
    X, y = task.X.T.astype(float), task.y.T.astype(float)
    batches = task.batches()

    def sigmoid(Z):
        return 1 / (1 + np.exp(-Z))

    def relu(Z):
        return np.maximum(0, Z)

    def forward(X, p):
        Z1 = np.dot(p["W1"], X) + p["b1"]
        A1 = relu(Z1)
        Z2 = np.dot(p["W2"], A1) + p["b2"]
        A2 = relu(Z2)
        Z3 = np.dot(p["W3"], A2) + p["b3"]
        return sigmoid(Z3), (Z1, A1, Z2, A2)

    def cost(A3, Y):
        m = Y.shape[1]
        return -np.sum(np.multiply(np.log(A3), Y) + np.multiply(np.log(1 - A3), 1 - Y)) / m

    def backward(X, Y, A3, cache, p):
        Z1, A1, Z2, A2 = cache
        m = X.shape[1]
        dZ3 = A3 - Y
        dW3, db3 = np.dot(dZ3, A2.T) / m, np.sum(dZ3, axis=1, keepdims=True) / m
        dZ2 = np.multiply(np.dot(p["W3"].T, dZ3), np.int64(Z2 > 0))
        dW2, db2 = np.dot(dZ2, A1.T) / m, np.sum(dZ2, axis=1, keepdims=True) / m
        dZ1 = np.multiply(np.dot(p["W2"].T, dZ2), np.int64(Z1 > 0))
        dW1, db1 = np.dot(dZ1, X.T) / m, np.sum(dZ1, axis=1, keepdims=True) / m
        return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}

    @np.errstate(divide="ignore", invalid="ignore")  # its logarithm meets 0 once a prediction has rounded to 0 or 1
    def train():
        p = {}
        for k, (W, b) in enumerate(task.params, 1):
            p[f"W{k}"], p[f"b{k}"] = W.T.astype(float), b[:, None].astype(float)
        costs = []
        for _ in range(task.epochs):
            for rows in batches:
                X_b, Y_b = X[:, rows], y[:, rows]
                A3, cache = forward(X_b, p)
                costs.append(cost(A3, Y_b))
                grads = backward(X_b, Y_b, A3, cache, p)
                for key in p:
                    p[key] = p[key] - task.learning_rate * grads[key]
        return [(p[f"W{k}"].T, p[f"b{k}"][:, 0]) for k in (1, 2, 3)]

    return train


def products(task):
    """Nothing but the eight matrix products of each update: what no library that uses this BLAS can go below."""
    (W1, _), (W2, _), (W3, _) = task.params
    n = task.batch_size
    X, a1, a2, d3 = task.X[:n].copy(), *(np.ones((n, width), W1.dtype) for width in (W1.shape[1], *W3.shape))

    def train():
        for _ in range(task.epochs * len(task.batches())):
            X @ W1, a1 @ W2, a2 @ W3
            a2.T @ d3, d3 @ W3.T, a1.T @ a2, a2 @ W2.T, X.T @ a1

    return train


def jax_jit(task):
    """JAX, one compiled update called from a Python loop."""
    import jax

    X, y, params, update = _jax(task)
    update = jax.jit(update)
    batches = [jax.numpy.asarray(rows) for rows in task.batches()]

    def train():
        p = params
        for _ in range(task.epochs):
            for rows in batches:
                p, _ = update(p, X, y, rows)
        return jax.block_until_ready(p)

    return train


def jax_scan(task):
    """JAX, the whole run compiled into one program."""
    import jax

    X, y, params, update = _jax(task)
    batches = task.batches()
    short = [jax.numpy.asarray(batches.pop())] if len(batches[-1]) < task.batch_size else []
    full = jax.numpy.asarray(np.array(batches))

    @jax.jit
    def run(p, X, y):
        def epoch(p, _):
            p, losses = jax.lax.scan(lambda p, rows: update(p, X, y, rows), p, full)
            for rows in short:
                p, _ = update(p, X, y, rows)
            return p, losses

        return jax.lax.scan(epoch, p, length=task.epochs)

    return lambda: jax.block_until_ready(run(params, X, y))[0]


def _jax(task):
    import jax
    import jax.numpy as jnp

    def loss(params, X_b, y_b):
        *hidden, (W, b) = params
        a = X_b
        for V, c in hidden:
            a = jax.nn.relu(a @ V + c)
        return jnp.mean(jnp.logaddexp(0, (1 - 2 * y_b) * (a @ W + b)))

    def update(params, X, y, rows):
        value, grads = jax.value_and_grad(loss)(params, X[rows], y[rows])
        return jax.tree.map(lambda w, g: w - task.learning_rate * g, params, grads), value

    return jnp.asarray(task.X), jnp.asarray(task.y), jax.tree.map(jnp.asarray, task.params), update


def pytorch(task):
    import torch

    torch.set_num_threads(1)
    widths = [task.X.shape[1]] + [W.shape[1] for W, _ in task.params]
    layers = [torch.nn.Linear(a, b) for a, b in pairwise(widths)]
    model = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2])
    loss = torch.nn.BCEWithLogitsLoss()
    X, y = torch.from_numpy(task.X), torch.from_numpy(task.y)
    batches = [torch.from_numpy(rows) for rows in task.batches()]

    def train():
        with torch.no_grad():
            for layer, (W, b) in zip(layers, task.params, strict=True):
                layer.weight.copy_(torch.from_numpy(W.T))
                layer.bias.copy_(torch.from_numpy(b))
        optimizer = torch.optim.SGD(model.parameters(), lr=task.learning_rate)
        for _ in range(task.epochs):
            for rows in batches:
                optimizer.zero_grad()
                loss(model(X[rows]), y[rows]).backward()
                optimizer.step()
        return [(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in layers]

    return train


def scikit_learn(task):
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore", ConvergenceWarning)
    X, y = task.X[task.order], task.y[task.order, 0]
    model = MLPClassifier(
        [W.shape[1] for W, _ in task.params[:-1]], solver="sgd", alpha=0, batch_size=task.batch_size, momentum=0,
        learning_rate_init=task.learning_rate, shuffle=False, tol=0, n_iter_no_change=10**9, warm_start=True,
        max_iter=1,
    ).fit(X, y)  # fmt: skip
    model.max_iter = task.epochs

    def train():
        model.coefs_ = [W.copy() for W, _ in task.params]
        model.intercepts_ = [b.copy() for _, b in task.params]
        model.n_iter_ = 0
        model.__dict__.pop("_optimizer", None)
        model.fit(X, y)
        return list(zip(model.coefs_, model.intercepts_, strict=True))

    return train


def keras(task):
    """Keras' fit, on the backend that KERAS_BACKEND names, with its default settings."""
    import keras

    X, y = task.X[task.order], task.y[task.order]
    model = keras.Sequential([keras.layers.Dense(W.shape[1], "relu") for W, _ in task.params])
    model.layers[-1].activation = keras.activations.sigmoid
    model.build(X.shape)
    model.compile(keras.optimizers.SGD(task.learning_rate), "binary_crossentropy")

    def train():
        model.set_weights([array for layer in task.params for array in layer])
        model.fit(X, y, batch_size=task.batch_size, epochs=task.epochs, shuffle=False, verbose=0)
        weights = model.get_weights()
        return list(zip(weights[::2], weights[1::2], strict=True))

    return train


PEERS = {  # the name in the table: the function, and the backend of Keras
    "naive course NumPy, float64": (naive, None),
    "ours, float64": (ours_float64, None),
    "ours": (ours, None),
    "JAX jit": (jax_jit, None),
    "JAX scan": (jax_scan, None),
    "scikit-learn": (scikit_learn, None),
    "PyTorch": (pytorch, None),
    "Keras fit (JAX)": (keras, "jax"),
    "Keras fit (TF)": (keras, "tensorflow"),
    "bare products": (products, None),
}


def main(name, task_name):
    """Serve: train once for each line of standard input."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # all peers on one and the same core
    peer, backend = PEERS[name]
    if backend:
        os.environ["KERAS_BACKEND"] = backend
    task = make_task(task_name)
    train = peer(task)
    train()  # compiles, fills caches
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        params = train()
        seconds = time.perf_counter() - started
        loss = None if params is None else final_loss(task, params)
        updates = task.epochs * len(task.batches())
        print(json.dumps({"seconds": seconds, "updates": updates, "loss": loss}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
