"""Runs the assignments without a sandbox: a student's cells, then the check cells of the source."""

import functools
import io
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import assignment_pages
import nbformat
import numpy as np

from classroom.examine import SEED
from lessons_lib.coach import FILE, NotYet

SOURCE = Path(__file__).parents[2] / "classroom" / "source"
NAMES = ("a1_descent", "a2_batches", "a3_chain_rule", "a4_three_layers", "a5_optimizers")


@functools.cache
def source(name):
    return nbformat.read(SOURCE / name / f"{name}.ipynb", 4)


@functools.cache
def released(name):
    return assignment_pages.released(SOURCE / name / f"{name}.ipynb")


def grader(cell):
    return cell.metadata.get("nbgrader", {})


def is_check(cell):
    return cell.cell_type == "code" and grader(cell).get("grade", False)


def checks(name):
    """Return the check cells of an assignment, with their hidden tests."""
    return [cell for cell in source(name).cells if is_check(cell)]


def points(cell):
    return grader(cell)["points"]


def namespace(notebook):
    """Return the names that a notebook's own cells leave behind; a cell that fails is passed over."""
    names = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and not is_check(cell):
            try:
                exec(compile(cell.source, "<cell>", "exec"), names)
            except Exception:
                names.setdefault("errors", []).append(cell.source)
    return names


@functools.cache
def solved(name):
    """Return the names of the solution, to be copied and not changed."""
    return namespace(source(name))


@contextmanager
def course(name, seed=0):
    """Let checks find the recorded cases of an assignment, and draw the hidden ones from a seed."""
    tokens = FILE.set(str(SOURCE / name / "checks.json")), SEED.set(seed)
    try:
        yield
    finally:
        FILE.reset(tokens[0])
        SEED.reset(tokens[1])


def grade(name, cell, names, *, hidden_only=False, seed=0):
    """Return None if a check cell passes on a copy of the names, else its NotYet."""
    code = cell.source
    if hidden_only:
        code = "\n".join(line for line in code.splitlines() if not line.startswith("coach.check"))
    with course(name, seed), redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        try:
            exec(compile(code, "<check>", "exec"), dict(names))
        except NotYet as not_yet:
            return not_yet
        except NameError as error:
            return NotYet(f"`{error.name}` is not defined.")
    return None
