"""A race on one landscape: plain descent, momentum and an adaptive method, with a slider for each of two settings."""

import numpy as np
from matplotlib.lines import Line2D

from lessons_lib import checks, landscapes, optimizers, plots
from lessons_lib.widgets.common import nearest, rising
from lessons_lib.widgets.explore import Actor, Knob, Mark, explore

RATES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.67, 0.8, 0.9, 1.0)
MOMENTA = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99)
PLAIN, HEAVY = "plain descent", "momentum"
LOST = 1e6  # times the loss at the start: out of the race


def optimizer_race(
    landscape=landscapes.ravine, *, learning_rates=RATES, momenta=MOMENTA, learning_rate=0.1, momentum=0.9, start=None,
    steps=50, rival=("Adam", optimizers.adam),
):  # fmt: skip
    """Return a live figure of three optimizers that start from one point with one learning rate.

    Parameters
    ----------
    landscape : landscapes.Landscape
        A function of two numbers.
    learning_rates, momenta : sequences of floats in rising order
        The stops of the two sliders.
    learning_rate, momentum : float
        The first state: the stops nearest to them.
    start : str
        The name of the start point; the landscape's first unless given.
    steps : int, at least 1
    rival : (name, make)
        The third runner: `make(learning_rate)` returns its optimizer. The momentum slider does not act on it.

    Returns
    -------
    Explorer
        With the traits `learning_rate`, `momentum` and `step`.

    Raises
    ------
    ValueError
        If an argument is not as above.
    """
    name, make = rival
    if name in (PLAIN, HEAVY) or not name.isalnum():
        raise ValueError(f"rival must have a name of its own, of letters and digits, got {name!r}")
    steps = checks.count(steps, "steps", low=1)
    rates = rising([checks.learning_rate(r, "each of learning_rates") for r in learning_rates], "learning_rates")
    betas = rising([checks.number(b, "each of momenta", high=1) for b in momenta], "momenta")
    rate, beta = checks.learning_rate(learning_rate), checks.number(momentum, "momentum", high=1)
    start = next(iter(landscape.starts)) if start is None else start
    if start not in landscape.starts:
        raise ValueError(f"start must be one of {', '.join(map(repr, landscape.starts))}, got {start!r}")
    point = checks.floats(landscape.starts[start], "start")
    if point.shape != (2,):
        raise ValueError(f"landscape must be a function of two numbers, got a start {checks.describe(point)}")

    def walk(optimizer):
        path, state = [point], optimizer.init(point)
        for _ in range(steps):
            with np.errstate(all="ignore"):  # divergence is a lesson, not a warning
                grads = landscape.grad(path[-1])
            after, state = optimizer.update(grads, state, path[-1])
            path.append(after)
        return np.array(path)

    paths = {  # (rates, momenta or 1, steps + 1, 2)
        PLAIN: np.array([[walk(optimizers.sgd(r))] for r in rates]),
        HEAVY: np.array([[walk(optimizers.momentum(r, b)) for b in betas] for r in rates]),
        name: np.array([[walk(make(r))] for r in rates]),
    }
    with np.errstate(all="ignore"):
        losses = {runner: landscape.value(path) for runner, path in paths.items()}
    ax, loss_ax = _landscape_stage(landscape), _loss_stage(losses, steps, name)

    actors = []
    for runner, role in ((PLAIN, "ghost"), (name, "rival"), (HEAVY, "path")):  # the last is in front
        path = paths[runner]
        actors.append(Actor(ax, path[..., 0], path[..., 1], "path", role, runner))
        actors.append(Actor(loss_ax, np.arange(steps + 1), losses[runner], "path", role, f"{runner}: loss"))

    def status(r, b):
        i, j = rates.index(r), betas.index(b)
        return _story(r, b, {runner: loss[i, j % loss.shape[1]] for runner, loss in losses.items()}, steps)

    limit = landscape.limit
    marks = []
    if limit is not None and rates[0] <= limit <= rates[-1]:
        marks = [Mark(limit, f"2/λₘₐₓ = {limit:g}", "the limit of plain descent, 2 over lambda max")]
    return explore(
        [ax.figure, loss_ax.figure],
        knobs=[
            Knob("learning_rate", "learning rate α", rates, nearest(rates, rate), text="{:.3g}".format, marks=marks),
            Knob("momentum", "momentum β", betas, nearest(betas, beta), text="{:.3g}".format),
            Knob("step", "step", range(steps + 1), steps, kind="step"),
        ],
        actors=actors,
        status=status,
        label=f"A race of optimizers on {landscape.formula}",
        alt=[
            f"Contour lines of {landscape.formula} with three paths: plain descent, dashed; momentum, with a dot for "
            f"each step; {name}, dotted.",
            "The loss of the three after each step, on a logarithmic axis.",
        ],
    )


def _story(rate, beta, losses, steps):
    """Return one line: who has the lowest loss after the last step, and who has left the race."""

    def lost(runner):
        return not (np.isfinite(losses[runner]).all() and losses[runner][-1] <= LOST * max(abs(losses[runner][0]), 1))

    ranked = sorted((r for r in losses if not lost(r)), key=lambda r: losses[r][-1])
    gone = [f"{r} has left the picture" for r in losses if lost(r)]
    head = f"Learning rate {rate:.3g}, momentum {beta:.3g}:"
    if not ranked:
        return f"{head} nobody is left after {steps} steps."
    values = [f"{r} {losses[r][-1]:.2g}" for r in ranked]
    if len(ranked) > 1 and losses[ranked[0]][-1] == losses[ranked[1]][-1]:
        ahead = f"{ranked[0]} and {ranked[1]} are level"
    else:
        ahead = f"{ranked[0]} is ahead"
    return f"{head} {ahead} after {steps} steps. Loss: {'; '.join(values + gone)}."


@plots.styled
def _landscape_stage(landscape):
    fig, ax = plots.figure(width=4.5, height=4.0)
    plots.contours(ax, landscape.value, landscape.bounds, resolution=61)
    ax.set(xlabel="x₁", ylabel="x₂", title=landscape.formula)
    fig.canvas.draw()
    return ax


@plots.styled
def _loss_stage(losses, steps, name):
    start = float(losses[PLAIN][0, 0, 0])
    low = min(float(loss[np.isfinite(loss)].min()) for loss in losses.values())
    fig, ax = plots.figure(width=4.5, height=4.0)
    if low > 0:
        ax.set(yscale="log", ylim=(max(low, start * 1e-7), start * 100))
        ax.minorticks_off()
    else:
        span = start - low or 1.0
        ax.set(ylim=(low - 0.1 * span, start + 0.5 * span))
    ax.set(xlim=(0, steps), xlabel="step", ylabel="f(x)", title="loss per step")
    lines = [
        Line2D([], [], color=plots.INK, alpha=0.55, dashes=(4, 3), linewidth=1.3),
        Line2D([], [], color=plots.PATH, marker="o", markersize=4),
        Line2D([], [], color=plots.OTHER, dashes=(0.1, 2), linewidth=3, dash_capstyle="round"),
    ]
    ax.legend(lines, [PLAIN, HEAVY, name], loc="upper right", fontsize=10, ncols=3, columnspacing=1)
    fig.canvas.draw()
    return ax
