"""The cover's figure: the path is that of descend, the arrow is the negative gradient."""

import numpy as np
import pytest

from lessons_lib import landscapes
from lessons_lib.descent import descend
from lessons_lib.widgets import hiker_and_guide

RATES = [0.1, 0.4, 6.0]


def test_the_hiker_walks_the_path_of_descend():
    widget = hiker_and_guide(landscapes.foothills, learning_rates=RATES, learning_rate=0.4, steps=12)
    start = landscapes.foothills.starts[widget.start]
    path = descend(landscapes.foothills.grad, start, learning_rate=0.4, steps=12)
    np.testing.assert_allclose(widget.points("hiker"), path)


def test_the_guide_points_down_the_gradient_from_where_the_hiker_stands():
    widget = hiker_and_guide(landscapes.foothills, learning_rates=RATES, learning_rate=0.1, steps=12)
    arrows = widget.points("guide").reshape(13, 5, 2)
    hiker = widget.points("hiker")
    np.testing.assert_allclose(arrows[:, 0], hiker)
    ahead, down = arrows[:, 1] - hiker, -landscapes.foothills.grad(hiker)
    cosine = np.sum(ahead * down, axis=1) / np.linalg.norm(ahead, axis=1) / np.linalg.norm(down, axis=1)
    np.testing.assert_allclose(cosine, 1)


def test_steeper_ground_makes_a_longer_arrow():
    widget = hiker_and_guide(landscapes.foothills, learning_rates=RATES, learning_rate=0.1, steps=12)
    arrows = widget.points("guide").reshape(13, 5, 2)
    length = np.linalg.norm(arrows[:, 1] - arrows[:, 0], axis=1)
    slope = np.linalg.norm(landscapes.foothills.grad(arrows[:, 0]), axis=1)
    assert np.array_equal(np.argsort(length), np.argsort(slope))


def test_each_start_ends_in_a_valley_of_its_own():
    ends = [
        descend(landscapes.foothills.grad, start, learning_rate=0.4, steps=600)[-1]
        for start in landscapes.foothills.starts.values()
    ]
    for i in range(3):
        assert np.linalg.norm(landscapes.foothills.grad(ends[i])) < 1e-6
        assert np.linalg.norm(ends[i] - ends[i - 1]) > 1


def test_the_story_tells_of_the_regime():
    scene = hiker_and_guide(landscapes.foothills, learning_rates=RATES, learning_rate=0.4).scene
    assert "settles" in scene["status"][3]
    assert "never settles" in scene["status"][6]


def test_starts_are_known():
    with pytest.raises(ValueError, match=r"start must be one of 'the western ridge', .*, got 'home'"):
        hiker_and_guide(landscapes.foothills, learning_rates=RATES, learning_rate=0.4, start="home")
