"""Gradient descent on functions, on batches, and in training."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons_lib import descent
from lessons_lib.descent import descend, minibatches, train
from lessons_lib.optimizers import Optimizer, sgd

pytestmark = pytest.mark.filterwarnings("error")

A = np.array([[3.0, 1.0], [1.0, 2.0]])


def bowl(x):
    return x @ A


def refuses(says, f, *args, **kwargs):
    with pytest.raises(ValueError, match=re.escape(says)):
        f(*args, **kwargs)


# ---- descend


@pytest.mark.parametrize(("rate", "end"), [(0.2, 0.060466176), (0.05, 3.4867844), (1.1, 61.917364)])
def test_ten_steps_on_the_parabola(rate, end):
    assert descend(lambda x: 2 * x, 10.0, learning_rate=rate, steps=10)[-1] == pytest.approx(end, rel=1e-7)


def test_twenty_steps_in_the_bowl():
    path = descend(lambda x: np.array([2 * x[0], 4 * x[1]]), [-5.0, -2.0], learning_rate=0.1, steps=20)
    np.testing.assert_allclose(path[-1], [-0.0576460752, -7.3123e-5], rtol=1e-5)


@given(st.integers(0, 30), st.floats(0.01, 0.5), st.integers(0, 99))
def test_path_on_a_quadratic_is_the_matrix_power(steps, rate, seed):
    start = np.random.default_rng(seed).standard_normal(2)
    path = descend(bowl, start, learning_rate=rate, steps=steps)
    shrink = np.eye(2) - rate * A
    expected = [np.linalg.matrix_power(shrink, step) @ start for step in range(steps + 1)]
    np.testing.assert_allclose(path, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("start", [3.0, [3.0], [[1.0, 2.0], [3.0, 4.0]], np.ones((2, 1, 3))])
def test_path_has_a_point_more_than_steps_and_begins_at_the_start(start):
    path = descend(lambda x: x, start, learning_rate=0.5, steps=4)
    assert path.shape == (5, *np.shape(start))
    np.testing.assert_array_equal(path[0], start)


def test_no_steps_give_the_start_alone():
    np.testing.assert_array_equal(descend(bowl, [1.0, 2.0], learning_rate=0.1, steps=0), [[1, 2]])


def test_fewer_steps_give_the_same_path_cut_short():
    long, short = (descend(bowl, [1.0, 2.0], learning_rate=0.1, steps=steps) for steps in (9, 4))
    np.testing.assert_array_equal(long[:5], short)


def spoil(x):
    x[...] = 7
    return x


def test_gradient_that_changes_its_argument_reaches_neither_start_nor_path():
    start = np.array([1.0, 2.0])
    path = descend(spoil, start, learning_rate=1.0, steps=2)
    np.testing.assert_array_equal(start, [1, 2])
    np.testing.assert_array_equal(path, [[1, 2], [-6, -5], [-13, -12]])


def test_gradient_that_returns_one_array_again_and_again_does_no_harm():
    slope = np.zeros(1)

    def grad(x):
        slope[:] = 2 * x
        return slope

    np.testing.assert_array_equal(descend(grad, [8.0], learning_rate=0.25, steps=3), [[8], [4], [2], [1]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_path_has_the_precision_of_the_start(dtype):
    assert descend(lambda x: 2.0 * x.astype(float), np.ones(2, dtype), learning_rate=0.1, steps=3).dtype == dtype


@pytest.mark.parametrize("start", [10, np.int64(10), [10]])
def test_whole_python_numbers_are_taken_as_floats(start):
    assert descend(lambda x: 2 * x, start, learning_rate=0.2, steps=10)[-1] == pytest.approx(0.060466176)


def test_divergence_runs_to_infinity_without_a_warning():
    path = descend(lambda x: x**3, 10.0, learning_rate=1.0, steps=50)
    assert path[1] == -990 and not np.isfinite(path[-1])


def test_pole_of_the_gradient_gives_no_warning():
    assert np.isinf(descend(lambda x: 1 / x, 0.0, learning_rate=0.1, steps=1)[-1])


GOOD = {"grad": bowl, "start": np.ones(2), "learning_rate": 0.1, "steps": 3}


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"learning_rate": 0}, "learning_rate must be a finite number above 0, got 0"),
        ({"learning_rate": -0.1}, "learning_rate must be a finite number above 0, got -0.1"),
        ({"learning_rate": np.nan}, "learning_rate must be a finite number above 0, got nan"),
        ({"learning_rate": np.inf}, "learning_rate must be a finite number above 0, got inf"),
        ({"learning_rate": "fast"}, "learning_rate must be a finite number above 0, got 'fast'"),
        ({"steps": -1}, "steps must be a whole number of at least 0, got -1"),
        ({"steps": 2.5}, "steps must be a whole number of at least 0, got 2.5"),
        ({"start": np.array([1, 2])}, "start must hold floating-point numbers, got an array of int64"),
        ({"start": np.array([1.0, np.nan])}, "start must be finite, got 1 NaN"),
        ({"start": np.empty((0, 2))}, "start must not be empty, got an array of shape (0, 2)"),
        ({"grad": lambda x: x[:1]}, "grad must return an array of the point's shape (2,), got shape (1,)"),
        ({"grad": lambda x: x @ x}, "grad must return an array of the point's shape (2,), got shape ()"),
        ({"grad": lambda x: None}, "what grad returns must hold real numbers, got None"),
    ],
)
def test_descend_refuses(bad, says):
    kwargs = GOOD | bad
    refuses(says, descend, kwargs.pop("grad"), kwargs.pop("start"), **kwargs)


# ---- minibatches


def batches(n, batch_size, rng):
    """Return the batches of n samples whose X and y tell which sample each is."""
    X = np.arange(2.0 * n).reshape(n, 2)
    return list(minibatches(X, 10 * np.arange(n), batch_size=batch_size, rng=rng))


sizes = st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n)))


@given(sizes, st.integers(0, 99))
def test_every_sample_comes_once(size, seed):
    seen = np.concatenate([y_b for _, y_b in batches(*size, np.random.default_rng(seed))])
    np.testing.assert_array_equal(np.sort(seen), 10 * np.arange(size[0]))


@given(sizes, st.integers(0, 99))
def test_pairs_stay_together(size, seed):
    for X_b, y_b in batches(*size, np.random.default_rng(seed)):
        np.testing.assert_array_equal(X_b, np.stack([y_b / 5, y_b / 5 + 1], axis=1))


@given(sizes)
def test_batches_are_full_and_the_last_short_one_is_kept(size):
    n, batch_size = size
    rest = [n % batch_size] if n % batch_size else []
    assert [len(y_b) for _, y_b in batches(n, batch_size, np.random.default_rng(0))] == (
        [batch_size] * (n // batch_size) + rest
    )


def test_each_epoch_has_another_order_and_other_batches():
    rng = np.random.default_rng(0)
    epochs = [[frozenset(y_b) for _, y_b in batches(40, 8, rng)] for _ in range(3)]
    assert len({frozenset(epoch) for epoch in epochs}) == 3


def test_same_seed_gives_the_same_batches():
    one, two = (batches(20, 6, np.random.default_rng(5)) for _ in range(2))
    assert all(np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1]) for a, b in zip(one, two, strict=True))


def test_data_are_left_as_they_are():
    X, y = np.arange(6.0).reshape(3, 2), np.arange(3.0)
    for X_b, y_b in minibatches(X, y, batch_size=2, rng=np.random.default_rng(0)):
        X_b[:], y_b[:] = -1, -1
    np.testing.assert_array_equal(X, [[0, 1], [2, 3], [4, 5]])
    np.testing.assert_array_equal(y, [0, 1, 2])


X, Y = np.arange(10.0).reshape(5, 2), np.arange(5.0)
BAD_DATA = [
    ({"batch_size": 0}, "batch_size must be a whole number from 1 to 5, got 0"),
    ({"batch_size": 6}, "batch_size must be a whole number from 1 to 5, got 6"),
    ({"batch_size": 2.0}, "batch_size must be a whole number from 1 to 5, got 2.0"),
    ({"y": Y[:4]}, "X and y must have the same number of samples, got 5 and 4"),
    ({"X": X[:0], "y": Y[:0]}, "X must hold at least one sample, got an array of shape (0, 2)"),
    ({"X": np.where(X > 8, np.nan, X)}, "X must be finite, got 1 NaN"),
    ({"y": np.where(Y > 1, np.nan, Y)}, "y must be finite, got 3 NaN"),
    ({"rng": 0}, "rng must be a generator such as np.random.default_rng(0), got 0"),
]


@pytest.mark.parametrize(("bad", "says"), BAD_DATA)
def test_minibatches_refuses_at_the_call(bad, says):
    kwargs = {"X": X, "y": Y, "batch_size": 2, "rng": np.random.default_rng(0)} | bad
    refuses(says, minibatches, kwargs.pop("X"), kwargs.pop("y"), **kwargs)


# ---- train


def squared_error(w, X, y):
    error = X @ w - y
    return float(np.mean(error**2)), 2 * X.T @ error / len(y)


def line(n=12, seed=0):
    """Return samples of a linear function with noise."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 2))
    return X, X @ np.array([[1.0], [-2.0]]) + 0.1 * rng.standard_normal((n, 1))


