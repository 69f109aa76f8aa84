"""How long a step takes on K workers: computing, which they share, and talking, which they cause."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lessons_lib import checks

RECORD = Path(__file__).with_name("step_time.json")  # written by benchmarks/workers.py


class Times(NamedTuple):
    """Measured steps: arrays of one length, but for the last three."""

    workers: np.ndarray
    rows: np.ndarray  # of the batch, all workers together
    parameters: np.ndarray
    seconds: np.ndarray  # the median of several steps
    itemsize: int  # bytes of one parameter
    cores: int
    machine: str  # its kind, in words


class Machine(NamedTuple):
    """What the model of a step knows of a cluster."""

    compute: float  # seconds for one row and one parameter
    fixed: float  # seconds for each step, whatever the number of workers
    each: float  # seconds for each message, there or back
    bandwidth: float  # bytes a second through one link
    cores: float = np.inf  # more workers than this do not compute faster


def recorded():
    """Return the Times that `benchmarks/workers.py` recorded, on the machine that they name."""
    record = json.loads(RECORD.read_text())
    arrays = {name: np.array(record[name]) for name in ("workers", "rows", "parameters", "seconds")}
    return Times(**arrays, **{name: record[name] for name in ("itemsize", "cores", "machine")})


def hub_bytes(workers, size):
    """Return the bytes through the busiest link if one place sends `size` bytes to each worker and gets as many back.

    >>> hub_bytes(8, 1_000_000)
    16000000
    """
    return 2 * workers * size


def ring_bytes(workers, size):
    """Return the bytes through each link in a ring all-reduce of `size` bytes, 2 (K - 1) / K times the size.

    Source: Patarasuk & Yuan (2009).

    >>> ring_bytes(8, 1_000_000)
    1750000.0
    """
    return 2 * (workers - 1) / workers * size


def step_time(machine, workers, *, rows, parameters, itemsize=4, ring=False):
    """Return the seconds that the model gives a synchronous step on K workers; all arguments may be arrays.

    T(K) = compute · rows · parameters / min(K, cores) + fixed + each · 2K + hub_bytes(K, size) / bandwidth.
    In a ring 2 (K - 1) messages follow one another in place of 2K, and the bytes are those of `ring_bytes`.

    >>> fast = Machine(compute=1e-10, fixed=0, each=1e-4, bandwidth=1e9)
    >>> step_time(fast, np.array([1, 10]), rows=10_000, parameters=100_000).round(4)
    array([0.101, 0.02 ])
    """
    work, size = machine.compute * rows * parameters / np.minimum(workers, machine.cores), itemsize * parameters
    if ring:
        return work + machine.fixed + machine.each * 2 * (workers - 1) + ring_bytes(workers, size) / machine.bandwidth
    return work + machine.fixed + machine.each * 2 * workers + hub_bytes(workers, size) / machine.bandwidth


def fit(times):
    """Return the Machine whose step times are closest to the measured ones: least squares of the relative errors.

    Raises
    ------
    ValueError
        If there are fewer steps than numbers to find.
    """
    from sklearn.linear_model import LinearRegression  # a second's import, for this alone

    if len(times.seconds) < 4:
        raise ValueError(f"times must hold at least 4 measured steps, got {len(times.seconds)}")
    for name in ("workers", "rows", "parameters", "seconds"):
        checks.number(np.min(getattr(times, name)), f"each of times.{name}")
    work = times.rows * times.parameters / np.minimum(times.workers, times.cores)
    sent = hub_bytes(times.workers, times.itemsize * times.parameters)
    terms = np.stack([work, np.ones_like(work), 2 * times.workers, sent], axis=1) / times.seconds[:, None]
    scale = terms.max(axis=0)
    found = LinearRegression(fit_intercept=False, positive=True).fit(terms / scale, np.ones(len(work))).coef_ / scale
    compute, fixed, each, per_byte = found
    return Machine(compute, fixed, each, 1 / per_byte if per_byte > 0 else np.inf, times.cores)
