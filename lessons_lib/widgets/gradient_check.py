"""The width h of a gradient check as a slider: the function under the microscope, and the V of the error."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from matplotlib.lines import Line2D

from lessons_lib import checks, plots
from lessons_lib.activations import relu
from lessons_lib.widgets.explore import Actor, Knob, explore

PRECISIONS = ("float64", "float32")
FLOOR = 1e-14  # smaller errors are drawn here
EDGE = 1.5  # the microscope shows x - EDGE h to x + EDGE h


class Case(NamedTuple):
    """A function to check at a point, and its slope there."""

    name: str
    f: Callable  # of an array in float64 or float32; returns that type
    x: float
    slope: float
    kink: float | None = None  # where the function has a corner, if it has one


CASES = (
    Case("tanh(x) at x = 0.5", np.tanh, 0.5, 1 - np.tanh(0.5) ** 2),
    Case("relu(x) at x = 0.001", relu, 0.001, 1.0, kink=0.0),
    Case("relu(x) at x = 0", relu, 0.0, 0.0, kink=0.0),
)


def differences(case, h, precision="float64"):
    """Return the one-sided and the central difference of a Case, computed in the given precision.

    Parameters
    ----------
    case : Case
    h : array
        The widths.
    precision : "float64" or "float32"

    Returns
    -------
    one_sided, central : arrays of the shape of h, in that precision

    >>> square = Case("x² at x = 3", np.square, 3.0, 6.0)
    >>> [float(d) for d in differences(square, 0.5)]
    [6.5, 6.0]
    """
    h, x = np.asarray(h, precision), np.asarray(case.x, precision)
    above, here, below = case.f(x + h), case.f(x), case.f(x - h)
    return (above - here) / h, (above - below) / (2 * h)


def gradient_check_explorer(cases=CASES, *, widths=None, h=1e-7, precision="float64", function=None):
    """Return a live figure of one-sided and central differences.

    Parameters
    ----------
    cases : sequence of Case
    widths : sequence of floats
        The stops of the slider, in rising order; four in each decade from 1e-16 to 1 unless given.
    h : float
        The first state: the stop nearest to it.
    precision : "float64" or "float32"
    function : str
        The name of the Case of the first state; the first unless given.

    Returns
    -------
    Explorer
        With the traits `h`, `precision` and `function`.

    Raises
    ------
    ValueError
        If there is no case, two have one name, widths are not above 0 and rising, or the first state is unknown.
    """
    widths = 10.0 ** (np.arange(-64, 1) / 4) if widths is None else checks.floats(widths, "widths")
    if widths.ndim != 1 or widths.min() <= 0 or (np.diff(widths) <= 0).any():
        raise ValueError(f"widths must be above 0 and in rising order, got {widths}")
    names = [case.name for case in cases]
    if not names:
        raise ValueError("cases must hold at least one Case, got none")
    if len(set(names)) < len(names):
        raise ValueError(f"names of cases must be unique, got {names}")
    cases = dict(zip(names, cases, strict=True))
    function = names[0] if function is None else function
    for value, name, allowed in ((function, "function", cases), (precision, "precision", PRECISIONS)):
        if value not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    h = checks.learning_rate(h, "h")

    def each(compute):
        """Return an array (widths, precisions, cases, points)."""
        table = [[compute(case, precision) for case in cases.values()] for precision in PRECISIONS]
        return np.moveaxis(np.array(table, float), 2, 0)

    points = np.linspace(-EDGE, EDGE, 61)
    one_sided, central = (each(lambda c, p, k=k: differences(c, widths, p)[k])[..., None] for k in (0, 1))
    exact = np.array([case.slope for case in cases.values()])[:, None]
    off = [np.maximum(np.abs(slopes - exact), FLOOR) for slopes in (one_sided, central)]
    seen = each(lambda c, p: _microscope(c, widths, p, points))
    back = each(lambda c, p: _microscope(c, widths, p, np.array([-1.0])))
    sides = np.array([-EDGE, EDGE])

    near, far = _stages(widths)
    actors = [
        Actor(near, sides, exact * sides, "line", "ghost", "exact slope"),
        Actor(near, points, seen, "line", "path", "the function"),
        Actor(near, sides, one_sided * sides, "line", "other", "one-sided slope"),
        Actor(near, sides, back + central * (sides + 1), "line", "gradient", "central slope"),
        Actor(far, widths, _along_h(off[1]), "line", "ghost", "central, float64", {"precision": 0}),
    ]
    for role, label, error in (("other", "one-sided", off[0]), ("gradient", "central", off[1])):
        actors.append(Actor(far, widths, _along_h(error), "line", role, f"{label}: error"))
        actors.append(Actor(far, widths[:, None, None, None], error, "curve", role, f"{label}: error now"))
    return explore(
        [near.figure, far.figure],
        knobs=[
            Knob("h", "width h", widths, float(widths[np.argmin(np.abs(np.log(widths / h)))]), text="{:.1e}".format),
            Knob("precision", "precision", PRECISIONS, precision, kind="choice"),
            Knob("function", "function", list(cases), function, kind="choice"),
        ],
        actors=actors,
        status=lambda h, precision, name: _story(cases[name], h, precision),
        label="A gradient check with differences of any width",
        alt=[
            "The function between x minus 1.5 h and x plus 1.5 h, magnified so that h is always as wide, "
            "with the lines whose slopes are the one-sided and the central difference, and, dashed, the exact slope.",
            "The error of both differences against h, on logarithmic axes. Dashed: the central difference in float64.",
        ],
        play="h",
    )


def _along_h(error):
    """Return an array (1, precisions, cases, widths): the whole curve, whatever h is."""
    return np.moveaxis(error, 0, -1).squeeze(-2)[None]


def _microscope(case, widths, precision, points):
    """Return (f(x + t h) - f(x)) / h for each h and t, an array (widths, points): rounded as the computer rounds."""
    x, h = np.asarray(case.x, precision), widths.astype(precision)[:, None]
    return ((case.f(x + points.astype(precision) * h) - case.f(x)) / h).astype(float)


def _story(case, h, precision):
    _, central = differences(case, h, precision)
    head = f"h = {h:.1e} in {precision}: central difference {central:.8g}, exact slope {case.slope:.8g}, "
    return f"{head}error {abs(float(central) - case.slope):.1e}. {_verdict(case, h, precision)}"


def _verdict(case, h, precision):
    """Return which error rules: the curve's bend, which grows like h², or the last digits of f, which grow like 1/h."""
    x, width = np.asarray(case.x, precision), np.asarray(h, precision)
    if case.kink is not None and case.x - h < case.kink < case.x + h:
        return "The two points lie on either side of the kink."
    if x + width == x or x - width == x:
        return "h is so small that x + h or x − h rounds to x itself."
    bend = 0.0 if case.kink is not None else abs(differences(case, 1e-2)[1] - case.slope) * (h / 1e-2) ** 2
    noise = np.finfo(precision).eps / 2 * max(abs(float(case.f(x))), abs(case.x * case.slope)) / h
    if not bend:
        return "The function is straight between the two points: only round-off is left."
    if noise / 10 < bend < 10 * noise:
        return "Truncation and round-off are of one size: h is near its best."
    return "Truncation rules: a smaller h is better." if bend > noise else "Round-off rules: a larger h is better."


