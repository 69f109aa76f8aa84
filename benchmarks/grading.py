"""Submissions graded per minute: one after another, as workers on all cores do it, and by nbgrader as it comes.

python benchmarks/grading.py [--submissions 20] [--jobs 2] [--assignment a1_descent] [--rounds 1] [--without-nbgrader]
"""

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

import common

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


@contextlib.contextmanager
def quiet():
    """Keep what kernels say about themselves off the screen."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)


def measure(ways, opened, options):
    """Return the seconds of each way, a list of one for each round, and those of the gradebook."""
    seconds, gradebook = {way: [] for way in opened}, []
    names = opened[ways.OURS].submitted(options.assignment)
    for number in range(options.rounds):
        for way in opened:
            start = time.perf_counter()
            with quiet():
                took = ways.RUN[way](opened[way], options.assignment, names[number :: options.rounds], options.jobs)
            seconds[way].append(time.perf_counter() - start)
            gradebook += [took] if way == ways.POOL else []
            common.say(f"round {number + 1} of {options.rounds}: {way}: {seconds[way][-1]:.1f} s")
    return seconds, gradebook


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--submissions", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--assignment", default="a1_descent")
    parser.add_argument("--rounds", type=int, default=1, help="the ways take turns so many times")
    parser.add_argument("--without-nbgrader", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    os.environ["PYTHONPATH"] = str(ROOT)  # nbgrader's kernels import the hidden checks
    import grading_ways as ways  # here, since the local workers import this file, and need none of that

    names = [way for way in ways.RUN if not (way == ways.PLAIN and options.without_nbgrader)]
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        opened = ways.copies(Path(folder), options.assignment, options.submissions, names)
        seconds, gradebook = measure(ways, opened, options)
        first = ways.scores(opened[ways.OURS], options.assignment)
        assert len(first) == options.submissions and all(score for _, score in first)
        for way in names:
            assert ways.scores(opened[way], options.assignment) == first, f"{way} must give the same points"
    with quiet():
        there, gone = zip(*(ways.start_up(options.jobs) for _ in range(3)), strict=True)
    total = {way: sum(rounds) for way, rounds in seconds.items()}
    minute = {way: 60 * options.submissions / total[way] for way in names}
    rows = [
        [
            way,
            f"{total[way]:.1f}",
            f"{minute[way]:.0f}",
            f"{minute[way] / minute[ways.SERIAL]:.2f}",
            ways.EXPLAINED[way],
        ]
        for way in names
    ]
    each, share = sum(gradebook) / options.submissions, sum(gradebook) / total[ways.POOL]
    text = [
        f"{options.submissions} submissions of {options.assignment}, {options.jobs} sandboxes at a time, rounds: "
        f"{options.rounds}. All ways give the same points.",
        "",
        common.table(["way", "seconds", "submissions per minute", "times as many", "what it is"], rows),
        "",
        f"The gradebook alone takes {1000 * each:.0f} ms for each submission: {share:.0%} of the time where it comes "
        f"after all sandboxes. With enough workers it is the limit: {60 / each:.0f} submissions in a minute. "
        f"The local workers start in {statistics.median(there):.1f} s and end in {statistics.median(gone):.1f} s.",
    ]
    faster = minute[ways.OURS] / minute[ways.SERIAL]
    reason = "sandboxes and gradebook share the cores" if options.jobs > 1 else "there is one core"
    goals = [
        common.goal("grading, against one after another", "1.5 times as many", f"{faster:.2f}", faster >= 1.5, reason)
    ]
    common.hand_in(common.Part("The grading", goals, "\n".join(text)))


if __name__ == "__main__":
    main()
