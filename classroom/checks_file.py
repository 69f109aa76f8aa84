"""Makes checks.json, the recorded cases of the visible checks, from the tasks of an assignment.

It holds inputs, right results and the results of known mistakes, and no code.
Of a question it holds the form of the answer and not the answer.
"""

import json
import sys
from pathlib import Path

import numpy as np

from classroom import tasks
from classroom.examine import expect, keys
from classroom.sections import places
from classroom.task import Answer
from lessons_lib import coach_data
from lessons_lib.coach import Outcome

SOURCE = Path(__file__).parent / "source"
SEED = 2026  # of the public cases


def make(assignment):
    """Return what the checks.json of an assignment holds."""
    checks, labels = {}, set()
    for name, task in tasks.of(assignment).items():
        fields = _of_answer(task) if isinstance(task, Answer) else _of_task(task)
        checks[name] = coach_data.encode(fields)
        labels |= {task.section, *(wrong[1] for wrong in task.wrong)}
    where = places()
    judged = {"sec-shuffle", "sec-three-kinds", "sec-topological"}  # what coach_judges refers to
    return {"checks": checks, "sections": {label: where[label] for label in sorted(labels | judged)}}


def _of_answer(answer):
    choices = list(answer.choices) if answer.choices else None
    return {"form": answer.form, "keys": keys(answer), "choices": choices, "section": answer.section}


def _of_task(task):
    expected = expect(task, SEED, task.public)
    mistakes = [
        (
            says,
            section,
            [{"raised": result.error.kind} if isinstance(result, Outcome) else result for result in results],
        )
        for says, section, results in expected.mistakes()
    ]
    fields = expected._asdict() | {"mistakes": _short(mistakes), "results": _short(expected.results)}
    fields["judge"] = task.judge.__name__ if task.judge else None
    usual = type(expected)._field_defaults
    return {key: value for key, value in fields.items() if key != "name" and value != usual[key]}


def _short(value):
    """Return `value` with ten digits of each number, which is more than is compared."""
    if isinstance(value, list | tuple):
        return type(value)(map(_short, value))
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return np.array([_short(number) for number in value.ravel().tolist()]).reshape(value.shape)
    return float(f"{value:.10g}") if isinstance(value, float) else value


def text(assignment):
    """Return the text of an assignment's checks.json."""
    checks = make(assignment)
    lines = [f"{json.dumps(name)}: {json.dumps(check)}" for name, check in checks["checks"].items()]
    return f'{{"sections": {json.dumps(checks["sections"])},\n"checks": {{\n' + ",\n".join(lines) + "\n}}\n"


def write(source=SOURCE):
    """Write the checks.json that are not up to date; return their paths."""
    written = []
    for assignment in tasks.assignments():
        path, content = Path(source) / assignment / "checks.json", text(assignment)
        if path.parent.exists() and (not path.exists() or path.read_text(encoding="utf-8") != content):
            path.write_text(content, encoding="utf-8")
            written.append(path)
    return written


if __name__ == "__main__":  # python -m classroom.checks_file [the folder with the sources]
    for path in write(*sys.argv[1:2]):
        print(f"wrote {path}")
