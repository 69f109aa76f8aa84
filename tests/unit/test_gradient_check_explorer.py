"""The live figure of the gradient check shows differences as the computer rounds them, stop by stop."""

import re

import numpy as np
import pytest

from lessons_lib.widgets.gradient_check import CASES, FLOOR, Case, differences, gradient_check_explorer

TANH, NEAR, ON = (case.name for case in CASES)
CUBE = Case("x³ at x = 2", lambda x: x**3, 2.0, 12.0)


@pytest.fixture(scope="module")
def widget():
    return gradient_check_explorer()


def turn(widget, h, precision="float64", function=TANH):
    widget.h, widget.precision, widget.function = h, precision, function
    names = list(widget.knobs)
    shape = [len(widget.knobs[name].stops) for name in names]
    at = [list(widget.knobs[name].stops).index(getattr(widget, name)) for name in names]
    return widget.scene["status"][np.ravel_multi_index(at, shape)]


def test_differences_by_hand():
    one_sided, central = differences(CUBE, np.array([0.5, 1.0]))
    np.testing.assert_array_equal(central, [12 + 0.5**2, 13])
    np.testing.assert_array_equal(one_sided, [(2.5**3 - 8) / 0.5, 19])


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_differences_are_taken_in_their_precision(precision):
    assert all(d.dtype == precision for d in differences(CASES[0], np.array([0.1]), precision))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_slopes_of_the_cases_are_right_beside_their_kinks(case):
    x = case.x if case.x != case.kink else case.x - 1e-3
    assert differences(case._replace(x=x), 1e-5)[1] == pytest.approx(case.slope, abs=1e-9)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("function", [TANH, NEAR, ON])
@pytest.mark.parametrize("h", [1.0, 1e-3, 1e-5, 1e-7, 1e-16])
def test_each_stop_shows_what_differences_computes(widget, h, precision, function):
    turn(widget, h, precision, function)
    case = next(case for case in CASES if case.name == function)
    for label, slope in zip(("one-sided", "central"), differences(case, widget.h, precision), strict=True):
        slope = float(slope)
        ((at, error),) = widget.points(f"{label}: error now")
        assert at == pytest.approx(h) and error == max(abs(slope - case.slope), FLOOR)
        line = widget.points(f"{label}: error")
        assert error in line[np.isclose(line[:, 0], h, atol=0), 1]
        (x0, y0), (x1, y1) = widget.points(f"{label} slope")
        assert (y1 - y0) / (x1 - x0) == pytest.approx(slope, abs=1e-12)


def test_the_chord_of_the_central_difference_meets_the_function_at_both_ends(widget):
    turn(widget, 1.0)
    curve, ((x0, y0), (x1, y1)) = widget.points("the function"), widget.points("central slope")
    for t in (-1.0, 1.0):
        assert np.interp(t, [x0, x1], [y0, y1]) == pytest.approx(curve[np.isclose(curve[:, 0], t), 1].item())


def test_the_microscope_shows_the_steps_of_rounded_numbers(widget):
    turn(widget, 1e-5)
    assert len(np.unique(widget.points("the function")[:, 1])) == 61  # a line
    turn(widget, 1e-16)
    assert len(np.unique(widget.points("the function")[:, 1])) < 6  # stairs


@pytest.mark.parametrize(
    ("h", "precision", "function", "says"),
    [
        (0.1, "float64", TANH, "Truncation rules"),
        (1e-9, "float64", TANH, "Round-off rules"),
        (1e-5, "float64", TANH, "near its best"),
        (1e-5, "float32", TANH, "Round-off rules"),
        (5e-3, "float32", TANH, "near its best"),
        (1e-9, "float32", TANH, "rounds to x itself"),
        (0.1, "float64", NEAR, "either side of the kink"),
        (1e-4, "float64", NEAR, "only round-off is left"),
        (1e-4, "float64", ON, "either side of the kink"),
    ],
)
def test_status_says_which_error_rules(widget, h, precision, function, says):
    assert says in turn(widget, h, precision, function)


def test_status_shows_the_difference_and_the_exact_slope(widget):
    line = turn(widget, 1.0, function=ON)
    assert line.startswith("h = 1.0e+00 in float64: central difference 0.5, exact slope 0, error 5.0e-01.")


def test_own_cases_and_widths():
    widget = gradient_check_explorer([CUBE], widths=[0.5, 1.0], h=0.6, precision="float32", function=CUBE.name)
    assert (widget.h, widget.precision, widget.function) == (0.5, "float32", CUBE.name)
    assert widget.points("central: error now")[0].tolist() == [0.5, 0.25]


def test_is_light(widget):
    assert len(widget.frames) * 4 / 3 + len(str(widget.scene)) < 200_000


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"widths": [0.1, 0.01]}, "widths must be above 0 and in rising order"),
        ({"widths": [0.0, 0.01]}, "widths must be above 0 and in rising order"),
        ({"widths": 0.1}, "widths must be above 0 and in rising order"),
        ({"widths": [0.1, np.nan]}, "widths must be finite"),
        ({"h": 0}, "h must be a finite number above 0"),
        ({"precision": "float16"}, "precision must be one of 'float64', 'float32', got 'float16'"),
        ({"function": "sin"}, "function must be one of 'tanh(x) at x = 0.5'"),
        ({"cases": [CUBE, CUBE]}, "names of cases must be unique"),
        ({"cases": []}, "cases must hold at least one Case"),
    ],
)
def test_bad_input_is_named(given, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        gradient_check_explorer(**given)
