"""The page that a student gets back: points and words for each check, the answers, the instructor's comments.

One HTML file that asks nothing of the network. It is made of the gradebook and the graded notebook; the source of a
check is not in it, and what a student wrote is shown as text.
"""

import re
from pathlib import Path
from typing import NamedTuple

import jinja2
from nbconvert.exporters import Exporter
from nbgrader.api import Gradebook
from traitlets import Unicode

from classroom.sections import sections

HERE = Path(__file__).parent
CHECKED = re.compile(r"coach\.check\(.*?[\"'](.+?)[\"']\)")  # what a check says it looks at
HEADING = re.compile(r"^#+\s+(.+?)\s*$", re.M)
RELEASE = ("timestamp.txt", "submission_secret.txt")  # by the latter nbgrader knows whose page it is


class Item(NamedTuple):
    """A graded cell."""

    title: str
    checked: str  # what was looked at
    state: str  # "right", "partly", "wrong" or "waits"
    score: float
    points: float
    message: str
    chapter: str  # where the book helps; empty if nowhere
    section: str
    link: str
    answer: str  # the student's, for what is graded by hand
    comment: str  # the instructor's


class FeedbackPage(Exporter):
    """Makes the page; stands in the place of the exporter of nbgrader's GenerateFeedback."""

    file_extension = ".html"
    output_mimetype = "text/html"
    book_url = Unicode(
        "", help="where students read the book, as in https://example.org/book; empty: sections are named, not linked"
    ).tag(config=True)

    def from_notebook_node(self, nb, resources=None, **kwargs):
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        about = resources["nbgrader"]
        where = about["notebook"], about["assignment"], about["student"]
        with Gradebook(about["db_url"]) as gradebook:
            submission = gradebook.find_submission_notebook(*where)
            grades = {grade.name: grade for grade in submission.grades}
            comments = {comment.name: comment.comment or "" for comment in submission.comments}
            page = _environment().get_template("feedback.html.j2")
            html = page.render(
                title=_title(nb, about["assignment"]),
                student=about["student"],
                items=list(self._items(nb, grades, comments)),
                late=submission.late_submission_penalty or 0,
                score=max(0, submission.score - (submission.late_submission_penalty or 0)),
                points=submission.max_score,
                notice=nb.metadata.get("classroom", {}).get("unreadable", ""),
            )
        self._leave_only_pages(about)
        return html, resources

    def _leave_only_pages(self, about):
        """Remove what nbgrader has put beside the page, but for what it needs to release it into the exchange."""
        if self.parent is not None:
            coursedir = self.parent.coursedir
            folder = coursedir.format_path(coursedir.feedback_directory, about["student"], about["assignment"])
            for path in Path(folder).rglob("*"):
                if path.suffix != ".html" and path.name not in RELEASE and not path.is_dir():
                    path.unlink()

    def _items(self, nb, grades, comments):
        title = ""
        for cell in nb.cells:
            if cell.cell_type == "markdown" and (found := HEADING.findall(cell.source)):
                title = found[-1]
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name not in grades:
                continue
            yield self._item(title or name, cell, grades[name], comments.get(name, ""))

    def _item(self, title, cell, grade, comment):
        about = cell.metadata.get("classroom", {})
        by_hand = grade.manual_score is not None
        message = "" if by_hand else about.get("message", "")
        if grade.needs_manual_grade and not by_hand:
            state = "waits"
        else:
            state = "right" if grade.score >= grade.max_score else "partly" if grade.score > 0 else "wrong"
        section = sections().get(about.get("section")) if message else None
        answer = cell.source if cell.metadata.nbgrader.get("solution") else ""
        return Item(
            title=title,
            checked=about and _checked(cell.source),
            state=state,
            score=grade.score,
            points=grade.max_score,
            message=message,
            chapter=section.chapter if section else "",
            section=section.title if section else "",
            link=self._link(section, about.get("section")) if section else "",
            answer=answer,
            comment=comment,
        )

    def _link(self, section, label):
        return f"{self.book_url.rstrip('/')}/{section.page}#{label}" if self.book_url else ""


def _checked(source):
    found = CHECKED.search(source)
    return found[1] if found else ""


def _title(nb, otherwise):
    text = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    found = re.search(r"^# (.+)$", text, re.M)
    return found[1] if found else otherwise


def _environment():
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True)
    environment.filters["number"] = lambda value: f"{value:.2f}".rstrip("0").rstrip(".")
    return environment
