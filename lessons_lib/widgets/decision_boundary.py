"""Where a network says one half: its decision boundary over the epochs, for each learning rate and batch size."""

import contourpy
import numpy as np
from matplotlib.lines import Line2D

from lessons_lib import checks, plots
from lessons_lib.descent import train
from lessons_lib.network import forward, loss_and_grads
from lessons_lib.optimizers import sgd
from lessons_lib.widgets.common import batch_kind, nearest, rising
from lessons_lib.widgets.explore import Actor, Knob, explore

STOPS = 22  # of the epoch slider: every epoch at first, then fewer
GRID = 81  # points along each side of the picture, at which the network is asked
BUDGET = 48  # points for a boundary, its gaps included


def decision_boundary_explorer(
    params, X, y, *, activations=("relu", "relu", "sigmoid"), learning_rates=(0.03, 0.3, 3.0), batch_sizes=None,
    epochs=60, epoch=None, learning_rate=None, batch_size=None, seed=0, names=("x₁", "x₂"),
    classes=("class 0", "class 1"),
):  # fmt: skip
    """Return a live figure of the decision boundary, the line where ŷ = 0.5, and of the loss, over the epochs.

    Parameters
    ----------
    params : list of Layer
        The network before training, with two inputs and one output: where every run begins.
    X : array (n, 2)
    y : array (n, 1) of labels 0 and 1, both present
    activations : list of str
        One for each layer; the last is "sigmoid". The loss is the binary cross-entropy.
    learning_rates, batch_sizes : sequences in rising order
        The stops of two sliders; the batch sizes are 8, 32 and n, those of them that fit, unless given.
    epochs : int, at least 1
        How long each run is.
    epoch, learning_rate, batch_size
        The first state: the stops nearest to them; the last epoch and the middle stops unless given.
    seed : int
        Of the order of the samples; one for all runs.
    names, classes : pairs of str
        What the two inputs and the two classes are called.

    Returns
    -------
    Explorer
        With the traits `epoch`, `learning_rate` and `batch_size`.

    Raises
    ------
    ValueError
        As `train` and `network.forward` do, and if the data are no two inputs with labels 0 and 1.
    """
    X, y = _two_classes(X, y)
    n = len(X)
    rates = rising([checks.learning_rate(rate, "each of learning_rates") for rate in learning_rates], "learning_rates")
    sizes = sorted({size for size in (8, 32, n) if size <= n}) if batch_sizes is None else batch_sizes
    sizes = rising([checks.batch_size(size, n) for size in sizes], "batch_sizes")
    epochs, seed = checks.count(epochs, "epochs", low=1), checks.count(seed, "seed")
    stops = np.unique(np.append(np.arange(min(6, epochs)), np.geomspace(min(6, epochs), epochs, STOPS - 6).round()))
    stops = [int(stop) for stop in stops]
    epoch = stops[-1] if epoch is None else checks.count(epoch, "epoch")
    learning_rate = rates[len(rates) // 2] if learning_rate is None else checks.learning_rate(learning_rate)
    batch_size = sizes[len(sizes) // 2] if batch_size is None else checks.batch_size(batch_size, n)

    def loss_of(params, X_b, y_b):
        return loss_and_grads(params, X_b, y_b, activations=activations)

    middle, half = (X.max(axis=0) + X.min(axis=0)) / 2, (X.max(axis=0) - X.min(axis=0)) * 0.56 + 1e-9
    x_grid, y_grid = np.linspace(middle - half, middle + half, GRID).T
    grid = np.stack(np.meshgrid(x_grid, y_grid), axis=-1).reshape(-1, 2)
    losses = np.empty((1, len(rates), len(sizes), epochs + 1))
    correct = np.empty((len(stops), len(rates), len(sizes)), int)
    lines = np.full((*correct.shape, BUDGET, 2), np.nan)
    for i, rate in enumerate(rates):
        for j, size in enumerate(sizes):
            snapshots = train(
                params, X, y, optimizer=sgd(rate), batch_size=size, epochs=epochs, rng=np.random.default_rng(seed),
                loss_and_grads=loss_of, keep="epoch", progress=False,
            ).snapshots  # fmt: skip
            losses[0, i, j] = [loss_of(snapshot, X, y)[0] for snapshot in snapshots]
            for k, stop in enumerate(stops):
                logits = forward(snapshots[stop], grid, activations=activations).z[-1].reshape(GRID, GRID)
                line = _boundary(x_grid, y_grid, logits, 2 * half)
                lines[k, i, j, : len(line)] = line
                right = (forward(snapshots[stop], X, activations=activations).y_hat > 0.5) == y
                correct[k, i, j] = np.count_nonzero(right)

    ax = _stage(X, y, x_grid, y_grid, names, classes)
    loss_ax = _loss_stage(losses, epochs)
    now = losses[0][..., stops].transpose(2, 0, 1)[..., None]
    where = np.array(stops).reshape(-1, 1, 1, 1)

    def status(epoch, rate, size):
        at = stops.index(epoch), rates.index(rate), sizes.index(size)
        head = f"Epoch {epoch}, learning rate {rate:.3g}, batch size {size}: loss {_short(now[at].item())},"
        none = "" if np.isfinite(lines[at]).any() else " No boundary in sight: one class everywhere."
        return f"{head} {correct[at]} of {n} points classified correctly.{none}"

    return explore(
        [ax.figure, loss_ax.figure],
        knobs=[
            Knob("epoch", "epoch", stops, nearest(stops, epoch)),
            Knob("learning_rate", "learning rate α", rates, nearest(rates, learning_rate), text="{:.3g}".format),
            Knob("batch_size", "batch size", sizes, nearest(sizes, batch_size), text=lambda size: batch_kind(size, n)),
        ],
        actors=[
            Actor(ax, lines[..., 0], lines[..., 1], "line", "path", "boundary"),
            Actor(loss_ax, np.arange(epochs + 1), losses, "line", "loss", "loss"),
            Actor(loss_ax, where, now, "points", "path", "loss now"),
        ],
        status=status,
        label="The decision boundary of a network, epoch by epoch",
        alt=[
            f"The training points, circles for {classes[0]} and triangles for {classes[1]}, "
            "and the line where the network says one half.",
            "The training loss after each epoch, with a dot at the epoch shown.",
        ],
        play="epoch",
    )


def _two_classes(X, y):
    X, y = checks.samples(X, y)
    if X.ndim != 2 or X.shape[1] != 2:
        raise ValueError(f"X must have one row for each sample and two columns, got shape {X.shape}")
    if y.shape != (len(X), 1) or set(np.unique(y)) != {0, 1}:
        raise ValueError(
            f"y must have shape ({len(X)}, 1) and hold labels 0 and 1, both of them, got shape {y.shape} "
            f"with the labels {', '.join(f'{label:g}' for label in np.unique(y)[:5])}"
        )
    return X, y


def _short(number):
    return f"{number:.3f}" if number < 1000 else f"{number:.3g}"


def _boundary(x, y, logits, size):
    """Return the lines where the logits are 0 as one array (points, 2), NaN between them, at most BUDGET long.

    ŷ is one half where the logit is 0; the logit is used because ŷ is flat where it saturates.
    Networks of ReLUs bend only here and there, so that few points hold the line.
    """
    pieces = contourpy.contour_generator(x, y, logits).lines(0.0) if np.isfinite(logits).all() else []
    pieces = sorted(pieces, key=lambda piece: -np.ptp(piece / size, axis=0).max())
    tolerance = 0.002
    while True:
        kept = [_thinned(piece, size, tolerance) for piece in pieces]
        broken = [part for piece in kept for part in (piece, [[np.nan, np.nan]])][:-1]
        line = np.concatenate(broken) if broken else np.empty((0, 2))
        if len(line) <= BUDGET:
            return line
        tolerance *= 1.5
        pieces = pieces[: BUDGET // 3]  # even two points and a gap each have to fit; the shortest pieces go


def _thinned(piece, size, tolerance):
    """Return the corners of a polyline, so that no point of it is further than `tolerance` pictures from the rest.

    Source: Douglas and Peucker (1973).
    """
    points, keep, spans = piece / size, np.zeros(len(piece), bool), [(0, len(piece) - 1)]
    keep[[0, -1]] = True
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        chord, away = points[last] - points[first], points[first + 1 : last] - points[first]
        share = np.clip(away @ chord / max(chord @ chord, 1e-12), 0, 1)
        distance = np.linalg.norm(away - share[:, None] * chord, axis=1)
        if distance.max() > tolerance:
            corner = first + 1 + int(distance.argmax())
            keep[corner] = True
            spans += [(first, corner), (corner, last)]
    return piece[keep]


@plots.styled
def _stage(X, y, x_grid, y_grid, names, classes):
    fig, ax = plots.figure(width=4.5, height=4.2)
    colours = plots.CLASS_0, plots.CLASS_1
    for label, (colour, marker) in enumerate(zip(colours, plots.CLASS_MARKERS, strict=True)):
        of_class = y[:, 0] == label
        ax.plot(*X[of_class].T, marker, color=colour, markersize=4.5, markeredgewidth=0, label=classes[label])
    ax.set(xlim=x_grid[[0, -1]], ylim=y_grid[[0, -1]], xlabel=names[0], ylabel=names[1])
    handles = [*ax.get_legend_handles_labels()[0], Line2D([], [], color=plots.PATH, label="ŷ = 0.5")]
    ax.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, fontsize=10, columnspacing=1)
    ax.grid(False)
    fig.canvas.draw()
    return ax


@plots.styled
def _loss_stage(losses, epochs):
    fig, ax = plots.figure(width=4.5, height=4.2)
    finite = losses[np.isfinite(losses)]
    top, low = max(3 * losses[..., 0].max(), 1.0), np.clip(finite[finite > 0].min(initial=1.0), 1e-4, 0.5)
    ax.set(yscale="log", xlim=(0, epochs), ylim=(low / 1.3, top), xlabel="epoch", ylabel="loss")
    ax.set(title="loss of all training samples")
    ax.minorticks_off()
    fig.canvas.draw()
    return ax
