"""The live figure of the decision boundary shows what `train` and `forward` compute, stop by stop."""

import base64
import json
import re

import numpy as np
import pytest

from lessons_lib.datasets import moons
from lessons_lib.descent import train
from lessons_lib.network import Layer, forward, init_params, loss_and_grads
from lessons_lib.optimizers import sgd
from lessons_lib.widgets.decision_boundary import BUDGET, _boundary, _thinned, decision_boundary_explorer
from lessons_lib.widgets.explore import BREAK, UNIT

DATA = moons(40)
X, Y, N = DATA.X_train, DATA.y_train, len(DATA.X_train)
PARAMS = init_params((2, 5, 3, 1), rng=np.random.default_rng(0))
RATES, SIZES, EPOCHS, SEED = [0.1, 0.4], [7, N], 30, 3


def explorer(**given):
    usual = {"learning_rates": RATES, "batch_sizes": SIZES, "epochs": EPOCHS, "seed": SEED}
    return decision_boundary_explorer(**({"params": PARAMS, "X": X, "y": Y} | usual | given))


@pytest.fixture(scope="module")
def widget():
    return explorer()


def run(rate, size):
    """Return the snapshots of one run, from `train` and nothing else."""
    return train(
        PARAMS, X, Y, optimizer=sgd(rate), batch_size=size, epochs=EPOCHS, rng=np.random.default_rng(SEED), keep="epoch"
    ).snapshots


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("size", SIZES)
def test_the_network_says_one_half_along_the_boundary(widget, rate, size):
    snapshots = run(rate, size)
    widget.learning_rate, widget.batch_size = rate, size
    circle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    around = 0.01 * np.ptp(X, axis=0).max() * np.stack([np.cos(circle), np.sin(circle)], axis=-1)
    seen = 0
    for epoch in widget.knobs["epoch"].stops:
        widget.epoch = epoch
        points = widget.points("boundary")
        points = points[np.isfinite(points).all(axis=1)]
        y_hat = forward(snapshots[epoch], (points[:, None] + around).reshape(-1, 2)).y_hat.reshape(-1, len(circle))
        assert (y_hat.min(axis=1) < 0.5).all() and (y_hat.max(axis=1) > 0.5).all()
        if len(points) == 0:  # then the network has one opinion everywhere
            assert len(np.unique(forward(snapshots[epoch], X).y_hat > 0.5)) == 1
        seen += len(points)
    assert seen > 20


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("size", SIZES)
def test_losses_are_those_of_train(widget, rate, size):
    losses = [loss_and_grads(snapshot, X, Y)[0] for snapshot in run(rate, size)]
    widget.learning_rate, widget.batch_size = rate, size
    np.testing.assert_allclose(widget.points("loss"), np.stack([np.arange(EPOCHS + 1), losses], axis=1))
    for epoch in widget.knobs["epoch"].stops:
        widget.epoch = epoch
        np.testing.assert_allclose(widget.points("loss now"), [[epoch, losses[epoch]]])


def test_status_says_what_train_computes(widget):
    lines = iter(widget.scene["status"])
    for epoch in widget.knobs["epoch"].stops:
        for rate in RATES:
            for size in SIZES:
                snapshot = run(rate, size)[epoch]
                line, loss = next(lines), loss_and_grads(snapshot, X, Y)[0]
                correct = np.sum((forward(snapshot, X).y_hat > 0.5) == Y)
                assert line.startswith(f"Epoch {epoch}, learning rate {rate:.3g}, batch size {size}: loss {loss:.3f}, ")
                assert f" {correct} of {N} points classified correctly." in line
    assert next(lines, None) is None


def test_frames_are_the_boundary_in_fractions_of_the_axes(widget):
    """What travels to the browser, decoded as the browser decodes it."""
    boundary = widget.actors["boundary"]
    actor = next(actor for actor in widget.scene["actors"] if actor["label"] == "boundary")
    frames = np.frombuffer(widget.frames, "<i2")
    for name, want, (low, high) in (
        ("x", boundary.x, boundary.axes.get_xlim()),
        ("y", boundary.y, boundary.axes.get_ylim()),
    ):
        have = frames[actor[name]["start"] :][: want.size].reshape(want.shape)
        np.testing.assert_array_equal(have == BREAK, np.isnan(want))
        here = ~np.isnan(want)
        np.testing.assert_allclose(have[here] / UNIT * (high - low) + low, want[here], atol=(high - low) / UNIT)


