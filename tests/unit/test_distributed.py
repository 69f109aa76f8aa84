"""Descent on workers is descent on one machine, to rounding: for any chunks, any nest, and when a worker dies."""

import os
import re
import signal

import dask.array as da
import numpy as np
import pytest

from lessons_lib import descent, distributed, network, optimizers
from lessons_lib.gradcheck import numerical_grad

N, CUTS = 53, (20, 1, 25, 7)
CLOSE = {"rtol": 1e-9, "atol": 1e-12}


@pytest.fixture
def net():
    return network.init_params((3, 5, 4, 2), rng=np.random.default_rng(0))


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    return rng.normal(size=(N, 3)), rng.integers(0, 2, (N, 2)).astype(float)


def cut(*arrays, rows=CUTS):
    return [da.from_array(array, chunks=(rows, *array.shape[1:])) for array in arrays]


def rng():
    return np.random.default_rng(7)


def assert_same(one, other):
    for layer, twin in zip(one, other, strict=True):
        for array, its in zip(layer, twin, strict=True):
            np.testing.assert_allclose(array, its, **CLOSE)


def squares(theta, X, y):
    """A quadratic loss of one array, shaped as y's columns by X's."""
    error = X @ theta - y
    return np.sum(error**2) / len(X), 2 * X.T @ error / len(X)


@pytest.mark.parametrize("rows", [CUTS, (N,), (1,) * N, (0, 50, 3)])
def test_gradient_is_that_of_one_machine_for_any_chunks(client, net, data, rows):
    loss, grads = distributed.gradient(client, net, *cut(*data, rows=rows))
    expected_loss, expected = network.loss_and_grads(net, *data)
    assert isinstance(grads[0], network.Layer)
    assert loss == pytest.approx(expected_loss, rel=1e-12)
    assert_same(grads, expected)


def test_gradient_is_that_of_central_differences(client, data):
    X, y = data
    theta = np.random.default_rng(2).normal(size=(3, 2))
    _, grad = distributed.gradient(client, theta, *cut(X, y), loss_and_grads=squares)
    slopes = numerical_grad(lambda t: squares(t, X, y)[0], theta)
    np.testing.assert_allclose(grad, slopes, atol=1e-8)


def test_float32_stays_float32(client, data):
    X, y = (array.astype("float32") for array in data)
    loss, grad = distributed.gradient(client, np.ones((3, 2), "float32"), *cut(X, y), loss_and_grads=squares)
    assert grad.dtype == "float32" and np.isclose(loss, squares(np.ones((3, 2)), *data)[0], rtol=1e-5)


@pytest.mark.parametrize("batch_size", [N, 16])
@pytest.mark.parametrize("optimizer", [optimizers.sgd(0.5), optimizers.adam(0.05)], ids=["sgd", "adam"])
def test_training_is_that_of_one_machine(client, net, data, optimizer, batch_size):
    plan = {"optimizer": optimizer, "batch_size": batch_size, "epochs": 2, "keep": "update"}
    here, there = rng(), rng()
    one = descent.train(net, *data, rng=here, **plan)
    many = distributed.train(client, net, *cut(*data), rng=there, **plan)
    np.testing.assert_allclose(many.loss, one.loss, **CLOSE)
    np.testing.assert_array_equal(many.samples, one.samples)
    assert len(many.snapshots) == len(one.snapshots)
    for ours, theirs in zip(many.snapshots, one.snapshots, strict=True):
        assert_same(ours, theirs)
    assert here.integers(1000) == there.integers(1000)  # as many numbers were drawn


def test_parameters_are_left_as_they_are(client, net, data):
    before = [[array.copy() for array in layer] for layer in net]
    plan = {"optimizer": optimizers.sgd(0.5), "rng": rng()}
    distributed.train(client, net, *cut(*data), batch_size=N, epochs=1, **plan)
    distributed.train_locally(client, net, *cut(*data), rounds=1, local_epochs=1, **plan)
    assert all(
        np.array_equal(a, b) for old, layer in zip(before, net, strict=True) for a, b in zip(old, layer, strict=True)
    )


