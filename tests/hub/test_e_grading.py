"""The instructor collects, grades and looks at formgrader; forged submissions and links bring nothing."""

import csv

import browser
import pytest
from conftest import A1, COURSE
from people import HUB
from playwright.sync_api import sync_playwright
from test_b_the_hub_dies import INBOUND

FORGE = """
import os, shutil
folder = "{inbound}/{owner}+a1_descent+2098-01-01 00:00:00.000000 UTC+forged"
shutil.copytree(os.path.expanduser("~/a1_descent"), folder)
os.chmod(folder, 0o755)
{more}
"""
LINK = """
os.remove(folder + "/a1_descent.ipynb")
os.symlink("{target}", folder + "/a1_descent.ipynb")
"""
EMPTY = """
import json
text = json.load(open(folder + "/a1_descent.ipynb"))
text["cells"] = []
json.dump(text, open(folder + "/a1_descent.ipynb", "w"))
"""


@pytest.fixture(scope="module")
def graded(machine, students):
    """Have submissions forged, then collect and grade; return what the commands said."""
    ada, mallory, trent = (students[number].name for number in (0, 2, 3))
    solution = f"{COURSE}/source/{A1}/{A1}.ipynb"
    forged = {
        1: FORGE.format(inbound=INBOUND, owner=ada, more=EMPTY),  # Eve hands in as Ada
        2: FORGE.format(inbound=INBOUND, owner=mallory, more=LINK.format(target=solution)),
        3: f"import os\nos.symlink('/nowhere', '{INBOUND}/{trent}+{A1}+2098-01-01 00:00:00.000000 UTC+x')\n"
        f"os.mkdir('{INBOUND}/{trent}+{A1}+no time at all+x')",
    }
    for number, source in forged.items():
        students[number].run(students[number].kernel(), [source])
    said = []
    for command in ("collect", "grade", "feedback"):
        more = ["--release"] if command == "feedback" else []
        result = machine.python("-m", "classroom", command, COURSE, A1, *more, user="grader", check=False)
        assert "Traceback" not in result.stderr, result.stderr
        said.append(result.stdout + result.stderr)
        assert result.returncode == (command != "collect"), said[-1]  # 1: the forgeries need a look
    machine.python("-m", "classroom", "export", COURSE, "--format", "nbgrader", user="grader")
    return said


def test_all_are_graded_and_forgery_falls_back_on_the_forger(machine, students, graded):
    with open(machine.path(f"{COURSE}/nbgrader.csv"), newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    score = {name: float(row["score"]) for name, row in rows.items()}
    most = score[students[0].name]
    assert set(score) == {person.name for person in students}
    assert most > 0, graded
    assert all(score[person.name] == most for person in (students[0], *students[4:])), score
    assert score[students[1].name] == 0, "what Eve forged is hers"
    assert score[students[2].name] == 0 and score[students[3].name] == 0
    assert f"NEEDS REVIEW: {students[2].name}: {A1}" in graded[1] and "is a link" in graded[1]
    assert f"NEEDS REVIEW: {students[3].name}" in graded[1]
    assert not [path for path in machine.path(f"{COURSE}/submitted").rglob("*") if "HIDDEN TESTS" in read(path)]


def read(path):
    return path.read_text(errors="replace") if path.is_file() and not path.is_symlink() else ""


def test_feedback_reaches_its_student_only(machine, students, graded):
    ada, eve = students[4], students[5]
    assert ada.assignment("fetch_feedback", A1).status_code == 200
    pages = list(machine.path(f"/home/{ada.name}/{A1}/feedback").rglob("*.html"))
    assert pages, "no feedback has come"
    listing = "import os\ntry:\n    print(os.listdir('/srv/nbgrader/exchange/course/feedback'))\nexcept OSError as e:\n"
    assert eve.run(eve.kernel(), [listing + "    print(type(e).__name__)"]) == "PermissionError\n"


def test_formgrader_opens_for_instructors_only(machine, students, teacher, graded):
    teacher.start()
    page = teacher.user("/formgrader/manage_assignments")
    assert page.status_code == 200 and "nbgrader" in page.text
    assert teacher.user(f"/formgrader/api/assignment/{A1}").json()["num_submissions"] == len(students)
    assert students[0].ask("GET", "/user/grader/formgrader").status_code == 403
    assert students[0].user("/formgrader").status_code == 404, "students have formgrader in their own servers"
    assert students[0].user("/api/status").status_code == 200
    assert teacher.ask("GET", f"/user/{students[0].name}/api/contents").status_code == 403


def test_a_browser_shows_formgrader_and_a_chapter(machine, students, teacher, graded, tmp_path):
    teacher.start()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(args=list(browser.ARGUMENTS), executable_path=browser.find())
        page = chromium.new_page()
        page.set_default_timeout(120_000)
        log_in(page, teacher)
        page.goto(f"{HUB}/hub/spawn/grader")
        page.screenshot(path=tmp_path / "asked.png")
        page.get_by_role("button", name="Authorize").click()  # asked once, since the server is not the teacher's own
        page.get_by_role("link", name=A1).first.wait_for()
        assert page.url.startswith(f"{HUB}/user/grader/formgrader")
        page.screenshot(path=tmp_path / "formgrader.png")
        page.get_by_role("link", name=str(len(students)), exact=True).first.click()
        page.get_by_text(students[0].name).first.wait_for()
        page.screenshot(path=tmp_path / "submissions.png")
        page.context.clear_cookies()
        log_in(page, students[0])
        page.goto(f"{HUB}/user/{students[0].name}/lab/tree/book/02_descend_a_slope.ipynb")
        page.get_by_role("heading", name="Descend a slope").first.wait_for()
        assert page.get_by_text("notified about official Jupyter news").count() == 0
        page.screenshot(path=tmp_path / "chapter.png")
        chromium.close()
    print(f"\npictures: {sorted(map(str, tmp_path.glob('*.png')))}")


def log_in(page, person):
    page.goto(f"{HUB}/hub/login")
    page.get_by_label("Username").fill(person.name)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login" not in url)
