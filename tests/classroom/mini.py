"""A small assignment and a course of it, for the tests of the grader: two functions, an answer, and a text."""

import json

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from classroom.course import Course, make

ASSIGNMENT = "mini"
LIMITS = """
c.BlackBox.call_seconds = 2
c.BlackBox.cell_seconds = 3
c.BlackBox.notebook_seconds = 12
c.BlackBox.memory = 700_000_000
c.LateDays.free_days = 1
c.LateDays.penalty_per_day = 0.25
"""
RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "apply": "def apply(f, x):\n    return f(f(x))",
    "text": "Because it is so.",
}
DOUBLE = """from lessons_lib.coach import NotYet
assert double(3) == 6, "three"
### BEGIN HIDDEN TESTS
import numpy as np
secret_case = np.array([1.0, 2.5])
if not np.array_equal(double(secret_case), 2 * secret_case):
    raise NotYet("not twice as much.", name="double", section="sec-short-enough")
### END HIDDEN TESTS"""
APPLY = """assert apply(lambda x: x + 1, 5) == 7, "five and two"
### BEGIN HIDDEN TESTS
np.testing.assert_allclose(apply(np.square, 3.0), 81.0)
### END HIDDEN TESTS"""


def about(name, **more):
    base = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3, "grade_id": name}
    return {"nbgrader": base | more}


def solution(name):
    start, body = RIGHT[name].split("\n    ")
    text = f"{start}\n    ### BEGIN SOLUTION\n    {body}\n    ### END SOLUTION"
    return new_code_cell(text, metadata=about(name, solution=True))


def check(name, source, points):
    return new_code_cell(source, metadata=about(f"check_{name}", grade=True, locked=True, points=points))


def source():
    """Return the instructor's notebook: 2 points for double, 3 for apply, 1 for the text."""
    text = "### BEGIN SOLUTION\nBecause.\n### END SOLUTION"
    cells = [
        new_markdown_cell("# A small assignment"),
        new_code_cell("import numpy as np", metadata=about("imports", locked=True)),
        new_markdown_cell("## Twice"),
        solution("double"),
        check("double", DOUBLE, 2),
        new_markdown_cell("## Apply"),
        solution("apply"),
        check("apply", APPLY, 3),
        new_markdown_cell("## Why"),
        new_markdown_cell(text, metadata=about("text", grade=True, solution=True, points=1)),
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def course(root, settings=LIMITS):
    """Make a course with the small assignment in it and release that; return the Course."""
    make(root)
    with open(root / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(settings)
    folder = root / "source" / ASSIGNMENT
    folder.mkdir()
    nbformat.write(source(), folder / f"{ASSIGNMENT}.ipynb")
    (folder / "data.txt").write_text("41 42\n")
    opened = Course(root)
    result = opened.api.generate_assignment(ASSIGNMENT)
    assert result["success"], result
    return opened


def released(opened, assignment=ASSIGNMENT):
    """Return the students' version of an assignment's notebook."""
    return nbformat.read(opened.folder("release", assignment) / f"{assignment}.ipynb", as_version=4)


def cell(notebook, name):
    """Return the cell of this id."""
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def answer(notebook, **answers):
    """Write answers into the cells of these names."""
    for name, text in answers.items():
        cell(notebook, name).source = text
    return notebook


def hand_in(opened, student, notebook, *, assignment=ASSIGNMENT, when="2026-03-01 10:00:00 UTC", name=None):
    """Put a notebook, or whatever text stands for one, where nbgrader looks for it; return its path."""
    folder = opened.folder("submitted", assignment, student)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "timestamp.txt").write_text(when)
    path = folder / f"{name or assignment}.ipynb"
    path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook))
    return path