def test_no_epochs_and_no_rounds_give_the_start(client, data):
    start, plan = np.ones((3, 2)), {"optimizer": optimizers.sgd(0.5), "rng": rng(), "loss_and_grads": squares}
    run = distributed.train(client, start, *cut(*data), batch_size=N, epochs=0, keep="epoch", **plan)
    local = distributed.train_locally(client, start, *cut(*data), rounds=0, local_epochs=1, **plan)
    for history in (run, local):
        np.testing.assert_array_equal(history.params, start)
        assert len(history.snapshots) == 1 and len(history.loss) == len(history.samples) == 0


def test_divergence_is_told_by_the_losses_without_a_warning(client, data):
    plan = {"optimizer": optimizers.sgd(1e150), "rng": rng(), "loss_and_grads": squares}
    run = distributed.train(client, np.ones((3, 2)), *cut(*data), batch_size=N, epochs=4, **plan)
    assert not np.isfinite(run.loss[-1])


def test_local_steps_are_those_of_each_chunk_alone(client, data):
    X, y = data
    plan = {"optimizer": optimizers.sgd(0.05), "loss_and_grads": squares}
    run = distributed.train_locally(client, np.ones((3, 2)), *cut(X, y), rounds=2, local_epochs=3, rng=rng(), **plan)
    theta, edges = np.ones((3, 2)), np.cumsum([0, *CUTS])
    for k in range(2):
        mean, loss = 0, 0
        for size, first in zip(CUTS, edges, strict=False):
            own = theta
            loss += size / N * squares(theta, X[first : first + size], y[first : first + size])[0]
            for _ in range(3):
                own = own - 0.05 * squares(own, X[first : first + size], y[first : first + size])[1]
            mean = mean + size / N * own
        theta = mean
        assert run.loss[k] == pytest.approx(loss, rel=1e-9)
        np.testing.assert_allclose(run.snapshots[k + 1], theta, **CLOSE)
    assert run.samples.tolist() == [3 * N, 6 * N]


