"""Finds out before the term whether grading will work: the sandbox, and each assignment against its own solution."""

import ast
import builtins
import shutil
import tempfile
from pathlib import Path

import nbformat
from nbgrader.utils import is_grade, is_solution

from classroom import course, grading, notebooks, sandbox


def run(checked):
    """Return what is wrong with a course: a list of lines, empty if all is well."""
    try:
        sandbox.check()
    except sandbox.NoSandbox as problem:
        return [str(problem)]
    problems = []
    for assignment in checked.assignments():
        problems += [f"{assignment}: {line}" for line in _assignment(checked, assignment)]
    return problems


def _assignment(checked, assignment):
    folder = checked.folder("source", assignment)
    for path in sorted(folder.glob("*.ipynb")):
        yield from borrowed_names(path)
    with tempfile.TemporaryDirectory(prefix="check-") as place:
        trial = course.Course(_copy(checked, Path(place) / "course", assignment))
        made = trial.api.generate_assignment(assignment)
        if not made["success"]:
            yield f"nbgrader cannot make it:\n{made.get('log', '')}"
            return
        for student, step in (("solution", "source"), ("stub", "release")):
            shutil.copytree(trial.folder(step, assignment), trial.folder("submitted", assignment, student))
        results = {result.student: result for result in grading.grade(trial, assignment)}
        with trial.gradebook() as gradebook:
            by_hand = sum(
                grade.max_score
                for notebook in gradebook.find_submission(assignment, "solution").notebooks
                for grade in notebook.grades
                if grade.auto_score is None
            )
        if results["solution"].score + by_hand != results["solution"].points:
            yield f"the solution gets {results['solution'].score:g} of {results['solution'].points - by_hand:g} points"
        if results["stub"].score:
            yield f"the version that is handed out gets {results['stub'].score:g} points, as it is"
        yield from results["solution"].review


def _copy(checked, root, assignment):
    """Make a course with one assignment and the same settings at `root`; return `root`."""
    shutil.copytree(checked.folder("source", assignment), root / "source" / assignment)
    text = (checked.root / course.SETTINGS).read_text(encoding="utf-8")
    (root / course.SETTINGS).write_text(text, encoding="utf-8")
    return root


def borrowed_names(path):
    """Yield a line for each name in a check cell that students could change without anyone noticing.

    It is neither imported nor made in the check cell nor made in a solution: it comes from another cell of theirs.
    """
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    known = set(dir(builtins)) | _made(notebooks.imports(path))
    for cell in cells:
        if is_solution(cell):
            known |= _made(cell.source)
    for cell in cells:
        if is_grade(cell) and not is_solution(cell):
            for name in sorted(_used(cell.source) - _made(cell.source) - known):
                yield f"{cell.metadata.nbgrader.grade_id} uses `{name}`, which is made outside the students' answers"


def _walk(source):
    try:
        return list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return []


def _used(source):
    return {node.id for node in _walk(source) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _made(source):
    made = set()
    for node in _walk(source):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            made.add(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            made.add(node.id)
        elif isinstance(node, ast.arg):
            made.add(node.arg)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            made |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return made
