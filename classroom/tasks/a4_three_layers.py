"""The three-layer network: chapter five, with leaky ReLU for ReLU. "
"Samples are rows; params is [(W, b), ...]."""

from itertools import pairwise

import numpy as np

from classroom.draws import labels, layers
from classroom.task import Answer, Task, Wrong

EPSILON = 1e-7


def leaky(z):
    return np.where(z > 0, z, 0.1 * z)


def leaky_slope(z):
    return np.where(np.asarray(z) > 0, 1.0, 0.1)


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


LEAKY_WRONG = (
    Wrong("this is leaky ReLU itself, and its slope was asked for.", "sec-one-chain", lambda z: leaky(z)),
    Wrong(
        "this is the slope of plain ReLU: leaky ReLU has the slope 0.1 where z is not above 0.",
        "sec-one-chain",
        lambda z: (z > 0) * 1.0,
    ),
    Wrong(
        "at z = 0 the slope is to be 0.1 here: z > 0 and not z >= 0.",
        "sec-one-chain",
        lambda z: np.where(z >= 0, 1.0, 0.1),
    ),
    Wrong(
        "where z is not above 0 the slope is 0.1, whatever z is: 0.1 z is the value.",
        "sec-one-chain",
        lambda z: np.where(z > 0, 1.0, 0.1 * z),
    ),
    Wrong(
        "where z is above 0 the slope is 1, whatever z is: z is the value.",
        "sec-one-chain",
        lambda z: np.where(z > 0, z, 0.1),
    ),
    Wrong(
        "where z is not above 0 the slope is 0.1, without a minus: the value 0.1 z falls as z falls.",
        "sec-one-chain",
        lambda z: np.where(z > 0, 1.0, -0.1),
    ),
)


def draw_z(rng, k):
    z = rng.normal(size=(3, 2 + k % 3))
    z[k % 3, 0] = 0
    return (z,), {}


def forward_pass(params, X):
    return _forward(params, X)


def _forward(params, X, *, hidden=leaky, last=sigmoid, bias=1, activate=True):
    """Return the lists Z and A; the keywords make it wrong in one way each."""
    Z, A = [], [np.asarray(X, dtype=float)]
    for k, (W, b) in enumerate(params):
        Z.append((A[-1] if activate or k == 0 else Z[-1]) @ W + bias * b)
        A.append((hidden if k < len(params) - 1 else last)(Z[-1]))
    return Z, A


def _overflowing(params, X):
    with np.errstate(all="ignore"):
        return _forward(params, X, last=lambda z: np.exp(z) / (1 + np.exp(z)))


def _halved(function):
    return lambda params, X: function(*_forward(params, X))


FORWARD_WRONG = (
    Wrong("the biases are missing.", "sec-forward-three-layers", lambda p, X: _forward(p, X, bias=0)),
    Wrong(
        "the hidden layers use plain ReLU; here it is leaky ReLU, 0.1 z where z is not above 0.",
        "sec-forward-three-layers",
        lambda p, X: _forward(p, X, hidden=lambda z: np.maximum(z, 0)),
    ),
    Wrong(
        "the hidden layers use a sigmoid; only the last layer does.",
        "sec-forward-three-layers",
        lambda p, X: _forward(p, X, hidden=sigmoid),
    ),
    Wrong(
        "the last layer must end in a sigmoid, and it ends in leaky ReLU.",
        "sec-forward-three-layers",
        lambda p, X: _forward(p, X, last=leaky),
    ),
    Wrong(
        "the sigmoid of the last layer is missing.",
        "sec-forward-three-layers",
        lambda p, X: _forward(p, X, last=lambda z: z),
    ),
    Wrong(
        "a layer takes the pre-activation of the one before it; it must take its activation.",
        "sec-forward-three-layers",
        lambda p, X: _forward(p, X, activate=False),
    ),
    Wrong(
        "the sign in the exponent of the sigmoid is flipped: it is 1/(1 + e^(-z)).",
        "sec-forward-three-layers",
        lambda p, X: _forward(p, X, last=lambda z: sigmoid(-z)),
    ),
    Wrong(
        "the list of activations begins with X: it is one longer than that of pre-activations.",
        "sec-forward-three-layers",
        _halved(lambda Z, A: (Z, A[1:])),
    ),
    Wrong(
        "the two lists stand in each other's place: first Z, then A.",
        "sec-forward-three-layers",
        _halved(lambda Z, A: (A, Z)),
    ),
)


