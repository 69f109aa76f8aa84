"""Submissions graded per minute: one after another, as workers on all cores do it, and by nbgrader as it comes.

python benchmarks/grading.py [--submissions 20] [--jobs 2] [--assignment a1_descent] [--rounds 1] [--without-nbgrader]
"""

import argparse
import contextlib
import os
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import common
import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from classroom import batch, blackbox, cluster, grading  # noqa: E402
from classroom.course import Course, make  # noqa: E402

SERIAL, POOL, OURS, PLAIN = "one after another", "all sandboxes, then the gradebook", "grade", "nbgrader as it comes"
EXPLAINED = {
    SERIAL: "each sandbox, then its line in the gradebook, then the next",
    POOL: "a pool of threads waits for the sandboxes; nbgrader starts when all are done",
    OURS: "`python -m classroom grade`: Dask's local worker processes, and the gradebook meanwhile",
    PLAIN: "`nbgrader autograde`: no sandbox, a Jupyter kernel for each notebook",
}


def course(root, assignment, submissions):
    """Make a course and hand in the solution, with another comment in it for each student; return the Course."""
    make(root)
    opened = Course(root)
    assert opened.api.generate_assignment(assignment)["success"]
    solution = nbformat.read(opened.folder("source", assignment) / f"{assignment}.ipynb", as_version=4)
    for number in range(submissions):
        for cell in solution.cells:
            if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = cell.source.split("\n# by ")[0] + f"\n# by student {number}"
        folder = opened.folder("submitted", assignment, f"student{number:03}")
        folder.mkdir(parents=True)
        nbformat.write(solution, folder / f"{assignment}.ipynb")
    return opened


def copies(folder, assignment, submissions, ways):
    """Return a Course for each way, all with the same submissions."""
    first = course(folder / "first", assignment, submissions)
    opened = {}
    for way in ways:
        root = Path(shutil.copytree(first.root, folder / way.replace(" ", "_")))
        if way == PLAIN:
            settings = f"c = get_config()\nc.CourseDirectory.root = {str(root)!r}\n"
            (root / "nbgrader_config.py").write_text(settings)
        opened[way] = Course(root)
    return opened


def serial(opened, assignment, students, jobs):
    for student in students:
        assert opened.api.autograde(assignment, student)["success"]


def pool(opened, assignment, students, jobs):
    """Grade as before there was a cluster; return the seconds that the gradebook took."""
    box = blackbox.BlackBox(config=opened.config)
    released = grading.read_released(opened, assignment)
    todo = [job for s in students for job in batch.jobs(opened, assignment, box, released, s, False)]
    with ThreadPoolExecutor(jobs) as threads:
        list(threads.map(lambda job: blackbox.look_up(job, opened.root), todo))
    start = time.perf_counter()
    serial(opened, assignment, students, jobs)
    return time.perf_counter() - start


def ours(opened, assignment, students, jobs):
    grading.grade(opened, assignment, students=students, jobs=jobs)


RUN = {SERIAL: serial, POOL: pool, OURS: ours, PLAIN: serial}


def scores(opened, assignment):
    with opened.gradebook() as gradebook:
        return sorted((s.student.id, s.score) for s in gradebook.find_assignment(assignment).submissions)


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


def start_up(jobs):
    """Return the seconds until the local workers are there, and until they are gone again."""
    start = time.perf_counter()
    with cluster.connect(workers=jobs):
        there = time.perf_counter()
    return there - start, time.perf_counter() - there


def measure(opened, options):
    """Return the seconds of each way, a list of one for each round, and those of the gradebook."""
    seconds, gradebook = {way: [] for way in opened}, []
    names = opened[OURS].submitted(options.assignment)
    for number in range(options.rounds):
        for way in opened:
            common.say(f"round {number + 1} of {options.rounds}: {way}")
            start = time.perf_counter()
            with quiet():
                took = RUN[way](opened[way], options.assignment, names[number :: options.rounds], options.jobs)
            seconds[way].append(time.perf_counter() - start)
            gradebook += [took] if way == POOL else []
    return seconds, gradebook


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--submissions", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=cluster.CORES)
    parser.add_argument("--assignment", default="a1_descent")
    parser.add_argument("--rounds", type=int, default=1, help="the ways take turns so many times")
    parser.add_argument("--without-nbgrader", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    os.environ["PYTHONPATH"] = str(ROOT)  # nbgrader's kernels import the hidden checks
    ways = [way for way in RUN if not (way == PLAIN and options.without_nbgrader)]
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        opened = copies(Path(folder), options.assignment, options.submissions, ways)
        seconds, gradebook = measure(opened, options)
        first = scores(opened[OURS], options.assignment)
        assert len(first) == options.submissions and all(score for _, score in first)
        for way in ways:
            assert scores(opened[way], options.assignment) == first, f"{way} must give the same points"
    with quiet():
        there, gone = zip(*(start_up(options.jobs) for _ in range(3)), strict=True)
    total = {way: sum(rounds) for way, rounds in seconds.items()}
    rows = [
        [way, f"{total[way]:.1f}", f"{60 * options.submissions / total[way]:.0f}", f"{total[SERIAL] / total[way]:.2f}",
         EXPLAINED[way]]
        for way in ways
    ]  # fmt: skip
    each = 1000 * sum(gradebook) / options.submissions
    text = [
        f"{options.submissions} submissions of {options.assignment}, {options.jobs} sandboxes at a time, rounds: "
        f"{options.rounds}. All ways give the same points.",
        "",
        common.table(["way", "seconds", "submissions per minute", "times as many", "what it is"], rows),
        "",
        f"The gradebook alone takes {each:.0f} ms for each submission: {sum(gradebook) / total[POOL]:.0%} of the time "
        f"where it comes after all sandboxes, and, with enough workers, the limit: {60_000 / each:.0f} in a minute. "
        f"The local workers start in {statistics.median(there):.1f} s and end in {statistics.median(gone):.1f} s.",
    ]
    faster = total[SERIAL] / total[OURS]
    reason = "sandboxes and gradebook share the cores" if options.jobs > 1 else "there is one core"
    goals = [
        common.goal("grading, against one after another", "1.5 times as many", f"{faster:.2f}", faster >= 1.5, reason)
    ]
    common.hand_in(common.Part("The grading", goals, "\n".join(text)))


if __name__ == "__main__":
    main()
