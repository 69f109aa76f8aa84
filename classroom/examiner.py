"""Grades one submission: the trusted process that runs the check cells, with the student's notebook in a sandbox.

`python -m classroom.examiner PARENT FOLDER`, started by the process of that number, reads a Job as JSON from its input
and writes a verdict for each check to its output; what it needs besides is in the folder.
Check cells are the instructor's, from the gradebook. Their names are the instructor's imports; any other is asked of
the student's notebook. A check counts only if its cell runs to its end.
"""

import ast
import builtins
import contextlib
import dataclasses
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from types import CodeType

from classroom import remote, sandbox
from lessons_lib import coach

PATIENCE = 60  # seconds that the examiner may take beyond what the notebook may
CHECK_FILE = "<check>"


@dataclasses.dataclass
class Job:
    """All that decides the verdicts of one submission.

    steps : the notebook from top to bottom: {"source"} for a cell of the student's,
        {"check", "source", "points", "seed"} for a check cell
    imports : the import statements of the instructor's notebook
    files : the assignment's data files, from names to contents in base64
    """

    student: str
    assignment: str
    notebook: str
    steps: list
    imports: str
    files: dict
    course: str
    limits: dict
    safe: bool = True
    engine: str = ""

    def digest(self):
        """Return a short text that is different for every job that could end differently."""
        import hashlib

        return hashlib.sha256(json.dumps(dataclasses.asdict(self), sort_keys=True).encode()).hexdigest()[:32]


def verdict(points, message="", *, section=None, review=False, detail=""):
    """Return what is known of one check.

    points : those earned
    message : for the student
    section : the label of the section of the book that helps
    review : whether the instructor must look at it
    detail : for the instructor only
    """
    return {"points": points, "message": message, "section": section, "review": review, "detail": detail}


def unknown(detail):
    """Return the verdict of a check that could not be completed, for whatever reason."""
    message = "This check could not be completed; your instructor will look at it."
    return verdict(0, message, review=True, detail=detail)


def examine(job):
    """Return the verdicts of a Job: {"checks": {grade_id: verdict}, "outcomes": [for each of the student's cells]}."""
    limits = sandbox.Limits(**job.limits)
    checks, outcomes = {}, []
    with tempfile.TemporaryDirectory(prefix="box-") as folder:
        box = Path(folder) / "box"
        sandbox.fill(box, job.files)
        Path(folder).chmod(0o755)
        os.chdir(box / "home" / "work")  # where the checks look for the assignment's data

        def start():
            return sandbox.Sandbox(box, limits, course=job.course, safe=job.safe)

        with remote.Student(start, limits) as student:
            for step in job.steps:
                if "check" in step:
                    checks[step["check"]] = _check(step, student, job.imports)
                else:
                    outcomes.append(_run(step, student))
        os.chdir("/")
    return {"checks": checks, "outcomes": outcomes}


def _run(step, student):
    try:
        return student.run(step["source"])._asdict()
    except remote.Stopped as stop:
        return {"text": "", "error": ["Stopped", str(stop), ""]}


class Names(dict):
    """The namespace of a check cell: a name that is not in it is asked of the student's notebook."""

    def __init__(self, student):
        super().__init__(__name__="__check__", __builtins__=builtins)
        self.student = student

    def __missing__(self, name):
        if hasattr(builtins, name):
            raise KeyError(name)
        try:
            self[name] = self.student.get(name)
        except NameError:
            raise coach.NotYet(self._why_not(name)) from None
        return self[name]

    def _why_not(self, name):
        for source, (kind, message, _) in self.student.errors:
            if name in source and kind == "Stopped":
                return f"`{name}` is not defined. {message}"
            if name in source and kind != "NotImplementedError":
                return f"`{name}` is not defined: its cell stops with {kind}: {message}"
        return f"`{name}` is not defined: run your notebook from top to bottom before you submit it."


def _check(step, student, imports):
    """Run one check cell and return its verdict."""
    from classroom.examine import SEED

    printed = io.StringIO()
    try:
        SEED.set(step["seed"])
        student.callbacks.clear()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            code = compile(step["source"], CHECK_FILE, "exec")
            names = Names(student)
            exec(_imports_used(imports, code), names)
            student._revive()
            exec(code, names)
    except BaseException as error:
        return _failed(error)
    return verdict(step["points"])


def _failed(error):
    """Return the verdict of a check that ended with `error`."""
    if isinstance(error, remote.Stopped):
        return verdict(0, str(error))
    if isinstance(error, coach.NotYet):
        return verdict(0, f"{error.name}: {error.says}" if error.name else error.says, section=error.section)
    if isinstance(error, coach.Raised):
        return verdict(0, _of_student(error))
    detail = "".join(traceback.format_exception(error))[-6000:]
    if isinstance(error, AssertionError):
        # what the instructor wrote behind an assert is for the student; a library's text may tell what was expected
        own = traceback.extract_tb(error.__traceback__)[-1].filename == CHECK_FILE
        return verdict(0, (own and str(error)) or "This check found a wrong result.", detail=detail)
    return unknown(detail)


def _of_student(error):
    """Return in words what the student's code raised."""
    if error.kind == "NotImplementedError":
        return "This is not written yet."
    text = f": {error.text}" if error.text else "."
    return f"Your code raised {error.kind}{text}" if error.kind else f"{error.text}."


def _imports_used(imports, code):
    """Return the code that imports what the check cell uses, and no more."""
    used, statements = _names(code), []
    for statement in ast.parse(imports).body:
        statement.names = [a for a in statement.names if (a.asname or a.name).split(".")[0] in used]
        statements += [statement] if statement.names else []
    return compile(ast.Module(statements, []), "<imports>", "exec")


def _names(code):
    return {*code.co_names, *(name for part in code.co_consts if isinstance(part, CodeType) for name in _names(part))}


def examine_apart(job):
    """Return `examine(job)`, done in a process of its own; whatever becomes of that, there is an answer."""
    paths = [str(sandbox.HERE.parent), os.environ.get("PYTHONPATH")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "OMP_NUM_THREADS": "1"}
    folder = tempfile.TemporaryDirectory(prefix="examiner-", ignore_cleanup_errors=True)
    command = [sys.executable, "-m", "classroom.examiner", str(os.getpid()), folder.name]
    try:
        with folder:
            done = subprocess.run(
                command,
                input=json.dumps(dataclasses.asdict(job)),
                capture_output=True,
                text=True,
                env=environment,
                timeout=job.limits["notebook_seconds"] + PATIENCE,
                start_new_session=True,  # Ctrl-C is no verdict
            )
        return json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return undecided(job, "The examiner did not come to an end.")
    except ValueError:
        code, said = done.returncode, done.stderr[-4000:]
        return undecided(job, f"The examiner ended without an answer (exit code {code}).\n{said}")


def undecided(job, detail):
    """Return the verdicts of a Job of which nothing can be known: no points, and all to be looked at."""
    return {"checks": {step["check"]: unknown(detail) for step in job.steps if "check" in step}, "outcomes": []}


def _end_with(parent, folder):
    """End this process, and with it the sandbox, as soon as the process that asked for it is gone."""
    while os.getppid() == parent:
        time.sleep(0.1)
    for _ in range(10):  # the main thread may be at work in it
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            break
    os._exit(1)


def main():
    parent, folder = int(sys.argv[1]), sys.argv[2]
    threading.Thread(target=_end_with, args=(parent, folder), daemon=True).start()
    Path(folder).chmod(0o755)
    tempfile.tempdir = folder
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else is printed is no answer
    json.dump(examine(Job(**json.load(sys.stdin))), answer)


if __name__ == "__main__":
    main()
