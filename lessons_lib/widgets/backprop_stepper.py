"""Forward and back through a network, one line of the derivation at a time, with the numbers of each line."""

import numpy as np

from lessons_lib import checks, network
from lessons_lib.widgets.backprop_steps import steps_of
from lessons_lib.widgets.common import Knob, LiveFigure, describe, front_end

UNITS = 12  # more of them in one layer could not be read
ABOVE = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class BackpropStepper(LiveFigure):
    """A network, one step at a time. Its traits: `network`, `sample` (their names) and `step` (from 0)."""

    _esm = front_end("backprop_stepper.js")
    _css = front_end("backprop_stepper.css")


BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def backprop_stepper(
    params,
    X,
    y,
    *,
    trained=None,
    activations=("relu", "relu", "sigmoid"),
    loss="binary_cross_entropy",
    sample_names=None,
    feature_names=None,
):
    """Return a live figure that goes forward and then backward through a network, one equation at a time.

    It shows one sample at a time, and the loss of that sample alone (n = 1).

    Parameters
    ----------
    params : list of Layer
        At most 12 units a layer.
    X, y : arrays (n, n_in) and (n, n_out)
        The samples to choose among.
    trained : list of Layer
        The same network after training: the reader may choose between the two.
    activations, loss
        As for `network.forward` and `network.backward`.
    sample_names, feature_names : lists of str
        One name for each row and one for each column of X; "sample 1", ..., and x₁, ... unless given.

    Returns
    -------
    BackpropStepper
        With the traits `step`, `sample` (a name) and `network` ("before training" or "after training").

    Raises
    ------
    ValueError
        If shapes, names, loss and activations do not fit each other, or a layer is too wide to be drawn.

    >>> params = network.init_params((2, 3, 1), rng=np.random.default_rng(0))
    >>> w = backprop_stepper(params, np.eye(2), np.array([[0.0], [1.0]]), activations=("tanh", "sigmoid"))
    >>> w.step, w.sample, w.network
    (0, 'sample 1', 'the network')
    """
    X, y = checks.samples(X, y)
    networks = {"the network": params} if trained is None else {"before training": params, "after training": trained}
    names = network.forward(params, X, activations=activations).activations
    sizes = [len(params[0][0]), *(len(layer[1]) for layer in params)]
    _check_structure(params, trained, sizes)
    samples = _names(sample_names, "sample_names", [f"sample {i + 1}" for i in range(len(X))], "row")
    features = _names(feature_names, "feature_names", [f"x{j + 1}".translate(BELOW) for j in range(sizes[0])], "column")

    passes = [
        [_numbers(layers, X[i : i + 1], y[i : i + 1], names, loss) for i in range(len(X))]
        for layers in networks.values()
    ]
    weights = [[np.nan_to_num(layer[0]) for layer in layers] for layers in networks.values()]
    largest = max(np.abs(W).max() for layers in weights for W in layers) or 1
    steps = steps_of(names, sizes, loss)
    last = len(steps) - 1
    knobs = [
        Knob("network", "network", list(networks), next(iter(networks)), kind="choice"),
        Knob("sample", "sample", samples, samples[0], kind="choice"),
        Knob("step", "step", range(last + 1), 0, kind="step", text=lambda i: f"{i} of {last}"),
    ]
    scene = {
        "label": "Forward and backward through a network, step by step",
        "knobs": [describe(knob) for knob in knobs],
        "titles": ["input", *(f"layer {k}" for k in range(1, len(sizes))), "loss"],
        "functions": ["", *(name if name != "relu" else "ReLU" for name in names), ""],
        "units": [features, *([f"unit {j + 1}" for j in range(size)] for size in sizes[1:]), ["L"]],
        "steps": steps,
        "weights": [[np.round(W / largest, 2).tolist() for W in layers] for layers in weights],
        "passes": passes,
    }
    scene["knobs"][-1] |= {
        "spoken": [f"{i} of {last}: {step['phase']}, {step['spoken']}" for i, step in enumerate(steps)],
        "marks": [{"at": 2 * len(names) + 1, "label": "the loss", "spoken": ""}],
    }
    return BackpropStepper(knobs, scene=scene)


