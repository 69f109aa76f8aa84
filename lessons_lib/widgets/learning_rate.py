"""The learning rate as a slider: the path on the landscape, the loss per step beside it, the regime in words."""

import numpy as np

from lessons_lib import checks, plots
from lessons_lib.descent import regime
from lessons_lib.sweeps import descend_many
from lessons_lib.widgets.explore import Actor, Knob, Mark, explore

FATE = 600  # steps that show what becomes of a path


def learning_rate_explorer(landscape, *, learning_rates=None, learning_rate=None, start=None, steps=30):
    """Return a live figure of gradient descent on a landscape.

    Parameters
    ----------
    landscape : landscapes.Landscape
        One of the book's, or your own: a function of a number or of two, its gradient, and where to look at it.
    learning_rates : sequence of floats
        The stops of the slider; 28 from a hundredth of the limit 2/λ_max to a little above it unless given,
        or from 0.01 to 2 where the landscape has no limit.
    learning_rate : float
        The first state: the stop nearest to it.
    start : str
        The name of the start point of the first state.
    steps : int, at least 1

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
    rates = np.asarray(_stops(landscape) if learning_rates is None else learning_rates, float)
    rate = rates[len(rates) // 2] if learning_rate is None else checks.learning_rate(learning_rate)
    starts = list(landscape.starts)
    start = starts[0] if start is None else start
    if start not in starts:
        raise ValueError(f"start must be one of {', '.join(map(repr, starts))}, got {start!r}")

    fates = np.stack(
        [
            descend_many(landscape.grad, landscape.starts[s], learning_rates=rates, steps=max(steps, FATE))
            for s in starts
        ],
        axis=1,
    )
    paths = fates[:, :, : steps + 1]
    with np.errstate(over="ignore", invalid="ignore"):
        values = landscape.value(paths)
    stage = _stage_on_a_line if paths.ndim == 3 else _stage_on_a_plane
    ax, x, y, stage_alt = stage(landscape, paths, values)
    loss_ax = _loss_stage(values, steps)

    marks = (
        []
        if landscape.limit is None
        else [Mark(landscape.limit, f"2/λₘₐₓ = {landscape.limit:g}", "the limit 2 over lambda max")]
    )
    if marks and not rates[0] <= landscape.limit <= rates[-1]:
        marks = []
    stories = {
        (float(r), s): _story(r, fates[i, j], landscape, steps)
        for i, r in enumerate(rates)
        for j, s in enumerate(starts)
    }
    return explore(
        [ax.figure, loss_ax.figure],
        knobs=[
            Knob(
                "learning_rate",
                "learning rate α",
                rates,
                float(rates[np.argmin(np.abs(rates - rate))]),
                text=_short,
                marks=marks,
            ),
            Knob("start", "start", starts, start, kind="choice"),
            Knob("step", "step", range(steps + 1), steps, kind="step"),
        ],
        actors=[
            Actor(ax, x, y, kind="path", role="path", label="path"),
            Actor(loss_ax, np.arange(steps + 1), values, kind="curve", role="loss", label="loss"),
        ],
        status=lambda r, s: stories[float(r), s],
        label=f"Gradient descent on {landscape.formula}",
        alt=[stage_alt, "The loss after each step."],
    )


def _short(number):
    return f"{number:.3g}"


def _stops(landscape):
    small, even = np.array([0.01, 0.02, 0.03, 0.05, 0.07]), np.arange(2, 21) / 20
    if landscape.limit is None:
        return np.concatenate([small, even, [1.1, 1.25, 1.5, 2.0]])
    # The limit itself is a stop: there the path bounces for ever.
    return landscape.limit * np.concatenate([small, even, [1.01, 1.02, 1.05, 1.1]])


@plots.styled
def _stage_on_a_line(landscape, paths, values):
    left, right = landscape.bounds
    line = np.linspace(left, right, 241)
    fig, ax = plots.figure(width=4.5, height=4.0)
    ax.plot(line, landscape.value(line), color=plots.INK, alpha=0.45)
    ax.set(xlim=(left, right), xlabel="x", ylabel="f(x)", title=landscape.formula)
    fig.canvas.draw()
    return ax, paths, values, f"The curve of {landscape.formula} with the points that gradient descent visits."


@plots.styled
def _stage_on_a_plane(landscape, paths, values):
    fig, ax = plots.figure(width=4.5, height=4.0)
    plots.contours(ax, landscape.value, landscape.bounds, resolution=61)
    ax.set(xlabel="x₁", ylabel="x₂", title=landscape.formula)
    fig.canvas.draw()
    return ax, paths[..., 0], paths[..., 1], f"Contour lines of {landscape.formula} with the path of gradient descent."


@plots.styled
def _loss_stage(values, steps):
    finite = values[np.isfinite(values)]
    fig, ax = plots.figure(width=4.5, height=4.0)
    top = 1.5 * np.max(np.abs(values[:, :, 0]))
    if finite.min() > 0:
        ax.set(yscale="log", ylim=(max(finite.min(), top * 1e-8), top * 20))
        ax.minorticks_off()  # the lines between the powers of ten weigh more than all the rest of the figure
    else:
        ax.set(ylim=(finite.min() - 0.05 * top, top))
    ax.set(xlim=(0, steps), xlabel="step", ylabel="f(x)", title="loss per step")
    fig.canvas.draw()
    return ax


def _story(rate, fate, landscape, steps):
    """Return one line: the regime in words, judged by a path long enough to show its fate."""
    what = regime(fate)
    after = "" if what.settled_at is None else f" after {what.settled_at} step{'s' * (what.settled_at != 1)}"
    if what.words.startswith("settles") and _falls_away(landscape.value, fate[-1]):
        after += ", on a point that is flat but no minimum"
    with np.errstate(over="ignore", invalid="ignore"):
        loss = landscape.value(fate[steps])
    if not np.isfinite(loss) or abs(loss) > 1e6:
        return f"Learning rate {_short(rate)}: {what.words}. The loss has left the picture."
    return f"Learning rate {_short(rate)}: {what.words}{after}. Loss after the {steps} steps shown: {_short(loss)}."


def _falls_away(value, point):
    """Tell a saddle or a summit from a minimum: does the ground fall on both sides along one of the axes?"""
    step = 0.01 * np.eye(np.size(point)).reshape(-1, *np.shape(point))
    return bool(np.any(np.maximum(value(point + step), value(point - step)) < value(point) - 1e-9))
