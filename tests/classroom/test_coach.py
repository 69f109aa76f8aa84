"""The coach says what is wrong in words that help, and gives nothing hidden away."""

import json

import notebooks
import numpy as np
import pytest

from classroom.examine import examine, expect
from classroom.task import Task
from classroom.tasks import a2_batches, a4_three_layers, find
from lessons_lib import coach, coach_data
from lessons_lib.coach import Expected, NotYet, Outcome, Raised, same
from lessons_lib.gradcheck import check, numerical_grad, relative_error


def told(function, name, *, public=False):
    """Return what is said of a function that takes the place of `name`."""
    with notebooks.course("a1_descent"), pytest.raises(NotYet) as raised:
        coach.check(function, name) if public else examine(function, name)
    return str(raised.value)


def test_a_right_answer_is_told_so(capsys):
    with notebooks.course("a1_descent"):
        coach.check(lambda x, g, a: x - a * g, "step")
    assert capsys.readouterr().out == "step: right in all 3 public cases.\n"


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x, g, a: None, "returned None. Is there a `return`"),
        (lambda x, g, a: (x - a * g)[:, None], "an array of shape (2, 1), and should return an array of shape (2,)"),
        (lambda x, g, a: x * np.nan, "not a number (NaN)"),
        (lambda x, g, a: 3 * (x - a * g), "in every case the result is 3 times"),
        (lambda x, g, a: -(x - a * g), "has the wrong sign"),
        (lambda x, g, a: x - a * g + (len(x) == 3), "Wrong in 2 of 6 cases"),
        (lambda x, g, a: x @ np.ones((7, 7)), "shapes of a matrix product do not fit"),
        (lambda x, g, a: 1 / 0, "raised ZeroDivisionError"),
        (lambda x, g, a: {1, 2}, "returned a set, which is no number, array"),
        (lambda x: x, "raised TypeError"),
        (5, "must be a function, and it is 5"),
    ],
)
def test_a_property_is_named_where_no_mistake_is_known(function, words):
    assert words in told(function, "step")


def test_the_public_check_shows_the_case_and_the_hidden_one_only_its_shapes():
    def wrong(x, g, a):
        raise ValueError(f"the secret is {x}")

    assert "the secret is" in told(wrong, "step", public=True)
    assert "learning_rate = 0." in told(wrong, "step", public=True)
    hidden = told(wrong, "step")
    assert "secret" not in hidden and "x of shape (2,)" in hidden and "0." not in hidden


def test_hidden_messages_hold_no_number_of_the_cases():
    task = find("path_of")
    cases = expect(task, 0, task.cases)
    numbers = {f"{abs(x):.3g}" for args, _ in cases.cases for x in np.ravel(args[1])}
    numbers |= {f"{abs(x):.3g}" for result in cases.results for x in np.ravel(result)}
    for function in (lambda *a: task.reference(*a) + 0.1, lambda *a: task.reference(*a) * np.arange(1, 3)[0]):
        try:
            examine(function, "path_of")
        except NotYet as not_yet:
            assert not [number for number in numbers if len(number) > 2 and number in str(not_yet)]


def test_jupyter_shows_the_text_alone():
    assert NotYet("it is wrong.", name="f")._render_traceback_() == ["Not yet. f: it is wrong."]


def test_cases_differ_between_seeds_and_are_the_same_for_one():
    task = find("step")
    one, again, other = (expect(task, seed, 3).results for seed in (1, 1, 2))
    assert same(one, again) and not same(one, other)


def test_a_verdict_of_the_grader_passes_through():
    def crashed(*_):
        raise NotYet("`step` took longer than 10 seconds.")

    assert told(crashed, "step") == "`step` took longer than 10 seconds."


def test_an_error_of_the_grader_itself_is_no_verdict():
    class Remote:
        last_changed = False

        def __call__(self, *_):
            raise OSError("the pipe is broken")

    with pytest.raises(OSError, match="the pipe"):
        examine(Remote(), "step")


def test_a_function_in_another_process_is_judged_by_what_it_tells():
    class Remote:
        last_changed = True
        __name__ = "step"

        def __call__(self, x, g, a):
            return x - a * g

    examine(Remote(), "step")
    assert "was changed" in told(Remote(), "step: x is left alone")


