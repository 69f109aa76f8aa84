"""The assignments are sound: solutions earn every point, releases none, wrong answers are named, right ones pass."""

import json
import re

import nbformat
import notebooks
import numpy as np
import pytest
from nbgrader.nbgraderformat import MetadataValidator
from right_answers import RIGHT
from wrong_answers import WRONG

from classroom import checks_file, tasks
from classroom.examine import expect
from classroom.sections import sections
from classroom.task import Answer
from lessons_lib import coach

ALL = [(name, task) for assignment in tasks.assignments() for name, task in tasks.of(assignment).items()]
FUNCTIONS = [(name, task) for name, task in ALL if not isinstance(task, Answer) and task.judge is None]


@pytest.mark.parametrize("name", notebooks.NAMES)
def test_the_solution_earns_all_points(name):
    names = notebooks.solved(name)
    assert "errors" not in names, names["errors"][0]
    for cell in notebooks.checks(name):
        for seed in range(3):
            failed = notebooks.grade(name, cell, names, seed=seed)
            assert failed is None, f"{cell.id}: {failed}"


@pytest.mark.parametrize("name", notebooks.NAMES)
def test_the_release_earns_nothing(name):
    names = notebooks.namespace(notebooks.released(name))
    for cell in notebooks.checks(name):
        assert notebooks.grade(name, cell, names) is not None, cell.id
        assert notebooks.grade(name, cell, names, hidden_only=True) is not None, cell.id


def checks_of(assignment, function):
    """Return the check cells that try a function; after a colon, those whose name ends so."""
    function, _, which = function.partition(":")
    cells = [cell for cell in notebooks.checks(assignment) if f"examine({function}," in cell.source]
    cells = [cell for cell in cells if cell.metadata.nbgrader.grade_id.endswith(which)]
    assert cells, function
    return cells


def answered(assignment, source):
    """Return the names of the solved notebook with one answer replaced."""
    names = dict(notebooks.solved(assignment))
    exec(source, names)
    return names


@pytest.fixture(scope="module")
def verdicts():
    """What the wrong answers are told, by the whole check cell and by its hidden part alone."""
    told = []
    for assignment, function, source, words in WRONG:
        cell, names = checks_of(assignment, function)[0], answered(assignment, source)
        for hidden_only in (False, True):
            seed = len(told)
            not_yet = notebooks.grade(assignment, cell, names, hidden_only=hidden_only, seed=seed)
            told.append((source, words, not_yet))
    return told


def test_the_banks_are_large():
    assert len(WRONG) >= 60 and len(RIGHT) >= 20
    tried = {(assignment, function.partition(":")[0]) for assignment, function, *_ in WRONG}
    graded = {
        (assignment, name.partition(":")[0]) for assignment in tasks.assignments() for name in tasks.of(assignment)
    }
    assert tried == graded  # each function and each answer has a wrong one


def test_no_wrong_answer_earns_its_points(verdicts):
    assert [source for source, _, not_yet in verdicts if not_yet is None] == []


def test_wrong_answers_are_named(verdicts):
    unnamed = [(source, words, str(n)) for source, words, n in verdicts if n and not (n.named and words in n.says)]
    assert len(unnamed) <= 0.05 * len(verdicts), unnamed


def test_a_named_mistake_points_to_the_book(verdicts):
    for _, _, not_yet in verdicts:
        if not_yet and not_yet.named and not_yet.section:
            assert not_yet.section in sections()
            assert sections()[not_yet.section].title in str(not_yet)


@pytest.mark.parametrize(
    ("assignment", "function", "source"), RIGHT, ids=[f"{f}-{i}" for i, (_, f, _) in enumerate(RIGHT)]
)
def test_right_answers_lose_nothing(assignment, function, source):
    names = answered(assignment, source)
    for cell in checks_of(assignment, function):
        for seed in range(2):
            failed = notebooks.grade(assignment, cell, names, seed=seed)
            assert failed is None, f"{cell.id}: {failed}"


