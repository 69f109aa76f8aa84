"""The network's gradients against central differences, autograd and Values; saturation; float32; bad input."""

import itertools
import warnings

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from lessons_lib import gradcheck, losses, network
from lessons_lib.autodiff import Value
from lessons_lib.nest import leaves, nest_map

pytestmark = pytest.mark.filterwarnings("error")

NAMES = ["relu", "sigmoid", "tanh", "identity"]
AUTOGRAD = {
    "relu": lambda z: anp.where(z > 0, z, 0.0),
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": anp.tanh,
    "identity": lambda z: z,
}


def random_network(seed):
    """Return a network of unequal sizes in which every unit lives, no z is near a kink, and all activations occur."""
    rng = np.random.default_rng(seed)
    n_layers = int(rng.integers(1, 5))
    loss = ["binary_cross_entropy", "mse"][seed % 2]
    names = [NAMES[(seed + k) % 4] for k in range(n_layers)]
    if seed % 2 == 0:
        names[-1] = "sigmoid"
    while True:
        n, *sizes = (int(size) for size in rng.permutation(np.arange(1, 9))[: n_layers + 2])  # no square matrix
        n += 8
        params = [
            network.Layer(W, rng.normal(0, 0.5, b.shape))
            for W, b in network.init_params(sizes, rng=rng, scale="glorot")
        ]
        X = rng.normal(size=(n, sizes[0]))
        y = rng.normal(size=(n, sizes[-1]))
        if loss == "binary_cross_entropy":
            y = (y > 0).astype(float)
        step = network.forward(params, X, activations=names)
        kinks = [z for z, name in zip(step.z, names, strict=True) if name == "relu"]
        if all((z > 0).any(axis=0).all() and np.abs(z).min() > 1e-3 for z in kinks):
            return params, X, y, names, loss


def autograd_loss(params, X, y, names, loss):
    a = X
    for (W, b), name in zip(params, names, strict=True):
        a = AUTOGRAD[name](anp.dot(a, W) + b)
    if loss == "mse":
        return anp.sum((a - y) ** 2) / len(y)
    return -anp.sum(y * anp.log(a) + (1 - y) * anp.log(1 - a)) / len(y)


@pytest.mark.parametrize("seed", range(100))
def test_gradients_are_those_of_central_differences_and_of_autograd(seed):
    params, X, y, names, loss = random_network(seed)
    value, grads = network.loss_and_grads(params, X, y, activations=names, loss=loss)
    assert all(leaf.any() for leaf in leaves(grads))

    def f(p):
        return network.loss_and_grads(p, X, y, activations=names, loss=loss)[0]

    assert gradcheck.check(f, params, grads) < 1e-6
    plain = [tuple(layer) for layer in params]
    assert value == pytest.approx(autograd_loss(plain, X, y, names, loss), rel=1e-12)
    expected = autograd.grad(autograd_loss)(plain, X, y, names, loss)
    assert gradcheck.relative_error(grads, expected) < 1e-12


@pytest.mark.parametrize("seed", range(20))
def test_every_z_and_a_has_its_gradient(seed):
    """Each dz and da is the gradient of the rest of the network, run from there, in central differences."""
    params, X, y, names, loss = random_network(seed)
    step = network.forward(params, X, activations=names)
    back = network.backward(params, step, y, loss=loss)
    L = len(params)
    assert (len(step.z), len(step.a), len(back.dz), len(back.da), len(back.grads)) == (L, L + 1, L, L + 1, L)
    assert step.a[0] is X and step.a[-1] is step.y_hat

    def loss_of(y_hat):
        return losses.mse(y_hat, y) if loss == "mse" else losses.binary_cross_entropy(y_hat, y)

    for k in range(L + 1):

        def from_a(a, k=k):
            return loss_of(network.forward(params[k:], a, activations=names[k:]).y_hat if k < L else a)

        gradcheck.check(from_a, step.a[k], back.da[k], name=f"a[{k}]")
        if k < L:
            gradcheck.check(
                lambda z, k=k, rest=from_a: rest(network.ACTIVATIONS[names[k]][0](z), k + 1),
                step.z[k],
                back.dz[k],
                name=f"z[{k}]",
            )


