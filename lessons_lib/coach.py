"""The coach of the assignments: it tries your function on recorded cases and says in words what is wrong.

The right results of the cases lie in checks.json, beside the notebook, and so do the results of known mistakes.
A function that always gives what a known mistake gives is told which one it is, and where the book explains it.
"""

import builtins
import copy
import inspect
import json
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lessons_lib import coach_data, coach_judges
from lessons_lib.coach_data import close, describe, flat, form, numbers, same

FILE = ContextVar("FILE", default="checks.json")  # where the recorded cases are
MAX_ITEMS = 100_000  # drawn from a generator


class NotYet(AssertionError):
    """An answer is not right yet. The text is for the student; it holds no expected value of a hidden case."""

    def __init__(self, says, *, name=None, section=None, place=None, named=False):
        lines = [f"{name}: {says}" if name else says]
        if place:
            chapter, title = place
            lines.append(f"Read again: “{title}”, in the chapter “{chapter}”.")
        super().__init__("\n".join(lines))
        self.name, self.says, self.section, self.named = name, says, section, named

    def _render_traceback_(self):
        return ["Not yet. " + str(self)]  # what Jupyter shows, in place of the coach's own lines


class Raised(Exception):
    """The student's function raised an error, or returned what is no data: its kind and its text."""

    def __init__(self, kind, text):
        super().__init__(kind, text)
        self.kind, self.text = kind, text


class Outcome(NamedTuple):
    """What one call gave."""

    result: Any = None
    changed: bool = False  # an array among the arguments
    error: Raised | None = None


class Mistake(NamedTuple):
    """A known mistake, and what it gives for each case: a value, or an `Outcome` with an error."""

    says: str
    section: str
    results: list


class Expected(NamedTuple):
    """All that is needed to judge a function, or an answer, by what it gives."""

    name: str
    section: str | None = None
    cases: Sequence = ()  # of (args, kwargs)
    results: Sequence = ()  # one for each case
    mistakes: Any = ()  # of Mistake, or a function that returns them
    judge: Any = None  # called with cases and results where many results are right
    arguments: Sequence = ()  # their names
    untouched: bool = False  # arrays among the arguments must stay as they are
    gradient: bool = False  # the result is a gradient
    tolerance: float = 1e-6
    form: str | None = None  # of an answer, in words
    keys: Sequence | None = None  # of an answer that is a dict
    choices: Sequence | None = None


def check(student, name=None):
    """Try a function, or look at the form of an answer; raise NotYet if it is not right.

    Parameters
    ----------
    student : callable, or the answer to a question
    name : str
        Which check of checks.json; the function's own name unless told.

    Raises
    ------
    NotYet
        With the mistake in words.
    ValueError
        If checks.json is not there or has no check of this name.
    """
    name = name or getattr(student, "__name__", None)
    expected, places = _load(name)
    if expected.form:
        check_form(student, expected)
        print(f"{name}: this is {expected.form}. Whether it is right, the graded notebook will tell.")
        return
    if not callable(student):
        raise NotYet(f"this must be a function, and it is {describe(student)}.", name=name)
    outcomes = [try_case(student, args, kwargs) for args, kwargs in expected.cases]
    diagnose(expected, outcomes, places, public=True)
    print(f"{name}: right in all {len(outcomes)} public cases.")


def _load(name):
    path = Path(FILE.get())
    if not path.exists():
        raise ValueError(f"{path} is not here: it must lie in the folder of the notebook, as it was handed out")
    recorded = json.loads(path.read_text(encoding="utf-8"))
    if name not in recorded["checks"]:
        raise ValueError(f"name must be one of {', '.join(recorded['checks'])}, got {name!r}")
    fields = coach_data.decode(recorded["checks"][name])
    fields["mistakes"] = [Mistake(*mistake) for mistake in fields.get("mistakes", ())]
    for mistake in fields["mistakes"]:
        mistake.results[:] = [Outcome(error=Raised(r["raised"], "")) if _is_raised(r) else r for r in mistake.results]
    if fields.get("judge"):
        fields["judge"] = getattr(coach_judges, fields["judge"])
    return Expected(name.split(":")[0], **fields), recorded["sections"]


def _is_raised(result):
    return isinstance(result, dict) and "raised" in result


