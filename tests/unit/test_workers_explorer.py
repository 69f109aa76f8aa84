"""The figure of workers against time shows what was measured where it was measured, and the model everywhere."""

import json
import re

import numpy as np
import pytest

from lessons_lib import step_time
from lessons_lib.widgets.explore import BREAK, UNIT
from lessons_lib.widgets.workers import HERE, LATENCY, NETWORKS, WORKERS, workers_explorer

TIMES = step_time.recorded()
MODEL = step_time.fit(TIMES)
P = np.array(WORKERS)


@pytest.fixture(scope="module")
def widget():
    return workers_explorer()


def machine(network):
    return MODEL if network == HERE else step_time.Machine(MODEL.compute, 0, LATENCY, NETWORKS[network])


@pytest.mark.parametrize("network", [HERE, *NETWORKS])
@pytest.mark.parametrize(("rows", "parameters"), [(512, 3169), (32768, 985921), (262144, 10_000_000)])
def test_each_stop_shows_the_model(widget, network, rows, parameters):
    widget.network, widget.rows, widget.parameters = network, rows, parameters
    job = {"rows": rows, "parameters": parameters, "itemsize": TIMES.itemsize}
    for label, ring in (("through one place", False), ("in a ring", True)):
        seconds = step_time.step_time(machine(network), P, ring=ring, **job)
        np.testing.assert_allclose(widget.points(label), np.stack([P, seconds], axis=1))
        gain = widget.points(f"{label}: gain")[:, 1]
        np.testing.assert_allclose(gain * seconds, widget.points("computing alone")[0, 1])


def test_measured_steps_stand_where_they_were_measured(widget):
    seen = 0
    for rows, parameters in {*zip(TIMES.rows.tolist(), TIMES.parameters.tolist(), strict=True)}:
        widget.network, widget.rows, widget.parameters = HERE, rows, parameters
        shown = {p: seconds for p, seconds in widget.points("measured") if np.isfinite(seconds)}
        at = (TIMES.rows == rows) & (TIMES.parameters == parameters)
        assert shown == dict(zip(TIMES.workers[at].tolist(), TIMES.seconds[at].tolist(), strict=True))
        seen += len(shown)
    assert seen == len(TIMES.seconds) >= 20


@pytest.mark.parametrize("network", NETWORKS)
def test_nothing_is_said_to_be_measured_elsewhere(widget, network):
    widget.network, widget.rows, widget.parameters = network, 512, 3169
    assert np.isnan(widget.points("measured")[:, 1]).all()


def test_frames_are_the_curves_in_fractions_of_the_axes(widget):
    """What travels to the browser, decoded as the browser decodes it: logarithms, between the ends of the axes."""
    frames = np.frombuffer(widget.frames, "<i2")
    actor = next(a for a in widget.scene["actors"] if a["label"] == "through one place")
    x = frames[actor["x"]["start"] :][: np.prod(actor["x"]["shape"])] / UNIT
    np.testing.assert_allclose(x, np.log(P) / np.log(P[-1]), atol=1 / UNIT)
    y = frames[actor["y"]["start"] :][: np.prod(actor["y"]["shape"])].reshape(actor["y"]["shape"])
    low, high = np.log10(widget.actors["through one place"].axes.get_ylim())
    seconds = widget.actors["through one place"].y
    assert (y != BREAK).all() and (y.min(axis=-1) >= 0).all() and (y.min(axis=-1) <= UNIT).all()
    np.testing.assert_allclose(y / UNIT * (high - low) + low, np.log10(seconds), atol=(high - low) / UNIT)


@pytest.mark.parametrize("network", [HERE, "10 Gbit/s"])
def test_status_names_the_best_number_of_workers(widget, network):
    knobs = [knob["stops"] for knob in widget.scene["knobs"]]
    at = (knobs[0].index(network), knobs[1].index(32768), knobs[2].index(65185))
    line = widget.scene["status"][np.ravel_multi_index(at, [len(stops) for stops in knobs])]
    job = {"rows": 32768, "parameters": 65185}
    through, ring = (step_time.step_time(machine(network), P, ring=r, **job) for r in (False, True))
    assert f"Shortest step through one place: with {P[through.argmin()]} workers" in line
    assert f"In a ring: with {P[ring.argmin()]} workers" in line
    alone = widget_alone(network)
    assert f"{alone / through.min():.1f} times as fast" in line


def widget_alone(network):
    one = machine(network)
    return one.compute * 32768 * 65185 + one.fixed


def test_small_work_is_not_said_to_gain(widget):
    assert "with 1 worker, no faster than one that talks to nobody" in widget.scene["status"][0]


def test_the_page_can_carry_it(widget):
    assert len(json.dumps(widget.scene)) + len(widget.frames) * 4 / 3 < 120_000
    fresh = workers_explorer()
    assert (fresh.network, fresh.rows, fresh.parameters) == (HERE, 32768, 65185)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"rows": []}, "rows must hold at least one stop"),
        ({"rows": [64, 64]}, "rows must hold at least one stop, in rising order"),
        ({"rows": [0, 64]}, "each of rows must be a whole number of at least 1"),
        ({"parameters": [10, 1.5]}, "each of parameters must be a whole number of at least 1"),
        ({"batch": 0}, "batch must be a whole number of at least 1"),
        ({"size": "big"}, "size must be a whole number of at least 1"),
        ({"network": "dial-up"}, "network must be one of 'measured', '1 Gbit/s'"),
    ],
)
def test_bad_input_is_named(given, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        workers_explorer(**given)
