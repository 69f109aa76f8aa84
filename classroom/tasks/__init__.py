"""The tasks of all assignments: right answers, inputs, known wrong answers. Never handed to a student.

Each module holds the tasks of one assignment, `TASKS`: a dict from the name of a task to a `Task` or an `Answer`.
Its name is the assignment's. A name is used once in all assignments. A new module is found by itself.
"""

import functools
import importlib
import pkgutil


def assignments():
    """Return the names of the assignments that have tasks."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def of(assignment):
    """Return the tasks of one assignment."""
    if assignment not in assignments():
        raise ValueError(f"assignment must be one of {', '.join(assignments())}, got {assignment!r}")
    return importlib.import_module(f"{__name__}.{assignment}").TASKS


@functools.cache
def _all():
    return {name: task for assignment in assignments() for name, task in of(assignment).items()}


def find(name):
    """Return the task of this name."""
    if name not in _all():
        raise ValueError(f"name must be that of a task, such as {', '.join(list(_all())[:5])}; got {name!r}")
    return _all()[name]