def call(student, args, kwargs):
    """Return what `student(*args, **kwargs)` gives, and whether it changed an array among its arguments.

    The arguments themselves stay as they are. A generator is drawn into a list.

    Raises
    ------
    Raised
        If the function raised an error or returned what is no data.
    """
    if hasattr(student, "last_changed"):  # it lives in another process, which raises Raised by itself
        return student(*args, **kwargs), student.last_changed
    mine, kept = copy.deepcopy((args, kwargs)), copy.deepcopy((args, kwargs))
    try:
        result = _plain(student(*mine[0], **mine[1]))
    except (Exception, SystemExit) as error:
        if isinstance(error, Raised | NotYet):
            raise
        raise Raised(type(error).__name__, str(error)) from error
    pairs = zip(_arrays(mine), _arrays(kept), strict=False)
    return result, not all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def try_case(student, args, kwargs):
    """Return the `Outcome` of one call."""
    try:
        return Outcome(*call(student, args, kwargs))
    except Raised as error:
        return Outcome(error=error)


def _plain(value):
    """Return `value` as plain data; raise Raised for anything else."""
    if value is None or isinstance(value, bool | int | float | str | np.bool_ | np.integer | np.floating):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return value.copy()
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value)) if type(value) in (list, tuple) else tuple(map(_plain, value))
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Iterator | range):
        items = [_plain(item) for item, _ in zip(value, range(MAX_ITEMS + 1), strict=False)]
        if len(items) <= MAX_ITEMS:
            return items
    if callable(value) and not isinstance(value, type):
        return value
    what = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
    raise Raised("", f"it returned {what}, which is no number, array, list, tuple, dict or function")


