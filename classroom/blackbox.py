"""What stands in nbgrader's autograder in the place of its own: the student's kernel never sees a check.

nbgrader_config.py puts these classes where nbgrader looks for its steps:
`TolerantExporter` reads what is submitted, `Rebuild` restores the released cells, `BlackBox` has the checks run and
writes their verdicts as outputs from which nbgrader determines the points, `FlagForReview` marks what needs a look.
"""

import json
import os
import secrets
from pathlib import Path

from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Float, Integer

from classroom import notebooks
from classroom.examiner import examine_apart, unknown, verdict
from classroom.sandbox import Limits, check


class TolerantExporter(NotebookExporter):
    """Reads a submission; in the place of one that cannot be read stands an empty notebook that says so."""

    def from_filename(self, filename, resources=None, **kwargs):
        try:
            notebook = notebooks.read(filename)
        except notebooks.Unreadable as reason:
            self.log.warning("%s could not be read: %s", filename, reason)
            notebook = notebooks.empty(reason)
        return self.from_notebook_node(notebook, resources, **kwargs)


class Rebuild(NbGraderPreprocessor):
    """Puts the notebook together anew: released cells as they were handed out, and the student's answers."""

    def preprocess(self, nb, resources):
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            released = notebooks.Released(gradebook.find_notebook(about["notebook"], about["assignment"]))
            return notebooks.rebuild(nb, released), resources


class BlackBox(NbGraderPreprocessor):
    """Has the checks of a submission run, in the trusted process, against the notebook in its sandbox."""

    sandbox = Bool(True, help="False: only a separate process, without walls around it").tag(config=True)
    call_seconds = Float(Limits().call_seconds, help="for one call of a student's function").tag(config=True)
    cell_seconds = Float(Limits().cell_seconds, help="for one cell").tag(config=True)
    notebook_seconds = Float(Limits().notebook_seconds, help="for all of a notebook").tag(config=True)
    memory = Integer(Limits().memory, help="bytes that a submission may use").tag(config=True)

    def limits(self):
        return Limits(self.call_seconds, self.cell_seconds, self.notebook_seconds, self.memory)

    def job(self, nb, released, *, coursedir, student, assignment, notebook):
        """Return the Job for a rebuilt notebook."""
        return notebooks.job(
            nb,
            released,
            Path(coursedir.format_path(coursedir.source_directory, ".", assignment)),
            secret=secret(coursedir.root),
            student=student,
            assignment=assignment,
            name=notebook,
            course=coursedir.root,
            limits=self.limits(),
            safe=self.sandbox,
        )

    def preprocess(self, nb, resources):
        about = resources["nbgrader"]
        coursedir = self.parent.parent.coursedir  # of the converter, which made the exporter, which made this
        with Gradebook(about["db_url"]) as gradebook:
            released = notebooks.Released(gradebook.find_notebook(about["notebook"], about["assignment"]))
            names = {key: about[key] for key in ("student", "assignment", "notebook")}
            folder = coursedir.format_path(coursedir.submitted_directory, about["student"], about["assignment"])
            try:
                notebooks.read(Path(folder) / f"{about['notebook']}.ipynb")
                verdicts = look_up(self.job(nb, released, coursedir=coursedir, **names), coursedir.root)
            except notebooks.Unreadable as reason:
                text = notebooks.says(reason)
                verdicts = {"checks": {name: verdict(0, text, review=True) for name in released.checks}, "outcomes": []}
                nb.metadata["classroom"] = {"unreadable": text}
            write_outputs(nb, released, verdicts)
        resources["classroom"] = verdicts
        return nb, resources


class FlagForReview(NbGraderPreprocessor):
    """Marks the checks that could not be completed; comes after SaveAutoGrades, which resets the mark."""

    def preprocess(self, nb, resources):
        about = resources["nbgrader"]
        where = about["notebook"], about["assignment"], about["student"]
        review = [name for name, result in resources["classroom"]["checks"].items() if result["review"]]
        if review:
            with Gradebook(about["db_url"]) as gradebook:
                for name in review:
                    gradebook.find_grade(name, *where).needs_manual_grade = True
                gradebook.db.commit()
        return nb, resources


def write_outputs(nb, released, verdicts):
    """Write what was printed below each of the student's cells, and the verdict below each check."""
    outcomes = iter(verdicts["outcomes"])
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in released.checks:
            result = verdicts["checks"].get(name) or unknown("There is no verdict.")
            cell.metadata["classroom"] = {key: result[key] for key in ("message", "section", "review")}
            cell.outputs = [_output(result, released.points[name])]
        elif outcome := next(outcomes, None):
            cell.outputs = list(_outputs(outcome))


def _output(result, points):
    """Return the output from which nbgrader's `determine_grade` takes the points."""
    if result["points"] == points and not result["message"] and not result["review"]:
        return new_output("execute_result", {"text/plain": repr(float(points))}, execution_count=None)
    text = result["detail"] or result["message"]
    return new_output("error", ename="NotYet", evalue=result["message"], traceback=text.splitlines())


def _outputs(outcome):
    if outcome["text"]:
        yield new_output("stream", name="stdout", text=outcome["text"])
    if outcome["error"]:
        kind, message, where = outcome["error"]
        yield new_output("error", ename=kind, evalue=message, traceback=[*where.splitlines(), f"{kind}: {message}"])


def grading_folder(root):
    """Return the folder in which the secret, the verdicts and the reports of a course are kept, for its owner only."""
    folder = Path(root) / "grading"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def secret(root):
    """Return the course's secret, from which hidden cases are drawn; the first time, make it."""
    path = grading_folder(root) / "secret"
    if not path.exists():
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text().strip()


def verdict_path(job, root):
    """Return where the verdicts of a Job are kept."""
    folder = grading_folder(root) / "verdicts"
    folder.mkdir(exist_ok=True)
    return folder / f"{job.digest()}.json"


def look_up(job, root):
    """Return the verdicts of a Job: those that are kept, or new ones."""
    path = verdict_path(job, root)
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    if job.safe:
        check()
    verdicts = examine_apart(job)
    keep(job, root, verdicts)
    return verdicts


def keep(job, root, verdicts):
    """Write down the verdicts of a Job, for `look_up`."""
    path = verdict_path(job, root)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(verdicts), encoding="utf-8")
    part.replace(path)
