"""The live figure's numbers: what travels to the browser is what was computed."""

import numpy as np
import pytest
import traitlets

from lessons_lib import landscapes, plots
from lessons_lib.descent import descend
from lessons_lib.widgets import Actor, Knob, Mark, explore, learning_rate_explorer
from lessons_lib.widgets.explore import BREAK, REACH, UNIT, to_frames


def axes(xlim=(0, 4), ylim=(-2, 2), **settings):
    fig, ax = plots.figure()
    ax.set(xlim=xlim, ylim=ylim, **settings)
    fig.canvas.draw()
    return ax


def figure(ax, **changes):
    knobs = [Knob("learning_rate", "rate", [0.1, 0.2, 0.4], 0.2), Knob("step", "step", range(3), 2, kind="step")]
    actors = [Actor(ax, np.arange(9.0).reshape(3, 3) / 4, np.zeros(3), label="path")]
    settings = {"knobs": knobs, "actors": actors, "status": "rate {}".format, "label": "a figure", "alt": "axes"}
    return explore(ax.figure, **settings | changes)


def test_frames_are_axes_fractions():
    u, v = to_frames(axes(), [0, 1, 4], [-2, 0, 2])
    assert u.tolist() == [0, UNIT / 4, UNIT]
    assert v.tolist() == [0, UNIT / 2, UNIT]


def test_frames_follow_a_logarithmic_axis():
    _, v = to_frames(axes(ylim=(1e-4, 1), yscale="log"), [0, 0, 0], [1e-4, 1e-2, 1])
    assert v.tolist() == [0, UNIT / 2, UNIT]


def test_a_point_without_a_place_is_a_break():
    u, v = to_frames(axes(ylim=(1e-4, 1), yscale="log"), [0, np.nan, 1], [0.1, 0.1, np.inf])
    assert (u[1], v[2]) == (BREAK, BREAK)
    assert BREAK not in (u[0], v[0])


def test_a_loss_of_zero_lies_below_every_logarithmic_axis():
    _, v = to_frames(axes(ylim=(1e-4, 1), yscale="log"), [0, 1], [0.1, 0.0])
    assert v[1] < -UNIT


def test_a_path_that_leaves_keeps_its_direction():
    u, v = to_frames(axes(), np.array([[2.0, 4000.0]]), np.array([[0.0, 1000.0]]))
    du, dv = u[0, 1] - UNIT / 2, v[0, 1] - UNIT / 2
    assert max(du, dv) == pytest.approx(REACH * UNIT, rel=1e-3)
    assert dv / du == pytest.approx((1000 / 4) / (3998 / 4), rel=1e-3)  # the slope, in fractions of the axes


def test_numbers_near_the_largest_float_do_not_warn():
    with np.errstate(all="raise"):
        u, _ = to_frames(axes(), np.array([[0.0, 1e308, -1e308]]), np.array([[0.0, -1e308, 1e308]]))
    assert np.isin(BREAK, u) or np.abs(u).max() < 32768


def test_knobs_are_traits():
    widget = figure(axes())
    assert widget.learning_rate == 0.2
    widget.learning_rate = 0.4
    assert widget.points("path")[:, 0].tolist() == [6 / 4, 7 / 4, 8 / 4]
    widget.step = 0
    assert widget.points("path")[:, 0].tolist() == [6 / 4]


def test_a_value_between_stops_goes_to_the_nearer_one():
    widget = figure(axes())
    widget.learning_rate = 0.33
    assert widget.learning_rate == 0.4


def test_a_value_beyond_the_stops_is_refused():
    widget = figure(axes())
    with pytest.raises(traitlets.TraitError, match=r"learning_rate must be between 0\.1 and 0\.4, got 5"):
        widget.learning_rate = 5
    assert widget.learning_rate == 0.2


def test_the_end_stops_may_be_negative():
    knob = Knob("x", "x", [-2.0, 0.0, 2.0], 0.0)
    widget = figure(axes(), knobs=[knob], actors=[])
    widget.x = -2.0
    assert widget.x == -2.0


def test_knobs_can_be_observed_and_linked():
    one, two, seen = figure(axes()), figure(axes()), []
    one.observe(lambda change: seen.append(change["new"]), "learning_rate")
    link = traitlets.link((one, "learning_rate"), (two, "learning_rate"))
    two.learning_rate = 0.1
    assert seen == [0.1]
    link.unlink()


def test_equal_numbers_travel_once():
    ax = axes()
    same = np.zeros((3, 3))
    one = figure(ax, actors=[Actor(ax, same, same, label="a")])
    two = figure(ax, actors=[Actor(ax, same, same, label="a"), Actor(ax, same, same, label="b")])
    assert len(two.frames) == len(one.frames)


def test_a_mark_stands_between_its_stops():
    knob = Knob("learning_rate", "rate", [0.1, 1.0, 10.0], 1.0, marks=[Mark(np.sqrt(0.1), "here", "here")])
    widget = figure(axes(), knobs=[knob], actors=[])
    assert widget.scene["knobs"][0]["marks"][0]["at"] == pytest.approx(0.5)


def test_status_is_one_line_for_each_combination():
    assert figure(axes()).scene["status"] == ["rate 0.1", "rate 0.2", "rate 0.4"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"role": "pretty"}, "role must be one of path, .*, got 'pretty'"),
        ({"kind": "blob"}, "kind must be one of path, .*, got 'blob'"),
        ({"x": np.zeros((2, 3))}, r"x of actor 'path' must broadcast to \(3, 'points'\), got \(2, 3\)"),
    ],
)
def test_an_actor_that_does_not_fit_is_refused(change, message):
    ax = axes()
    actor = Actor(ax, np.zeros((3, 3)), np.zeros(3), label="path")._replace(**change)
    with pytest.raises(ValueError, match=message):
        figure(ax, actors=[actor])


def test_each_figure_needs_a_description():
    with pytest.raises(ValueError, match="alt must describe each of the 1 figures, got 2"):
        figure(axes(), alt=["one", "two"])


@pytest.mark.parametrize("start", ["far left", "top right"])
def test_learning_rate_explorer_shows_what_descend_computes(start):
    widget = learning_rate_explorer(landscapes.bowl, start=start, learning_rate=0.3)
    path = descend(landscapes.bowl.grad, landscapes.bowl.starts[start], learning_rate=widget.learning_rate, steps=30)
    np.testing.assert_allclose(widget.points("path"), path)
    np.testing.assert_allclose(widget.points("loss")[:, 1], landscapes.bowl.value(path))


def test_learning_rate_explorer_marks_the_limit():
    marks = learning_rate_explorer(landscapes.ravine).scene["knobs"][0]["marks"]
    assert [mark["label"] for mark in marks] == ["2/λₘₐₓ = 0.5"]


def test_learning_rate_explorer_knows_its_starts():
    with pytest.raises(ValueError, match="start must be one of 'far left', 'top right', got 'home'"):
        learning_rate_explorer(landscapes.bowl, start="home")
