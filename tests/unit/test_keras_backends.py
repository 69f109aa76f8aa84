"""The ledger on each backend of Keras that is installed here; `make backends` installs them all."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest

from lessons_lib import keras_twin

INSTALLED = [name for name in keras_twin.BACKENDS if importlib.util.find_spec(name)]
# Of a float64 model Keras 3 computes in float32: on JAX the means (exact for batches of 32, a power of two),
# on PyTorch the matrix products too.
FLOAT64 = {"tensorflow": 1e-9, "jax": 1e-9, "torch": 1e-5}
LEDGERS = """
import json
import numpy as np
from lessons_lib import keras_twin, network, optimizers

rng = np.random.default_rng(0)
X = rng.normal(size=(160, 6))
y = (X[:, :1] * X[:, 1:2] + 0.5 * rng.normal(size=(160, 1)) > 0).astype(int)
task = {"X": X, "y": y, "params": network.init_params((6, 5, 3, 1), rng=rng), "batch_size": 32, "epochs": 20}
rates = {"sgd": 0.1, "momentum": 0.05, "nesterov": 0.05, "adagrad": 0.05, "rmsprop": 0.01, "adam": 0.01}
worst = {}
for name, dtype in [*((name, "float64") for name in rates), ("sgd", "float32"), ("adam", "float32")]:
    how = {"optimizer": name, "learning_rate": rates[name], "rng": np.random.default_rng(1), "dtype": dtype}
    run = keras_twin.ledger(**task, **how)
    assert run.difference.shape == (100, 3)
    worst[f"{name} {dtype}"] = float(run.difference.max())
keras = keras_twin.load()
lie = optimizers.adam(1 / 128), keras.optimizers.Adam(1 / 128, epsilon=1e-3)
lie = float(keras_twin.ledger(**task, optimizer=lie, rng=np.random.default_rng(1)).difference.max())
print(json.dumps({"backend": keras.config.backend(), "worst": worst, "lie": lie}))
"""


@pytest.mark.parametrize("backend", INSTALLED)
def test_the_ledger_holds(backend):
    environment = {**os.environ, "KERAS_BACKEND": backend}
    run = subprocess.run([sys.executable, "-c", LEDGERS], capture_output=True, text=True, env=environment, timeout=600)
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout.splitlines()[-1])
    print(backend, *(f"{name}: {gap:.0e}" for name, gap in result["worst"].items()), f"a lie: {result['lie']:.0e}")
    assert result["backend"] == backend
    assert len(result["worst"]) == 8
    for name, gap in result["worst"].items():
        assert gap < (FLOAT64[backend] if name.endswith("float64") else 1e-3), name
    assert result["lie"] > 1e-3