def draw_network(rng, k):
    sizes = ((3, 4, 2, 1), (2, 3, 5, 1), (4, 3, 3, 1))[k % 3]
    return (layers(rng, sizes), rng.normal(size=(5, sizes[0]))), {}


def draw_loud_network(rng, k):
    (params, X), _ = draw_network(rng, k)
    return ([(30 * W, b) for W, b in params], X), {}


def cross_entropy(y_hat, y):
    p = np.clip(y_hat, EPSILON, 1 - EPSILON)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def _unclipped(y_hat, y):
    with np.errstate(all="ignore"):
        return float(-np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))


ENTROPY_WRONG = (
    Wrong(
        "this is n times what it should be: the loss is a mean over the samples, not a sum.",
        "sec-forward-three-layers",
        lambda p, y: cross_entropy(p, y) * len(y),
    ),
    Wrong(
        "the sign is flipped: logarithms of probabilities are negative, and a loss is not.",
        "sec-forward-three-layers",
        lambda p, y: -cross_entropy(p, y),
    ),
    Wrong(
        "samples with the label 0 are left out: the second term, (1 - y) ln(1 - ŷ), is missing.",
        "sec-forward-three-layers",
        lambda p, y: -np.mean(y * np.log(np.clip(p, EPSILON, 1))),
    ),
    Wrong(
        "the logarithm is to the base 2; it must be the natural one.",
        "sec-forward-three-layers",
        lambda p, y: cross_entropy(p, y) / np.log(2),
    ),
    Wrong(
        "the logarithm is to the base 10; it must be the natural one.",
        "sec-forward-three-layers",
        lambda p, y: cross_entropy(p, y) / np.log(10),
    ),
    Wrong(
        "prediction and label stand in each other's place: the logarithm is of the prediction.",
        "sec-forward-three-layers",
        lambda p, y: cross_entropy(y, p),
    ),
    Wrong(
        "this is the mean squared error, and cross-entropy was asked for.",
        "sec-forward-three-layers",
        lambda p, y: np.mean((p - y) ** 2),
    ),
    Wrong(
        "the predictions were rounded to 0 and 1 first: the loss is of the probabilities.",
        "sec-surrogate",
        lambda p, y: cross_entropy(np.round(p), y),
    ),
    Wrong(
        "this is the share of wrong predictions, which has no useful slope; cross-entropy was asked for.",
        "sec-surrogate",
        lambda p, y: np.mean((p > 0.5) != (y > 0.5)),
    ),
    Wrong(
        "each sample has its loss here; the mean of them was asked for.",
        "sec-forward-three-layers",
        lambda p, y: -(y * np.log(np.clip(p, EPSILON, 1)) + (1 - y) * np.log(1 - np.clip(p, 0, 1 - EPSILON))),
    ),
)


def draw_predictions(rng, k):
    n = 4 + k % 3
    return (rng.uniform(0.05, 0.95, (n, 1)), labels(rng, n)), {}


def draw_certain(rng, k):
    y_hat = np.array([[0.0], [1.0], [0.3], [1.0], [0.0]])
    return (rng.permutation(y_hat), labels(rng, 5)), {}


def output_slope(y_hat, y):
    return (y_hat - y) / len(y)