def test_all_points_are_on_the_stage(widget):
    axes = widget.actors["boundary"].axes
    for column, (low, high) in enumerate((axes.get_xlim(), axes.get_ylim())):
        assert low < X[:, column].min() and X[:, column].max() < high
    drawn = [line for line in axes.lines if line.get_label() in ("class 0", "class 1")]
    assert sum(len(line.get_xdata()) for line in drawn) == N
    assert len({line.get_marker() for line in drawn}) == 2


def test_play_runs_through_the_epochs(widget):
    stops = widget.knobs["epoch"].stops
    assert widget.scene["play"] == "epoch"
    assert stops[0] == 0 and stops[-1] == EPOCHS and len(stops) <= 24
    assert (np.diff(stops) > 0).all()
    assert list(explorer(epochs=1).knobs["epoch"].stops) == [0, 1]
    assert list(explorer(epochs=8).knobs["epoch"].stops) == list(range(9))


def test_a_network_without_an_opinion_has_no_boundary():
    zeros = [Layer(np.zeros_like(W), np.full_like(b, -1.0)) for W, b in PARAMS]
    widget = explorer(params=zeros, learning_rates=[1e-9])
    assert "No boundary in sight: one class everywhere." in widget.scene["status"][0]
    assert np.isnan(widget.points("boundary")).all()


def test_divergence_is_drawn_and_named():
    widget = explorer(learning_rates=[1e200], epochs=4)
    assert "No boundary in sight" in widget.scene["status"][-1]


def test_state_is_light():
    data = moons(200)
    params = init_params((2, 16, 8, 1), rng=np.random.default_rng(0))
    widget = decision_boundary_explorer(params, data.X_train, data.y_train)
    assert len(base64.b64encode(widget.frames)) + len(json.dumps(widget.scene)) < 120_000


def test_a_boundary_in_many_pieces_fits_the_budget():
    side = np.linspace(0, 1, 81)
    chess = np.sin(40 * side)[:, None] * np.sin(40 * side)
    line = _boundary(side, side, chess, np.ones(2))
    assert 0 < len(line) <= BUDGET


def test_thinning_keeps_corners_and_drops_what_lies_between():
    corner = np.concatenate([np.linspace([0, 0], [1, 0], 20), np.linspace([1, 0], [1, 1], 20)[1:]])
    np.testing.assert_array_equal(_thinned(corner, np.ones(2), 0.001), [[0, 0], [1, 0], [1, 1]])


def test_first_state():
    widget = explorer(epoch=29, learning_rate=0.2, batch_size=8)
    assert (widget.epoch, widget.learning_rate, widget.batch_size) == (30, 0.1, 7)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"X": X[:, :1]}, "X must have one row for each sample and two columns"),
        ({"y": Y[:, 0]}, f"y must have shape ({N}, 1)"),
        ({"y": Y + 1}, "with the labels 1, 2"),
        ({"y": np.ones_like(Y)}, "hold labels 0 and 1, both of them"),
        ({"y": Y[:-1]}, "X and y must have the same number of samples"),
        ({"params": init_params((3, 2, 2, 1), rng=np.random.default_rng(0))}, "params[0].weight"),
        ({"activations": ("relu", "sigmoid")}, "activations must name one activation for each"),
        ({"learning_rates": [0.1, -1]}, "each of learning_rates must be a finite number above 0"),
        ({"learning_rates": [1.0, 0.1]}, "learning_rates must hold at least one stop, in rising order"),
        ({"batch_sizes": []}, "batch_sizes must hold at least one stop"),
        ({"batch_sizes": [N + 1]}, f"batch_size must be a whole number from 1 to {N}"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1"),
        ({"epoch": -1}, "epoch must be a whole number"),
        ({"learning_rate": 0}, "learning_rate must be a finite number above 0"),
        ({"batch_size": 0}, "batch_size must be a whole number"),
        ({"seed": -1}, "seed must be a whole number"),
    ],
)
def test_bad_input_is_named(given, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        explorer(**given)