def test_call_keeps_the_arguments_and_sees_what_was_changed():
    def spoil(x, nested):
        nested["a"][0][0] = 9
        return x

    x, nested = np.ones(2), {"a": [np.zeros(2)]}
    assert coach.call(spoil, (x, nested), {})[1] is True
    assert nested["a"][0].tolist() == [0, 0]
    assert coach.call(lambda x: iter([x, x]), (1,), {}) == ([1, 1], False)
    with pytest.raises(Raised):
        coach.call(lambda: np.array(["a"]), (), {})


@pytest.mark.parametrize(
    ("got", "want", "equal"),
    [
        ([1, 2], np.array([1.0, 2.0]), True),
        (np.float32([1.00001]), np.array([1.0]), True),
        (np.array([1.00001]), np.array([1.0]), False),
        (np.ones((2, 1)), np.ones(2), False),
        (np.array(2.0), 2.0, True),
        (np.array([2.0]), 2.0, False),
        ((1, [2.0, 3.0]), (1, np.array([2.0, 3.0])), True),
        ([[1, 2], [3]], np.ones((2, 2)), False),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": 1, "b": 1}, {"a": 1.0}, False),
        (1, True, False),
        (np.bool_(True), True, True),
        ("a", "a", True),
        (None, 0.0, False),
        ("1", 1.0, False),
        (float("nan"), 1.0, False),
        (np.array([np.inf]), np.array([1.0]), False),
    ],
)
def test_same(got, want, equal):
    assert same(got, want) is equal


def test_an_object_that_lies_about_equality_is_no_number():
    class Liar:
        def __eq__(self, other):
            return True

        __hash__ = None

    assert not same(Liar(), 1.0) and not same(Liar(), "a") and not same([Liar()], [1.0])
    assert "returned a Liar" in told(lambda *_: Liar(), "step")


def test_data_survive_json():
    value = {
        "a": np.array([[1, 2]]),
        "b": (1.5, [True, None, "x"]),
        "empty": np.zeros((0, 3)),
        "small": np.float32([0.1]),
    }
    back = coach_data.decode(json.loads(json.dumps(coach_data.encode(value))))
    assert back["b"] == value["b"]
    for key in ("a", "empty", "small"):
        assert np.array_equal(back[key], value[key]) and back[key].dtype == value[key].dtype
    rng = np.random.default_rng(5)
    assert coach_data.decode(coach_data.encode(rng)).random() == np.random.default_rng(5).random()
    with pytest.raises(ValueError, match="value must be data"):
        coach_data.encode(object())


def test_recorded_slopes_are_those_of_the_recorded_functions():
    rng = np.random.default_rng(0)
    height, x, A = rng.normal(size=3), rng.normal(size=3), np.diag([1.0, 2.0, 3.0])
    slope = coach_data.function("waves_slope", height=height, factors=1.0)
    check(coach_data.function("waves", height=height), x, slope(x))
    slope = coach_data.function("quadratic_slope", A=A, center=height)
    check(coach_data.function("quadratic", A=A, center=height), x, slope(x))


def _of_one(w, X, y):
    return numerical_grad(lambda w: a2_batches.huber_loss(w, X, y), w)


@pytest.mark.parametrize("name", ["sample_gradients", "batch_gradient", "output_slope"])
def test_references_are_gradients(name):
    (args, _) = find(name).draw(np.random.default_rng(0), 1)
    if name == "output_slope":
        y_hat, y = args
        z = np.log(y_hat / (1 - y_hat))
        numeric = numerical_grad(lambda z: a4_three_layers.cross_entropy(1 / (1 + np.exp(-z)), y), z)
    elif name == "batch_gradient":
        w, X, y = args
        numeric = _of_one(w, X, y)
    else:
        w, X, y = args
        numeric = np.array([_of_one(w, X[i : i + 1], y[i : i + 1]) for i in range(len(y))])
    assert relative_error(find(name).reference(*args), numeric) < 1e-8


