"""A term's work with one assignment and twenty students: from an empty folder to the CSV, with the real nbgrader."""

import csv
import json
import zipfile

import mini
import nbformat
import pytest

from classroom.__main__ import main
from classroom.course import Course

A1 = "a1_descent"
STUDENTS = [f"s{number:02}" for number in range(1, 21)]
WRONG_SIGN = "def step(x, gradient, learning_rate):\n    return x + learning_rate * gradient"
SETTINGS = """
c.LateDays.free_days = 1
c.LateDays.penalty_per_day = 0.1
c.FeedbackPage.book_url = "https://example.org/hiker"
c.CanvasExport.columns = {"a1_descent": "Descent (77)"}
"""

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # of nbgrader about itself


def solved(course, **answers):
    """Return the released notebook with the answers of the solution in it, but for those given."""
    source = nbformat.read(course.folder("source", A1) / f"{A1}.ipynb", as_version=4)
    notebook = mini.released(course, A1)
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution"):
            cell.source = answers.get(about["grade_id"], mini.cell(source, about["grade_id"]).source)
    return notebook


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def make_roster(path):
    """Write a roster as Canvas' gradebook exports it."""
    lines = ["Student,ID,SIS User ID,SIS Login ID,Section", "    Points Possible,,,,"]
    lines += [f'"Last{i}, First{i}",{4000 + i},U{i},{name},Group A' for i, name in enumerate(STUDENTS)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def make_zip(path, course):
    """Write what students s01 to s06 handed in as Canvas hands it out; s02 twice, s03 late, and one who is unknown."""
    right, first_try = json.dumps(solved(course)), json.dumps(solved(course, step=WRONG_SIGN))
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("last0first0_4000_900_a1_descent.ipynb", right)
        file.writestr("last1first1_4001_901_a1_descent.ipynb", first_try)
        file.writestr("last1first1_4001_902_a1_descent-1.ipynb", right)
        file.writestr("last2first2_LATE_4002_903_a1_descent.ipynb", right)
        file.writestr("last3first3_4003_904_my work.ipynb", right)  # there is one notebook only
        file.writestr("last4first4_4004_905_a1_descent (1).ipynb", first_try)
        file.writestr("last5first5_4005_906_a1_descent.ipynb", '{"cells": [')
        file.writestr("who_9999_907_a1_descent.ipynb", right)
        file.writestr("last0first0_4000_900_notes.txt", "no notebook")


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """Go through the term until the first grading; return the folder, the course and what the commands returned."""
    folder = tmp_path_factory.mktemp("term")
    root, ends = folder / "course", {}
    ends["init"] = main(["init", str(root)])
    with open(root / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(SETTINGS)
    make_roster(folder / "canvas_roster.csv")
    ends["roster"] = main(["roster", str(root), str(folder / "canvas_roster.csv")])
    ends["release"] = main(["release", str(root), A1, "--due", "2026-03-02 00:00 +0000"])
    course = Course(root)
    make_zip(folder / "submissions.zip", course)
    times = "id,timestamp\n" + "".join(f"{name},2026-03-01 09:00 +0000\n" for name in STUDENTS if name != "s03")
    (folder / "times.csv").write_text(times + "s03,2026-03-05 08:00 +0000\n")
    zipped = ["--zip", str(folder / "submissions.zip"), "--times", str(folder / "times.csv")]
    ends["collect"] = main(["collect", str(root), A1, *zipped])
    for name in STUDENTS[6:19]:  # the last hands in nothing
        mini.hand_in(course, name, solved(course, step=WRONG_SIGN) if name == "s07" else solved(course), assignment=A1)
    ends["grade"] = main(["grade", str(root), A1, "--jobs", "2"])
    return root, course, ends


def scores(course):
    """Return the points of all who have handed in, with what is taken off for being late left out."""
    with course.gradebook() as gradebook:
        found = gradebook.find_assignment(A1).submissions
        return {s.student.id: (s.score, s.late_submission_penalty) for s in found}


def test_the_commands_end_as_they_should(term):
    _, _, ends = term
    # a stranger in the ZIP, and a broken notebook, are for somebody to look at
    assert ends == {"init": 0, "roster": 0, "release": 0, "collect": 1, "grade": 1}


def test_the_scores(term):
    _, course, _ = term
    got = scores(course)
    assert sorted(got) == STUDENTS[:19]
    assert got["s01"] == got["s02"] == got["s04"] == got["s19"] == (20, 0)  # 4 more are given by hand
    assert got["s05"][0] == got["s07"][0] == 20 - 3  # both checks of step
    assert got["s06"] == (0, 0)
    assert got["s03"] == (20, pytest.approx(0.1 * 3 * 24))  # four days, one of them free


def test_the_broken_notebook_needs_review(term):
    root, course, _ = term
    report = (root / "grading" / f"{A1}.txt").read_text()
    assert "s06: 0 of 24\n    NEEDS REVIEW: The submitted notebook could not be read" in report
    with course.gradebook() as gradebook:
        grades = gradebook.find_submission(A1, "s06").notebooks[0].grades
        assert {grade.name for grade in grades if grade.needs_manual_grade} >= {"check_step", "check_path_of"}


def test_feedback_names_the_mistake_and_hides_the_checks(term):
    root, _, _ = term
    assert main(["feedback", str(root), A1]) == 0
    page = (root / "feedback" / "s07" / A1 / f"{A1}.html").read_text()
    assert "uphill" in page or "sign" in page
    assert 'href="https://example.org/hiker/book/02_descend_a_slope.html#sec-' in page
    for hidden in ("HIDDEN TESTS", "classroom.examine", "BEGIN SOLUTION", "<script", "src=", "@import", "url("):
        assert hidden not in page
    assert {path.name for path in (root / "feedback" / "s07" / A1).iterdir()} <= {f"{A1}.html", "timestamp.txt"}
    assert "could not be read" in (root / "feedback" / "s06" / A1 / f"{A1}.html").read_text()


def test_regrading_without_a_change_does_nothing(term, capsys):
    root, course, _ = term
    before = scores(course)
    main(["grade", str(root), A1])
    assert "0 graded, 19 unchanged" in capsys.readouterr().out
    assert scores(course) == before


def test_a_resubmission_and_an_override(term, capsys):
    root, course, _ = term
    with course.gradebook() as gradebook:
        for student, cell, points in (("s08", "check_step", 0.5), ("s07", "in_your_own_words", 3)):
            grade = gradebook.find_grade(cell, A1, A1, student)
            grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()
    mini.hand_in(course, "s05", solved(course), assignment=A1, when="2026-03-01 20:00:00 UTC")
    mini.hand_in(course, "s07", solved(course), assignment=A1, when="2026-03-03 20:00:00 UTC")
    main(["grade", str(root), A1])
    assert "2 graded, 17 unchanged" in capsys.readouterr().out
    got = scores(course)
    assert got["s05"] == (20, 0)
    assert got["s07"] == (23, pytest.approx(2.4))  # the points by hand are kept; two days late, one free
    main(["grade", str(root), A1, "--force", "--student", "s08"])
    assert "1 graded" in capsys.readouterr().out
    assert scores(course)["s08"] == (18.5, 0)  # the override stands
    with course.gradebook() as gradebook:
        assert gradebook.find_grade("check_step", A1, A1, "s08").needs_manual_grade  # nbgrader asks to look again


def test_the_csv(term):
    root, course, _ = term
    got = {name: f"{score - penalty:g}" for name, (score, penalty) in scores(course).items()}
    assert main(["export", str(root)]) == 0
    head, points, *students = rows(root / "canvas.csv")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Descent (77)"]
    assert points == ["    Points Possible", "", "", "", "", "24"]
    assert students[0] == ["Last0, First0", "4000", "U0", "s01", "Group A", "20"]
    assert {row[3]: row[5] for row in students} == got | {"s20": ""}
    assert main(["export", str(root), "--format", "moodle", "--to", str(root / "m.csv")]) == 0
    assert rows(root / "m.csv")[1] == ["s01", "First0", "Last0", "", "20"]
    assert main(["export", str(root), "--format", "nbgrader"]) == 0
    assert len(rows(root / "nbgrader.csv")) == 21


def test_nbgrader_itself_grades_in_the_sandbox(term):
    """What formgrader's button does: the same points, whatever a notebook does to its own kernel."""
    _, course, _ = term
    cheat = "import numpy as np\nnp.array_equal = np.allclose = lambda *a: True\ndef step(*a): return 0"
    mini.hand_in(course, "s09", solved(course, step=cheat), assignment=A1)
    assert course.api.autograde(A1, "s09")["success"]
    assert scores(course)["s09"][0] == 17


def test_a_folder_that_is_no_course(tmp_path, capsys):
    assert main(["grade", str(tmp_path), A1]) == 1
    assert "python -m classroom init" in capsys.readouterr().err


@pytest.mark.parametrize("line", [["grade"], ["nothing"], [], ["grade", "x", "y", "--jobs", "0"]])
def test_a_command_line_that_is_not_understood(line, capsys):
    with pytest.raises(SystemExit) as end:
        main(line)
    assert end.value.code == 2