def _arrays(value):
    """Return the arrays in nested lists, tuples and dicts, in order."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [array for item in value for array in _arrays(item)] if isinstance(value, list | tuple) else []


def check_form(answer, expected):
    """Raise NotYet unless the answer has the form that was asked for."""
    if answer is None or answer is Ellipsis:
        raise NotYet("not answered yet.", name=expected.name)
    if expected.keys and not (isinstance(answer, dict) and sorted(answer) == sorted(expected.keys)):
        keys = ", ".join(map(repr, expected.keys))
        raise NotYet(f"the answer must be a dict with the keys {keys}; it is {describe(answer)}.", name=expected.name)
    for value in answer.values() if expected.keys else [answer]:
        if expected.choices:
            fits, among = value in expected.choices if isinstance(value, str) else False, "one of: "
            among += ", ".join(map(repr, expected.choices))
        else:
            number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
            fits, among = number and numbers(value) is not None, "a number"  # 10**400 is none
        if not fits:
            raise NotYet(f"the answer must be {among}; it is {describe(value)}.", name=expected.name)


def diagnose(expected, outcomes, places=None, *, public=False):
    """Raise NotYet, with the mistake in words, unless every outcome is right.

    Parameters
    ----------
    expected : Expected
    outcomes : list of Outcome, one for each case
    places : dict from a section's label to its chapter and title
    public : bool
        Whether values of the cases may be told.
    """
    name, section = expected.name, expected.section

    def not_yet(says, label=section, named=False):
        place = (places or {}).get(label)
        return NotYet(says, name=name, section=label, place=place, named=named)

    if any(o.error and o.error.kind == "NotImplementedError" for o in outcomes):
        raise not_yet("not written yet.")
    if expected.judge:
        errors = [o.error for o in outcomes if o.error]
        if errors:
            raise not_yet(_raised(errors[0], public))
        verdict = expected.judge(expected.cases, [o.result for o in outcomes])
        if verdict is not None:
            raise not_yet(*verdict, named=True)
        return
    right = [
        not o.error and same(o.result, want, expected.tolerance)
        for o, want in zip(outcomes, expected.results, strict=True)
    ]
    if all(right):
        if expected.untouched and any(o.changed for o in outcomes):
            raise not_yet("the result is right, but an array of the caller was changed: work on a copy.", named=True)
        return
    for mistake in expected.mistakes() if callable(expected.mistakes) else expected.mistakes:
        if _agrees(mistake, outcomes, right, expected.tolerance):
            raise not_yet(mistake.says, mistake.section, named=True)
    raise not_yet(_property(expected, outcomes, right, public))


def _agrees(mistake, outcomes, right, tolerance):
    """Return whether the outcomes are those of the mistake in every case, and a value among them gives it away."""
    for outcome, result in zip(outcomes, mistake.results, strict=True):
        fails = isinstance(result, Outcome)
        if fails != bool(outcome.error) or not (fails or same(outcome.result, result, tolerance)):
            return False
    if all(outcome.error for outcome in outcomes):  # an error of a kind that only NumPy raises tells enough
        kinds = [(o.error.kind, result.error.kind) for o, result in zip(outcomes, mistake.results, strict=True)]
        return all(kind == known and not hasattr(builtins, kind) for kind, known in kinds)
    return any(not ok and not outcome.error for ok, outcome in zip(right, outcomes, strict=True))


def _property(expected, outcomes, right, public):
    """Return in words what is wrong with the outcomes, of which no known mistake is the cause."""
    first = right.index(False)
    outcome, want = outcomes[first], expected.results[first]
    count = f"{right.count(False)} of {len(right)} cases" if len(right) > 1 else "the case"
    case = _case(expected, first, public)
    where = f" Wrong in {count}" + (f"; the first of them has {case}." if case else ".")
    if outcome.error:
        return _raised(outcome.error, public) + where
    if outcome.result is None:
        return "it returned None. Is there a `return`, on every way through the function?" + where
    if form(outcome.result) != form(want):
        return f"it returned {form(outcome.result)}, and should return {form(want)}." + where
    if isinstance(want, dict) and outcome.result.keys() != want.keys():
        return f"the dict must have the keys {', '.join(map(repr, want))}." + where
    if isinstance(want, bool | str | np.bool_ | dict):
        return "the result is another one." + where
    got, want = flat([o.result for o in outcomes if not o.error]), flat(expected.results)
    if not np.isfinite(got).all():
        return "a number in the result is infinite or not a number (NaN)." + where
    if got.shape == want.shape and np.any(want):
        ratio = got @ want / (want @ want)
        if abs(ratio - 1) > 1e-3 and ratio and np.all(close(got, ratio * want, 1e-6)):
            how = "has the wrong sign" if np.isclose(ratio, -1) else f"is {ratio:.4g} times what it should be"
            return f"in every case the result {how}." + where
    return _worst(outcome.result, expected.results[first], expected.gradient) + where


def _worst(got, want, gradient):
    """Return in words which number of the result is furthest off."""
    got, want = numbers(got), numbers(want)
    what = "differs from the central differences of the loss" if gradient else "is not the right one"
    if got is None or want is None or want.size < 2:
        return f"the result {what}."
    off = np.abs(got - want)
    bad = np.count_nonzero(~close(got, want.astype(float), 1e-6))
    worst = ", ".join(map(str, np.unravel_index(np.argmax(off), off.shape)))
    return f"the result {what}: {bad} of {off.size} numbers are off, most of all the one at [{worst}]."


def _raised(error, public):
    """Return in words that the function failed. What a hidden case is made of could stand in the error's text."""
    if not error.kind:
        return f"{error.text.rstrip('.')}."
    kind = error.kind if hasattr(builtins, error.kind) else "an error"
    if "matmul" in error.text or "not aligned" in error.text:
        return f"it raised {kind}: the shapes of a matrix product do not fit. Is a transpose missing, or too many?"
    return f"it raised {kind}: {error.text.rstrip('.')}." if public and error.text else f"it raised {kind}."


def _case(expected, index, public):
    """Return in words what the arguments of a case are; of a hidden one, their shapes only."""
    args, kwargs = expected.cases[index]
    named = dict(zip(expected.arguments, args, strict=False)) | kwargs
    words = []
    for name, value in named.items():
        array = numbers(value) if not isinstance(value, str | tuple) else None
        if array is not None and array.ndim:
            text = f" = {np.array2string(array, separator=', ', precision=6)}" if public and array.size <= 6 else ""
            words.append(f"{name} of shape {array.shape}" if not text else name + " ".join(text.split("\n")))
        elif public and isinstance(value, bool | int | float | str):
            words.append(f"{name} = {value!r}")
    return ", ".join(words)


def arguments(function):
    """Return the names of a function's arguments."""
    return list(inspect.signature(function).parameters)
