"""The model of a step: its bytes, its best number of workers, and the fit that finds a machine again."""

import re

import numpy as np
import pytest

from lessons_lib import step_time
from lessons_lib.step_time import Machine, Times, fit, hub_bytes, ring_bytes

MACHINE = Machine(compute=2e-10, fixed=0.01, each=0.003, bandwidth=2e8, cores=3)


def steps(machine):
    grid = np.meshgrid([1, 2, 3, 5], [500, 40_000], [3_000, 900_000], indexing="ij")
    workers, rows, parameters = (axis.ravel() for axis in grid)
    seconds = step_time.step_time(machine, workers, rows=rows, parameters=parameters, itemsize=8)
    return Times(workers, rows, parameters, seconds, 8, machine.cores, "made up from a formula")


def test_the_fit_finds_the_machine_that_made_the_times():
    np.testing.assert_allclose(fit(steps(MACHINE)), MACHINE, rtol=1e-6)


def test_a_machine_whose_messages_cost_nothing_is_found_too():
    found = fit(steps(MACHINE._replace(each=0)))
    assert 0 <= found.each < 1e-9


def test_the_fit_describes_the_recorded_times():
    times = step_time.recorded()
    said = step_time.step_time(fit(times), times.workers, rows=times.rows, parameters=times.parameters)
    assert np.median(abs(said / times.seconds - 1)) < 0.25
    assert len({len(column) for column in times[:4]}) == 1 and times.machine.startswith(f"{times.cores} cores")


def test_one_worker_in_a_ring_sends_nothing():
    assert ring_bytes(1, 1000) == 0 and hub_bytes(1, 1000) == 2000
    job = {"rows": 1000, "parameters": 5000}
    assert step_time.step_time(MACHINE, 1, ring=True, **job) == pytest.approx(2e-10 * 1000 * 5000 + 0.01)


def test_a_ring_sends_less_than_twice_the_model_however_many_workers():
    workers = np.arange(1, 2000)
    assert (ring_bytes(workers, 1.0) < 2).all() and (np.diff(ring_bytes(workers, 1.0)) > 0).all()


def test_workers_beyond_the_cores_do_not_compute_faster():
    talk_free = MACHINE._replace(each=0, bandwidth=np.inf)
    three, nine = step_time.step_time(talk_free, np.array([3, 9]), rows=10**6, parameters=10**4)
    assert three == nine


def test_the_best_number_of_workers_is_that_of_the_formula():
    wide = MACHINE._replace(cores=np.inf, fixed=0)
    workers = np.arange(1, 500)
    seconds = step_time.step_time(wide, workers, rows=10**6, parameters=10**5)
    message = wide.each + 4e5 / wide.bandwidth
    assert abs(workers[seconds.argmin()] - np.sqrt(2e-10 * 1e11 / (2 * message))) < 1


def test_bad_times_are_named():
    times = steps(MACHINE)
    few = times._replace(**{name: getattr(times, name)[:3] for name in ("workers", "rows", "parameters", "seconds")})
    with pytest.raises(ValueError, match="times must hold at least 4 measured steps, got 3"):
        fit(few)
    with pytest.raises(ValueError, match=re.escape("each of times.seconds must be a finite number")):
        fit(times._replace(seconds=-times.seconds))