OUTPUT_WRONG = (
    Wrong(
        "the sign is flipped: it is prediction minus label.",
        "sec-collapse",
        lambda p, y: -output_slope(p, y),
    ),
    Wrong(
        "the sign is flipped, and 1/n is missing: it is the mean of prediction minus label that counts.",
        "sec-collapse",
        lambda p, y: y - p,
    ),
    Wrong(
        "this is n times what it should be: the loss is a mean over the samples, and its 1/n belongs here.",
        "sec-collapse",
        lambda p, y: p - y,
    ),
    Wrong(
        "there is a slope of the sigmoid too many: in (ŷ - y)/n it has cancelled against the loss already.",
        "sec-collapse",
        lambda p, y: output_slope(p, y) * p * (1 - p),
    ),
    Wrong(
        "there is a slope of the sigmoid too many, and 1/n is missing.",
        "sec-collapse",
        lambda p, y: (p - y) * p * (1 - p),
    ),
    Wrong(
        "this is the slope by ŷ; one more link leads to z, the slope of the sigmoid.",
        "sec-collapse",
        lambda p, y: (p - y) / (p * (1 - p)) / len(y),
    ),
    Wrong(
        "the predictions were rounded to 0 and 1: the slope is that of the probabilities.",
        "sec-collapse",
        lambda p, y: (np.round(p) - y) / len(y),
    ),
    Wrong(
        "divided by n twice: the mean brings 1/n once.",
        "sec-collapse",
        lambda p, y: output_slope(p, y) / len(y),
    ),
    Wrong(
        "this belongs to the squared error, whose 2 cross-entropy does not have.",
        "sec-collapse",
        lambda p, y: 2 * output_slope(p, y),
    ),
    Wrong(
        "the samples were added up: each has its own slope, shape (n, 1).",
        "sec-collapse",
        lambda p, y: np.mean(p - y),
    ),
    Wrong(
        "y was flattened, and (n, 1) minus (n,) broadcasts to (n, n): keep both as columns.",
        "sec-collapse",
        lambda p, y: (p - y.ravel()) / len(y),
    ),
)


def layer_gradients(A, dZ):
    return A.T @ dZ, dZ.sum(axis=0)


LAYER_WRONG = (
    Wrong(
        "the bias gradient is not summed over the samples: one number for each unit was asked for.",
        "sec-backward-three-layers",
        lambda A, dZ: (A.T @ dZ, dZ),
    ),
    Wrong(
        "the bias gradient is summed over the units as well: sum over the samples only, axis 0.",
        "sec-backward-three-layers",
        lambda A, dZ: (A.T @ dZ, dZ.sum()),
    ),
    Wrong(
        "the bias gradient is summed along the wrong axis: sum over the samples, axis 0.",
        "sec-backward-three-layers",
        lambda A, dZ: (A.T @ dZ, dZ.sum(axis=1)),
    ),
    Wrong(
        "the bias gradient is a mean; dZ carries its 1/n already, so it is a sum.",
        "sec-backward-three-layers",
        lambda A, dZ: (A.T @ dZ, dZ.mean(axis=0)),
    ),
    Wrong(
        "divided by n once more: dZ carries its 1/n already.",
        "sec-backward-three-layers",
        lambda A, dZ: (A.T @ dZ / len(A), dZ.sum(axis=0) / len(A)),
    ),
    Wrong(
        "divided by n once more: dZ carries its 1/n already.",
        "sec-backward-three-layers",
        lambda A, dZ: (A.T @ dZ / len(A), dZ.sum(axis=0)),
    ),
    Wrong(
        "the weight gradient is transposed: it has the shape of W, (n_in, n_out).",
        "sec-backward-three-layers",
        lambda A, dZ: (dZ.T @ A, dZ.sum(axis=0)),
    ),
    Wrong(
        "A was reshaped where it should be transposed: reshape keeps the order of "
        "the numbers and mixes up the samples.",
        "sec-backward-three-layers",
        lambda A, dZ: (A.reshape(A.shape[1], -1) @ dZ, dZ.sum(axis=0)),
    ),
    Wrong(
        "the bias gradient has a row too many: shape (n_out,), without keepdims.",
        "sec-backward-three-layers",
        lambda A, dZ: (A.T @ dZ, dZ.sum(axis=0, keepdims=True)),
    ),
    Wrong(
        "the bias gradient is missing: a bias is a parameter like the weights.",
        "sec-backward-three-layers",
        lambda A, dZ: (A.T @ dZ, np.zeros(dZ.shape[1])),
    ),
    Wrong(
        "the bias gradient is missing: a bias is a parameter like the weights.",
        "sec-backward-three-layers",
        lambda A, dZ: A.T @ dZ,
    ),
)


def slope_before(dZ, W, Z):
    return dZ @ W.T * leaky_slope(Z)


def _square_or_none(dZ, W, Z):
    return dZ @ W * leaky_slope(Z)