def fit(params=None, data=None, **changes):
    params = np.zeros((2, 1)) if params is None else params
    kwargs = {"optimizer": sgd(0.1), "batch_size": 5, "epochs": 3, "loss_and_grads": squared_error}
    return train(params, *(data or line()), **(kwargs | {"rng": np.random.default_rng(1)} | changes))


def test_one_batch_of_all_samples_is_descend_on_the_mean_gradient():
    X, y = line()
    path = descend(lambda w: 2 * X.T @ (X @ w - y) / 12, np.zeros((2, 1)), learning_rate=0.1, steps=30)
    history = fit(batch_size=12, epochs=30, keep="update")
    np.testing.assert_allclose(history.snapshots, path, rtol=1e-10, atol=1e-14)


def test_descends_to_the_least_squares_solution():
    X, y = line()
    expected = np.linalg.lstsq(X, y)[0]
    np.testing.assert_allclose(fit(batch_size=12, epochs=300).params, expected, rtol=1e-8)


@pytest.mark.parametrize(("batch_size", "seen"), [(1, [1] * 12), (5, [5, 5, 2]), (6, [6, 6]), (12, [12])])
def test_every_batch_makes_one_update(batch_size, seen):
    history = fit(batch_size=batch_size, epochs=2)
    np.testing.assert_array_equal(history.samples, np.cumsum(seen * 2))
    assert history.loss.shape == (2 * len(seen),)


