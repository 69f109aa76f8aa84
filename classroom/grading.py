"""Grades an assignment's submissions: sandboxes on a cluster's workers, and nbgrader, which keeps the gradebook, here.

Both go on at once: a submission is written into the gradebook as soon as its verdicts are there.
What is unchanged since it was graded is left alone. Whatever a submission is like, the others are graded.
"""

import contextlib
import hashlib
import json
from typing import NamedTuple

import nbformat
from tqdm import tqdm

from classroom import batch, blackbox, cluster, late, notebooks, sandbox

UNSAFE = "WITHOUT a sandbox: students' code could read and write what you can."


class Result(NamedTuple):
    """What became of one submission."""

    student: str
    graded: bool  # now; False if it is unchanged
    review: list  # of lines that tell what needs a look
    by_hand: int = 0  # answers that wait for a grade by hand
    score: float = 0
    points: float = 0


def grade(course, assignment, *, students=None, force=False, jobs=None, scheduler=None):
    """Grade what is new or has changed; return a list of Result and write the report.

    What ends it early, Ctrl-C or a ClusterError, comes between two submissions: the next time goes on from there.

    Parameters
    ----------
    students : list of ids, or None for all who have handed in
    force : bool, grade everything anew
    jobs : int, how many sandboxes at a time on this computer; one for each core unless told
    scheduler : address of a Dask scheduler whose workers run the sandboxes; without it, and without `jobs`, the one
        in Dask's own settings, if there is one

    Raises
    ------
    sandbox.NoSandbox, cluster.ClusterError
    """
    box = blackbox.BlackBox(config=course.config)
    released = read_released(course, assignment)
    state = State(course, assignment, released, box)
    chosen = [s for s in course.submitted(assignment) if students is None or s in students]
    with course.gradebook() as gradebook:
        recorded = {submission.student.id for submission in gradebook.find_assignment(assignment).submissions}
    due = [student for student in chosen if force or student not in recorded or state.changed(student)]

    problems = {student: preflight(course, assignment, student, released) for student in due}
    work = {s: [] if problems[s] else batch.jobs(course, assignment, box, released, s, force) for s in due}
    if scheduler and not box.sandbox:
        raise cluster.ClusterError("Without a sandbox, submissions are run on this computer only.")
    place = scheduler or (cluster.known_address() if box.sandbox and not jobs else None)
    if box.sandbox and not place:
        sandbox.check()
    ready = batch.decided(course, work, place=place, workers=jobs or cluster.CORES, safe=box.sandbox)
    with contextlib.closing(ready), tqdm(total=len(due), unit="submission", disable=not due) as bar:
        for student in ready:
            with cluster.uninterrupted():  # nbgrader takes Ctrl-C for a failed submission
                write(course, assignment, student, problems[student], state)
            bar.update()
    with course.gradebook() as gradebook:
        if issubclass(course.config.AssignLatePenalties.plugin_class, late.LateDays):
            late.settle(gradebook, late.LateDays(config=course.config))
        results = [result(course, gradebook, assignment, s, state, s in due) for s in chosen]
    write_report(course, assignment, results, box.sandbox)
    return results


def read_released(course, assignment):
    """Return a dict from the names of an assignment's notebooks to what the gradebook knows of them."""
    from nbgrader.api import MissingEntry

    from classroom.course import CourseError

    with course.gradebook() as gradebook:
        try:
            found = gradebook.find_assignment(assignment).notebooks
            return {notebook.name: notebooks.Released(notebook) for notebook in found}
        except MissingEntry:
            command = f"python -m classroom release {course.root} {assignment}"
            raise CourseError(f"{assignment} is not released:  {command}") from None


def preflight(course, assignment, student, released):
    """Return what is wrong with the files of a submission: a list of lines, empty if nobody has to look at them."""
    folder = course.folder("submitted", assignment, student)
    problems, size = [], 0
    for path in sorted([folder, *folder.rglob("*")]):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            problems.append(f"{path.relative_to(folder.parent)} is a link or a device")
        elif path.is_file():
            size += path.stat().st_size
    if size > 5 * notebooks.MAX_BYTES:
        problems.append(f"its files have {size / 1e6:.0f} MB")
    if not any((folder / f"{name}.ipynb").exists() for name in released):
        found = ", ".join(path.name for path in folder.glob("*")) or "nothing"
        problems.append(f"it has no {' or '.join(f'{n}.ipynb' for n in released)}; there is {found}")
    return problems