def test_local_batches_come_from_the_generator_alone(client, data):
    plan = {
        "optimizer": optimizers.sgd(0.05),
        "rounds": 1,
        "local_epochs": 2,
        "batch_size": 6,
        "loss_and_grads": squares,
    }
    runs = [
        distributed.train_locally(client, np.ones((3, 2)), *cut(*data), rng=np.random.default_rng(seed), **plan).params
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert abs(runs[0] - runs[2]).max() > 1e-6


@pytest.mark.parametrize("delay", [0, 1, 3])
def test_stale_descent_has_the_limit_of_its_delay(delay):
    limit = 2 / 3.0 * np.sin(np.pi / (2 * (2 * delay + 1)))
    for share, settles in ((0.97, True), (1.03, False)):
        run = {"learning_rate": share * limit, "steps": 3000, "delay": delay}
        path = distributed.descend_stale(lambda x: 3.0 * x, np.array([1.0, -2.0]), **run)
        assert (abs(path[-1]).max() < 1e-3) == settles


def test_stale_descent_without_delay_is_descent():
    run = {"learning_rate": 0.1, "steps": 9}
    path = distributed.descend_stale(np.cos, [1.0, 2.0], delay=0, **run)
    np.testing.assert_array_equal(path, descent.descend(np.cos, [1.0, 2.0], **run))
    late = distributed.descend_stale(np.cos, [1.0, 2.0], delay=2, **run)
    np.testing.assert_allclose(late[5], late[4] - 0.1 * np.cos(late[2]))


def test_a_worker_killed_in_mid_run_changes_nothing(client, data, tmp_path):
    note = tmp_path / "note"

    def fragile(theta, X, y):
        try:
            note.unlink()
        except FileNotFoundError:
            return squares(theta, X, y)
        os.kill(os.getpid(), signal.SIGKILL)

    def rate(k):
        if k == 4:
            note.touch()  # the next gradient kills whoever computes it first
        return 0.05

    X, y = (array.persist() for array in cut(*data))
    before = set(client.run(os.getpid).values())
    plan = {"batch_size": N, "epochs": 9, "keep": "update"}
    run = distributed.train(
        client, np.ones((3, 2)), X, y, optimizer=optimizers.sgd(rate), rng=rng(), loss_and_grads=fragile, **plan
    )
    assert not note.exists() and set(client.run(os.getpid).values()) != before
    one = descent.train(
        np.ones((3, 2)), *data, optimizer=optimizers.sgd(0.05), rng=rng(), loss_and_grads=squares, **plan
    )
    np.testing.assert_allclose(run.snapshots, one.snapshots, **CLOSE)


def test_data_on_disk_give_the_gradient_of_data_in_memory(client, data, tmp_path):
    X, y = data
    for name, array in zip("Xy", cut(X, y, rows=(16, 16, 16, 5)), strict=True):
        array.to_zarr(str(tmp_path / name))
    disk = [da.from_zarr(str(tmp_path / name)) for name in "Xy"]
    assert disk[0].chunks[0] == (16, 16, 16, 5)
    plan = {"optimizer": optimizers.adam(0.05), "batch_size": 20, "epochs": 1, "loss_and_grads": squares}
    run = distributed.train(client, np.ones((3, 2)), *disk, rng=rng(), **plan)
    one = descent.train(np.ones((3, 2)), X, y, rng=rng(), **plan)
    np.testing.assert_allclose(run.params, one.params, **CLOSE)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"client": "cluster"}, "client must be a Dask client, as `connect` yields it, got 'cluster'"),
        ({"X": np.ones((N, 3))}, "X must be a Dask array, such as da.from_array(...), got an array of shape (53, 3)"),
        (
            {"y": da.ones((N, 2), chunks=(10, 2))},
            "X and y must be cut into the same chunks of rows, got (20, 1, 25, 7)",
        ),
        ({"X": da.ones((N, 3), chunks=(CUTS, 2))}, "X must be cut into chunks of whole rows"),
        ({"X": da.ones((0, 3)), "y": da.ones((0, 2))}, "X must hold at least one sample"),
        ({"batch_size": 54}, "batch_size must be a whole number from 1 to 53"),
        ({"epochs": -1}, "epochs must be a whole number of at least 0"),
        ({"rng": 3}, "rng must be a generator"),
        ({"keep": "all"}, "keep must be None, 'epoch' or 'update', got 'all'"),
        ({"params": np.ones((3, 2), int)}, "params must hold floating-point numbers"),
    ],
)
def test_bad_input_is_named(client, data, given, says):
    X, y = cut(*data)
    call = {"client": client, "params": np.ones((3, 2)), "X": X, "y": y, "batch_size": 8, "epochs": 1, "rng": rng()}
    with pytest.raises(ValueError, match=re.escape(says)):
        distributed.train(**call | {"optimizer": optimizers.sgd(0.1)} | given)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"rounds": 1.5}, "rounds must be a whole number of at least 0"),
        ({"local_epochs": 0}, "local_epochs must be a whole number of at least 1"),
        ({"batch_size": 0}, "batch_size must be a whole number from 1 to 53"),
        ({"rng": None}, "rng must be a generator"),
    ],
)
def test_bad_local_input_is_named(client, data, given, says):
    call = {"rounds": 1, "local_epochs": 1, "rng": rng(), "optimizer": optimizers.sgd(0.1)} | given
    with pytest.raises(ValueError, match=re.escape(says)):
        distributed.train_locally(client, np.ones((3, 2)), *cut(*data), **call)


def test_bad_input_found_on_a_worker_is_named_here(client, net, data):
    X, y = cut(data[0], data[1] + 2)
    with pytest.raises(ValueError, match="y must hold labels 0 and 1"):
        distributed.gradient(client, net, X, y)
    with pytest.raises(ValueError, match="delay must be a whole number of at least 0"):
        distributed.descend_stale(np.cos, 1.0, learning_rate=0.1, steps=1, delay=-1)