def _check_structure(params, trained, sizes):
    if max(sizes) > UNITS:
        raise ValueError(f"params must have at most {UNITS} inputs and units a layer to be drawn, got {sizes}")
    if trained is not None and _shapes(trained) != _shapes(params):
        raise ValueError(
            f"trained must have the structure of params, of shapes {_shapes(params)}, got {_shapes(trained)}"
        )


def _shapes(nest):
    return [_shapes(part) for part in nest] if isinstance(nest, list | tuple) else np.shape(nest)


def _names(given, argument, default, what):
    names = default if given is None else [str(name) for name in given]
    if isinstance(given, str) or len(names) != len(default) or len(set(names)) != len(names):
        raise ValueError(f"{argument} must name each {what} of X differently, {len(default)} in all, got {given!r}")
    return names


def _numbers(params, x, y, names, loss):
    """Return what one sample's forward and backward pass computed, as it is printed: in full, in short, in words."""
    there = network.forward(params, x, activations=names)
    back = network.backward(params, there, y, loss=loss)
    value, _ = network.loss_and_grads(params, x, y, activations=names, loss=loss)
    arrays, notes = {"a0": x, "y": y, "L": [[value]]}, {}
    for k, (layer, grads, name) in enumerate(zip(params, back.grads, names, strict=True), 1):
        z = there.z[k - 1]
        arrays |= {f"W{k}": layer[0], f"b{k}": [layer[1]], f"dW{k}": grads.weight, f"db{k}": [grads.bias]}
        arrays |= {f"z{k}": z, f"a{k}": there.a[k], f"dz{k}": back.dz[k - 1], f"da{k}": back.da[k]}
        arrays[f"f{k}"] = network.ACTIVATIONS[name][1](z)
        if name == "relu":
            off = [str(j + 1) for j in np.flatnonzero(z <= 0)]
            units = f"unit{'s' * (len(off) > 1)} {', '.join(off)}"
            notes[f"a{k}"] = f"Off here: {units}." if off else "Here every unit is on."
            notes[f"dz{k}"] = f"Here nothing passes at {units}." if off else "Here every gate is open."
    if y.size == 1:
        lower = "negative: a larger" if back.da[-1].item() < 0 else "positive: a smaller"
        notes[f"da{len(params)}"] = f"Here it is {lower} ŷ would lower the loss."
    full = {key: ";".join(" ".join(map(_text, row)) for row in array) for key, array in arrays.items()}
    vectors = [key for key in arrays if key.strip("d0123456789") not in ("W", "b", "f")]
    short = {key: [_text(v, short=True) for v in arrays[key][0]] for key in vectors}
    return {"full": full, "short": short, "notes": notes}


def _text(value, short=False):
    """Return how a number is printed: 4 decimals, or in short 2 digits at most; whole ones without decimals.

    >>> [_text(v) for v in (0.5, -1.0, 3.2e-5)], [_text(v, short=True) for v in (0.999, -0.1234, 3.2e-5)]
    (['0.5000', '−1', '3.20·10⁻⁵'], ['1.0', '−0.12', '3·10⁻⁵'])
    """
    value = float(value) + 0.0  # -0.0 is 0
    size = abs(value)
    if not np.isfinite(value):
        text = str(value).replace("inf", "∞")
    elif value == int(value) and size < 1000:
        text = f"{value:.0f}"
    elif 1e-3 <= size < 1e4:
        brief = f"{value:.0f}" if size >= 99.5 else f"{value:#.{1 if size < 0.00995 else 2}g}".rstrip(".")
        text = brief if short else f"{value:.4f}"
    else:
        digits, power = f"{value:.{0 if short else 2}e}".split("e")
        text = f"{digits}·10{str(int(power)).translate(ABOVE)}"
    return text.replace("-", "−")