@plots.styled
def _stages(widths):
    _, near = plots.figure(width=4.5, height=4.0)
    near.set(xlim=(-EDGE, EDGE), ylim=(-1.7, 1.7), xticks=[-1, 0, 1], title="the function under the microscope")
    near.set(ylabel="(f(x + t·h) − f(x)) / h", xlabel="t")
    _, far = plots.figure(width=4.5, height=4.0)
    far.set(xscale="log", yscale="log", xlim=(widths[0] / 1.5, widths[-1] * 1.5), ylim=(FLOOR / 3, 10))
    far.set(xlabel="h", ylabel="error", title="error of the slope")
    far.minorticks_off()
    colours = {"one-sided": plots.OTHER, "central": plots.GRADIENT, "the function": plots.PATH}
    lines = {name: Line2D([], [], color=colour) for name, colour in colours.items()}
    grey = {"color": plots.INK, "alpha": 0.55, "dashes": (4, 3), "linewidth": 1.3}
    near.legend([*lines.values(), Line2D([], [], **grey)], [*lines, "exact"], loc="upper left", fontsize=10)
    del lines["the function"]
    far.legend([*lines.values(), Line2D([], [], **grey)], [*lines, "central, float64"], loc="lower left", fontsize=10)
    for ax in (near, far):
        ax.figure.canvas.draw()
    return near, far