def write(course, assignment, student, problems, state):
    """Have nbgrader write a submission whose verdicts are kept into the gradebook, and write down that it has."""
    log = {"success": False} if problems else course.api.autograde(assignment, student, force=True)
    if not log["success"]:
        problems = problems or ["nbgrader could not grade it"]
        set_zero(course, assignment, student)
    state.keep(student, problems, log.get("log", "") + log.get("error", ""))


def set_zero(course, assignment, student):
    """Record a submission that could not be graded: no points but those given by hand, and in need of review."""
    stamp = course.coursedir.get_existing_timestamp(str(course.folder("submitted", assignment, student)))
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(student)
        about = {"timestamp": stamp} if stamp else {}
        submission = gradebook.update_or_create_submission(assignment, student, **about)
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                grade.auto_score, grade.needs_manual_grade = 0, True
        gradebook.db.commit()


class State:
    """What is known of an assignment's submissions since the last time, in `grading/`."""

    def __init__(self, course, assignment, released, box):
        self.course, self.assignment = course, assignment
        self.path = blackbox.grading_folder(course.root) / f"{assignment}.json"
        self.known = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
        checks = {name: [cells.metadata(c) | {"source": cells.cells[c].source} for c in cells.cells]
                  for name, cells in released.items()}  # fmt: skip
        engine = notebooks.engine(course.folder("source", assignment))
        self.common = json.dumps([checks, engine, box.sandbox, box.limits()], sort_keys=True)

    def _fingerprint(self, student):
        digest = hashlib.sha256(self.common.encode())
        folder = self.course.folder("submitted", self.assignment, student)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= notebooks.MAX_BYTES:
                digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()

    def changed(self, student):
        """Return whether a submission, or what grades it, is another than when it was graded."""
        return self.known.get(student, {}).get("fingerprint") != self._fingerprint(student)

    def keep(self, student, problems, log):
        """Write down that a submission was graded, at once: what is broken off goes on from there."""
        self.known[student] = {"fingerprint": self._fingerprint(student), "problems": problems}
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(self.known, indent=1), encoding="utf-8")
        part.replace(self.path)
        logs = self.path.parent / "logs" / self.assignment
        logs.mkdir(parents=True, exist_ok=True)
        (logs / f"{student}.txt").write_text(log, encoding="utf-8")


def result(course, gradebook, assignment, student, state, graded):
    """Return the Result of one submission, from what the gradebook says now."""
    submission = gradebook.find_submission(assignment, student)
    review, by_hand = list(state.known[student]["problems"]), 0
    for notebook in submission.notebooks:
        path = course.folder("autograded", assignment, student) / f"{notebook.name}.ipynb"
        waiting = {grade.name for grade in notebook.grades if grade.needs_manual_grade}
        if not path.exists():
            review += [] if state.known[student]["problems"] else [f"{notebook.name}.ipynb is missing"]
            continue
        graded_notebook = nbformat.read(path, as_version=4)
        if text := graded_notebook.metadata.get("classroom", {}).get("unreadable"):
            review.append(text)
        for cell in graded_notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in waiting and cell.metadata.get("classroom", {}).get("review"):
                review += [f"{name}: {cell.outputs[0].traceback[-1]}"] if not text else []
                waiting.discard(name)
        by_hand += len(waiting)
    penalty = submission.late_submission_penalty
    return Result(student, graded, review, by_hand, max(0, submission.score - penalty), submission.max_score)


def write_report(course, assignment, results, safe):
    """Write grading/<assignment>.txt: a line for each submission, and what needs a look."""
    lines = [f"{assignment}: {len(results)} submissions, {sum(bool(r.review) for r in results)} in need of review"]
    lines += [] if safe else [UNSAFE]
    for r in results:
        lines.append(f"{r.student}: {r.score:g} of {r.points:g}{f', {r.by_hand} by hand' if r.by_hand else ''}")
        lines += [f"    NEEDS REVIEW: {line}" for line in r.review]
    path = report_path(course, assignment)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def report_path(course, assignment):
    return blackbox.grading_folder(course.root) / f"{assignment}.txt"
