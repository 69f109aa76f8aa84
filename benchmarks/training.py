"""Microseconds per update of mini-batch SGD: the book's network against its peers, in interleaved rounds."""

import json
import os
import random
import statistics
import subprocess

import common
import numpy as np
import peers

ROUNDS = {"i": 9, "ii": 9, "iii": 7}
TOLERANCE = 1e-4  # rounding in float32, over a thousand updates
NAMES = {
    "i": "i: 1000 x 3, widths 16, 8, 1, batch 32",
    "ii": "ii: 1797 x 64, widths 64, 32, 1, batch 32",
    "iii": "iii: 60000 x 784, widths 256, 128, 1, batch 128",
}
SKIPPED = {"iii": ["naive course NumPy, float64", "ours, float64"]}  # float32 is the point there
IN_THE_BOOKS_VENV = ("naive course NumPy, float64", "ours, float64", "ours", "Keras fit (TF)", "bare products")


def measure(task):
    """Return {peer: list of rounds} where a round is what `peers.main` writes."""
    names = [name for name in peers.PEERS if name not in SKIPPED.get(task, ())]
    workers = {}
    for name in names:
        python = common.BOOK_PYTHON if name in IN_THE_BOOKS_VENV else common.PEER_PYTHON
        workers[name] = subprocess.Popen(
            [python, common.HOME / "benchmarks" / "peers.py", name, task],
            env={**os.environ, **common.ONE_THREAD}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        if workers[name].stdout.readline() != "ready\n":
            raise RuntimeError(f"{name} did not start:\n{workers[name].communicate()[1][-2000:]}")
    rounds = {name: [] for name in names}
    for k in range(ROUNDS[task]):
        common.say(f"  {task}: round {k + 1} of {ROUNDS[task]}")
        for name in random.sample(names, len(names)):
            workers[name].stdin.write("go\n")
            workers[name].stdin.flush()
            rounds[name].append(json.loads(workers[name].stdout.readline()))
    for worker in workers.values():
        worker.communicate()
    return rounds


def check_losses(rounds):
    """Return the loss that all peers reach; raise AssertionError unless they do."""
    losses = {name: [one["loss"] for one in its] for name, its in rounds.items() if its[0]["loss"] is not None}
    reference = losses["ours"][0]
    for name, its in losses.items():
        np.testing.assert_allclose(its, reference, rtol=TOLERANCE, err_msg=f"{name} trains to another loss than ours")
    return reference


def microseconds(rounds):
    return {name: [1e6 * one["seconds"] / one["updates"] for one in its] for name, its in rounds.items()}


def ratio(times, over, under):
    """Return how many times slower `over` is, round by round: neighbours in time share the machine's moods."""
    return [a / b for a, b in zip(times[over], times[under], strict=True)]


def main():
    common.need_peers()
    text, times = [], {}
    for task, title in NAMES.items():
        common.say(f"training {title}")
        rounds = measure(task)
        loss = check_losses(rounds)
        times[task] = microseconds(rounds)
        updates = next(iter(rounds.values()))[0]["updates"]
        rows = [
            (name, common.spread(its), common.brief(statistics.median(ratio(times[task], name, "ours")))
             if name != "ours" else "1")
            for name, its in sorted(times[task].items(), key=lambda item: statistics.median(item[1]))
        ]  # fmt: skip
        text += [f"### {title}", common.table(["peer", "µs per update, median (quartiles)", "times ours"], rows)]
        text.append(
            f"Medians of {ROUNDS[task]} rounds of {updates} updates. All end at the loss {loss:.5f}, "
            f"equal to within {TOLERANCE:g}, relative. Data in float32 unless said otherwise."
        )

    def times_ours(task, peer):
        return statistics.median(ratio(times[task], peer, "ours"))

    why = "the code reads like the equations: Python's own calls cost more than the arithmetic at this size"
    big = "activations, losses and the update are passes over memory beside the products"
    goals = []
    for task, peer, at_least, reason in (
        ("i", "Keras fit (TF)", 100, why), ("i", "PyTorch", 10, why),
        ("ii", "Keras fit (TF)", 50, why), ("ii", "PyTorch", 5, why), ("iii", "PyTorch", 1, big),
    ):  # fmt: skip
        got = times_ours(task, peer)
        goals.append(common.goal(f"training {task}: times faster than {peer}", f"at least {at_least}",
                                 common.brief(got), got >= at_least, reason))  # fmt: skip
    share = 100 * times_ours("iii", "bare products")
    goals.append(common.goal("training iii: speed against the bare products", "at least 80 %", f"{share:.0f} %",
                             share >= 80, big))  # fmt: skip
    common.hand_in(common.Part("Training", goals, "\n\n".join(text)))


if __name__ == "__main__":
    main()
