"""The assignments in the book: pages and downloads made from their release version, never from their source.

`make_pages(book)` is called before the book is built. What it makes is not kept in git.
"""

import ast
import io
import re
import sys
import zipfile
from pathlib import Path

import nbformat
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

HERE = Path(__file__).resolve().parent.parent
sys.path.append(str(HERE))  # where the classroom is, which is not installed

from classroom.sections import sections  # noqa: E402

SOURCE = HERE / "classroom" / "source"
STEPS = (LockCells, ClearSolutions, ClearOutput, ClearHiddenTests, ClearMarkScheme, CheckCellMetadata)
# What a student's notebook imports, so that a download works where the book's package is not installed:
PACKAGE = ("__init__.py", "checks.py", "coach*.py", "datasets.py", "plots.py", "lessons.mplstyle")
MARKS = ("### BEGIN SOLUTION", "### END SOLUTION", "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")


def assignments():
    """Return the paths of the source notebooks."""
    return sorted(path for path in SOURCE.glob("*/*.ipynb") if path.stem == path.parent.name)


def released(path):
    """Return the release version of a source notebook, as `nbgrader generate_assignment` makes it.

    Raises
    ------
    ValueError
        If a solution or a hidden test would be left in it.
    """
    notebook, resources = nbformat.read(path, 4), {}
    for step in (*STEPS, ComputeChecksums):
        notebook, resources = step().preprocess(notebook, resources)
    left = [mark for mark in MARKS if mark in nbformat.writes(notebook)]
    if left:
        raise ValueError(f"{Path(path).name} must have no solution in its release, but {left[0]} is left")
    return notebook


def titles(text):
    """Return a dict from the titles of sections to their labels; the chapters that `text` names in italics go first."""
    order = sorted(sections().items(), key=lambda item: f"*{item[1].chapter}*" in text)
    return {section.title: label for label, section in order}


def draw(cells):
    """Give those cells their picture that are tagged "picture": they draw with nothing of the reader's."""
    names = {}
    exec(next(cell.source for cell in cells if "import numpy" in cell.source), names)
    for cell in cells:
        if "picture" in cell.metadata.get("tags", ()):
            *lines, shown = ast.parse(cell.source).body
            exec(compile(ast.Module(lines, []), "<picture>", "exec"), names)
            shown = eval(compile(ast.Expression(shown.value), "<picture>", "eval"), names)
            data = {"text/html": shown._repr_html_(), "text/plain": repr(shown)}
            cell.outputs = [nbformat.v4.new_output("display_data", data)]


def page(notebook, name):
    """Return a release version as a page: a link to the download, and links where it names a section of the book."""
    cells = [nbformat.from_dict(cell) for cell in notebook.cells]
    labels = titles(cells[0].source)
    draw(cells)
    for cell in cells:
        cell.metadata = {key: value for key, value in cell.metadata.items() if key == "tags"}
        if cell.cell_type == "markdown":
            cell.source = re.sub(
                "“(.+?)”", lambda m: f"{{ref}}`{m[1]} <{labels[m[1]]}>`" if m[1] in labels else m[0], cell.source
            )
    download = (
        f"[Download {name}.zip]({name}.zip), unpack it, and open `{name}.ipynb` in JupyterLab, VS Code or Notebook 7.\n"
        "It brings the recorded cases and the coach along; it needs NumPy and Matplotlib.\n"
        "If you take a course, use the copy that your course hands out: only that one is collected."
    )
    title, _, rest = cells[0].source.partition("\n")
    cells[0].source = f"{title}\n\n:::{{admonition}} To work on it\n:class: tip\n\n{download}\n:::\n{rest}"
    metadata = {"kernelspec": dict(notebook.metadata.kernelspec)}
    return nbformat.from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def package(notebook, name):
    """Return the bytes of a zip: the notebook, its recorded cases, and the few modules that it imports."""
    files = {
        f"{name}.ipynb": nbformat.writes(notebook),
        "checks.json": (SOURCE / name / "checks.json").read_text(encoding="utf-8"),
    }
    for path in sorted(path for pattern in PACKAGE for path in (HERE / "lessons_lib").glob(pattern)):
        files[f"lessons_lib/{path.name}"] = path.read_text(encoding="utf-8")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in files.items():
            archive.writestr(zipfile.ZipInfo(f"{name}/{file}", (2026, 1, 1, 0, 0, 0)), text.encode(), 8)
    return buffer.getvalue()


def make_pages(book):
    """Write `assignments/NAME.ipynb` and `assignments/NAME.zip` into the folder of the book; return what is new.

    What is there and the same is left alone. What no source stands behind any more is removed.
    """
    folder = Path(book) / "assignments"
    folder.mkdir(exist_ok=True)
    wanted = {}
    for path in assignments():
        notebook = released(path)
        wanted[folder / f"{path.stem}.ipynb"] = nbformat.writes(page(notebook, path.stem)).encode()
        wanted[folder / f"{path.stem}.zip"] = package(notebook, path.stem)
    for old in folder.glob("*"):
        if old.suffix in (".ipynb", ".zip") and old not in wanted:
            old.unlink()
    new = [file for file, content in wanted.items() if not file.exists() or file.read_bytes() != content]
    for file in new:
        file.write_bytes(wanted[file])
    return new


if __name__ == "__main__":
    for file in make_pages(HERE / "book"):
        print(f"wrote {file}")
