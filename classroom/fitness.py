"""What a worker must have to give the verdicts that this computer would give, and what it does. Quick to import."""

import functools
import hashlib
import importlib.metadata
import json
import platform
from pathlib import Path

from classroom import examiner, sandbox

PACKAGES = ("numpy", "scikit-learn", "matplotlib", "ipython")  # that students' code or the checks run on
WALLS = "bubblewrap"


@functools.cache
def code_hash():
    """Return a text that changes when the grader, the tasks or the library do."""
    import lessons_lib

    folders = (sandbox.HERE, sandbox.HERE / "tasks", Path(lessons_lib.__file__).parent)
    return hashlib.sha256(b"".join(p.read_bytes() for f in folders for p in sorted(f.glob("*.py")))).hexdigest()[:8]


@functools.cache
def description(safe=True):
    """Return what must be the same wherever submissions are graded: a dict of texts."""
    found = {"Python": platform.python_version(), "classroom and lessons_lib": code_hash()}
    found |= {name: importlib.metadata.version(name) for name in PACKAGES}
    if safe:
        try:
            sandbox.check()
            found[WALLS] = "works"
        except sandbox.NoSandbox as problem:
            found[WALLS] = str(problem)
    return found


def expected(safe):
    """Return the description that a worker must have; this computer itself need not have bubblewrap."""
    return description(False) | ({WALLS: "works"} if safe else {})


def differences(found, wanted):
    """Return what differs between two descriptions, in words; "" if nothing does."""
    return "; ".join(f"{key}: {found.get(key, 'missing')}, not {wanted[key]}"
                     for key in wanted if found.get(key) != wanted[key])  # fmt: skip


def examine_here(own, common, wanted):
    """Return the verdicts of a job as JSON; runs on a worker.

    Parameters
    ----------
    own : str, a Job as JSON without the student's name and the files
    common : dict, the job's files
    wanted : dict, the `expected` description
    """
    job = examiner.Job(**json.loads(own), **common, student="")
    if text := differences(description(job.safe), wanted):
        return json.dumps({"unfit": text})
    return json.dumps(examiner.examine_apart(job))
