"""A slider's grid computed together against one descent after another: `lessons_lib.sweeps` against `descent.train`."""

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")  # before NumPy is imported

import statistics
import time

import common
import numpy as np

from lessons_lib import losses, network, sweeps
from lessons_lib.descent import train
from lessons_lib.optimizers import sgd

ROUNDS = 5
RATES = np.geomspace(0.003, 0.3, 40)
SIZES = [1, 2, 4, 8, 16, 32, 64, 128]
UPDATES = 200
N = 200  # samples: with each batch size, some whole epochs make 200 updates, or a few more
COPIES, EPOCHS = 40, 3
SEED = 0


def squares(theta, X_b, y_b):
    z = X_b @ theta
    return losses.mse(z, y_b), X_b.T @ losses.mse_grad(z, y_b)


def cross_entropy(theta, X_b, y_b):
    z = X_b @ theta
    return (
        losses.binary_cross_entropy_with_logits(z, y_b),
        X_b.T @ losses.binary_cross_entropy_with_logits_grad(z, y_b),
    )


def linear_models(loss, loss_and_grads):
    """Return two functions that compute the same grid of paths, together and in turn."""
    rng = np.random.default_rng(SEED)
    X = rng.standard_normal((N, 2))
    y = X @ [1.0, -2.0] + rng.standard_normal(N)
    if loss == "binary_cross_entropy":
        y = (y > 0).astype(float)
    start = np.array([-1.0, 1.5])

    def together():
        return sweeps.train_linear_models(
            start, X, y, learning_rates=RATES, batch_sizes=SIZES, updates=UPDATES,
            rng=np.random.default_rng(SEED), loss=loss,
        )  # fmt: skip

    def path(rate, size):
        epochs = -(-UPDATES // -(-N // size))
        history = train(
            start, X, y, optimizer=sgd(rate), batch_size=size, epochs=epochs, rng=np.random.default_rng(SEED),
            loss_and_grads=loss_and_grads, keep="update", progress=False,
        )  # fmt: skip
        return history.snapshots[: UPDATES + 1]

    return together, lambda: np.array([[path(rate, size) for size in SIZES] for rate in RATES])


def networks(dtype):
    """Return two functions that train the same networks i, together and in turn."""
    rng = np.random.default_rng(SEED)
    X = rng.standard_normal((1000, 3)).astype(dtype)
    y = (X[:, :1] + X[:, 1:2] * X[:, 2:] > 0).astype(dtype)
    params = network.init_params((3, 16, 8, 1), rng=rng)
    params = [network.Layer(weight.astype(dtype), bias.astype(dtype)) for weight, bias in params]
    settings = {"batch_size": 32, "epochs": EPOCHS}
    rates = RATES[:COPIES]

    def together():
        return sweeps.train_networks(
            [params] * COPIES, X, y, learning_rates=rates, rng=np.random.default_rng(SEED), **settings
        )  # fmt: skip

    def in_turn():
        return [
            train(params, X, y, optimizer=sgd(rate), rng=np.random.default_rng(SEED), progress=False, **settings).params
            for rate in rates
        ]  # fmt: skip

    return together, in_turn


def timed(f):
    started = time.perf_counter()
    result = f()
    return time.perf_counter() - started, result


def flat(result):
    if isinstance(result, np.ndarray):
        return result
    return np.concatenate([array.ravel() for params in result for layer in params for array in layer])


CASES = [  # what, the two functions, the goal, the tolerance
    ("least squares, two parameters, 40 x 8 x 200", linear_models("mse", squares), 50, 1e-9),
    ("logistic regression, two parameters, 40 x 8 x 200",
     linear_models("binary_cross_entropy", cross_entropy), 30, 1e-9),
    ("40 copies of network i, float64", networks(float), 5, 1e-7),
    ("40 copies of network i, float32", networks(np.float32), 5, 1e-2),
]  # fmt: skip


def main():
    rows, goals = [], []
    for what, (together, in_turn), goal, tolerance in CASES:
        common.say(f"sweeps: {what}")
        rounds = [(timed(together), timed(in_turn)) for _ in range(ROUNDS + 1)][1:]  # the first warms up
        (_, a), (_, b) = rounds[0]
        np.testing.assert_allclose(flat(a), flat(b), rtol=tolerance, atol=tolerance, err_msg=what)
        ratios = [slow / fast for (fast, _), (slow, _) in rounds]
        got = statistics.median(ratios)
        rows.append((what, common.spread([1e3 * one[0][0] for one in rounds]),
                     common.spread([1e3 * one[1][0] for one in rounds]), common.spread(ratios)))  # fmt: skip
        reason = "the sweep loops over the batch sizes, to read like one descent"
        goals.append(common.goal(f"sweep, {what}: times faster than in turn", f"at least {goal}", common.brief(got),
                                 got >= goal, reason))  # fmt: skip
    text = common.table(["what", "together, ms", "in turn, ms", "ratio"], rows)
    text += f"\n\nMedians (quartiles) of {ROUNDS} rounds; the paths and the weights are equal."
    common.hand_in(common.Part("Sweeps", goals, text))


if __name__ == "__main__":
    main()
