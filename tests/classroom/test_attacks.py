"""Every attack of the bank is handed in and graded in one batch: none scores a point that was not earned."""

import copy
import hashlib
import os
import socket
from pathlib import Path

import attacks
import mini
import pytest
from nbconvert import HTMLExporter

import lessons_lib
from classroom import grading, sandbox

NO_FILE = {"renamed": 0, "no_file": 0, "link": 0, "linked_folder": 0}  # there is no notebook at its place
OURS = ("grading", "autograded", "gradebook.db", "feedback")  # what grading writes


def tree(root):
    """Return a dict from the files below `root` to their contents' hash, without what grading writes."""
    files = [p for p in root.rglob("*") if p.is_file() and p.relative_to(root).parts[0] not in OURS]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # of nbgrader about itself


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return the course, the results by student, and what the attacks did to the world around them."""
    course = mini.course(tmp_path_factory.mktemp("attacks") / "course")
    server = socket.create_server(("127.0.0.1", 0))
    server.setblocking(False)
    places = {
        "COURSE": str(course.root),
        "CLASSROOM": str(sandbox.HERE),
        "LIBRARY": str(Path(lessons_lib.__file__).parent),
        "PORT": str(server.getsockname()[1]),
    }
    honest = mini.answer(mini.released(course), **mini.RIGHT)
    for student in ("0_honest", "zz_honest"):  # the first and the last
        mini.hand_in(course, student, honest)
    for name, (make, _, _) in attacks.ATTACKS.items():
        mini.hand_in(course, name, make(mini.released(course), mini, places))
    mini.hand_in(course, "renamed", honest, name="my_notebook")
    course.folder("submitted", mini.ASSIGNMENT, "no_file").mkdir(parents=True)
    stolen = course.folder("submitted", mini.ASSIGNMENT, "0_honest")
    course.folder("submitted", mini.ASSIGNMENT, "link").mkdir(parents=True)
    (course.folder("submitted", mini.ASSIGNMENT, "link") / "mini.ipynb").symlink_to(stolen / "mini.ipynb")
    course.folder("submitted", mini.ASSIGNMENT, "linked_folder").parent.mkdir(parents=True)
    course.folder("submitted", mini.ASSIGNMENT, "linked_folder").symlink_to(stolen)
    before = tree(course.root)
    results = grading.grade(course, mini.ASSIGNMENT, jobs=2)
    try:
        reached = server.accept()
    except BlockingIOError:
        reached = None
    server.close()
    return course, {r.student: r for r in results}, before, reached


@pytest.mark.parametrize("name", attacks.ATTACKS)
def test_an_attack_earns_nothing(graded, name):
    _, results, _, _ = graded
    _, earned, review = attacks.ATTACKS[name]
    assert (results[name].score, results[name].points) == (earned, 6)
    assert bool(results[name].review) == review, results[name].review


@pytest.mark.parametrize("name", NO_FILE)
def test_a_submission_without_its_notebook_waits_for_a_look(graded, name):
    _, results, _, _ = graded
    assert results[name].score == 0
    assert results[name].review


def test_the_honest_get_their_points(graded):
    _, results, _, _ = graded
    for student in ("0_honest", "zz_honest"):
        assert (results[student].score, results[student].by_hand, results[student].review) == (5, 1, [])


def test_nothing_outside_is_changed(graded):
    course, _, files, reached = graded
    assert tree(course.root) == files
    assert list(sandbox.HERE.rglob("escaped*")) == []
    assert reached is None
    assert not [path for path in ("/escaped", "/usr/escaped", "/dev/shm/escaped") if os.path.exists(path)]


def test_no_process_is_left(graded):
    left = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            left += [path] if b"987654" in path.read_bytes() else []
        except OSError:
            continue
    assert left == []


@pytest.mark.parametrize("word", ["SEEN [", "READ b", "WROTE", "CONNECTED", "IMPORTED", "BECAME", "TEXT ["])
def test_what_the_attacks_saw(graded, word):
    """What they print is in the graded notebook: only what is harmless may stand there."""
    course, _, _, _ = graded
    said = ""
    for name in attacks.CODE:
        path = course.folder("autograded", mini.ASSIGNMENT, name) / "mini.ipynb"
        said += "".join("".join(c.get("text", "")) for cell in mini.nbformat.read(path, 4).cells
                        if cell.cell_type == "code" for c in cell.outputs)  # fmt: skip
    harmless = {"SEEN [": "SEEN []", "TEXT [": "TEXT []"}.get(word)
    assert said.count(word) == (said.count(harmless) if harmless else 0)
    assert harmless is None or harmless in said


def test_output_is_cut(graded):
    course, _, _, _ = graded
    path = course.folder("autograded", mini.ASSIGNMENT, "prints_100_mb") / "mini.ipynb"
    assert path.stat().st_size < 200_000


def test_points_in_the_gradebook_are_those_of_the_release(graded):
    course, _, _, _ = graded
    with course.gradebook() as gradebook:
        for name in (*attacks.ATTACKS, *NO_FILE):
            submission = gradebook.find_submission(mini.ASSIGNMENT, name)
            points = {grade.name: grade.max_score for grade in submission.notebooks[0].grades}
            assert points == {"check_double": 2, "check_apply": 3, "text": 1}


def test_formgrader_shows_an_attack_as_text(graded):
    """Formgrader's page, made as formgrader makes it: with the course's settings and its own template."""
    course, _, _, _ = graded
    config = copy.deepcopy(course.config)
    config.HTMLExporter.template_name = "classic"
    path = course.folder("autograded", mini.ASSIGNMENT, "script_in_text") / "mini.ipynb"
    page, _ = HTMLExporter(config=config).from_filename(str(path))
    assert "steal()" in page and "<script>steal" not in page and "onerror=steal()>" not in page


def test_feedback_of_an_attack_is_only_text(graded):
    course, _, _, _ = graded
    assert course.api.generate_feedback(mini.ASSIGNMENT, "script_in_text")["success"]
    page = (course.folder("feedback", mini.ASSIGNMENT, "script_in_text") / "mini.html").read_text()
    assert "<script" not in page and "<img" not in page and "&lt;script&gt;" in page and "{{ 7 * 7 }}" in page
