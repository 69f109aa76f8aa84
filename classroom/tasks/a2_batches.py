"""Batches: chapter three. A linear model with the pseudo-Huber loss, the mean of √(1 + r²) - 1 with r = X w - y."""

import numpy as np

from classroom.task import Answer, Task, Wrong
from lessons_lib import coach_judges


def draw_data(rng, k):
    n, d = 5 + 2 * (k % 3), 2 + k % 2  # never the same number of samples and of features
    return (rng.normal(size=d), rng.normal(size=(n, d)), 2 * rng.normal(size=n)), {}


def huber_loss(w, X, y):
    return float(np.mean(np.sqrt(1 + (X @ w - y) ** 2) - 1))


def sample_gradients(w, X, y):
    r = X @ w - y
    return (r / np.sqrt(1 + r**2))[:, None] * X


def batch_gradient(w, X, y):
    return sample_gradients(w, X, y).mean(axis=0)


def _without_root(w, X, y):
    return (X @ w - y)[:, None] * X


def _with_hard_sign(w, X, y):
    return np.sign(X @ w - y)[:, None] * X


def _derivative_of_loss_value(w, X, y):
    return np.sqrt(1 + (X @ w - y) ** 2)[:, None] * X


SUM_OF_LOSSES = "this is {} times what it should be: the loss is a mean over the samples, not a sum."
LOSS_WRONG = (
    Wrong(SUM_OF_LOSSES.format("n"), "sec-mean-of-slopes", lambda w, X, y: np.sum(np.sqrt(1 + (X @ w - y) ** 2) - 1)),
    Wrong(
        "the -1 is missing: a perfect prediction has the loss 0.",
        "sec-mean-of-slopes",
        lambda w, X, y: np.mean(np.sqrt(1 + (X @ w - y) ** 2)),
    ),
    Wrong(
        "this is the mean of the squared errors: the root is missing.",
        "sec-mean-of-slopes",
        lambda w, X, y: np.mean((X @ w - y) ** 2),
    ),
    Wrong(
        "the loss of the mean error was taken, in which errors of both signs cancel: "
        "take the loss of each sample, then the mean.",
        "sec-mean-of-slopes",
        lambda w, X, y: np.sqrt(1 + np.mean(X @ w - y) ** 2) - 1,
    ),
    Wrong(
        "the root was taken of the mean: take the loss of each sample, then the mean.",
        "sec-mean-of-slopes",
        lambda w, X, y: np.sqrt(1 + np.mean((X @ w - y) ** 2)) - 1,
    ),
    Wrong(
        "each sample has a loss of its own here; their mean was asked for.",
        "sec-mean-of-slopes",
        lambda w, X, y: np.sqrt(1 + (X @ w - y) ** 2) - 1,
    ),
    Wrong(
        "divided by the number of features, and the mean is over the samples.",
        "sec-mean-of-slopes",
        lambda w, X, y: np.sum(np.sqrt(1 + (X @ w - y) ** 2) - 1) / X.shape[1],
    ),
)
SAMPLE_WRONG = (
    Wrong(
        "the sign is flipped: the residual is prediction minus target, X w - y.",
        "sec-mean-of-slopes",
        lambda w, X, y: -sample_gradients(w, X, y),
    ),
    Wrong(
        "divided by n: that belongs to the mean over the samples, and here each has its own gradient.",
        "sec-mean-of-slopes",
        lambda w, X, y: sample_gradients(w, X, y) / len(X),
    ),
    Wrong(
        "this is the gradient of the squared error: the slope of √(1 + r²) is r / √(1 + r²).",
        "sec-one-wire",
        _without_root,
    ),
    Wrong(
        "this is the gradient of the absolute error: the slope of √(1 + r²) is r / √(1 + r²).",
        "sec-one-wire",
        _with_hard_sign,
    ),
    Wrong("the value of the root was used where its slope is needed.", "sec-one-wire", _derivative_of_loss_value),
    Wrong(
        "twice what it should be: the 2 of the square and the 1/2 of the root cancel.",
        "sec-one-wire",
        lambda w, X, y: 2 * sample_gradients(w, X, y),
    ),
    Wrong(
        "half of what it should be: the 1/2 of the root and the 2 of the square cancel.",
        "sec-one-wire",
        lambda w, X, y: sample_gradients(w, X, y) / 2,
    ),
    Wrong(
        "the last link of the chain is missing: the prediction X w changes with w at the rate X.",
        "sec-one-wire",
        lambda w, X, y: (X @ w - y) / np.sqrt(1 + (X @ w - y) ** 2),
    ),
    Wrong(
        "this is the mean over the samples already: one row for each sample was asked for.",
        "sec-mean-of-slopes",
        batch_gradient,
    ),
    Wrong(
        "samples are rows: the result is (n, d), and this is its transpose.",
        "sec-mean-of-slopes",
        lambda w, X, y: sample_gradients(w, X, y).T,
    ),
)
BATCH_WRONG = (
    Wrong(SUM_OF_LOSSES.format("n"), "sec-mean-of-slopes", lambda w, X, y: sample_gradients(w, X, y).sum(axis=0)),
    Wrong(
        "divided by n twice: the mean brings 1/n once.",
        "sec-mean-of-slopes",
        lambda w, X, y: batch_gradient(w, X, y) / len(X),
    ),
    Wrong(
        "divided by the number of features, and the mean is over the samples.",
        "sec-mean-of-slopes",
        lambda w, X, y: sample_gradients(w, X, y).sum(axis=0) / X.shape[1],
    ),
    Wrong(
        "divided by the number of all entries of X, and the mean is over the samples.",
        "sec-mean-of-slopes",
        lambda w, X, y: sample_gradients(w, X, y).sum(axis=0) / X.size,
    ),
    Wrong(
        "the sign is flipped: the residual is prediction minus target, X w - y.",
        "sec-mean-of-slopes",
        lambda w, X, y: -batch_gradient(w, X, y),
    ),
    Wrong(
        "the mean was taken over everything: average over the samples, and keep one number for each weight.",
        "sec-mean-of-slopes",
        lambda w, X, y: sample_gradients(w, X, y).mean(),
    ),
    Wrong(
        "the mean was taken over the features: it is over the samples, axis 0.",
        "sec-mean-of-slopes",
        lambda w, X, y: sample_gradients(w, X, y).mean(axis=1),
    ),
    Wrong(
        "this is the gradient of the squared error: the slope of √(1 + r²) is r / √(1 + r²).",
        "sec-one-wire",
        lambda w, X, y: _without_root(w, X, y).mean(axis=0),
    ),
    Wrong(
        "the mean residual was multiplied with the mean sample: the mean of products is not the product of means.",
        "sec-mean-of-slopes",
        lambda w, X, y: np.mean((X @ w - y) / np.sqrt(1 + (X @ w - y) ** 2)) * X.mean(axis=0),
    ),
)


