"""The ways to grade a batch that benchmarks/grading.py compares, and the course that they are tried on."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from classroom import batch, blackbox, cluster, grading
from classroom.course import Course, make

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


def start_up(jobs):
    """Return the seconds until the local workers are there, and until they are gone again."""
    start = time.perf_counter()
    with cluster.connect(workers=jobs):
        there = time.perf_counter()
    return there - start, time.perf_counter() - there