def test_the_reference_of_the_backward_pass_is_the_gradient():
    a4 = a4_three_layers
    (params, X, y), _ = find("backward_pass").draw(np.random.default_rng(0), 0)
    check(lambda p: a4.cross_entropy(a4.forward_pass(p, X)[1][-1], y), params, a4.backward_pass(params, X, y))


def test_the_form_of_an_answer_is_looked_at_and_not_its_value(capsys):
    with notebooks.course("a1_descent"):
        coach.check(77.0, "rate_that_swings")
        coach.check("minimum", "end_on_the_ridge")
        assert "the graded notebook will tell" in capsys.readouterr().out
        for answer, name, words in (
            (None, "rate_that_swings", "not answered yet"),
            ("0.3", "rate_that_swings", "must be a number"),
            ("the saddle", "end_on_the_ridge", "one of: 'minimum', 'saddle point', 'minus infinity'"),
        ):
            with pytest.raises(NotYet, match=words):
                coach.check(answer, name)


@pytest.mark.parametrize("answer", ["mini-batch", {"A": "batch"}, {"A": 1, "B": 1, "C": 1, "D": 1}, [1], np.ones(4), 7])
def test_an_answer_of_another_form_is_told_so_and_nothing_breaks(answer):
    with pytest.raises(NotYet, match="the answer must be"):
        examine(answer, "kind_of_descent")


@pytest.mark.parametrize(
    "answer", [10**400, float("nan"), -np.inf, np.float32(2), True, {"a": 1}, np.ones(3)], ids=lambda v: str(v)[:9]
)
def test_a_strange_number_is_wrong_and_nothing_breaks(answer):
    for name in ("rate_that_swings", "never_drawn", "best_width", "updates_in_fit", "best_held_out_loss"):
        with pytest.raises(NotYet):
            examine(answer, name)


@pytest.mark.parametrize("result", [5, None, [], [1, 2], [(1, 2)], "ab", [(np.ones((2, 3)), np.ones(2))], {"a": 1}])
def test_a_strange_result_is_judged_and_nothing_breaks(result):
    for name in ("shuffled_batches", "topological_order", "train_step", "slopes", "path_of", "fate"):
        with pytest.raises(NotYet):
            examine(lambda *_: result, name)


def test_a_result_cannot_carry_hidden_numbers_into_the_message():
    for function in (lambda a, b: {str(a): b}, lambda a, b: str(a), lambda a, b: [str(a)]):
        secret = find("slopes").draw(np.random.default_rng(0), 0)
        assert secret and "0." not in told(function, "slopes")


def test_what_is_missing_is_said(tmp_path):
    token = coach.FILE.set(str(tmp_path / "checks.json"))
    try:
        with pytest.raises(ValueError, match=r"checks\.json is not here"):
            coach.check(len, "step")
    finally:
        coach.FILE.reset(token)
    with notebooks.course("a1_descent"), pytest.raises(ValueError, match="name must be one of gradient_of_f"):
        coach.check(len, "stepp")
    with pytest.raises(ValueError, match="name must be that of a task"):
        examine(len, "stepp")


def test_a_judge_decides_where_many_results_are_right():
    def judge(cases, results):
        return None if all(sorted(r) == sorted(args[0]) for (args, _), r in zip(cases, results, strict=True)) else (
            "some are missing.", "sec-shuffle"
        )  # fmt: skip

    task = Task("any_order", "sec-shuffle", None, lambda rng, k: (([1, 2, 3],), {}), judge=judge)
    expected = expect(task, 0, 2)
    coach.diagnose(expected, [Outcome([3, 1, 2]), Outcome([1, 2, 3])])
    with pytest.raises(NotYet, match="some are missing"):
        coach.diagnose(expected, [Outcome([3, 1, 2]), Outcome([1, 2])])
    with pytest.raises(NotYet, match="raised IndexError"):
        coach.diagnose(expected, [Outcome([3, 1, 2]), Outcome(error=Raised("IndexError", "x"))])


def test_nothing_expected_passes_an_error():
    with pytest.raises(NotYet):
        coach.diagnose(Expected("f", cases=[((), {})], results=[1.0]), [Outcome(error=Raised("ValueError", ""))])
