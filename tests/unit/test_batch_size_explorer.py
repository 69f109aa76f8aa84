"""The live figure of batch sizes shows what `train` computes, stop by stop."""

import re

import numpy as np
import pytest

from lessons_lib.descent import train
from lessons_lib.optimizers import sgd
from lessons_lib.widgets import batch_size_explorer
from lessons_lib.widgets.explore import BREAK, UNIT

N, UPDATES, SEED = 11, 9, 3
X = np.random.default_rng(0).standard_normal((N, 2))
Y = X @ [1.0, -2.0] + np.random.default_rng(1).standard_normal(N)
START = np.array([-1.0, 1.5])
SIZES, RATES = [1, 4, N], [0.02, 0.1, 0.3]
BOUNDS = ((-2, 3), (-4, 2))


def loss_and_grads(params, X_b, y_b):
    error = X_b @ params - y_b
    return float(np.mean(error**2)), 2 * X_b.T @ error / len(y_b)


def explorer(**given):
    usual = {"bounds": BOUNDS, "batch_sizes": SIZES, "learning_rates": RATES, "updates": UPDATES, "seed": SEED}
    data = {"start": START, "X": X, "y": Y}
    return batch_size_explorer(loss_and_grads, **(data | usual | given))


@pytest.fixture(scope="module")
def widget():
    return explorer()


def run(size, rate):
    """Return the path and the samples seen of one run, from `train` and nothing else."""
    history = train(
        START, X, Y, optimizer=sgd(rate), batch_size=size, epochs=UPDATES, rng=np.random.default_rng(SEED),
        loss_and_grads=loss_and_grads, keep="update",
    )  # fmt: skip
    return np.array(history.snapshots[: UPDATES + 1]), history.samples[:UPDATES]


def losses(path):
    return [loss_and_grads(point, X, Y)[0] for point in path]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("rate", RATES)
def test_each_stop_shows_the_run_of_train(widget, size, rate):
    widget.batch_size, widget.learning_rate, widget.step = size, rate, UPDATES
    path, seen = run(size, rate)
    np.testing.assert_allclose(widget.points("chosen"), path)
    by_updates, by_samples = (widget.points(f"chosen: loss by {what}") for what in ("updates", "samples"))
    np.testing.assert_allclose(by_updates, np.stack([np.arange(UPDATES + 1), losses(path)], axis=1))
    np.testing.assert_allclose(by_samples[1:], np.stack([seen, losses(path)[1:]], axis=1))
    assert by_samples[0, 0] < 1  # the start, before any sample


@pytest.mark.parametrize(("label", "size"), [("1 (stochastic)", 1), (f"{N} (batch)", N)])
def test_the_ends_stand_beside_the_chosen_run(widget, label, size):
    widget.batch_size, widget.learning_rate, widget.step = 4, 0.1, UPDATES
    path, _ = run(size, 0.1)
    np.testing.assert_allclose(widget.points(label), path)
    np.testing.assert_allclose(widget.points(f"{label}: loss by updates")[:, 1], losses(path))


def test_frames_are_the_path_in_fractions_of_the_axes(widget):
    """What travels to the browser, decoded as the browser decodes it."""
    actor = next(actor for actor in widget.scene["actors"] if actor["label"] == "chosen")
    frames = np.frombuffer(widget.frames, "<i2")
    for axis, ((low, high), name) in enumerate(zip(BOUNDS, "xy", strict=True)):
        shape = actor[name]["shape"]
        array = frames[actor[name]["start"] :][: np.prod(shape)].reshape(shape)
        for i, size in enumerate(SIZES):
            for j, rate in enumerate(RATES):
                path = run(size, rate)[0][:, axis]
                shown = array[i, j] / UNIT * (high - low) + low
                inside = (array[i, j] != BREAK) & (np.abs(path) < 10)
                np.testing.assert_allclose(shown[inside], path[inside], atol=(high - low) / UNIT)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("rate", RATES)
def test_status_says_what_train_computes(widget, size, rate):
    line = widget.scene["status"][SIZES.index(size) * len(RATES) + RATES.index(rate)]
    path, seen = run(size, rate)
    assert f"learning rate {rate:.3g}:" in line and f"{UPDATES} updates, {seen[-1]} samples seen" in line
    assert f"({seen[-1] / N:.1f} epochs)" in line
    late = losses(path)[(UPDATES + 1) // 2 :]
    assert f"loss {losses(path)[-1]:.3f} after" in line
    assert line.endswith(f"in the second half from {min(late):.3f} to {max(late):.3f}.")


def test_divergence_is_named():
    line = explorer(learning_rates=[50.0], updates=200).scene["status"][-1]
    assert "the loss runs away" in line and "nan" not in line


@pytest.mark.parametrize(("size", "kind"), [(1, "stochastic"), (4, "mini-batch"), (N, "batch")])
def test_kinds_are_named(widget, size, kind):
    assert f"{size} ({kind})" in widget.scene["knobs"][0]["texts"]


def test_stops_unless_given():
    widget = explorer(batch_sizes=None, learning_rates=None, batch_size=5)
    assert list(widget.knobs["batch_size"].stops) == [1, 2, 4, 8, N]
    assert len(widget.knobs["learning_rate"].stops) == 9
    assert widget.batch_size == 4  # the stop nearest to 5


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"start": [1.0, 2.0, 3.0]}, "start must hold the two parameters"),
        ({"start": np.array([1, 2])}, "start must hold floating-point numbers"),
        ({"y": Y[:-1]}, "X and y must have the same number of samples"),
        ({"bounds": (0, 1)}, "bounds must be ((left, right), (bottom, top))"),
        ({"bounds": ((1, 0), (0, 1))}, "bounds must be ((left, right), (bottom, top))"),
        ({"batch_sizes": [0, 4]}, "batch_size must be a whole number from 1 to 11"),
        ({"batch_sizes": [4, N + 1]}, "batch_size must be a whole number from 1 to 11"),
        ({"batch_sizes": [4, 1]}, "batch_sizes must hold at least one stop, in rising order"),
        ({"batch_sizes": []}, "batch_sizes must hold at least one stop"),
        ({"learning_rates": [0.1, -1]}, "each of learning_rates must be a finite number above 0"),
        ({"learning_rates": [0.1, 0.1]}, "learning_rates must hold at least one stop, in rising order"),
        ({"batch_size": "all"}, "batch_size must be a whole number"),
        ({"learning_rate": 0}, "learning_rate must be a finite number above 0"),
        ({"updates": 0}, "updates must be a whole number of at least 1"),
        ({"seed": -1}, "seed must be a whole number"),
    ],
)
def test_bad_input_is_named(given, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        explorer(**given)
