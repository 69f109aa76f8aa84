"""The race shows what the optimizers compute, stop by stop, and names who is ahead."""

import json
import re

import numpy as np
import pytest

from lessons_lib import landscapes, optimizers
from lessons_lib.widgets.explore import BREAK, UNIT
from lessons_lib.widgets.optimizer_race import optimizer_race

RATES, MOMENTA, STEPS = [0.1, 0.45, 0.9], [0.0, 0.6, 0.9], 12
RAVINE = landscapes.ravine


def race(**given):
    return optimizer_race(**{"learning_rates": RATES, "momenta": MOMENTA, "steps": STEPS} | given)


@pytest.fixture(scope="module")
def widget():
    return race()


def walk(optimizer, start=(-5.0, -2.0)):
    """Return a path, from the optimizer and nothing else."""
    path, state = [np.array(start)], optimizer.init(np.array(start))
    for _ in range(STEPS):
        point, state = optimizer.update(RAVINE.grad(path[-1]), state, path[-1])
        path.append(point)
    return np.array(path)


def runners(rate, beta):
    return {
        "plain descent": walk(optimizers.sgd(rate)),
        "momentum": walk(optimizers.momentum(rate, beta)),
        "Adam": walk(optimizers.adam(rate)),
    }


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("beta", MOMENTA)
def test_each_stop_shows_the_runs_of_the_optimizers(widget, rate, beta):
    widget.learning_rate, widget.momentum, widget.step = rate, beta, STEPS
    for name, path in runners(rate, beta).items():
        np.testing.assert_allclose(widget.points(name), path)
        want = np.stack([np.arange(STEPS + 1), RAVINE.value(path)], axis=1)
        np.testing.assert_allclose(widget.points(f"{name}: loss"), want)


def test_the_race_grows_with_the_step(widget):
    widget.step = 4
    assert all(len(widget.points(label)) == 5 for label in widget.actors)


def test_frames_are_the_paths_in_fractions_of_the_axes(widget):
    """What travels to the browser, decoded as the browser decodes it."""
    frames = np.frombuffer(widget.frames, "<i2")
    for actor in widget.scene["actors"]:
        if actor["label"].endswith("loss"):
            continue
        for axis, ((low, high), name) in enumerate(zip(RAVINE.bounds, "xy", strict=True)):
            shape = actor[name]["shape"]
            array = np.broadcast_to(
                frames[actor[name]["start"] :][: np.prod(shape)].reshape(shape), (len(RATES), len(MOMENTA), STEPS + 1)
            )
            for i, rate in enumerate(RATES):
                for j, beta in enumerate(MOMENTA):
                    path = runners(rate, beta)[actor["label"]][:, axis]
                    shown = array[i, j] / UNIT * (high - low) + low
                    inside = (array[i, j] != BREAK) & (np.abs(runners(rate, beta)[actor["label"]]).max(axis=1) < 10)
                    np.testing.assert_allclose(shown[inside], path[inside], atol=(high - low) / UNIT)


def line(widget, rate, beta):
    return widget.scene["status"][RATES.index(rate) * len(MOMENTA) + MOMENTA.index(beta)]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("beta", MOMENTA[1:])
def test_status_names_the_lowest_loss(widget, rate, beta):
    losses = {name: RAVINE.value(path)[-1] for name, path in runners(rate, beta).items()}
    best = min(losses, key=losses.get)
    assert f"momentum {beta:.3g}: {best} is ahead after {STEPS} steps." in line(widget, rate, beta)
    assert f"{best} {losses[best]:.2g}" in line(widget, rate, beta)


def test_status_names_a_tie(widget):
    assert "plain descent and momentum are level" in line(widget, 0.45, 0.0)


def test_status_names_who_has_left():
    status = race(steps=80, momenta=[0.9]).scene["status"][2]
    assert "plain descent has left the picture" in status and "nan" not in status
    status = race(steps=80, momenta=[0.1], rival=("Twin", optimizers.sgd)).scene["status"][2]
    assert "nobody is left after 80 steps" in status


def test_the_rival_is_another_if_asked():
    widget = race(rival=("RMSprop", optimizers.rmsprop), learning_rate=0.45)
    widget.step = STEPS
    np.testing.assert_allclose(widget.points("RMSprop"), walk(optimizers.rmsprop(0.45)))
    assert "RMSprop" in widget.scene["panels"][1]["svg"] and "RMSprop" in widget.scene["panels"][0]["alt"]


def test_the_three_are_told_apart_by_more_than_colour(widget):
    """Plain descent is dashed, the rival is dotted, momentum has a dot for each step."""
    roles = {actor["label"]: actor["role"] for actor in widget.scene["actors"]}
    assert [roles[name] for name in ("plain descent", "Adam", "momentum")] == ["ghost", "rival", "path"]
    for rule in (".gd-ghost .gd-line { stroke-dasharray", ".gd-rival .gd-line { stroke-dasharray"):
        assert rule in widget._css


def test_the_limit_of_plain_descent_is_marked(widget):
    (mark,) = widget.scene["knobs"][0]["marks"]
    assert mark["label"] == "2/λₘₐₓ = 0.5" and 1 < mark["at"] < 2
    assert race(learning_rates=[0.1, 0.2]).scene["knobs"][0]["marks"] == []


def test_a_loss_below_0_has_an_axis_too():
    widget = race(landscape=landscapes.saddle, start="beside it")
    assert all("nan" not in line for line in widget.scene["status"])


def test_the_page_can_carry_it():
    widget = optimizer_race()
    assert len(json.dumps(widget.scene)) + len(widget.frames) * 4 / 3 < 130_000
    assert (widget.learning_rate, widget.momentum, widget.step) == (0.1, 0.9, 50)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"landscape": landscapes.parabola}, "landscape must be a function of two numbers"),
        ({"start": "home"}, "start must be one of 'far left', 'top right', got 'home'"),
        ({"steps": 0}, "steps must be a whole number of at least 1"),
        ({"learning_rates": [0.1, 0]}, "each of learning_rates must be a finite number above 0"),
        ({"learning_rates": [0.1, 0.1]}, "learning_rates must hold at least one stop, in rising order"),
        ({"momenta": []}, "momenta must hold at least one stop"),
        ({"momenta": [0.5, 1.5]}, "each of momenta must be a number from 0 to 1"),
        ({"learning_rate": -1}, "learning_rate must be a finite number above 0"),
        ({"momentum": 2}, "momentum must be a number from 0 to 1"),
        ({"rival": ("momentum", optimizers.adam)}, "rival must have a name of its own"),
    ],
)
def test_bad_input_is_named(given, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        race(**given)
