"""The cost of all gradients against the number of parameters: reverse mode, forward mode, finite differences.

The network and its gradients are `lessons_lib.network`; autograd and JAX differentiate the same loss. Everything is
measured in the peers' venv, in one process and on one thread; the gradients are compared before they are timed.
"""

import json
import os
import statistics
import subprocess
import sys
import time

import common
import numpy as np

ROUNDS, SAMPLES, INPUTS = 7, 64, 8
WIDTHS = [2, 4, 8, 16, 32, 64, 128]
LARGEST_ONE_BY_ONE = 64  # beyond this width, one pass for each parameter takes too long


def measure():
    """Return a list of {"parameters": n, method: seconds, ...}."""
    import autograd
    import autograd.numpy as anp
    import jax

    from lessons_lib import gradcheck, network
    from lessons_lib.nest import end_to_end

    jax.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((SAMPLES, INPUTS))
    y = (X[:, :1] > 0).astype(float)
    results = []
    for width in WIDTHS:
        params = network.init_params((INPUTS, width, width, 1), rng=rng)
        params = [network.Layer(W, rng.normal(0, 0.1, b.shape)) for W, b in params]  # no z is exactly 0, at the kink
        lay, take_apart = end_to_end(params)
        theta = lay(params)

        def loss(theta, np=np, take_apart=take_apart):
            a = X
            for k, (W, b) in enumerate(take_apart(theta)):
                z = a @ W + b
                a = np.maximum(z, 0) if k < 2 else z
            return np.mean(np.logaddexp(0, (1 - 2 * y) * a))

        def reverse(params=params, lay=lay):
            return lay(network.loss_and_grads(params, X, y)[1])

        def forward(params=params, theta=theta, take_apart=take_apart):
            return np.array([slope(params, take_apart(one), X, y) for one in np.eye(len(theta))])

        def differences(theta=theta, loss=loss):
            return gradcheck.numerical_grad(loss, theta)

        compiled = jax.jit(jax.grad(lambda theta, loss=loss: loss(theta, jax.numpy)))
        methods = {
            "one loss": lambda theta=theta, loss=loss: loss(theta),
            "reverse, network.backward": reverse,
            "reverse, autograd": lambda theta=theta, loss=loss: autograd.grad(lambda t: loss(t, anp))(theta),
            "reverse, JAX jit": lambda theta=theta, compiled=compiled: jax.block_until_ready(compiled(theta)),
        }
        if width <= LARGEST_ONE_BY_ONE:
            methods |= {"forward": forward, "central differences": differences}
        grad = reverse()
        for name, method in methods.items():
            if name != "one loss":
                np.testing.assert_allclose(method(), grad, rtol=1e-4, atol=1e-8, err_msg=name)
        common.say(f"gradients: {len(theta)} parameters")
        results.append({"parameters": len(theta)} | interleaved(methods))

    return results


def slope(params, direction, X, y):
    """Return the slope of the loss in one direction: a pass forward that carries values and slopes along."""
    a, da = X, np.zeros_like(X)
    for k, ((W, b), (dW, db)) in enumerate(zip(params, direction, strict=True)):
        z, dz = a @ W + b, da @ W + a @ dW + db
        a, da = (np.maximum(z, 0), dz * (z > 0)) if k < 2 else (z, dz)
    return np.mean((1 / (1 + np.exp(-a)) - y) * da)


def interleaved(methods):
    """Return the median seconds of each method, in rounds; quick ones are repeated within a round."""
    repeats = {}
    for name, method in methods.items():
        started = time.perf_counter()
        method()
        repeats[name] = max(1, round(0.01 / (time.perf_counter() - started)))
    rounds = {name: [] for name in methods}
    for _ in range(ROUNDS):
        for name, method in methods.items():
            if rounds[name] and rounds[name][0] > 0.5:
                continue  # the slowest are measured once
            started = time.perf_counter()
            for _ in range(repeats[name]):
                method()
            rounds[name].append((time.perf_counter() - started) / repeats[name])
    return {name: statistics.median(its) for name, its in rounds.items()}


def main():
    if sys.argv[1:] == ["--measure"]:
        print(json.dumps(measure()))
        return
    common.need_peers()
    done = subprocess.run(
        [common.PEER_PYTHON, __file__, "--measure"], stdout=subprocess.PIPE, text=True, check=True,
        env={**os.environ, **common.ONE_THREAD, "PYTHONPATH": str(common.HOME)},
    )  # fmt: skip
    results = json.loads(done.stdout)
    names = [name for name in results[0] if name not in ("parameters", "one loss")]
    rows = [
        [one["parameters"], common.brief(1e6 * one["one loss"])]
        + [common.brief(one[name] / one["one loss"]) if name in one else "" for name in names]
        for one in results
    ]
    text = common.table(["parameters", "one loss, µs", *names], rows)
    text += (
        f"\n\nAll gradients of a network ({INPUTS}, h, h, 1) on {SAMPLES} samples, in float64, in units of "
        f"one evaluation of the loss; medians of {ROUNDS} rounds (one where it takes longer than 0.5 s). "
        "Reverse mode costs a few losses whatever the number of parameters, forward mode and central differences "
        "a pass or two for each parameter. All gradients are equal."
    )
    common.hand_in(common.Part("The cost of all gradients", [], text))


if __name__ == "__main__":
    main()
