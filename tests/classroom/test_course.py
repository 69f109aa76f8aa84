"""The parts of a course: rosters, files from Canvas and Moodle, late days, exports, notebooks put together again."""

import csv
import doctest
import types

import mini
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from classroom import cluster, collect, course, export, late, notebooks, selfcheck, wire
from classroom.sections import sections

CANVAS = 'Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"Byron, Ada",11,U1,ada,A\n'
MOODLE = "Identifier,Full name,ID number,Email address\nParticipant 11,Ada Byron,ada,ada@example.org\n"
OWN = "id,first_name\nada,Ada\n\nbob,\n"


def written(path, text):
    path.write_text(text, encoding="utf-8-sig")  # with the mark that spreadsheets put in front
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CANVAS, {"last_name": "Byron", "first_name": "Ada", "lms_user_id": "11", "sis_user_id": "U1", "section": "A"}),
        (MOODLE, {"last_name": "Byron", "first_name": "Ada", "lms_user_id": "11", "email": "ada@example.org"}),
        (OWN, {"last_name": "", "first_name": "Ada", "lms_user_id": ""}),
    ],
)
def test_rosters_of_canvas_moodle_and_ones_own(tmp_path, text, expected):
    ada, *_ = course.read_roster(written(tmp_path / "roster.csv", text))
    assert ada["id"] == "ada"
    assert set(ada) == set(course.ROSTER)
    assert ada.items() >= expected.items()


@pytest.mark.parametrize("text", ["name\nAda\n", "", "id\nada\nada\n", "id\n../ada\n", "id\na+b\n"])
def test_a_roster_that_cannot_be_is_refused(tmp_path, text):
    with pytest.raises(course.CourseError):
        course.read_roster(written(tmp_path / "roster.csv", text))


@pytest.mark.parametrize(
    ("name", "who", "late", "file"),
    [
        ("adabyron_11_98_a1_descent.ipynb", "11", False, "a1_descent.ipynb"),
        ("adabyron_LATE_11_98_a1_descent-2.ipynb", "11", True, "a1_descent-2.ipynb"),
        ("Ada Byron_11_assignsubmission_file_/a1_descent.ipynb", "11", False, "a1_descent.ipynb"),
        ("Ada Byron_11_assignsubmission_file_a1_descent.ipynb", "11", False, "a1_descent.ipynb"),
        ("folder/ada/a1_descent.ipynb", "ada", False, "a1_descent.ipynb"),
    ],
)
def test_names_of_files(name, who, late, file):
    parts = collect.parse(name)
    assert (parts.get("id") or parts["lms_user_id"], bool(parts["late"]), parts["file"]) == (who, late, file)


def test_a_name_that_says_nothing():
    assert collect.parse("a1_descent.ipynb") is None


@pytest.mark.parametrize(
    ("file", "expected"),
    [("a1.ipynb", ("a1", 0)), ("a1-3.ipynb", ("a1", 3)), ("a1 (2).ipynb", ("a1", 2)), ("b.ipynb", ("a1", 0))],
)
def test_which_notebook_a_file_is(file, expected):
    assert collect.notebook_name(file, ["a1"]) == expected
    assert collect.notebook_name("b.ipynb", ["a1", "a2"]) == (None, 0)


def test_times_are_kept_in_utc(tmp_path):
    assert collect.utc("2026-10-12 23:59 +0200") == "2026-10-12 21:59:00 UTC"
    times = written(tmp_path / "t.csv", "Identifier,Last modified (submission)\nParticipant 11,2026-01-01 10:00Z\n")
    assert collect.read_times(times, {"11": "ada", "ada": "ada"}) == {"ada": "2026-01-01 10:00:00 UTC"}
    with pytest.raises(course.CourseError, match="is not a time"):
        collect.utc("soon")


@pytest.mark.parametrize(
    ("before", "days", "points"), [(0, 0, 0), (0, 3, 0), (0, 4, 2), (2, 2, 2), (3, 1, 2), (9, 2, 4), (0, 99, 20)]
)
def test_late_days(before, days, points):
    assert late.LateDays(free_days=3, penalty_per_day=0.1).penalty(before, days, 20) == pytest.approx(points)


