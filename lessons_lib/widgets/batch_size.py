"""Batch size and learning rate as two sliders: the path on the contours, the loss by updates and by samples seen."""

import numpy as np

from lessons_lib import checks, plots
from lessons_lib.descent import train
from lessons_lib.optimizers import sgd
from lessons_lib.widgets.explore import Actor, Knob, explore


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
        The stops of one slider: 1, 2, 4, ... and n unless given.
    learning_rates : sequence of floats
        The stops of the other.
    batch_size, learning_rate
        The first state: the stops nearest to them.
    updates : int
        How many updates each run makes.
    seed : int
        Of the order of the samples; one order for all runs.
    names : pair of str
        What the two parameters are called on the axes.

    Returns
    -------
    Explorer
        With the traits `batch_size`, `learning_rate` and `step`.

    Raises
    ------
    ValueError
        As `train` does, and if `start` does not hold two numbers.
    """
    X, y = checks.samples(X, y)
    start = checks.floats(start, "start")
    if start.shape != (2,):
        raise ValueError(f"start must hold the two parameters, got {checks.describe(start)}")
    updates = checks.count(updates, "updates", low=1)
    n = len(X)
    sizes = [2**k for k in range(20) if 2**k < n] + [n] if batch_sizes is None else list(batch_sizes)
    sizes = [checks.batch_size(size, n) for size in sizes]
    rates = np.geomspace(0.03, 30, 9) if learning_rates is None else np.asarray(learning_rates, float)
    learning_rate = rates[len(rates) // 2] if learning_rate is None else checks.learning_rate(learning_rate)

    def run(size, rate):
        epochs = -(-updates // -(-n // size))  # enough of them: both divisions round up
        history = train(
            start, X, y, optimizer=sgd(rate), batch_size=size, epochs=epochs, rng=np.random.default_rng(seed),
            loss_and_grads=loss_and_grads, keep="update", progress=False,
        )  # fmt: skip
        return history.snapshots[: updates + 1], history.samples[:updates]

    runs = [[run(size, rate) for rate in rates] for size in sizes]
    paths = np.array([[path for path, _ in row] for row in runs])
    seen = np.array([[np.append(1, row[0][1])] for row in runs])  # the start stands at 1: the axis is logarithmic
    with np.errstate(all="ignore"):
        losses = np.apply_along_axis(lambda params: loss_and_grads(params, X, y)[0], -1, paths)

    ax = _landscape_stage(lambda params: loss_and_grads(params, X, y)[0], bounds, names)
    by_updates, by_samples = _loss_stage(losses, updates, n)
    shown = [
        ("ghost", "batch", {"batch_size": len(sizes) - 1}),
        ("ghost", "stochastic", {"batch_size": 0}),
        ("path", "path", {}),
    ]
    actors = [Actor(ax, paths[..., 0], paths[..., 1], "path", role, label, at) for role, label, at in shown]
    for role, label, at in shown:
        role = "loss" if role == "path" else role
        actors.append(Actor(by_updates, np.arange(updates + 1), losses, "curve", role, f"{label}: loss by updates", at))
        actors.append(Actor(by_samples, seen, losses, "curve", role, f"{label}: loss by samples", at))
    stories = {
        (size, float(rate)): _story(size, rate, losses[i, j], int(seen[i, 0, -1]), n)
        for i, size in enumerate(sizes)
        for j, rate in enumerate(rates)
    }

    return explore(
        [ax.figure, by_updates.figure, by_samples.figure],
        knobs=[
            Knob(
                "batch_size",
                "batch size",
                sizes,
                min(sizes, key=lambda s: abs(s - batch_size)),
                text=lambda s: _kind(s, n),
            ),
            Knob(
                "learning_rate",
                "learning rate α",
                rates,
                float(min(rates, key=lambda r: abs(r - learning_rate))),
                text="{:.3g}".format,
            ),
            Knob("step", "update", range(updates + 1), updates, kind="step"),
        ],
        actors=actors,
        status=lambda size, rate: stories[size, float(rate)],
        label="Gradient descent with batches of any size",
        alt=[
            "Contour lines of the loss over two parameters, with the path of the chosen batch size, "
            "and dashed the paths of batch and stochastic descent.",
            "The loss of all samples after each update.",
            "The loss of all samples against the number of samples seen, on a logarithmic axis.",
        ],
    )


def _kind(size, n):
    kind = "stochastic" if size == 1 else "batch" if size == n else "mini-batch"
    return f"{size} ({kind})"


def _story(size, rate, losses, seen, n):
    updates = len(losses) - 1
    head = f"Batch size {_kind(size, n)}, learning rate {rate:.3g}:"
    tail = f"after {updates} updates, {seen:,} samples seen ({seen / n:.1f} epochs)"
    if not np.isfinite(losses).all() or losses[-1] > 3 * losses[0]:
        return f"{head} the loss runs away {tail}."
    late = losses[updates // 2 :]
    climbs = np.maximum(np.diff(late), 0).sum() / late.mean()
    mood = "falls steadily" if climbs < 1e-3 else "trembles a little" if climbs < 0.2 else "trembles strongly"
    return f"{head} loss {losses[-1]:.3f} {tail}; in the second half of the run it {mood}."


@plots.styled
def _landscape_stage(loss, bounds, names):
    fig, ax = plots.figure(width=4.5, height=4.0)
    plots.contours(ax, lambda points: np.apply_along_axis(loss, -1, points), bounds, resolution=61)
    ax.set(xlabel=names[0], ylabel=names[1], title="the loss of all samples")
    fig.canvas.draw()
    return ax


@plots.styled
def _loss_stage(losses, updates, n):
    start = losses[0, 0, 0]
    low = np.nanmin(np.where(np.isfinite(losses), losses, np.nan))
    axes = []
    for title, xlabel in (("by updates made", "updates"), ("by samples seen", "samples seen")):
        fig, ax = plots.figure(width=4.5, height=3.4)
        ax.set(xlim=(0, updates), ylim=(low * 0.8, start * 1.3), xlabel=xlabel, ylabel="loss", title=title)
        axes.append(ax)
    axes[1].set(xscale="log", xlim=(1, n * updates))
    for ax in axes:
        ax.figure.canvas.draw()
    return axes
