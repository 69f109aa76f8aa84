"""The stepper's numbers are those of `network`, in the order of the derivation; bad input is refused by name."""

import json

import numpy as np
import pytest
import traitlets

from lessons_lib import network
from lessons_lib.network import Layer
from lessons_lib.widgets.backprop_stepper import _text, backprop_stepper

SIZES = (2, 3, 4, 1)
X = np.array([[0.5, -1.2], [-0.3, 0.8], [1.7, 0.1]])
Y = np.array([[1.0], [0.0], [1.0]])


def layers(seed, sizes=SIZES):
    rng = np.random.default_rng(seed)
    return [Layer(W, rng.normal(size=b.shape)) for W, b in network.init_params(sizes, rng=rng)]


def stepper(**changes):
    given = {"params": layers(0), "X": X, "y": Y, "trained": layers(1)} | changes
    return backprop_stepper(given.pop("params"), given.pop("X"), given.pop("y"), **given)


def number(text):
    """Read a number as printed; return it and half a unit of its last digit."""
    digits, _, power = text.replace("−", "-").partition("·10")
    power = int(power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")) or 0)
    decimals = len(digits.partition(".")[2])
    exact = not decimals and not power
    return float(digits) * 10.0**power, 0 if exact else 0.5 * 10.0 ** (power - decimals)


def assert_prints(text, array):
    rows = [row.split(" ") for row in text.split(";")]
    assert np.shape(rows) == np.shape(array)
    for printed, exact in zip(np.ravel(rows), np.ravel(array), strict=True):
        value, half = number(str(printed))
        assert abs(value - exact) <= half * (1 + 1e-9), (printed, exact)


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("i", range(3))
@pytest.mark.parametrize(
    ("activations", "loss"),
    [(("relu", "relu", "sigmoid"), "binary_cross_entropy"), (("tanh", "sigmoid", "identity"), "mse")],
)
def test_every_number_is_the_one_that_network_computes(trained, i, activations, loss):
    params, x, y = layers(int(trained)), X[i : i + 1], Y[i : i + 1]
    there = network.forward(params, x, activations=activations)
    back = network.backward(params, there, y, loss=loss)
    value, _ = network.loss_and_grads(params, x, y, activations=activations, loss=loss)
    full = stepper(activations=activations, loss=loss).scene["passes"][int(trained)][i]["full"]
    wanted = {"a0": x, "y": y, "L": [[value]]}
    for k in range(1, 4):
        (W, b), (dW, db) = params[k - 1], back.grads[k - 1]
        slope = network.ACTIVATIONS[activations[k - 1]][1](there.z[k - 1])
        wanted |= {f"W{k}": W, f"b{k}": [b], f"z{k}": there.z[k - 1], f"a{k}": there.a[k], f"f{k}": slope}
        wanted |= {f"da{k}": back.da[k], f"dz{k}": back.dz[k - 1], f"dW{k}": dW, f"db{k}": [db]}
    assert full.keys() == wanted.keys()
    for key, array in wanted.items():
        assert_prints(full[key], array)


def test_the_steps_are_those_of_the_derivation():
    keys = [step["key"] for step in stepper().scene["steps"]]
    assert keys[:8] == ["a0", "z1", "a1", "z2", "a2", "z3", "a3", "L"]
    assert keys[8:] == ["da3", "dz3", "dW3", "da2", "dz2", "dW2", "da1", "dz1", "dW1", "L"]


def test_equations_and_shapes_are_written_as_in_the_book():
    lines = {line["equation"]: line["shape"] for step in stepper().scene["steps"] for line in step["lines"]}
    assert lines["z² = a¹ W² + b²"] == "(1, 4) = (1, 3) · (3, 4) + (4,)"
    assert lines["∂L/∂a² = ∂L/∂z³ (W³)ᵀ"] == "(1, 4) = (1, 1) · (1, 4)"
    assert lines["∂L/∂W² = (a¹)ᵀ ∂L/∂z²"] == "(3, 4) = (3, 1) · (1, 4)"
    assert lines["∂L/∂z³ = ∂L/∂ŷ ⊙ σ′(z³) = ŷ − y"] == "(1, 1) = (1, 1) − (1, 1)"
    assert "∂L/∂z¹ = ∂L/∂a¹ ⊙ ReLU′(z¹)" in lines


def test_tables_stand_in_the_order_of_the_equation():
    step = stepper().scene["steps"][3]
    assert [(table["sign"], table["symbol"]) for table in step["lines"][0]["tables"]] == [
        ("", "a¹"), ("·", "W²"), ("+", "b²"), ("→", "z²"),
    ]  # fmt: skip


@pytest.mark.parametrize("sizes", [(1, 1), (6, 6, 6, 6, 3)])
def test_any_depth_and_width(sizes):
    rng = np.random.default_rng(0)
    names = ["tanh"] * (len(sizes) - 2) + ["identity"]
    params, x, y = network.init_params(sizes, rng=rng), rng.normal(size=(2, sizes[0])), np.zeros((2, sizes[-1]))
    widget = backprop_stepper(params, x, y, activations=names, loss="mse")
    assert len(widget.scene["steps"]) == 3 + 5 * len(names)
    assert widget.knobs["step"].stops[-1] == len(widget.scene["steps"]) - 1


def test_a_dead_unit_is_named():
    params = [Layer(np.array([[1.0, -1.0]]), np.zeros(2)), Layer(np.ones((2, 1)), np.zeros(1))]
    widget = backprop_stepper(params, [[2.0]], [[1.0]], activations=("relu", "sigmoid"))
    notes = widget.scene["passes"][0][0]["notes"]
    assert notes["a1"] == "Off here: unit 2."
    assert notes["dz1"] == "Here nothing passes at unit 2."
    assert notes["da2"] == "Here it is negative: a larger ŷ would lower the loss."


def test_a_network_that_diverged_is_shown_and_not_refused():
    params = [Layer(np.array([[1e308], [1e308]]), np.zeros(1))]
    widget = backprop_stepper(params, np.full((1, 2), 10.0), np.zeros((1, 1)), activations=["identity"], loss="mse")
    assert widget.scene["passes"][0][0]["full"]["z1"] == "∞"


@pytest.mark.parametrize(
    ("value", "full", "short"),
    [
        (-0.0, "0", "0"),
        (1, "1", "1"),
        (0.99999, "1.0000", "1.0"),
        (-0.12345, "−0.1235", "−0.12"),
        (99.7, "99.7000", "100"),
        (12345.6, "1.23·10⁴", "1·10⁴"),
        (0.00594, "0.0059", "0.006"),
        (4.2e-7, "4.20·10⁻⁷", "4·10⁻⁷"),
    ],
)
def test_numbers_are_printed_to_4_decimals_or_2_digits(value, full, short):
    assert (_text(value), _text(value, short=True)) == (full, short)


def test_knobs_are_traits():
    widget = stepper(sample_names=["north", "east", "south"])
    assert (widget.step, widget.sample, widget.network) == (0, "north", "before training")
    widget.step, widget.sample, widget.network = 17, "south", "after training"
    other = stepper()
    link = traitlets.link((widget, "step"), (other, "step"))
    assert other.step == 17
    link.unlink()
    with pytest.raises(traitlets.TraitError, match="step must be between 0 and 17, got 18"):
        widget.step = 18
    with pytest.raises(traitlets.TraitError):
        widget.sample = "west"


def test_without_a_trained_network_there_is_one():
    assert stepper(trained=None).network == "the network"


def test_what_travels_is_small():
    widget = stepper()
    assert sum(len(json.dumps(part)) for part in (widget.scene, widget._esm, widget._css)) < 60_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trained": layers(1, (2, 3, 3, 1))}, r"trained must have the structure of params, .*\(3, 4\)"),
        ({"trained": layers(1)[:2]}, "trained must have the structure of params"),
        ({"trained": [part for layer in layers(1) for part in layer]}, "trained must have the structure of params"),
        ({"trained": 3}, "trained must have the structure of params"),
        ({"params": 3}, "params must be a list of at least one Layer, got 3"),
        ({"params": layers(0, (3, 3, 4, 1))}, r"params\[0\].weight must have one row for each column"),
        ({"params": layers(0, (2, 13, 4, 1)), "trained": None}, "params must have at most 12 .*, got .2, 13, 4, 1."),
        ({"y": Y[:2]}, "X and y must have the same number of samples, got 3 and 2"),
        ({"y": Y[:, 0]}, "y_hat and y must have the same shape"),
        ({"y": Y * 2}, "y must hold labels 0 and 1"),
        ({"X": X[:0], "y": Y[:0]}, "X must hold at least one sample"),
        ({"loss": "hinge"}, "loss must be among"),
        ({"activations": ("relu", "relu", "tanh")}, "loss 'binary_cross_entropy' needs the last activation 'sigmoid'"),
        ({"activations": ("relu", "sigmoid")}, "activations must name one activation for each of the 3 layers"),
        ({"sample_names": ["a", "b"]}, "sample_names must name each row of X differently, 3 in all"),
        ({"sample_names": ["a", "b", "a"]}, "sample_names must name each row of X differently"),
        ({"sample_names": "abc"}, "sample_names must name each row of X differently"),
        ({"feature_names": ["x"]}, "feature_names must name each column of X differently, 2 in all"),
    ],
)
def test_bad_input_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        stepper(**change)
