"""A submitted notebook, taken apart and put together again: of the submission only its answers count.

Which cells there are, what they are worth, and what the checks do is what the gradebook says of the released version.
"""

import ast
import base64
import hashlib
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from classroom import fitness
from classroom.examiner import Job

MAX_BYTES = 20_000_000  # of a notebook, its outputs and pictures included
NEW = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


class Unreadable(ValueError):
    """A submission that is no notebook; the text says why."""


def read(path):
    """Return the notebook at `path`; raise Unreadable if it is none."""
    path = Path(path)
    if path.is_symlink() or not path.is_file():
        raise Unreadable("it is no file of its own")
    if path.stat().st_size > MAX_BYTES:
        raise Unreadable(f"it is larger than {MAX_BYTES // 10**6} MB")
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        for cell in notebook.cells:
            if cell.cell_type not in NEW or not isinstance(cell.source, str):
                raise Unreadable("it has a cell that is none")
    except Unreadable:
        raise
    except Exception as error:  # nbformat fails in many ways on what is no notebook
        raise Unreadable(f"it is not a notebook ({type(error).__name__})") from None
    return notebook


def empty(reason):
    """Return a notebook to stand for one that cannot be read."""
    return new_notebook(cells=[new_markdown_cell(says(reason))])


def says(reason):
    """Return the sentence for a notebook that could not be read."""
    return f"The submitted notebook could not be read: {reason}."


class Released:
    """What the gradebook knows of a notebook's cells, in their order.

    Parameters
    ----------
    notebook : nbgrader.api.Notebook
    """

    def __init__(self, notebook):
        self.cells = {cell.name: cell for cell in notebook.source_cells}
        self.points = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
        self.graded = {cell.name for cell in notebook.grade_cells}
        self.solutions = {cell.name for cell in notebook.solution_cells}
        self.tasks = {cell.name for cell in notebook.task_cells}
        self.checks = [n for n in self.cells if n in self.graded - self.solutions and self.cells[n].cell_type == "code"]

    def metadata(self, name):
        """Return nbgrader's metadata of a cell, as in the released notebook."""
        cell = self.cells[name]
        metadata = {
            "grade_id": name,
            "grade": name in self.graded,
            "solution": name in self.solutions,
            "task": name in self.tasks,
            "locked": cell.locked,
            "checksum": cell.checksum,
            "cell_type": cell.cell_type,
            "schema_version": 3,
        }
        return metadata | ({"points": self.points[name]} if name in self.points else {})

    def make(self, name, source=None):
        """Return the cell of this name; its text is the student's if that counts and is given."""
        cell = self.cells[name]
        given = source is not None and not cell.locked and name not in self.tasks
        return NEW[cell.cell_type](source=source if given else cell.source, metadata={"nbgrader": self.metadata(name)})


def rebuild(notebook, released):
    """Return a new notebook: the student's cells in their order, the released cells as they were handed out.

    Of cells with the same id the last counts, as it does for nbgrader; a released cell that is missing is put back
    behind the one it followed.
    """
    names = [_name(cell, released) for cell in notebook.cells]
    last = {name: index for index, name in enumerate(names) if name is not None}
    cells = []
    for index, (cell, name) in enumerate(zip(notebook.cells, names, strict=True)):
        if name is not None and last[name] == index:
            new = released.make(name, cell.source)
        else:
            new = NEW[cell.cell_type](source=cell.source)
        if new.cell_type == "markdown" and _pictures(cell):
            new.attachments = cell.attachments
        cells.append(new)
    before = None
    for name in released.cells:
        if name not in last:
            place = next((i + 1 for i, cell in enumerate(cells) if _name(cell, released) == before), len(cells))
            cells.insert(place if before else 0, released.make(name))
        before = name
    return new_notebook(cells=cells)


def _pictures(cell):
    """Return whether a cell has pictures pasted into it, in the form that a notebook must have."""
    found = cell.get("attachments")
    return (
        bool(found)
        and isinstance(found, dict)
        and all(
            isinstance(files, dict) and all(isinstance(data, str) for data in files.values())
            for files in found.values()
        )
    )


def _name(cell, released):
    """Return which released cell this is, or None, whatever stands in the cell's metadata."""
    about = cell.metadata.get("nbgrader")
    name = about.get("grade_id") if isinstance(about, dict) else None
    return name if isinstance(name, str) and name in released.cells else None


def job(notebook, released, source, *, secret, student, assignment, name, course, limits, safe):
    """Return the Job of grading a rebuilt notebook.

    Parameters
    ----------
    source : Path of the assignment's folder with the instructor's notebook and the data files
    secret : str, the course's
    """
    steps = []
    for cell in notebook.cells:
        check = _name(cell, released)
        if check in released.checks:
            points = released.points[check]
            seed = _seed(secret, student, assignment, check)
            steps.append({"check": check, "source": released.cells[check].source, "points": points, "seed": seed})
        elif cell.cell_type == "code":
            steps.append({"source": cell.source})
    return Job(
        student=student,
        assignment=assignment,
        notebook=name,
        steps=steps,
        imports=imports(source / f"{name}.ipynb"),
        files={file: base64.b64encode(_bytes(path)).decode() for file, path in data_files(source).items()},
        course=str(course),
        limits=limits._asdict(),
        safe=safe,
        engine=engine(source),
    )


def _seed(*texts):
    """Return a whole number that is another one for other texts."""
    return int.from_bytes(hashlib.sha256("\0".join(texts).encode()).digest()[:8], "big")


def imports(path):
    """Return the import statements at the top level of a notebook's code cells, one a line."""
    lines = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            try:
                statements = ast.parse(cell.source).body
            except SyntaxError:  # a magic
                continue
            lines += [ast.unparse(s) for s in statements if isinstance(s, ast.Import | ast.ImportFrom)]
    return "\n".join(lines)


def data_files(source):
    """Return the files beside the instructor's notebooks, which students are given too, by name."""
    found = {path.relative_to(source).as_posix(): path for path in sorted(source.rglob("*")) if path.is_file()}
    return {
        name: str(path)
        for name, path in found.items()
        if not name.endswith((".ipynb", ".pyc")) and ".ipynb_checkpoints" not in path.parts
    }


def engine(source):
    """Return a text that changes when the grader, the tasks or the assignment's data do."""
    return fitness.code_hash() + hashlib.sha256(b"".join(map(_bytes, data_files(source).values()))).hexdigest()[:8]


def _bytes(path):
    return Path(path).read_bytes()