def batch_bounds(n, batch_size):
    return [(first, min(first + batch_size, n)) for first in range(0, n, batch_size)]


def draw_sizes(rng, k):
    size = int(rng.integers(3, 8))
    return (size * int(rng.integers(2, 5)) + (0 if k % 3 == 2 else int(rng.integers(1, size // 2 + 1))), size), {}


BOUNDS_WRONG = (
    Wrong(
        "the last, short batch is dropped: keep it.",
        "sec-three-kinds",
        lambda n, B: [(i, i + B) for i in range(0, n - B + 1, B)],
    ),
    Wrong(
        "the last batch runs beyond the data: it ends at n.",
        "sec-three-kinds",
        lambda n, B: [(i, i + B) for i in range(0, n, B)],
    ),
    Wrong(
        "the second number is the last index here; it should be one after it, as Python's slices have it.",
        "sec-three-kinds",
        lambda n, B: [(first, last - 1) for first, last in batch_bounds(n, B)],
    ),
    Wrong(
        "where n is a multiple of the batch size there is an empty batch too many.",
        "sec-three-kinds",
        lambda n, B: [(i * B, min(i * B + B, n)) for i in range(n // B + 1)],
    ),
    Wrong(
        "the short batch comes first; it should be the last one.",
        "sec-three-kinds",
        lambda n, B: [(max(n - last, 0), n - first) for first, last in reversed(batch_bounds(n, B))],
    ),
    Wrong(
        "batch_size was taken for the number of batches; it is the number of samples in each.",
        "sec-three-kinds",
        lambda n, B: [(i * n // B, (i + 1) * n // B) for i in range(B)],
    ),
)


def count_updates(n, batch_size, epochs):
    return epochs * -(-n // batch_size), (n - 1) % batch_size + 1


def draw_counts(rng, k):
    (n, size), _ = draw_sizes(rng, k)
    return (n, size, int(rng.integers(3, 6))), {}


COUNT_WRONG = (
    Wrong(
        "the short batch is not counted: it makes an update as well.",
        "sec-three-kinds",
        lambda n, B, e: (e * (n // B), (n - 1) % B + 1),
    ),
    Wrong(
        "the short batch is not counted: it makes an update as well, and it is the last batch.",
        "sec-three-kinds",
        lambda n, B, e: (e * (n // B), B),
    ),
    Wrong(
        "these are the updates of one epoch: each epoch makes as many.",
        "sec-three-kinds",
        lambda n, B, e: (-(-n // B), (n - 1) % B + 1),
    ),
    Wrong(
        "a remainder of 0 means that the last batch is a full one.",
        "sec-three-kinds",
        lambda n, B, e: (e * -(-n // B), n % B),
    ),
    Wrong(
        "the remainder is carried over to the next epoch here: each epoch ends with its own short batch.",
        "sec-three-kinds",
        lambda n, B, e: (-(-n * e // B), (n - 1) % B + 1),
    ),
    Wrong(
        "the last batch has only the rest of the samples.",
        "sec-three-kinds",
        lambda n, B, e: (e * -(-n // B), B),
    ),
    Wrong(
        "there is one update for each batch, not for each sample.",
        "sec-three-kinds",
        lambda n, B, e: (e * n, (n - 1) % B + 1),
    ),
    Wrong(
        "there is one update for each batch, not for each epoch.",
        "sec-three-kinds",
        lambda n, B, e: (e, (n - 1) % B + 1),
    ),
)


def draw_epoch(rng, k):
    data = np.random.default_rng(17)  # one data set for all cases
    X, y = data.normal(size=(22, 2)), data.normal(size=22)
    return (X, y, 4, np.random.default_rng(int(rng.integers(2**31)))), {}


def train_in_batches(w, X, y, learning_rate, batch_size, orders):
    return _train(w, X, y, learning_rate, batch_size, orders)


def _train(w, X, y, rate, size, orders, *, grad=batch_gradient, drop=False, stale=False, restart=False):
    """Return the weights after each epoch; the keywords make it wrong in one way each."""
    w = start = np.array(w, dtype=float)
    path = [w]
    for order in orders:
        if restart:
            w = start
        begun = w
        for first in range(0, len(X) - (size - 1 if drop else 0), size):
            rows = order[first : first + size]
            w = w - rate * grad(begun if stale else w, X[rows], y[rows])
        path.append(w)
    return np.array(path)


def _divided_by(divisor):
    def wrong(w, X, y, rate, size, orders):
        def grad(w, X_b, y_b):
            return sample_gradients(w, X_b, y_b).sum(axis=0) / divisor(len(X), size)

        return _train(w, X, y, rate, size, orders, grad=grad)

    return wrong


def _full_batch(w, X, y, rate, size, orders):
    return _train(w, X, y, rate, size, orders, grad=lambda w, X_b, y_b: batch_gradient(w, X, y))


def _apart(w, X, y, rate, size, orders):
    w = np.array(w, dtype=float)
    path = [w]
    for order in orders:
        for first in range(0, len(X), size):
            w = w - rate * batch_gradient(w, X[order[first : first + size]], y[first : first + size])
        path.append(w)
    return np.array(path)


def _every_update(w, X, y, rate, size, orders):
    w = np.array(w, dtype=float)
    path = [w]
    for order in orders:
        for first in range(0, len(X), size):
            rows = order[first : first + size]
            w = w - rate * batch_gradient(w, X[rows], y[rows])
            path.append(w)
    return np.array(path)


TRAIN_WRONG = (
    Wrong(
        "the gradient of all samples is used for every batch: take that of the batch.",
        "sec-one-loop",
        _full_batch,
    ),
    Wrong(
        "the last, short batch is dropped: keep it.",
        "sec-three-kinds",
        lambda *a: _train(*a, drop=True),
    ),
    Wrong(
        "each batch is divided by the batch size that was asked for, and the last one is shorter: "
        "divide by the number of its rows.",
        "sec-mean-of-slopes",
        _divided_by(lambda n, size: size),
    ),
    Wrong(
        "each batch is divided by the number of all samples: divide by the number of its rows.",
        "sec-mean-of-slopes",
        _divided_by(lambda n, size: n),
    ),
    Wrong(
        "the gradients of a batch are summed: take their mean.",
        "sec-mean-of-slopes",
        _divided_by(lambda n, size: 1),
    ),
    Wrong(
        "all batches of an epoch use the weights with which it began: each update starts from the one before.",
        "sec-one-loop",
        lambda *a: _train(*a, stale=True),
    ),
    Wrong(
        "every epoch begins again with the first weights: go on from where the last one ended.",
        "sec-one-loop",
        lambda *a: _train(*a, restart=True),
    ),
    Wrong(
        "every epoch uses the first order: each has its own.",
        "sec-shuffle",
        lambda w, X, y, a, B, orders: _train(w, X, y, a, B, [orders[0]] * len(orders)),
    ),
    Wrong(
        "the orders are ignored: the samples come in the order of the data.",
        "sec-shuffle",
        lambda w, X, y, a, B, orders: _train(w, X, y, a, B, [np.arange(len(X))] * len(orders)),
    ),
    Wrong(
        "X is put into the new order and y is not: each row must keep its own label.",
        "sec-shuffle",
        _apart,
    ),
    Wrong(
        "it walks uphill: the step is subtracted.",
        "sec-update",
        lambda w, X, y, a, B, orders: _train(w, X, y, -a, B, orders),
    ),
    Wrong(
        "the weights after every update are returned; those after every epoch were asked for.",
        "sec-one-loop",
        _every_update,
    ),
    Wrong(
        "the weights before the first update are missing from the result.",
        "sec-one-loop",
        lambda *a: _train(*a)[1:],
    ),
    Wrong(
        "only the last weights are returned; those after every epoch were asked for.",
        "sec-one-loop",
        lambda *a: _train(*a)[-1],
    ),
    Wrong(
        "there is one update in each epoch, from all samples: make one for each batch.",
        "sec-one-loop",
        lambda w, X, y, a, B, orders: _train(w, X, y, a, len(X), orders),
    ),
)


def draw_training(rng, k):
    (w, X, y), _ = draw_data(rng, k)
    orders = np.array([rng.permutation(len(X)) for _ in range(3)])
    return (w, X, y, rng.uniform(0.2, 0.6), 2 + 2 * (k % 2), orders), {}


def noise_of_batch(G, batch_size):
    n = len(G)
    return float(_variance(G) / batch_size * (n - batch_size) / (n - 1))


def _variance(G):
    return np.sum((G - G.mean(axis=0)) ** 2) / len(G)


NOISE_WRONG = (
    Wrong(
        "this is the noise with replacement: without it, the factor (n - B)/(n - 1) comes in.",
        "sec-noise",
        lambda G, B: _variance(G) / B,
    ),
    Wrong(
        "the squared distances are to be averaged over the n samples, not n - 1: "
        "these are all the samples there are. The factor (n - B)/(n - 1) comes on top.",
        "sec-noise",
        lambda G, B: G.var(axis=0, ddof=1).sum() / B * (len(G) - B) / (len(G) - 1),
    ),
    Wrong(
        "the factor is (n - B)/(n - 1), and this has n in its denominator.",
        "sec-noise",
        lambda G, B: _variance(G) / B * (len(G) - B) / len(G),
    ),
    Wrong(
        "this is the noise of a single sample: the mean of B of them has a B-th of it.",
        "sec-noise",
        lambda G, B: _variance(G),
    ),
    Wrong(
        "this is the root of what was asked for: the squared error.",
        "sec-noise",
        lambda G, B: np.sqrt(noise_of_batch(G, B)),
    ),
    Wrong(
        "the mean over the weights was taken: the squared length of an error is a sum over them.",
        "sec-noise",
        lambda G, B: noise_of_batch(G, B) / G.shape[1],
    ),
    Wrong(
        "the squared lengths of the gradients were averaged: the distance from their mean counts.",
        "sec-noise",
        lambda G, B: np.sum(G**2) / len(G) / B * (len(G) - B) / (len(G) - 1),
    ),
    Wrong(
        "the noise falls with B, not with its root: the squared error was asked for.",
        "sec-noise",
        lambda G, B: _variance(G) / np.sqrt(B) * (len(G) - B) / (len(G) - 1),
    ),
    Wrong(
        "there is one number for the whole gradient: the sum over its weights.",
        "sec-noise",
        lambda G, B: G.var(axis=0) / B * (len(G) - B) / (len(G) - 1),
    ),
)


def draw_gradients(rng, k):
    n = int(rng.integers(6, 12))
    return (rng.normal(size=(n, 3)) * [1, 2, 3] + 1, n if k == 2 else int(rng.integers(2, n - 1))), {}


KINDS = ("batch", "stochastic", "mini-batch")

TASKS = {
    task.name: task
    for task in (
        Task("huber_loss", "sec-mean-of-slopes", huber_loss, draw_data, LOSS_WRONG),
        Task("sample_gradients", "sec-mean-of-slopes", sample_gradients, draw_data, SAMPLE_WRONG, gradient=True),
        Task("batch_gradient", "sec-mean-of-slopes", batch_gradient, draw_data, BATCH_WRONG, gradient=True),
        Task("batch_bounds", "sec-three-kinds", batch_bounds, draw_sizes, BOUNDS_WRONG),
        Task("count_updates", "sec-three-kinds", count_updates, draw_counts, COUNT_WRONG),
        Task("shuffled_batches", "sec-shuffle", None, draw_epoch, judge=coach_judges.batches),
        Task("train_in_batches", "sec-one-loop", train_in_batches, draw_training, TRAIN_WRONG),
        Task(
            "train_in_batches: w is left alone",
            "sec-one-loop",
            train_in_batches,
            draw_training,
            TRAIN_WRONG,
            untouched=True,
            public=2,
        ),
        Task("noise_of_batch", "sec-noise", noise_of_batch, draw_gradients, NOISE_WRONG),
        Answer(
            "kind_of_descent",
            "sec-three-kinds",
            {"A": "mini-batch", "B": "batch", "C": "stochastic", "D": "mini-batch"},
            "a dict from the letters A to D to texts",
            (
                (
                    "the name of the optimizer does not decide, and the word SGD does not either: "
                    "look at how many samples make one update.",
                    "sec-three-kinds",
                    lambda kinds: kinds.get("A") == "stochastic",
                ),
                (
                    "a batch size of the number of samples, or above it, makes one update from all of them.",
                    "sec-three-kinds",
                    lambda kinds: kinds.get("B") != "batch",
                ),
                (
                    "one sample for each update is stochastic descent, in whatever order they come.",
                    "sec-three-kinds",
                    lambda kinds: kinds.get("C") != "stochastic",
                ),
            ),
            choices=KINDS,
        ),
        Answer(
            "never_drawn",
            "sec-shuffle",
            lambda share: 0.366 < share < 0.37,
            "a number",
            (
                (
                    "this is the share that is drawn at least once; the share that is never drawn was asked for.",
                    "sec-shuffle",
                    lambda share: 0.63 < share < 0.634,
                ),
                (
                    "a thousand draws with replacement repeat some samples, so that others are left out.",
                    "sec-shuffle",
                    0.0,
                ),
                (
                    "1/1000 is the chance that one draw brings a given sample; it "
                    "must be missed by all thousand draws.",
                    "sec-shuffle",
                    lambda share: share in (0.001, 0.999),
                ),
            ),
        ),
    )
}