def test_gradients_are_those_of_values():
    """The same network, built of scalar nodes."""
    params, X, y, names, _ = random_network(6)
    nodes = nest_map(lambda array: np.vectorize(Value, otypes=[object])(array), params)
    a = np.vectorize(Value, otypes=[object])(X)
    for (W, b), name in zip(nodes, names, strict=True):
        z = a @ W + b
        a = z if name == "identity" else np.vectorize(lambda node, name=name: getattr(node, name)(), otypes=[object])(z)
    loss = -sum((p if label else 1 - p).log() for p, label in zip(a.ravel(), y.ravel(), strict=True)) / len(y)
    loss.backward()
    value, grads = network.loss_and_grads(params, X, y, activations=names)
    assert loss.data == pytest.approx(value, rel=1e-12)
    for node, grad in zip(leaves(nodes), leaves(grads), strict=True):
        np.testing.assert_allclose(np.vectorize(lambda v: v.grad)(node), grad, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("z", [-1000.0, -50.0, 50.0, 1000.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_saturated_prediction_gives_the_true_loss_and_gradient(z, y, dtype):
    params = [network.Layer(np.array([[z]], dtype), np.zeros(1, dtype))]
    X, y = np.ones((1, 1), dtype), np.array([[y]], dtype)
    value, grads = network.loss_and_grads(params, X, y, activations=["sigmoid"])
    wrong = (z > 0) != bool(y)
    assert value == pytest.approx(abs(z) if wrong else 0.0, abs=1e-20)
    assert grads[0].bias.item() == pytest.approx(np.sign(z) if wrong else 0.0, abs=1e-20)
    step = network.forward(params, X, activations=["sigmoid"])
    back = network.backward(params, step, y)
    slope = back.da[-1].item()  # at the right answer exactly 1 in size; at the wrong one e^|z|, or infinity
    assert np.sign(slope) == 1 - 2 * y.item()
    assert (slope > 1e15 or slope < -1e15) if wrong else abs(slope) == 1
    assert back.grads[0] == grads[0]


def test_float32_stays_float32_even_with_integer_labels():
    params = nest_map(np.float32, network.init_params((5, 4, 3, 1), rng=np.random.default_rng(0)))
    X = np.random.default_rng(1).normal(size=(7, 5)).astype(np.float32)
    y = (X[:, :1] > 0).astype(int)
    for names, loss in itertools.product(itertools.product(NAMES, NAMES, ["sigmoid"]), network.LOSSES):
        step = network.forward(params, X, activations=names)
        back = network.backward(params, step, y, loss=loss)
        _, grads = network.loss_and_grads(params, X, y, activations=names, loss=loss)
        assert {array.dtype for array in leaves([*step[:3], *back, grads])} == {np.dtype(np.float32)}


def test_nothing_that_goes_in_is_changed():
    params, X, y, names, loss = random_network(5)
    kept = nest_map(np.copy, [params, X, y])
    network.loss_and_grads(params, X, y, activations=names, loss=loss)
    network.backward(params, network.forward(params, X, activations=names), y, loss=loss)
    assert all(np.array_equal(a, b) for a, b in zip(leaves(kept), leaves([params, X, y]), strict=True))


@pytest.mark.parametrize("loss", network.LOSSES)
@pytest.mark.parametrize("size", [1e200, np.inf, np.nan])
def test_divergence_is_no_error_and_no_warning(size, loss):
    params = [network.Layer(np.full(shape, size), np.zeros(shape[1])) for shape in ((3, 2), (2, 1))]
    X, y = np.ones((4, 3)), np.ones((4, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, grads = network.loss_and_grads(params, X, y, activations=["relu", "sigmoid"], loss=loss)
        network.backward(params, network.forward(params, X, activations=["identity", "sigmoid"]), y, loss=loss)
        network.loss_and_grads(params, X, y, activations=["tanh", "identity"], loss="mse")
    assert isinstance(value, float) and len(grads) == 2


def test_init_params_draws_the_deviation_it_promises():
    sizes = (400, 300, 200)
    for scale, deviations in (("he", (2 / 400, 2 / 300)), ("glorot", (2 / 700, 2 / 500)), (0.5, (0.25, 0.25))):
        params = network.init_params(sizes, rng=np.random.default_rng(0), scale=scale)
        for layer, variance in zip(params, deviations, strict=True):
            assert layer.weight.std() == pytest.approx(np.sqrt(variance), rel=0.02)
            assert abs(layer.weight.mean()) < 0.02 * layer.weight.std()
            assert not layer.bias.any()
    assert not any(array.any() for array in leaves(network.init_params(sizes, rng=np.random.default_rng(0), scale=0)))
    twice = [network.init_params((3, 2), rng=np.random.default_rng(7))[0].weight for _ in range(2)]
    np.testing.assert_array_equal(*twice)


RNG = np.random.default_rng(0)
PARAMS = network.init_params((5, 4, 3, 1), rng=RNG)
X, Y = np.ones((7, 5)), np.ones((7, 1))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"activations": ["relu", "sigmoid"]}, ["activations", "3 layers", "got 2"]),
        ({"activations": "relu"}, ["activations", "'relu'"]),
        ({"activations": 3}, ["activations", "3"]),
        ({"activations": ["relu", "swish", "sigmoid"]}, ["'swish'", *map(repr, NAMES)]),
        ({"activations": ["relu", ["relu"], "sigmoid"]}, [r"\['relu'\]", *map(repr, NAMES)]),
        ({"activations": ["relu", "relu", "relu"]}, ["'binary_cross_entropy'", "'sigmoid'", "'relu'"]),
        ({"loss": "hinge"}, ["'hinge'", "'binary_cross_entropy'", "'mse'"]),
        ({"X": np.ones(5)}, ["X", r"\(5,\)", r"reshape\(1, -1\)"]),
        ({"X": [["a"] * 5] * 7}, ["X must hold"]),
        ({"X": np.ones((7, 6))}, [r"params\[0\].weight", r"\(5, 4\)", r"\(7, 6\)"]),
        ({"y": np.ones(7)}, [r"\(7, 1\)", r"\(7,\)", "reshape"]),
        ({"y": np.ones((6, 1))}, [r"\(7, 1\)", r"\(6, 1\)"]),
        ({"y": np.full((7, 1), 2.0)}, ["labels 0 and 1", "7 others", "such as 2"]),
        ({"y": np.full((7, 1), 0.5)}, ["labels 0 and 1", "such as 0.5"]),
        ({"y": np.array([[1, -1, 1, 1, -1, 1, 1]]).T}, ["labels 0 and 1", "2 others", "such as -1"]),
        ({"y": np.full((7, 1), np.nan)}, ["labels 0 and 1", "nan"]),
        ({"y": np.full((7, 1), np.inf)}, ["labels 0 and 1", "inf"]),
        ({"params": []}, ["params", "at least one Layer"]),
        ({"params": np.ones((5, 1))}, ["params", "Layer", r"\(5, 1\)"]),
        ({"params": [PARAMS[0], PARAMS[2], PARAMS[1]]}, [r"params\[1\].weight", r"\(3, 1\)", r"\(7, 4\)"]),
        ({"params": [PARAMS[0]._replace(bias=np.ones((1, 4))), *PARAMS[1:]]}, [r"params\[0\].bias", r"\(1, 4\)"]),
        ({"params": [*PARAMS[:2], (PARAMS[2].weight, np.ones(2))]}, [r"params\[2\].bias", r"\(2,\)", r"\(3, 1\)"]),
        ({"params": [np.ones((5, 4)), *PARAMS[1:]]}, [r"params\[0\]", "Layer", r"\(5, 4\)"]),
    ],
)
def test_bad_input_is_named(change, words):
    arguments = {"params": PARAMS, "X": X, "y": Y} | change
    with pytest.raises(ValueError) as error:
        network.loss_and_grads(**arguments)
    for word in words:
        assert error.match(word)


def test_backward_refuses_other_params_than_those_of_forward():
    step = network.forward(PARAMS, X)
    for params, words in (
        (PARAMS[:2], "list of 3 layers"),
        (network.init_params((5, 6, 3, 1), rng=RNG), r"params\[0\].*\(5, 6\).*\(7, 4\)"),
        (network.init_params((5, 4, 3, 2), rng=RNG), r"params\[2\].*\(3, 2\).*\(7, 1\)"),
    ):
        with pytest.raises(ValueError, match=words):
            network.backward(params, step, Y)


@pytest.mark.parametrize(
    ("y", "loss", "words"),
    [
        (np.ones(7), "binary_cross_entropy", r"\(7, 1\) and \(7,\).*reshape"),
        (np.ones(7), "mse", r"\(7, 1\) and \(7,\).*reshape"),
        (np.full((7, 1), 0.5), "binary_cross_entropy", "labels 0 and 1"),
        (Y, "hinge", "'hinge'"),
    ],
)
def test_backward_refuses_bad_targets_too(y, loss, words):
    with pytest.raises(ValueError, match=words):
        network.backward(PARAMS, network.forward(PARAMS, X), y, loss=loss)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"sizes": 5}, "sizes"),
        ({"sizes": (5,)}, "sizes"),
        ({"sizes": (5, 0)}, r"sizes\[1\].*at least 1.*got 0"),
        ({"sizes": (2.5, 1)}, r"sizes\[0\].*2.5"),
        ({"rng": 0}, "rng"),
        ({"scale": "xavier"}, "scale.*'he', 'glorot'.*'xavier'"),
        ({"scale": -1}, "scale.*-1"),
        ({"scale": np.nan}, "scale.*nan"),
    ],
)
def test_init_params_refuses_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        network.init_params(**({"sizes": (5, 1), "rng": RNG} | arguments))