@pytest.mark.parametrize(("seconds", "days"), [(0, 0), (900, 0), (901, 1), (86_400, 1), (86_401, 2)])
def test_a_day_that_has_begun_counts(seconds, days):
    assert late.LateDays().days(seconds) == days


def test_no_spreadsheet_runs_a_name():
    assert [export.safe(text) for text in ("=1", "@x", "-2", "Ada", None)] == ["'=1", "'@x", "'-2", "Ada", ""]


def test_names_that_students_could_change_are_found(tmp_path):
    notebook = mini.source()
    notebook.cells.insert(2, new_code_cell("cases = [1, 2]"))
    mini.cell(notebook, "check_double").source += "\nassert [double(case) for case in cases] == [2, 4]"
    nbformat.write(notebook, tmp_path / "n.ipynb")
    assert list(selfcheck.borrowed_names(tmp_path / "n.ipynb")) == [
        "check_double uses `cases`, which is made outside the students' answers"
    ]


def test_imports_of_the_instructor(tmp_path):
    cells = [new_code_cell("%matplotlib inline"), new_code_cell("import numpy as np\nx = 1\nfrom math import pi")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "n.ipynb")
    assert notebooks.imports(tmp_path / "n.ipynb") == "import numpy as np\nfrom math import pi"


def released():
    """Return what the gradebook knows of the small assignment, without a gradebook."""
    found = {"source_cells": [], "grade_cells": [], "solution_cells": [], "task_cells": []}
    for cell in mini.source().cells:
        about = cell.metadata.get("nbgrader")
        if about:
            known = {"name": about["grade_id"], "cell_type": cell.cell_type, "max_score": about.get("points")}
            record = types.SimpleNamespace(**known, source=cell.source, locked=about["locked"], checksum="c")
            found["source_cells"].append(record)
            found["grade_cells"] += [record] if about["grade"] else []
            found["solution_cells"] += [record] if about["solution"] else []
    return notebooks.Released(types.SimpleNamespace(**found))


def names(notebook):
    return [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]


def test_a_notebook_is_put_together_in_order():
    whole = names(mini.source())
    assert names(notebooks.rebuild(mini.source(), released())) == whole
    for gone in filter(None, whole):
        notebook = mini.source()
        notebook.cells.remove(mini.cell(notebook, gone))
        again = [name for name in names(notebooks.rebuild(notebook, released())) if name]
        assert again == [name for name in whole if name], gone


def test_only_answers_are_taken_from_a_submission():
    notebook = mini.source()
    for cell in notebook.cells:
        cell.source = "mine"
    rebuilt = notebooks.rebuild(notebook, released())
    changed = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in rebuilt.cells if cell.source == "mine"]
    assert changed == [None, None, "double", None, "apply", None, "text"]
    assert notebooks.rebuild(rebuilt, released()).cells[4].source == mini.DOUBLE


def test_the_seed_is_each_students_own():
    seeds = {notebooks._seed("secret", student, "a1", cell) for student in ("ada", "bob") for cell in ("c1", "c2")}
    assert len(seeds) == 4
    assert notebooks._seed("secret", "ada", "a1", "c1") in seeds
    assert notebooks._seed("other", "ada", "a1", "c1") not in seeds


def test_sections_that_feedback_links_to_are_in_the_book():
    assert sections()["sec-short-enough"].page == "book/02_descend_a_slope.html"


def test_a_course_is_made_once(tmp_path):
    course.make(tmp_path / "course")
    with pytest.raises(course.CourseError, match="is a course already"):
        course.make(tmp_path / "course")
    opened = course.Course(tmp_path / "course")
    assert opened.assignments()[0] == "a1_descent"
    with pytest.raises(course.CourseError, match="There is no assignment 'a0'"):
        opened.choose("a0")
    course.add_students(opened, course.read_roster(written(tmp_path / "r.csv", CANVAS)))
    with open(tmp_path / "course" / "roster.csv", encoding="utf-8") as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["ada"]
    assert course.roster(opened)["ada"]["section"] == "A"


@pytest.mark.parametrize("module", [cluster, collect, export, wire])
def test_examples_in_the_code(module):
    failed, tried = doctest.testmod(module)
    assert (failed, tried > 0) == (0, True)
