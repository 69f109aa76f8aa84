"""How a path is judged, against what the factor 1 - αλ says of it."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons_lib import landscapes
from lessons_lib.descent import REGIMES, descend, regime

pytestmark = pytest.mark.filterwarnings("error")


def on_a_parabola(factor, steps=600, curvature=2.0):
    """Return a path whose distance from the minimum is multiplied by `factor` at each step."""
    return descend(lambda x: curvature * x, 10.0, learning_rate=(1 - factor) / curvature, steps=steps)


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (0.9, "settles straight"),
        (0.0, "settles straight"),  # in one step
        (-0.5, "settles while swinging"),
        (-0.9, "settles while swinging"),
        (0.9999, "is still on its way"),
        (-0.998, "is still on its way"),  # it swings, but the swings shrink
        (-1.0, "never settles"),
        (-1.02, "diverges"),
        (-1.5, "diverges"),
    ],
)
def test_regimes_of_the_parabola(factor, words):
    assert regime(on_a_parabola(factor)).words == words


@given(st.floats(0.05, 0.9), st.sampled_from([-1, 1]), st.floats(0.1, 50))
def test_settles_when_the_factor_to_that_power_is_within_the_tolerance(size, sign, curvature):
    path = on_a_parabola(sign * size, curvature=curvature)
    what = regime(path)
    assert what.words == ("settles straight" if sign > 0 else "settles while swinging")
    close = 0.01 * np.abs(path - path[0]).max()
    assert abs(path[what.settled_at] - path[-1]) <= close < abs(path[what.settled_at - 1] - path[-1])


@given(st.floats(1e-6, 1e6), st.sampled_from([0.8, -0.8, -1.0, -1.2]))
def test_units_do_not_matter(scale, factor):
    path = on_a_parabola(factor, steps=200)
    assert regime(scale * path) == regime(path)


def test_path_that_overflows_diverges():
    path = on_a_parabola(-3, steps=2000)
    assert not np.isfinite(path).all()
    assert regime(path).words == "diverges"


def test_path_whose_squares_overflow_diverges():
    path = on_a_parabola(-3, steps=600)
    assert 1e200 < np.abs(path).max() < np.inf
    assert regime(path).words == "diverges"


def test_path_that_stays_where_it_is_has_settled():
    assert regime(np.zeros((5, 2))) == ("settles straight", 0)


@pytest.mark.parametrize("steps", [350, 400, 500, 600, 1000])
def test_late_escape_from_a_saddle_is_no_divergence(steps):
    path = descend(landscapes.saddle.grad, [1e-12, 0.0], learning_rate=0.1, steps=steps)
    assert np.linalg.norm(landscapes.saddle.grad(path[-1])) < 1e-3
    assert regime(path).words == "settles straight"


def test_one_coordinate_that_diverges_is_enough():
    path = descend(lambda x: x * [1.0, 5.0], [1.0, 1e-3], learning_rate=0.45, steps=300)
    assert regime(path).words == "diverges"


def test_fewer_steps_cannot_tell():
    assert regime(on_a_parabola(0.9, steps=2)).words == "is still on its way"


def test_a_single_step_has_a_regime():
    assert regime(np.array([1.0, 0.5])).words in REGIMES


@pytest.mark.parametrize("path", [3.0, [3.0], np.zeros((1, 2))])
def test_needs_two_points(path):
    with pytest.raises(ValueError, match=re.escape("path must hold at least two points")):
        regime(path)


def test_grid_of_rates_on_the_ravine_meets_the_limit():
    limit = landscapes.ravine.limit
    for share in (0.1, 0.5, 0.9, 1.02, 1.1):
        path = descend(landscapes.ravine.grad, [-5.0, -2.0], learning_rate=share * limit, steps=600)
        assert regime(path).words.startswith("settles") == (share < 1)
