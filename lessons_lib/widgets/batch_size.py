"""Batch size and learning rate as two sliders: the path on the contours, the loss by updates and by samples seen."""

import numpy as np
from matplotlib.lines import Line2D

from lessons_lib import checks, plots
from lessons_lib.descent import train
from lessons_lib.optimizers import sgd
from lessons_lib.widgets.common import batch_kind, nearest, rising
from lessons_lib.widgets.explore import Actor, Knob, explore

ORIGIN = 0.5  # where "no samples yet" stands on the logarithmic axis, left of 1


def batch_size_explorer(
    loss_and_grads, start, X, y, *, bounds, batch_sizes=None, learning_rates=None, batch_size=32, learning_rate=None,
    updates=120, seed=0, names=("θ₁", "θ₂"),
):  # fmt: skip
    """Return a live figure of batch, mini-batch and stochastic descent on a loss of two parameters.

    Parameters
    ----------
    loss_and_grads : callable
        `loss_and_grads(params, X_b, y_b)` returns the loss of a batch, a float, and its gradient, of shape (2,).
    start : array (2,)
        Where every path begins.
    X, y : arrays (n, ...)
    bounds : ((left, right), (bottom, top))
        The part of the landscape that is shown.
    batch_sizes : sequence of ints
        The stops of one slider, in rising order; 1, 2, 4, ... and n unless given.
        The first and the last are drawn at all times, for comparison.
    learning_rates : sequence of floats
        The stops of the other: 0.05, 0.1, 0.2, ... and 12.8 unless given.
    batch_size, learning_rate
        The first state: the stops nearest to them. The learning rate is the middle one unless given.
    updates : int
        How many updates each run makes.
    seed : int
        Of the order of the samples; one for all runs.
    names : pair of str
        What the two parameters are called on the axes.

    Returns
    -------
    Explorer
        With the traits `batch_size`, `learning_rate` and `step`.

    Raises
    ------
    ValueError
        As `train` does, and if `start` does not hold two numbers, or stops or bounds are not in rising order.
    """
    X, y = checks.samples(X, y)
    start = checks.floats(start, "start")
    if start.shape != (2,):
        raise ValueError(f"start must hold the two parameters, got {checks.describe(start)}")
    if np.shape(bounds) != (2, 2) or not all(low < high for low, high in bounds):
        raise ValueError(f"bounds must be ((left, right), (bottom, top)) in rising order, got {bounds!r}")
    updates, seed, n = checks.count(updates, "updates", low=1), checks.count(seed, "seed"), len(X)
    sizes = [2**k for k in range(20) if 2**k < n] + [n] if batch_sizes is None else list(batch_sizes)
    sizes = rising([checks.batch_size(size, n) for size in sizes], "batch_sizes")
    rates = [0.05 * 2**k for k in range(9)] if learning_rates is None else list(learning_rates)
    rates = rising([checks.learning_rate(rate, "each of learning_rates") for rate in rates], "learning_rates")
    batch_size = checks.count(batch_size, "batch_size", low=1)
    learning_rate = rates[len(rates) // 2] if learning_rate is None else checks.learning_rate(learning_rate)

    def run(size, rate):
        epochs = -(-updates // -(-n // size))  # enough of them: both divisions round up
        history = train(
            start, X, y, optimizer=sgd(rate), batch_size=size, epochs=epochs, rng=np.random.default_rng(seed),
            loss_and_grads=loss_and_grads, keep="update", progress=False,
        )  # fmt: skip
        return history.snapshots[: updates + 1], history.samples[:updates]

    def loss(params):
        return loss_and_grads(params, X, y)[0]

    runs = [[run(size, rate) for rate in rates] for size in sizes]
    paths = np.array([[path for path, _ in row] for row in runs])
    seen = np.array([[np.append(ORIGIN, row[0][1])] for row in runs])
    with np.errstate(all="ignore"):
        losses = np.apply_along_axis(loss, -1, paths)

    ends = [batch_kind(sizes[-1], n), batch_kind(sizes[0], n)]
    ax = _landscape_stage(loss, bounds, names, ends)
    by_updates, by_samples = _loss_stage(losses, updates, sizes[-1], ends)
    shown = [("gradient", ends[0], {"batch_size": len(sizes) - 1}), ("ghost", ends[1], {"batch_size": 0}), None]
    actors = []
    for role, label, at in (trio or ("path", "chosen", {}) for trio in shown):
        actors.append(Actor(ax, paths[..., 0], paths[..., 1], "path", role, label, at))
        role = "loss" if role == "path" else role
        actors.append(Actor(by_updates, np.arange(updates + 1), losses, "curve", role, f"{label}: loss by updates", at))
        actors.append(Actor(by_samples, seen, losses, "curve", role, f"{label}: loss by samples", at))

    def status(size, rate):
        i = sizes.index(size)
        return _story(size, rate, losses[i, rates.index(rate)], int(seen[i, 0, -1]), n)

    nearest_size, nearest_rate = (nearest(s, v) for s, v in ((sizes, batch_size), (rates, learning_rate)))
    return explore(
        [ax.figure, by_updates.figure],
        knobs=[
            Knob("batch_size", "batch size", sizes, nearest_size, text=lambda size: batch_kind(size, n)),
            Knob("learning_rate", "learning rate α", rates, nearest_rate, text="{:.3g}".format),
            Knob("step", "update", range(updates + 1), updates, kind="step"),
        ],
        actors=actors,
        status=status,
        label="Gradient descent with batches of any size",
        alt=[
            "Contour lines of the loss over two parameters, with the path of the chosen batch size in front of "
            f"those of {ends[0]} and, dashed, {ends[1]}.",
            "The loss of all samples for the same runs: above after each update, "
            "below against the number of samples seen, on a logarithmic axis.",
        ],
    )


def _story(size, rate, losses, seen, n):
    head = f"Batch size {batch_kind(size, n)}, learning rate {rate:.3g}:"
    tail = f"after {len(losses) - 1} updates, {seen:,} samples seen ({seen / n:.1f} epochs)"
    if not np.isfinite(losses).all() or losses[-1] > 3 * losses[0]:
        return f"{head} the loss runs away {tail}."
    late = losses[len(losses) // 2 :]
    return f"{head} loss {losses[-1]:.3f} {tail}; in the second half from {late.min():.3f} to {late.max():.3f}."


@plots.styled
def _landscape_stage(loss, bounds, names, ends):
    fig, ax = plots.figure(width=4.5, height=5.0)
    plots.contours(ax, lambda points: np.apply_along_axis(loss, -1, points), bounds, resolution=61)
    ax.set(xlabel=names[0], ylabel=names[1], title="the loss of all samples")
    _legend(ax, ends, plots.PATH)
    fig.canvas.draw()
    return ax


@plots.styled
def _loss_stage(losses, updates, largest, ends):
    start, low = losses[0, 0, 0], losses[np.isfinite(losses)].min()
    span = (start - low) or 1.0  # where every run climbs from the start, the start is the lowest
    fig, axes = plots.figure(rows=2, width=4.5, height=5.0)
    for ax in axes:
        ax.set(ylim=(low - 0.1 * span, start + 0.2 * span), ylabel="loss")
    axes[0].set(xlim=(0, updates), xlabel="updates made")
    powers = 10 ** np.arange(1 + int(np.log10(largest * updates)))
    axes[1].set(xscale="log", xlim=(ORIGIN, largest * updates), xticks=[ORIGIN, *powers], xlabel="samples seen")
    axes[1].set_xticklabels(["0", *(f"{power:,}" for power in powers)])
    axes[1].minorticks_off()
    _legend(axes[0], ends, plots.LOSS)
    fig.canvas.draw()
    return axes


@plots.styled
def _legend(ax, ends, chosen):
    lines = [
        Line2D([], [], color=chosen),
        Line2D([], [], color=plots.GRADIENT),
        Line2D([], [], color=plots.INK, alpha=0.55, dashes=(4, 3), linewidth=1.3),
    ]
    ax.legend(lines, ["chosen", *ends], loc="upper right", fontsize=10)
