"""The hiker and the guide at once: the path so far, and the arrow that points from where the hiker stands."""

import numpy as np

from lessons_lib import checks, plots
from lessons_lib.descent import regime
from lessons_lib.sweeps import descend_many
from lessons_lib.widgets.explore import Actor, Knob, explore
from lessons_lib.widgets.learning_rate import FATE


def hiker_and_guide(
    landscape, *, learning_rates, learning_rate, start=None, steps=40, step=None, width=9.2, height=4.4
):  # fmt: skip
    """Return a live figure of gradient descent on a landscape of two coordinates, with the negative gradient as arrow.

    Parameters
    ----------
    landscape : landscapes.Landscape
    learning_rates : sequence of floats
        The stops of the slider.
    learning_rate : float
        The first state: the stop nearest to it.
    start : str
        The name of the start point of the first state.
    steps : int, at least 1
    step : int
        The first state of the step slider; the last step unless given.
    width, height : float
        The size of the drawing, in inches of 72 pixels.

    Returns
    -------
    Explorer
        With the traits `learning_rate`, `start` and `step`.

    Raises
    ------
    ValueError
        If a learning rate is not positive and finite, or the start point is unknown.
    """
    steps = checks.count(steps, "steps", low=1)
    step = steps if step is None else checks.count(step, "step", high=steps)
    rates = [checks.learning_rate(rate, "learning_rates") for rate in learning_rates]
    rate = min(rates, key=lambda r: abs(r - checks.learning_rate(learning_rate)))
    starts = list(landscape.starts)
    start = starts[0] if start is None else start
    if start not in starts:
        raise ValueError(f"start must be one of {', '.join(map(repr, starts))}, got {start!r}")

    points = landscape.starts.values()
    fates = np.stack(
        [descend_many(landscape.grad, p, learning_rates=rates, steps=max(steps, FATE)) for p in points], axis=1
    )
    paths = fates[:, :, : steps + 1]
    with np.errstate(over="ignore", invalid="ignore"):
        heights = landscape.value(paths)
        arrows = _arrows(paths, -landscape.grad(paths), landscape.bounds)
    ax = _stage(landscape, width, height)
    stories = {(r, s): _story(r, fates[i, j], heights[i, j]) for i, r in enumerate(rates) for j, s in enumerate(starts)}
    return explore(
        ax.figure,
        knobs=[
            Knob("learning_rate", "learning rate α", rates, rate, text="{:.3g}".format),
            Knob("start", "start", starts, start, kind="choice"),
            Knob("step", "step", range(steps + 1), step, kind="step"),
        ],
        actors=[
            Actor(ax, paths[..., 0], paths[..., 1], "path", "path", "hiker"),
            Actor(ax, arrows[..., 0], arrows[..., 1], "now", "gradient", "guide"),
        ],
        status=lambda rate, start: stories[rate, start],
        label="The hiker and the guide",
        alt="Contour lines of hills and valleys, the hiker's path downhill, "
        "and an arrow, the guide, that points in the direction in which the ground falls most steeply.",
    )


def _arrows(paths, directions, bounds):
    """Return an arrow for each point, five points each: tail, tip, and the two barbs.

    Its length says how steep the ground is, but no more than a sixth of the picture.
    """
    reach = 0.2 * min(right - left for left, right in bounds)
    length = np.linalg.norm(directions, axis=-1, keepdims=True)
    ahead = directions / np.maximum(length, 1e-12) * reach * length / (length + 0.2)
    aside = np.stack([-ahead[..., 1], ahead[..., 0]], axis=-1)
    tip = paths + ahead
    corners = [paths, tip, tip - 0.28 * ahead + 0.18 * aside, tip, tip - 0.28 * ahead - 0.18 * aside]
    return np.stack(corners, axis=-2).reshape(*paths.shape[:-2], -1, 2)


@plots.styled
def _stage(landscape, width, height):
    fig, ax = plots.figure(width=width, height=height)
    plots.contours(ax, landscape.value, landscape.bounds, shaded=True, resolution=71)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    fig.canvas.draw()
    return ax


def _story(rate, fate, heights):
    steps = len(heights) - 1
    fate = regime(fate).words
    if fate == "diverges" or not np.isfinite(heights[-1]):
        return f"Learning rate {rate:.3g}: the guide points truly at each step, and still the hiker is thrown out."
    climbs = int(np.sum(np.diff(heights) > 1e-6))
    uphill = f"; {climbs} of them led uphill" if climbs else ""
    start, end = (f"{height:.2f}".replace("-", "−") for height in heights[[0, -1]])
    return f"Learning rate {rate:.3g}: {fate}. From height {start} to {end} in {steps} steps{uphill}."