def test_each_update_is_made_from_its_own_batch_alone():
    seen = []

    def recorded(w, X, y):
        seen.append((X.copy(), y.copy()))
        return squared_error(w, X, y)

    history = fit(batch_size=1, epochs=2, loss_and_grads=recorded)
    w = np.zeros((2, 1))
    for X_b, y_b in seen:
        w = w - 0.1 * 2 * X_b.T @ (X_b @ w - y_b)  # one sample: no mean to take
    np.testing.assert_allclose(history.params, w, rtol=1e-12)


def test_each_epoch_sees_every_sample_once_in_a_new_order():
    seen = []

    def recorded(w, X, y):
        seen.append(y.item())
        return squared_error(w, X, y)

    fit(batch_size=1, epochs=2, loss_and_grads=recorded)
    assert sorted(seen[:12]) == sorted(seen[12:]) == sorted(line()[1].ravel())
    assert seen[:12] != seen[12:]


def test_loss_is_that_of_the_batch_before_its_update():
    history = fit(batch_size=12, epochs=2, keep="update")
    expected = [squared_error(w, *line())[0] for w in history.snapshots[:2]]
    np.testing.assert_allclose(history.loss, expected, rtol=1e-12)


@pytest.mark.parametrize(("keep", "length"), [(None, 0), ("epoch", 1 + 4), ("update", 1 + 4 * 3)])
def test_snapshots_are_kept_as_asked(keep, length):
    assert len(fit(epochs=4, keep=keep).snapshots) == length


def test_epoch_snapshots_are_every_third_of_the_update_snapshots():
    by_epoch, by_update = (fit(epochs=4, keep=keep).snapshots for keep in ("epoch", "update"))
    np.testing.assert_array_equal(by_epoch, by_update[::3])


def test_last_snapshot_is_the_result():
    history = fit(keep="epoch")
    np.testing.assert_array_equal(history.snapshots[-1], history.params)


def test_no_epochs_leave_the_params_and_an_empty_history():
    history = fit(epochs=0, keep="epoch")
    np.testing.assert_array_equal(history.params, np.zeros((2, 1)))
    assert len(history.loss) == len(history.samples) == 0 and len(history.snapshots) == 1


def test_same_seed_gives_the_same_run():
    np.testing.assert_array_equal(fit().params, fit().params)


def test_other_seed_gives_another_run():
    assert not np.array_equal(fit().params, fit(rng=np.random.default_rng(2)).params)


def test_state_of_the_optimizer_goes_from_update_to_update():
    counting = Optimizer(lambda params: 0, lambda grads, state, params: (params + state, state + 1))
    np.testing.assert_array_equal(fit(optimizer=counting, epochs=2).params, 0 + 1 + 2 + 3 + 4 + 5)


