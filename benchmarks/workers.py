"""Seconds per synchronous step on 1 to 4 workers; records them for the book with `--record`.

python benchmarks/workers.py --record   writes lessons_lib/step_time.json, which the chapter's live figure shows
"""

import json
import os
import random
import statistics
import sys
import time

import common
import dask.array as da
import numpy as np

from lessons_lib import distributed, network, step_time

WORKERS = (1, 2, 3, 4)
ROWS = (512, 4096, 32768)
UNITS = (32, 224, 960)  # of both hidden layers: about 3 thousand, 65 thousand and a million parameters
INPUTS = 64
LARGEST = 5e9  # rows times parameters: beyond, a step takes seconds
ROUNDS = 7


def make(units):
    layers = network.init_params((INPUTS, units, units, 1), rng=np.random.default_rng(0))
    return [network.Layer(*(array.astype("float32") for array in layer)) for layer in layers]


def count(params):
    return sum(array.size for layer in params for array in layer)


def data(rows, workers):
    """Return one chunk of float32 rows for each worker, in the workers' memory."""
    rng = np.random.default_rng(1)
    chunks = -(-rows // workers)
    X = da.from_array(rng.standard_normal((rows, INPUTS), "float32"), chunks=(chunks, -1))
    y = da.from_array(rng.integers(0, 2, (rows, 1)).astype("float32"), chunks=(chunks, -1))
    return X.persist(), y.persist()


def measure(workers):
    """Return {(rows, units): seconds of each round}; the rounds go through all cases, in random order."""
    cases = [(rows, units) for rows in ROWS for units in UNITS if rows * count(make(units)) <= LARGEST]
    nets = {units: make(units) for units in UNITS}
    seconds = {case: [] for case in cases}
    with distributed.connect(workers=workers) as client:
        chunks = {rows: data(rows, workers) for rows in ROWS}
        for k in range(ROUNDS + 1):
            for rows, units in random.sample(cases, len(cases)):
                began = time.perf_counter()
                distributed.gradient(client, nets[units], *chunks[rows])
                if k:  # the first round warms up
                    seconds[rows, units].append(time.perf_counter() - began)
    return seconds


def record(results):
    cases = [(p, rows, units) for p, its in results.items() for rows, units in its]
    parameters = {units: count(make(units)) for units in UNITS}
    text = {
        "machine": f"{os.cpu_count()} cores, {common._processor()}, Dask's workers as processes of one machine",
        "cores": os.cpu_count(),
        "itemsize": 4,
        "workers": [p for p, _, _ in cases],
        "rows": [rows for _, rows, _ in cases],
        "parameters": [parameters[units] for _, _, units in cases],
        "seconds": [round(statistics.median(results[p][rows, units]), 5) for p, rows, units in cases],
    }
    step_time.RECORD.write_text(json.dumps(text, indent=1) + "\n")
    common.say(f"Written: {step_time.RECORD.relative_to(common.HOME)}")


def main():
    if sys.argv[1:] not in ([], ["--record"]):
        sys.exit(f"workers.py takes --record or nothing, got {' '.join(sys.argv[1:])}")
    results = {}
    for p in WORKERS:
        common.say(f"workers: {p}")
        results[p] = measure(p)
    if sys.argv[1:]:
        record(results)
    rows = [
        (
            f"{n:,}",
            f"{count(make(units)):,}",
            *(common.spread([1000 * s for s in results[p][n, units]]) for p in WORKERS),
        )
        for n, units in results[1]
    ]
    text = common.table(["rows", "parameters", *(f"{p} workers, ms" for p in WORKERS)], rows)
    text += f"\n\nMedians (quartiles) of {ROUNDS} synchronous steps, one chunk for each worker process, float32."
    common.hand_in(common.Part("A step on several workers", [], text))


if __name__ == "__main__":
    main()
