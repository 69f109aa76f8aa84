"""Submissions graded per minute: by the sandboxed grader, and by nbgrader's own autograder on the same notebooks.

python benchmarks/grading.py [--submissions 20] [--jobs 2] [--assignment a1_descent]
"""

import argparse
import contextlib
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from classroom import grading  # noqa: E402
from classroom.course import Course, make  # noqa: E402


def course(root, assignment, submissions, plain):
    """Make a course and hand in the solution, with another comment in it for each student; return the Course."""
    make(root)
    if plain:  # nbgrader as it comes
        settings = f'c = get_config()\nc.CourseDirectory.root = {str(root)!r}\nc.CourseDirectory.course_id = "plain"\n'
        (root / "nbgrader_config.py").write_text(settings)
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--submissions", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--assignment", default="a1_descent")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    os.environ["PYTHONPATH"] = str(ROOT)  # nbgrader's kernels import the hidden checks
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        ours = course(Path(folder) / "ours", options.assignment, options.submissions, plain=False)
        plain = course(Path(folder) / "plain", options.assignment, options.submissions, plain=True)

        print(f"{options.submissions} submissions of {options.assignment}, {options.jobs} sandboxes at a time")
        start = time.perf_counter()
        grading.grade(ours, options.assignment, jobs=options.jobs)
        mine = time.perf_counter() - start

        start = time.perf_counter()
        with quiet():
            result = plain.api.autograde(options.assignment, "*")
        theirs = time.perf_counter() - start

        assert result["success"], result
        assert scores(ours, options.assignment) == scores(plain, options.assignment), "both must give the same points"
    for name, seconds in (("python -m classroom grade", mine), ("nbgrader autograde", theirs)):
        print(f"{name:27} {seconds:6.1f} s {60 * options.submissions / seconds:6.0f} submissions per minute")
    print(f"{theirs / mine:.1f} times as many")


if __name__ == "__main__":
    main()
