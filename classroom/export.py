"""The grades as CSV, in the columns that Canvas and Moodle import."""

import csv

from nbgrader.api import MissingEntry
from nbgrader.plugins import ExportPlugin
from traitlets import Dict

from classroom.course import roster

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take such a cell for a formula


def safe(text):
    """Return a text that no spreadsheet runs.

    >>> safe("=1+1"), safe("Ada"), safe(None)
    ("'=1+1", 'Ada', '')
    """
    text = "" if text is None else str(text)
    return f"'{text}" if text.startswith(DANGEROUS) else text


class LmsExport(ExportPlugin):
    """What the exporters have in common: one line for each student, one column for each assignment."""

    columns = Dict(
        help="the name of each assignment's column; else it is the assignment's own name. "
        "Canvas wants the number of an assignment that exists in brackets: {'a1_descent': 'Descent (12345)'}"
    ).tag(config=True)
    default_file = "grades.csv"

    def export(self, gradebook):
        assignments = [a for a in gradebook.assignments if not self.assignment or a.name in self.assignment]
        students = [s for s in gradebook.students if not self.student or s.id in self.student]
        with open(self.to or self.default_file, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(self.rows(gradebook, assignments, students))

    def column(self, assignment):
        return self.columns.get(assignment.name, assignment.name)

    def extra(self, student):
        """Return what roster.csv knows of a student beyond the gradebook."""
        coursedir = getattr(self.parent, "coursedir", None)
        return (roster(coursedir.root) if coursedir else {}).get(student.id, {})


def score(gradebook, assignment, student):
    """Return a student's points, without those taken off for being late; the empty text if nothing was handed in."""
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return ""
    return f"{max(0, submission.score - submission.late_submission_penalty):g}"


class CanvasExport(LmsExport):
    """The CSV that Canvas' gradebook imports."""

    default_file = "canvas.csv"

    def rows(self, gradebook, assignments, students):
        yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *map(self.column, assignments)]
        yield ["    Points Possible", "", "", "", "", *(f"{a.max_score:g}" for a in assignments)]
        for student in students:
            more = self.extra(student)
            name = ", ".join(filter(None, (student.last_name, student.first_name))) or student.id
            about = name, student.lms_user_id, more.get("sis_user_id"), student.id, more.get("section")
            yield [*map(safe, about), *(score(gradebook, a, student) for a in assignments)]


class MoodleExport(LmsExport):
    """A CSV for Moodle's gradebook: Grades, Import, CSV file; map "ID number" or "Email address" to the user."""

    default_file = "moodle.csv"

    def rows(self, gradebook, assignments, students):
        yield ["ID number", "First name", "Last name", "Email address", *map(self.column, assignments)]
        for student in students:
            about = student.id, student.first_name, student.last_name, student.email
            yield [*map(safe, about), *(score(gradebook, a, student) for a in assignments)]