@pytest.mark.parametrize(("name", "task"), FUNCTIONS, ids=[name for name, _ in FUNCTIONS])
def test_every_known_mistake_is_found_and_named_as_itself(name, task):
    expected = expect(task, 1, task.cases)
    expected = expected._replace(mistakes=expected.mistakes())
    for wrong in task.wrong:
        with np.errstate(all="ignore"):
            outcomes = [coach.try_case(wrong.function, *case) for case in expected.cases]
        with pytest.raises(coach.NotYet) as told:
            coach.diagnose(expected, outcomes)
        assert told.value.says == wrong.says


@pytest.mark.parametrize(("name", "task"), ALL, ids=[name for name, _ in ALL])
def test_sections_exist_and_names_are_used_once(name, task):
    assert task.name == name
    for label in [task.section, *(wrong[1] for wrong in task.wrong)]:
        assert label in sections(), label
    assert [other for other, _ in ALL].count(name) == 1


@pytest.mark.parametrize("name", notebooks.NAMES)
def test_recorded_cases_are_up_to_date(name):
    recorded = (notebooks.SOURCE / name / "checks.json").read_text(encoding="utf-8")
    now = json.loads(checks_file.text(name))
    assert _near(json.loads(recorded), now), "run: python -m classroom.checks_file"


def _near(one, other):
    """Return whether two values from JSON are equal, but for the last digits, which differ between machines."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_near(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_near, one, other))
    if isinstance(one, float) or isinstance(other, float):
        return one == other or one != one or abs(one - other) <= 1e-8 * max(1, abs(one), abs(other))
    return one == other


@pytest.mark.parametrize("name", notebooks.NAMES)
def test_recorded_cases_give_no_answer_away(name):
    recorded = json.loads((notebooks.SOURCE / name / "checks.json").read_text(encoding="utf-8"))
    for task in tasks.of(name).values():
        if isinstance(task, Answer):
            assert recorded["checks"][task.name]["dict"].keys() == {"form", "keys", "choices", "section"}


@pytest.mark.parametrize("name", notebooks.NAMES)
def test_the_source_is_what_nbgrader_and_a_reader_expect(name):
    notebook = notebooks.source(name)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    graded = [notebooks.grader(cell) for cell in notebook.cells if notebooks.grader(cell)]
    ids = [cell["grade_id"] for cell in graded]
    assert len(set(ids)) == len(ids)
    assert all(cell["schema_version"] == 3 for cell in graded)
    first = notebook.cells[0].source
    total = sum(cell["points"] for cell in graded if cell["grade"])
    by_hand = sum(cell["points"] for cell in graded if cell["grade"] and cell["solution"])
    assert f"{total} points: {total - by_hand} are checked by the machine, {by_hand} by a person" in first
    assert by_hand == 4 and "minutes" in first and "you can\n" in first
    assert all(cell.get("outputs", []) == [] and cell.get("execution_count") is None for cell in notebook.cells)
    functions = {task.partition(":")[0] for task in tasks.of(name)}
    assert 6 <= len(functions) <= 10
    tried = {line.split('"')[1] for cell in notebooks.checks(name) for line in cell.source.splitlines() if '"' in line}
    assert tried == set(tasks.of(name))


@pytest.mark.parametrize("name", notebooks.NAMES)
def test_sections_that_the_text_names_exist(name):
    text = "\n".join(cell.source for cell in notebooks.source(name).cells if cell.cell_type == "markdown")
    chapters = {section.chapter for section in sections().values()}
    titles = {section.title for section in sections().values()}
    for line in re.findall(r"^To look it up: (.+)$", text, re.M):
        assert set(re.findall("“(.+?)”", line)) <= titles, line
    for names in re.findall(r"^The chapters? behind this (?:is|are) (.+)$", text, re.M):
        assert set(re.findall(r"\*(.+?)\*", names)) <= chapters
