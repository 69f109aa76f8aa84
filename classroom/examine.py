"""The hidden checks: a student's function on inputs that are drawn anew for each student, or the answer to a question.

from classroom.examine import examine

examine(step)
examine(answer_1, "answer_1")
"""

import zlib
from contextvars import ContextVar

import numpy as np

from classroom.sections import places
from classroom.task import Answer
from classroom.tasks import find
from lessons_lib import coach
from lessons_lib.coach import Expected, Mistake, NotYet, call

__all__ = ["SEED", "call", "examine", "expect"]

SEED = ContextVar("SEED", default=0)  # an int: of the student, the assignment and the cell; set by the grader


def examine(student, name=None):
    """Raise NotYet, with the misconception in words, unless a function or an answer is right.

    Parameters
    ----------
    student : callable, or the answer to a question
    name : str
        The name of the task; the function's own name unless told.

    Raises
    ------
    NotYet
        Its text is for the student and holds nothing of the hidden cases but shapes.
    ValueError
        If there is no task of this name.
    """
    task = find(name or getattr(student, "__name__", None))
    if isinstance(task, Answer):
        return _examine_answer(student, task)
    if not callable(student):
        raise NotYet(f"this must be a function, and it is {coach.describe(student)}.", name=task.name.split(":")[0])
    expected = expect(task, SEED.get(), task.cases)
    outcomes = [coach.try_case(student, args, kwargs) for args, kwargs in expected.cases]
    coach.diagnose(expected, outcomes, places())


def expect(task, seed, count):
    """Return what a task expects on `count` cases drawn from a seed; mistakes are computed when asked for."""
    rng = np.random.default_rng([seed, zlib.crc32(task.name.encode())])
    cases = [task.draw(rng, k) for k in range(count)]

    def mistakes():
        with np.errstate(all="ignore"):  # wrong implementations overflow and divide by 0
            tried = [[coach.try_case(wrong.function, *case) for case in cases] for wrong in task.wrong]
        return [
            Mistake(wrong.says, wrong.section, [o if o.error else o.result for o in outcomes])
            for wrong, outcomes in zip(task.wrong, tried, strict=True)
        ]

    return Expected(
        name=task.name.split(":")[0],
        section=task.section,
        cases=cases,
        results=[call(task.reference, *case)[0] for case in cases] if task.reference else (),
        mistakes=mistakes,
        judge=task.judge,
        arguments=coach.arguments(task.reference) if task.reference else [],
        untouched=task.untouched,
        gradient=task.gradient,
        tolerance=task.tolerance,
    )


def _examine_answer(answer, task):
    coach.check_form(answer, Expected(task.name, form=task.form, keys=keys(task), choices=task.choices))

    def fits(right):
        return right(answer) if callable(right) else coach.same(answer, right, task.tolerance)

    if fits(task.right):
        return
    for says, section, wrong in task.wrong:
        if fits(wrong):
            raise NotYet(says, name=task.name, section=section, place=places()[section], named=True)
    hint = ""
    if keys(task):
        hits = sum(coach.same(answer[key], value, task.tolerance) for key, value in task.right.items())
        hint = f" {hits} of {len(task.right)} are right."
    place = places()[task.section]
    raise NotYet(f"this is another answer.{hint}", name=task.name, section=task.section, place=place, named=False)


def keys(task):
    """Return the keys of an answer that is a dict, or None."""
    return list(task.right) if isinstance(task.right, dict) else None