BEFORE_WRONG = (
    Wrong(
        "W is not transposed: on the way back a unit collects from all units that it feeds, dZ @ W.T.",
        "sec-backward-three-layers",
        _square_or_none,
    ),
    Wrong(
        "W was reshaped where it should be transposed: reshape keeps the order of the numbers.",
        "sec-backward-three-layers",
        lambda dZ, W, Z: dZ @ W.reshape(W.shape[::-1]) * leaky_slope(Z),
    ),
    Wrong(
        "this is the slope by the activation, dA; one more link leads to Z, the slope of leaky ReLU.",
        "sec-backward-three-layers",
        lambda dZ, W, Z: dZ @ W.T,
    ),
    Wrong(
        "leaky ReLU itself was used where its slope is needed.",
        "sec-backward-three-layers",
        lambda dZ, W, Z: dZ @ W.T * leaky(Z),
    ),
    Wrong(
        "the slope is that of plain ReLU; here it is 0.1 where Z is not above 0.",
        "sec-backward-three-layers",
        lambda dZ, W, Z: dZ @ W.T * (Z > 0),
    ),
    Wrong(
        "the gate was read off the gradient that comes back: it is Z of the forward pass that decides.",
        "sec-backward-three-layers",
        lambda dZ, W, Z: dZ @ W.T * leaky_slope(dZ @ W.T),
    ),
    Wrong(
        "the slope is that of the sigmoid; the hidden layers have leaky ReLU.",
        "sec-backward-three-layers",
        lambda dZ, W, Z: dZ @ W.T * sigmoid(Z) * (1 - sigmoid(Z)),
    ),
    Wrong(
        "at Z = 0 the slope is to be 0.1 here.",
        "sec-one-chain",
        lambda dZ, W, Z: dZ @ W.T * np.where(Z >= 0, 1, 0.1),
    ),
    Wrong(
        "divided by n once more: dZ carries its 1/n already.",
        "sec-backward-three-layers",
        lambda dZ, W, Z: slope_before(dZ, W, Z) / len(dZ),
    ),
)


def draw_before(rng, k):
    n_in, n_out = ((3, 3), (4, 2), (2, 4))[k % 3]  # square at first: there a missing transpose raises no error
    Z = rng.normal(size=(5, n_in))
    Z[1, 1] = 0
    return (rng.normal(size=(5, n_out)), rng.normal(size=(n_in, n_out)), Z), {}


def backward_pass(params, X, y):
    return _backward(params, X, y)


def _backward(params, X, y, *, output=output_slope, layer=layer_gradients, before=slope_before, rate=None):
    """Return [(dW, db), ...]; the keywords make it wrong in one way each. With a rate, W is updated too early."""
    Z, A = _forward(params, X)
    dZ = output(A[-1], y)
    grads = []
    for k in reversed(range(len(params))):
        dW, db = layer(A[k], dZ)
        grads.append((dW, db))
        if k:
            W = params[k][0] if rate is None else params[k][0] - rate * dW
            dZ = before(dZ, W, Z[k - 1])
    return grads[::-1]


def _through(**keywords):
    return lambda params, X, y: _backward(params, X, y, **keywords)


def _of(wrong, **keywords):
    """Return the mistake `wrong`, made inside the whole backward pass."""
    return Wrong(wrong.says, wrong.section, _through(**keywords))


BACKWARD_WRONG = (
    *(_of(wrong, output=wrong.function) for wrong in OUTPUT_WRONG[:9]),
    *(_of(LAYER_WRONG[i], layer=LAYER_WRONG[i].function) for i in (0, 1, 3, 5, 8, 9)),
    *(_of(wrong, before=wrong.function) for wrong in BEFORE_WRONG[2:] if wrong.section != "sec-one-chain"),
    Wrong(
        "the gradients stand from the last layer to the first: the result has the order of params.",
        "sec-backward-three-layers",
        lambda params, X, y: _backward(params, X, y)[::-1],
    ),
    Wrong(
        "the gradient of a weight takes the activation before its layer, and this takes the pre-activation.",
        "sec-backward-three-layers",
        lambda params, X, y: _pre_activations(params, X, y),
    ),
)


def _pre_activations(params, X, y):
    Z, A = _forward(params, X)
    inputs = [X, *Z[:-1]]
    dZ, grads = output_slope(A[-1], y), []
    for k in reversed(range(len(params))):
        grads.append(layer_gradients(inputs[k], dZ))
        if k:
            dZ = slope_before(dZ, params[k][0], Z[k - 1])
    return grads[::-1]


