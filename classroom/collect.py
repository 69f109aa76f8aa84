"""Submissions from nbgrader's exchange, or from the ZIP file that Canvas or Moodle hand out."""

import csv
import re
import shutil
import stat
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import dateutil.parser
from nbgrader.plugins import FileNameCollectorPlugin

from classroom.course import CourseError, pick, roster
from classroom.notebooks import MAX_BYTES

# Canvas: adalovelace_LATE_4021_98765_a1_descent-1.ipynb: name, perhaps LATE, user's number, submission's number, file.
CANVAS = re.compile(r"^(?P<name>[^_/]+)_(?P<late>LATE_|late_)?(?P<lms_user_id>\d+)_\d+_(?P<file>[^/]+)$")
# Moodle: "Ada Lovelace_4021_assignsubmission_file_/a1_descent.ipynb", or without the folder.
MOODLE = re.compile(r"^(?P<name>[^_/]+)_(?P<lms_user_id>\d+)_assignsubmission_file_/?(?:.*/)?(?P<file>[^/]+)$")
# Anything else: a folder for each student, named by the id.
FOLDER = re.compile(r"^(?:.*/)?(?P<id>[^/]+)/(?P<file>[^/]+)$")
NUMBERED = re.compile(r"(?:-\d+| ?\(\d+\))$")  # a resubmission, for Canvas or a browser
WHO = ("id", "student_id", "lms_user_id", "ID", "Identifier", "SIS Login ID", "Username", "ID number", "Email address")
CLOCK = ("timestamp", "time", "Last modified (submission)")


class Found(NamedTuple):
    """A notebook among what was handed out."""

    student: str
    path: str
    notebook: str
    number: int  # of the resubmission
    late: bool  # as Canvas says


def parse(name):
    """Return the parts of a file's name in a ZIP of Canvas or Moodle as a dict, or None.

    >>> parse("adalovelace_LATE_4021_98765_a1_descent-2.ipynb")["lms_user_id"]
    '4021'
    >>> parse("Ada Lovelace_4021_assignsubmission_file_/a1_descent.ipynb")["file"]
    'a1_descent.ipynb'
    """
    for form in (CANVAS, MOODLE, FOLDER):
        if match := form.match(name):
            return {"late": None, **match.groupdict()}
    return None


def notebook_name(file, names):
    """Return which of the assignment's notebooks a file is, and the number of the resubmission; or None and 0.

    >>> notebook_name("a1_descent-2.ipynb", ["a1_descent"])
    ('a1_descent', 2)
    """
    stem = Path(file).stem
    plain = NUMBERED.sub("", stem)
    number = int(re.sub(r"\D", "", stem[len(plain) :]) or 0)
    if plain in names:
        return plain, number
    return (names[0], number) if len(names) == 1 else (None, 0)  # whatever a student has called it


class LmsCollector(FileNameCollectorPlugin):
    """The same for nbgrader's own `nbgrader zip_collect`; students are named by their number in Canvas or Moodle."""

    def collect(self, submitted_file):
        parts = parse("/".join(Path(submitted_file).parts[-2:])) or parse(Path(submitted_file).name)
        if parts is None or not submitted_file.endswith(".ipynb"):
            return None
        return {
            "student_id": parts.get("id") or parts["lms_user_id"],
            "file_id": NUMBERED.sub("", Path(submitted_file).stem),
        }


def from_exchange(course, assignment):
    """Collect what students have handed in through nbgrader's exchange; the latest submission of each counts."""
    result = course.api.collect(assignment, update=True)
    if not result["success"]:
        raise CourseError(f"nbgrader could not collect {assignment}:\n{result.get('log', '')}{result.get('error', '')}")


def from_zip(course, assignment, archive, times=None):
    """Put the notebooks of a ZIP into `submitted/`; return lines that tell what was done and what was not.

    Parameters
    ----------
    times : path of a CSV with a column that names the student and one with the time of handing in (Moodle's grading
        worksheet is one), or None
    """
    names = sorted(path.stem for path in course.folder("release", assignment).glob("*.ipynb"))
    if not names:
        raise CourseError(f"{assignment} is not released:  python -m classroom release {course.root} {assignment}")
    students = known_students(course)
    handed_in = read_times(times, students) if times else {}
    report, latest = [], {}
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            if info.is_dir() or not info.filename.endswith(".ipynb") or "__MACOSX" in info.filename:
                continue
            found, problem = _find(info, names, students)
            if problem:
                report.append(f"left out: {info.filename}: {problem}")
            elif found.number >= latest.get((found.student, found.notebook), found).number:
                latest[found.student, found.notebook] = found
        for found in latest.values():
            report += _put(course, assignment, file, found, handed_in.get(found.student))
    return [*sorted(report), f"collected {len(latest)} notebooks"]


def _find(info, names, students):
    """Return the Found of a file in a ZIP, and what is wrong with it."""
    parts = parse(info.filename)
    if parts is None:
        return None, "its name is not one that Canvas or Moodle give"
    if stat.S_ISLNK(info.external_attr >> 16) or info.file_size > MAX_BYTES:
        return None, "it is a link, or too large"
    who = parts.get("id") or parts["lms_user_id"]
    if who not in students:
        return None, f"no student in roster.csv has the id or the lms_user_id {who}"
    notebook, number = notebook_name(parts["file"], names)
    if notebook is None:
        return None, f"it is none of {', '.join(names)}"
    return Found(students[who], info.filename, notebook, number, bool(parts["late"])), None


def _put(course, assignment, archive, found, when):
    """Write a notebook to its place, unless the one there was handed in later; yield what is to be said of it."""
    folder = course.folder("submitted", assignment, found.student)
    stamp = folder / "timestamp.txt"
    if when and stamp.exists() and stamp.read_text().strip() > when:
        yield f"left out: {found.path}: a later one is there already"
        return
    folder.mkdir(parents=True, exist_ok=True)
    with archive.open(found.path) as source, open(folder / f"{found.notebook}.ipynb", "wb") as target:
        shutil.copyfileobj(source, target)
    if when:
        stamp.write_text(when)
    elif found.late:
        yield f"{found.student}: late, says Canvas, but not how late; give the times with --times"


def known_students(course):
    """Return a dict from what may name a student, the id or the number in Canvas or Moodle, to the id."""
    students = roster(course)
    if not students:
        raise CourseError(
            f"Whose files are these? Read the roster first:  python -m classroom roster {course.root} CSV"
        )
    numbers = {student["lms_user_id"]: name for name, student in students.items() if student["lms_user_id"]}
    return {**numbers, **{name: name for name in students}}


def read_times(path, students):
    """Return a dict from students' ids to the time of handing in, as nbgrader writes it."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    times = {}
    for row in rows:
        names = [pick(row, (column,)).removeprefix("Participant").strip() for column in WHO]
        student = next((students[name] for name in names if name in students), None)
        text = pick(row, CLOCK)
        if student and text not in ("", "-"):
            times[student] = utc(text)
    return times


def utc(text):
    """Return a time as nbgrader writes it: in UTC. A time without a zone is one of this computer's zone.

    >>> utc("2026-10-12 23:59 +0200")
    '2026-10-12 21:59:00 UTC'
    """
    try:
        when = dateutil.parser.parse(text)
    except (ValueError, OverflowError):
        raise CourseError(f"{text!r} is not a time, such as 2026-10-12 23:59 or 2026-10-12 23:59 +0200.") from None
    return datetime.fromtimestamp(when.timestamp(), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
