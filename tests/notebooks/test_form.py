"""Chapters have the frame that CONTRIBUTING.md describes and are stored clean. nbval runs them; see pyproject.toml."""

import re
from pathlib import Path

import nbformat
import pytest

BOOK = Path(__file__).parents[2] / "book"
CHAPTERS = sorted(BOOK.glob("[0-9][0-9]_*.ipynb"))
FRAME = ["You will be able to", "A bug to find", "Recap", "Exercises", "Where this comes from"]

pytestmark = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def cells(path, kind):
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == kind]


def text(path):
    return "\n\n".join(cell.source for cell in cells(path, "markdown"))


def test_is_valid_and_has_ids(path):
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


def test_is_stored_without_outputs(path):
    for cell in cells(path, "code"):
        assert cell.outputs == []
        assert cell.execution_count is None


def test_carries_only_the_metadata_that_is_needed(path):
    notebook = nbformat.read(path, 4)
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags", "mystnb", "jupyter"}


def test_cells_are_short_and_not_too_many(path):
    code = cells(path, "code")
    assert len(nbformat.read(path, 4).cells) <= 60
    assert [cell.source for cell in code if len(cell.source.splitlines()) > 15] == []


def test_has_the_frame_of_a_chapter(path):
    headings = re.findall(r"^(#+) (.+)$", text(path), flags=re.M)
    assert headings[0][0] == "#"
    assert not headings[0][1][0].isdigit()
    assert [title for level, title in headings if level == "##" and title in FRAME] == FRAME


def test_each_exercise_has_a_hint_and_a_solution(path):
    exercises = re.findall(r":::+\{exercise\}[^\n]*\n:label: (\S+)", text(path))
    solutions = re.findall(r":::+\{solution\} (\S+)\n:class: dropdown", text(path))
    assert len(exercises) >= 5
    assert sorted(exercises) == sorted(solutions)
    assert text(path).count("{admonition} Hint") >= len(exercises)


def test_solutions_run(path):
    shown = [
        cell
        for cell in cells(path, "code")
        if "solution" in cell.metadata.get("mystnb", {}).get("code_prompt_show", "")
    ]
    assert shown
    for cell in shown:
        assert "hide-cell" in cell.metadata["tags"]
        assert "assert" in cell.source


def test_checks_itself(path):
    source = "\n".join(cell.source for cell in cells(path, "code"))
    assert len(re.findall(r"\bassert", source)) >= 8


def test_imports_the_package_without_tricks(path):
    assert "sys.path" not in "\n".join(cell.source for cell in cells(path, "code"))


def test_speaks_plainly(path):
    prose = re.sub(r"(```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$)", "", text(path), flags=re.S)
    assert re.findall(r"\b(?:simply|obviously|clearly|trivially)\b", prose, flags=re.I) == []
    assert re.findall(r"\w!(?!\[)", prose) == []