def draw_training(rng, k):
    (params, X), _ = draw_network(rng, k)
    return (params, X, labels(rng, len(X))), {}


def train_step(params, X, y, learning_rate):
    return _step(params, X, y, learning_rate)


def _step(params, X, y, rate, *, grads=None, sign=-1, bias=1, after=False):
    grads = backward_pass(params, X, y) if grads is None else grads
    new = [(W + sign * rate * dW, b + sign * rate * bias * db) for (W, b), (dW, db) in zip(params, grads, strict=True)]
    return new, cross_entropy(_forward(new if after else params, X)[1][-1], y)


STEP_WRONG = (
    Wrong(
        "it walks uphill: the gradient is subtracted.",
        "sec-train-loop",
        lambda p, X, y, a: _step(p, X, y, a, sign=1),
    ),
    Wrong(
        "the biases are not updated: they are parameters like the weights.",
        "sec-train-loop",
        lambda p, X, y, a: _step(p, X, y, a, bias=0),
    ),
    Wrong(
        "the learning rate is ignored.",
        "sec-learning-rate",
        lambda p, X, y, a: (_step(p, X, y, 1.0)[0], _step(p, X, y, a)[1]),
    ),
    Wrong(
        "the loss is that of the new parameters; the loss before the update was asked for.",
        "sec-train-loop",
        lambda p, X, y, a: _step(p, X, y, a, after=True),
    ),
    Wrong(
        "a weight was updated before the backward pass had gone through it: "
        "compute all gradients with the old weights, then update.",
        "sec-train-loop",
        lambda p, X, y, a: _step(p, X, y, a, grads=_backward(p, X, y, rate=a)),
    ),
    Wrong(
        "only the last layer is updated.",
        "sec-train-loop",
        lambda p, X, y, a: ([*p[:-1], _step(p, X, y, a)[0][-1]], _step(p, X, y, a)[1]),
    ),
    Wrong(
        "the parameters are the old ones: the update is missing.",
        "sec-train-loop",
        lambda p, X, y, a: (p, _step(p, X, y, a)[1]),
    ),
    Wrong(
        "these are the gradients; the new parameters were asked for.",
        "sec-train-loop",
        lambda p, X, y, a: (backward_pass(p, X, y), _step(p, X, y, a)[1]),
    ),
    Wrong(
        "the loss is missing: return the new parameters and the loss before the update.",
        "sec-train-loop",
        lambda p, X, y, a: _step(p, X, y, a)[0],
    ),
    *(
        Wrong(
            wrong.says,
            wrong.section,
            lambda p, X, y, a, wrong=wrong: _step(p, X, y, a, grads=wrong.function(p, X, y)),
        )
        for wrong in BACKWARD_WRONG[1:4]
    ),
)


def draw_step(rng, k):
    args, _ = draw_training(rng, k)
    return (*args, rng.uniform(0.2, 0.8)), {}


def start_weights(sizes, rng):
    return _start(sizes, rng, lambda n_in, n_out: np.sqrt(2 / n_in))


def _start(sizes, rng, deviation):
    return [
        (deviation(n_in, n_out) * rng.standard_normal((n_in, n_out)), np.zeros(n_out))
        for n_in, n_out in pairwise(sizes)
    ]


