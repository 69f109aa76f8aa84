"""What is asked of a student: the right answer, the inputs to try it on, and the wrong answers that are known."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Wrong(NamedTuple):
    """A known misconception."""

    says: str  # to the student, in a sentence
    section: str  # the label of the section of the book that clears it up
    function: Callable  # the wrong implementation


class Task(NamedTuple):
    """A graded function.

    `name` is the function's name, or its name, a colon and what is looked at: "descend: the start is kept".
    `draw(rng, k)` returns the args and kwargs of case k = 0, 1, ...: random, but special cases have a fixed place.
    Where many results are right there is no reference but a judge: `judge(cases, results)` returns None, or what is
    wrong and the label of a section.
    """

    name: str
    section: str  # where the book teaches it
    reference: Callable | None
    draw: Callable
    wrong: tuple[Wrong, ...] = ()
    judge: Callable | None = None
    cases: int = 6
    public: int = 3  # cases that are recorded for the visible check
    untouched: bool = False  # arrays among the arguments must stay as they are
    gradient: bool = False  # the result is the gradient of a loss
    tolerance: float = 1e-6


class Answer(NamedTuple):
    """A graded answer: a number or a text, or a dict of them.

    Where many answers are right, `right` is a function that says whether one is.
    """

    name: str
    section: str
    right: Any
    form: str  # what is asked for, in words, as in "it is a number"
    wrong: tuple[tuple[str, str, Any], ...] = ()  # what to say, the section's label, the answer or a function as above
    choices: tuple | None = None
    tolerance: float = 1e-6