def in_place(grads, state, params):
    params -= 0.1 * grads
    return params, state


def test_params_of_the_caller_stay_even_if_the_optimizer_updates_in_place():
    params = np.zeros((2, 1))
    history = fit(params, optimizer=sgd(0.1)._replace(update=in_place), keep="update")
    np.testing.assert_array_equal(params, 0)
    np.testing.assert_allclose(history.snapshots, fit(keep="update").snapshots, rtol=1e-12)


def test_snapshots_do_not_alias_the_params_of_the_caller():
    params = np.zeros((2, 1))
    history = fit(params, keep="epoch", epochs=0)
    params[:] = 9
    np.testing.assert_array_equal((history.snapshots[0], history.params), 0)


def test_params_may_be_a_nest():
    def with_bias(params, X, y):
        (w,), b = params
        loss, grad = squared_error(w, X, y - b)
        return loss, [(grad,), 2 * np.mean(X @ w + b - y, keepdims=True)[0]]

    X, y = line()
    (w,), b = fit(
        [(np.zeros((2, 1)),), np.zeros(1)], (X, y + 3), loss_and_grads=with_bias, batch_size=12, epochs=300
    ).params
    expected = np.linalg.lstsq(np.hstack([X, np.ones((12, 1))]), y + 3)[0]
    np.testing.assert_allclose(np.append(w, b), expected.ravel(), rtol=1e-6)


def test_float32_params_stay_float32_on_float64_data():
    history = fit(np.zeros((2, 1), np.float32), keep="update")
    assert {snapshot.dtype for snapshot in [history.params, *history.snapshots]} == {np.dtype(np.float32)}


def test_diverging_run_returns_its_losses_without_a_warning():
    history = fit(optimizer=sgd(1e3), epochs=200)
    assert history.loss[0] < 100 and not np.isfinite(history.loss[-1])


@pytest.mark.parametrize(("bad", "says"), BAD_DATA)
def test_train_refuses_bad_data(bad, says):
    kwargs = {"X": X, "y": Y[:, None]} | bad
    refuses(says, fit, data=(kwargs.pop("X"), kwargs.pop("y")), **kwargs)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"epochs": -1}, "epochs must be a whole number of at least 0, got -1"),
        ({"keep": "all"}, "keep must be None, 'epoch' or 'update', got 'all'"),
        ({"params": np.zeros((2, 1), int)}, "params must hold floating-point numbers, got an array of int64"),
        ({"params": np.full((2, 1), np.nan)}, "params must be finite, got 2 NaN"),
        ({"params": np.zeros((0, 1))}, "params must not be empty, got an array of shape (0, 1)"),
        ({"params": []}, "params must hold at least one array, got []"),
        (
            {"loss_and_grads": lambda w, X, y: (0.0, np.zeros(2))},
            "grads must have the shapes of params, got (2,) for a weight of (2, 1)",
        ),
        (
            {"loss_and_grads": lambda w, X, y: (0.0, [w, w])},
            "params and grads must have the same structure, got an array and 2 parts",
        ),
    ],
)
def test_train_refuses(bad, says):
    refuses(says, fit, **bad)


# ---- the progress bar


@pytest.fixture
def impatient(monkeypatch):
    """Show a bar at once rather than after a second, with nobody watching."""
    bar = descent.tqdm
    monkeypatch.setattr(descent, "tqdm", lambda *args, **kwargs: bar(*args, **(kwargs | {"delay": 0})))
    for name in ("JPY_SESSION_NAME", "VSCODE_PID"):
        monkeypatch.delenv(name, raising=False)


def test_no_bar_when_nobody_watches(impatient, capsys):
    fit()
    assert capsys.readouterr().err == ""


def test_bar_when_asked_for(impatient, capsys):
    fit(progress=True)
    assert "epochs" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["JPY_SESSION_NAME", "VSCODE_PID"])
def test_bar_in_a_notebook(impatient, monkeypatch, capsys, name):
    monkeypatch.setenv(name, "1")
    fit()
    assert "epochs" in capsys.readouterr().err


def test_no_bar_in_a_notebook_when_not_wanted(impatient, monkeypatch, capsys):
    monkeypatch.setenv("JPY_SESSION_NAME", "1")
    fit(progress=False)
    assert capsys.readouterr().err == ""


def test_no_bar_in_a_run_of_less_than_a_second(capsys):
    fit(epochs=1, progress=True)
    assert capsys.readouterr().err == ""