START_WRONG = (
    Wrong(
        "all weights are 0: then all units of a layer stay equal, and the "
        "gradients of the layers before the last are 0.",
        "sec-zero-init",
        lambda sizes, rng: _start(sizes, rng, lambda n_in, n_out: 0.0),
    ),
    Wrong(
        "2/n_in is the variance; the standard deviation is its root.",
        "sec-vanishing",
        lambda sizes, rng: _start(sizes, rng, lambda n_in, n_out: 2 / n_in),
    ),
    Wrong(
        "the number of inputs of the layer counts, and this takes that of its outputs.",
        "sec-vanishing",
        lambda sizes, rng: _start(sizes, rng, lambda n_in, n_out: np.sqrt(2 / n_out)),
    ),
    Wrong(
        "the 2 is missing: leaky ReLU lets through about half of the signal, which the 2 makes up for.",
        "sec-vanishing",
        lambda sizes, rng: _start(sizes, rng, lambda n_in, n_out: np.sqrt(1 / n_in)),
    ),
    Wrong(
        "this is Glorot's rule, √(2/(n_in + n_out)); He's is √(2/n_in).",
        "sec-vanishing",
        lambda sizes, rng: _start(sizes, rng, lambda n_in, n_out: np.sqrt(2 / (n_in + n_out))),
    ),
    Wrong(
        "the weights are not scaled: their standard deviation is √(2/n_in).",
        "sec-vanishing",
        lambda sizes, rng: _start(sizes, rng, lambda n_in, n_out: 1.0),
    ),
    Wrong(
        "the weights have one scale for all layers: it depends on the number of inputs of each.",
        "sec-vanishing",
        lambda sizes, rng: _start(sizes, rng, lambda n_in, n_out: 0.01),
    ),
    Wrong(
        "samples are rows, so W has the shape (n_in, n_out), and this is its transpose.",
        "sec-forward-three-layers",
        lambda sizes, rng: [
            (np.sqrt(2 / n_in) * rng.standard_normal((n_out, n_in)), np.zeros(n_out)) for n_in, n_out in pairwise(sizes)
        ],
    ),
    Wrong(
        "the biases are ones; they start at 0.",
        "sec-zero-init",
        lambda sizes, rng: [(W, b + 1) for W, b in start_weights(sizes, rng)],
    ),
)


TASKS = {
    task.name: task
    for task in (
        Task("leaky_slope", "sec-one-chain", leaky_slope, draw_z, LEAKY_WRONG),
        Task("forward_pass", "sec-forward-three-layers", forward_pass, draw_network, FORWARD_WRONG, public=2),
        Task(
            "forward_pass: large numbers",
            "sec-collapse",
            forward_pass,
            draw_loud_network,
            (
                Wrong(
                    "the sigmoid overflows for a large z, and the result is not a number: "
                    "let only e^(-|z|) be computed.",
                    "sec-collapse",
                    _overflowing,
                ),
                *FORWARD_WRONG,
            ),
            public=2,
        ),
        Task("cross_entropy", "sec-forward-three-layers", cross_entropy, draw_predictions, ENTROPY_WRONG),
        Task(
            "cross_entropy: certain predictions",
            "sec-collapse",
            cross_entropy,
            draw_certain,
            (
                Wrong(
                    "ln 0 is infinite: clip the predictions to [1e-7, 1 - 1e-7] before the logarithm.",
                    "sec-collapse",
                    _unclipped,
                ),
                *ENTROPY_WRONG,
            ),
            public=2,
        ),
        Task("output_slope", "sec-collapse", output_slope, draw_predictions, OUTPUT_WRONG, gradient=True),
        Task(
            "layer_gradients",
            "sec-backward-three-layers",
            layer_gradients,
            lambda rng, k: ((rng.normal(size=(5, 3 + k % 2)), rng.normal(size=(5, 2)) / 5), {}),
            LAYER_WRONG,
            gradient=True,
        ),
        Task("slope_before", "sec-backward-three-layers", slope_before, draw_before, BEFORE_WRONG, gradient=True),
        Task("backward_pass", "sec-backward-three-layers", backward_pass, draw_training, BACKWARD_WRONG, public=2),
        Task("train_step", "sec-train-loop", train_step, draw_step, STEP_WRONG, public=2),
        Task(
            "train_step: params are left alone",
            "sec-train-loop",
            train_step,
            draw_step,
            STEP_WRONG,
            untouched=True,
            public=2,
        ),
        Task(
            "start_weights",
            "sec-zero-init",
            start_weights,
            lambda rng, k: (((3, 5, 2 + k % 2, 1), np.random.default_rng(int(rng.integers(2**31)))), {}),
            START_WRONG,
            public=2,
        ),
        Answer(
            "equal_start",
            "sec-zero-init",
            "the units of a layer stay equal",
            "one of three texts",
            (
                (
                    "the gradients are not 0, so the weights do change; "
                    "but all units of a layer see the same and change alike.",
                    "sec-zero-init",
                    "no weight ever changes",
                ),
                (
                    "nothing in the updates tells the units of a layer apart: same "
                    "inputs, same weights, same gradient.",
                    "sec-zero-init",
                    "training breaks the tie",
                ),
            ),
            choices=("the units of a layer stay equal", "no weight ever changes", "training breaks the tie"),
        ),
    )
}
