"""The folder of a course: its settings, its gradebook, its students."""

import csv
import os
import shutil
import sys
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader

from classroom.sandbox import HERE

SETTINGS = "nbgrader_config.py"
ROSTER = ("id", "last_name", "first_name", "email", "lms_user_id", "sis_user_id", "section")
# The columns of Canvas' gradebook, of Moodle's participants and of its grading worksheet, by ours.
ALIASES = {
    "id": ("id", "SIS Login ID", "Username", "ID number", "Email address"),
    "last_name": ("last_name", "Last name", "Surname"),
    "first_name": ("first_name", "First name"),
    "name": ("Student", "Full name"),
    "email": ("email", "Email address"),
    "lms_user_id": ("lms_user_id", "ID", "Identifier"),
    "sis_user_id": ("sis_user_id", "SIS User ID"),
    "section": ("section", "Section"),
}
TEMPLATE = '''"""nbgrader's settings for this course: for nbgrader, for formgrader and for `python -m classroom`."""

import sys

sys.path.insert(0, {home!r})  # where the book is
from classroom.nbgrader_config import configure

c = get_config()
configure(c)

c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = {name!r}

# c.LateDays.free_days = 3            # late days that each student has in all
# c.LateDays.penalty_per_day = 0.1    # of an assignment's points, for each late day after those
# c.FeedbackPage.book_url = ""        # where your students read the book, to have links in the feedback
# c.CanvasExport.columns = {{}}         # {{"a1_descent": "Descent (12345)"}}: the columns of Canvas' gradebook
# c.BlackBox.call_seconds = 10        # for one call of a student's function
'''


class CourseError(Exception):
    """The course is not as it should be; the text says what to do."""


class Course:
    """A course's folder, opened with the settings in it."""

    def __init__(self, root):
        self.root = Path(root).expanduser().resolve()
        if not (self.root / SETTINGS).exists():
            raise CourseError(f"{self.root} has no {SETTINGS}. To make a course:  python -m classroom init {root}")
        # nbgrader calls the program alembic, which lies beside this Python whether or not its environment is active
        os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        self.config = PyFileConfigLoader(SETTINGS, path=str(self.root)).load_config()
        self.config.CourseDirectory.root = str(self.root)
        self.coursedir = CourseDirectory(config=self.config)
        self.api = NbGraderAPI(self.coursedir, config=self.config)

    def gradebook(self):
        return Gradebook(self.coursedir.db_url, self.coursedir.course_id)

    def folder(self, step, assignment, student="."):
        """Return the folder of an assignment in one of nbgrader's steps: "source", "submitted", ..."""
        return Path(self.coursedir.format_path(getattr(self.coursedir, f"{step}_directory"), student, assignment))

    def assignments(self):
        """Return the names of the assignments in the source folder."""
        return sorted(self.api.get_source_assignments())

    def choose(self, assignment):
        """Return `assignment`, or raise CourseError if the course has none of this name."""
        if assignment not in self.assignments():
            raise CourseError(f"There is no assignment {assignment!r}; there are {', '.join(self.assignments())}.")
        return assignment

    def submitted(self, assignment):
        """Return the names of the students who have handed in."""
        pattern = self.folder("submitted", assignment, "*").relative_to(self.root)
        return sorted(path.parent.name for path in self.root.glob(str(pattern)))


def make(root, name=None):
    """Make the folder of a course from the book's assignments; return the paths of what was made."""
    root = Path(root).resolve()
    if (root / SETTINGS).exists():
        raise CourseError(f"{root} is a course already.")
    shutil.copytree(HERE / "source", root / "source", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    settings = TEMPLATE.format(home=str(HERE.parent), root=str(root), name=name or root.name)
    (root / SETTINGS).write_text(settings, encoding="utf-8")
    return [root / SETTINGS, root / "source"]


def read_roster(path):
    """Return the students of a CSV of ours, of Canvas or of Moodle: a list of dicts with the keys of ROSTER."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not any(alias in rows[0] for alias in ALIASES["id"]):
        raise CourseError(f"{path} must have a first line with one of the columns {', '.join(ALIASES['id'])}.")
    students = [_student(row) for row in rows]
    students = [student for student in students if student["id"]]
    ids = [student["id"] for student in students]
    for bad in {i for i in ids if ids.count(i) > 1 or i.startswith(".") or "/" in i or "+" in i}:
        raise CourseError(f"{path} has a student {bad!r}: an id must be given once, and cannot hold / or +.")
    return students


def _student(row):
    found = {key: pick(row, names) for key, names in ALIASES.items()}
    if "SIS Login ID" in row and not found["id"]:  # Canvas' line of points possible, or its test student
        return dict.fromkeys(ROSTER, "")
    name = found.pop("name")
    if name and not found["last_name"]:
        last, comma, first = name.partition(",")
        first, last = (first, last) if comma else (name.rpartition(" ")[0], name.rpartition(" ")[2])
        found |= {"last_name": last.strip(), "first_name": first.strip()}
    found["lms_user_id"] = found["lms_user_id"].removeprefix("Participant").strip()
    return found


def pick(row, names):
    """Return what a row has in the first of these columns that is not empty."""
    return next((row[name].strip() for name in names if row.get(name) and row[name].strip()), "")


def add_students(course, students):
    """Put students into the gradebook, and into the course's roster.csv, which knows a little more than that."""
    with course.gradebook() as gradebook:
        for student in students:
            known = {key: student[key] or None for key in ("last_name", "first_name", "email", "lms_user_id")}
            gradebook.update_or_create_student(student["id"], **known)
    with open(course.root / "roster.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ROSTER)
        writer.writeheader()
        writer.writerows(students)


def roster(course):
    """Return what the course's roster.csv holds: a dict from student ids to dicts."""
    path = course.root / "roster.csv" if isinstance(course, Course) else Path(course) / "roster.csv"
    return {student["id"]: student for student in read_roster(path)} if path.exists() else {}
