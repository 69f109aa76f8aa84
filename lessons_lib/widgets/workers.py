"""Workers against time per step: what was measured, and what the model of a step says, there and on other networks."""

import numpy as np
from matplotlib.lines import Line2D

from lessons_lib import checks, plots, step_time
from lessons_lib.widgets.common import nearest, rising
from lessons_lib.widgets.explore import Actor, Knob, explore

WORKERS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
ROWS = (512, 4096, 32768, 262144)
PARAMETERS = (3169, 65185, 985921, 10_000_000)
HERE = "measured"
NETWORKS = {"1 Gbit/s": 1e9 / 8, "10 Gbit/s": 1e10 / 8, "100 Gbit/s": 1e11 / 8}  # bytes a second
LATENCY = 5e-5  # seconds that a message takes on each of these networks
HUB, RING, ALONE, SEEN = "through one place", "in a ring", "computing alone", "measured"


def workers_explorer(times=None, *, rows=ROWS, parameters=PARAMETERS, batch=32768, size=65185, network=HERE):
    """Return a live figure of the time of a synchronous step on 1 to 256 workers.

    Parameters
    ----------
    times : step_time.Times
        Measured steps, from which the model is fitted; `step_time.recorded()` unless given.
        They are shown where a stop of both sliders has the rows and the parameters that were measured.
    rows, parameters : sequences of ints in rising order
        The stops of two sliders: rows of the batch, and parameters of the model.
    batch, size : int
        The first state: the stops nearest to them.
    network : str
        "measured" or one of `NETWORKS`; these are the model's extrapolation: the speed of computing that was
        measured, each worker with a core of its own, this bandwidth, and `LATENCY` for each message.

    Returns
    -------
    Explorer
        With the traits `network`, `rows` and `parameters`.

    Raises
    ------
    ValueError
        If an argument is not as above.
    """
    times = step_time.recorded() if times is None else times
    rows = rising([checks.count(n, "each of rows", low=1) for n in rows], "rows")
    parameters = rising([checks.count(d, "each of parameters", low=1) for d in parameters], "parameters")
    batch, size = checks.count(batch, "batch", low=1), checks.count(size, "size", low=1)
    fitted = step_time.fit(times)
    machines = {HERE: fitted}
    machines |= {name: step_time.Machine(fitted.compute, 0, LATENCY, speed) for name, speed in NETWORKS.items()}
    if network not in machines:
        raise ValueError(f"network must be one of {', '.join(map(repr, machines))}, got {network!r}")

    def every(get):  # (networks, rows, parameters, workers)
        return np.array([[[get(m, n, d) for d in parameters] for n in rows] for m in machines.values()])

    p = np.array(WORKERS)
    work = every(lambda m, n, d: m.compute * n * d / np.minimum(p, m.cores) + m.fixed)
    hub = every(lambda m, n, d: step_time.step_time(m, p, rows=n, parameters=d, itemsize=times.itemsize))
    ring = every(lambda m, n, d: step_time.step_time(m, p, rows=n, parameters=d, itemsize=times.itemsize, ring=True))
    seen = np.full((*work.shape[:3], len(p)), np.nan)
    for at, n, d, seconds in zip(times.workers, times.rows, times.parameters, times.seconds, strict=True):
        if at in WORKERS and n in rows and d in parameters:
            seen[0, rows.index(n), parameters.index(d), WORKERS.index(at)] = seconds
    alone = work[..., :1]

    time_ax, gain_ax = _time_stage(hub), _gain_stage()
    actors = []
    for label, role, kind, seconds in (
        (ALONE, "ghost", "line", work),
        (RING, "rival", "line", ring),
        (HUB, "path", "line", hub),
        (SEEN, "gradient", "points", seen),
    ):
        actors.append(Actor(time_ax, p, seconds, kind, role, label))
        if label != ALONE:
            actors.append(Actor(gain_ax, p, alone / seconds, kind, role, f"{label}: gain"))

    def status(name, n, d):
        at = list(machines).index(name), rows.index(n), parameters.index(d)
        return _story(name, n, d, hub[at], ring[at], alone[at][0])

    return explore(
        [time_ax.figure, gain_ax.figure],
        knobs=[
            Knob("network", "network", list(machines), network, kind="choice"),
            Knob("rows", "rows in the batch", rows, nearest(rows, batch), text="{:,}".format),
            Knob("parameters", "parameters of the model", parameters, nearest(parameters, size), text="{:,}".format),
        ],
        actors=actors,
        status=status,
        label="Workers against the time of a step",
        alt=[
            "The time of a step over the number of workers, on logarithmic axes: computing, dashed, falls; the "
            "step with all parameters sent through one place falls and rises again; in a ring, dotted, it rises "
            "later. Dots are measured.",
            "How many times as fast as one worker that talks to nobody, beside the straight line of an ideal cluster.",
        ],
    )


def _story(name, rows, parameters, hub, ring, alone):
    """Return one line: how many workers are best, and what they gain."""

    def best(seconds):
        i = int(np.argmin(seconds))
        gain = f"{alone / seconds[i]:.1f} times as fast as" if alone > seconds[i] else "no faster than"
        return f"{WORKERS[i]} worker{'s' * (i > 0)}, {gain} one that talks to nobody"

    where = "Dask on the measured machine" if name == HERE else f"a network of {name}"
    return (
        f"{rows:,} rows, {parameters:,} parameters, {where}. Shortest step {HUB}: with {best(hub)}. "
        f"{RING.capitalize()}: with {best(ring)}."
    )


@plots.styled
def _time_stage(hub):
    fig, ax = plots.figure(width=4.5, height=4.2)
    low, high = (np.log10(f(hub.min(axis=-1))) for f in (np.min, np.max))  # the shortest steps are what matters
    ax.set(xscale="log", yscale="log", xlim=(1, WORKERS[-1]), ylim=(10 ** np.floor(low), 10 ** np.ceil(high)))
    ax.set(xlabel="workers", ylabel="seconds", title="time per step")
    _ticks(ax)
    lines = [
        Line2D([], [], color=plots.INK, alpha=0.55, dashes=(4, 3), linewidth=1.3),
        Line2D([], [], color=plots.PATH),
        Line2D([], [], color=plots.OTHER, dashes=(0.1, 2), linewidth=3, dash_capstyle="round"),
        Line2D([], [], color=plots.GRADIENT, marker="o", linestyle="", markersize=4),
    ]
    ax.legend(lines, [ALONE, HUB, RING, SEEN], loc="upper right", fontsize=9, ncols=2, columnspacing=1)
    fig.canvas.draw()
    return ax


@plots.styled
def _gain_stage():
    fig, ax = plots.figure(width=4.5, height=4.2)
    ax.set(xscale="log", yscale="log", xlim=(1, WORKERS[-1]), ylim=(0.1, WORKERS[-1]))
    ax.set(xlabel="workers", ylabel="times as fast as one", title="what they gain")
    ax.plot(WORKERS, WORKERS, color=plots.INK, alpha=0.55, linewidth=1)
    ax.text(20, 32, "ideal", color=plots.INK, rotation=33, ha="center")
    ax.axhline(1, color=plots.INK, alpha=0.35, linewidth=0.8)
    _ticks(ax)
    ax.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    fig.canvas.draw()
    return ax


def _ticks(ax):
    ax.set_xticks([1, 2, 4, 16, 64, 256], ["1", "2", "4", "16", "64", "256"])
    ax.minorticks_off()
