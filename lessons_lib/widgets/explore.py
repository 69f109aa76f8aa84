"""The live figure: matplotlib draws the stage, the browser moves the actors, Python computed every number."""

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import traitlets

from lessons_lib import plots
from lessons_lib.widgets.common import Knob, LiveFigure, Mark, describe, front_end

__all__ = ["Actor", "Explorer", "Knob", "Mark", "explore", "to_frames"]

UNIT = 4096  # points travel as axes fractions in 1/4096ths ...
REACH = 7.5  # ... up to so many axes away from the middle, which fits 16 bits
BREAK = -32768  # stands for "no point here"
ROLES = ("path", "loss", "gradient", "other", "rival", "ghost")
KINDS = ("path", "curve", "line", "points", "now")


class Actor(NamedTuple):
    """Something that moves on the stage.

    `x` and `y` hold data coordinates and broadcast to (stops of each knob that is no step, ..., points).
    `kind` is "path" (line and dots up to the step), "curve" (the whole line, a dot at the step),
    "line" (the whole line), "points" (all dots) or "now" (the line of this step alone: the last axis holds
    the points of step 0, then as many of step 1, and so on).
    `at` fixes a knob: {"batch_size": 0} shows its first stop always.
    """

    axes: plt.Axes
    x: np.ndarray
    y: np.ndarray
    kind: str = "path"
    role: str = "path"
    label: str = ""
    at: dict = {}  # noqa: RUF012 (read only)


class Explorer(LiveFigure):
    """A stage and its actors, for each combination of the knobs."""

    _esm = front_end("explore.js")
    _css = front_end("explore.css")
    frames = traitlets.Bytes().tag(sync=True)

    def points(self, label):
        """Return the points that the actor of this label shows now, in data coordinates: an array (points, 2)."""
        actor = self.actors[label]
        fixed = [k for k in self.knobs.values() if k.kind != "step"]
        at = tuple(actor.at.get(k.name, list(k.stops).index(getattr(self, k.name))) for k in fixed)
        shape = (*(len(k.stops) for k in fixed), -1)
        size = max(np.shape(actor.x)[-1], np.shape(actor.y)[-1])
        x, y = (np.broadcast_to(a, (*shape[:-1], size))[at] for a in (actor.x, actor.y))
        steps = next((k.name for k in self.knobs.values() if k.kind == "step"), None)
        shown = getattr(self, steps) + 1 if steps and actor.kind == "path" else size
        return np.stack([x, y], axis=-1)[:shown]


def to_frames(ax, x, y):
    """Return data coordinates as axes fractions in 1/4096ths, int16, with BREAK where they are not finite.

    A point too far out is pulled in along the line from the point before it, so that the line leaves the axes
    where it should.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    with np.errstate(all="ignore"):
        scale = ax.transScale + ax.transLimits
        u = scale.transform(np.stack([x.ravel(), np.full(x.size, ax.get_ylim()[0])], -1))[:, 0].reshape(x.shape)
        v = scale.transform(np.stack([np.full(y.size, ax.get_xlim()[0]), y.ravel()], -1))[:, 1].reshape(y.shape)
        if u.shape == v.shape:  # a path: pull in both coordinates together
            point = np.stack([u, v], axis=-1) - 0.5
            before = np.concatenate([point[..., :1, :], point[..., :-1, :]], axis=-2)
            inside = np.abs(before).max(-1, keepdims=True) <= REACH
            base = np.where(inside, before, 0)
            reach = np.abs(point).max(-1, keepdims=True)
            room = REACH - np.abs(base).max(-1, keepdims=True)
            share = np.where(reach > REACH, room / np.abs(point - base).max(-1, keepdims=True), 1)
            u, v = np.moveaxis(base + (point - base) * share + 0.5, -1, 0)
        code = [np.where(np.isfinite(a), np.clip(np.round(a * UNIT), BREAK + 1, -BREAK - 1), BREAK) for a in (u, v)]
    return tuple(c.astype("<i2") for c in code)


def explore(figure, *, knobs, actors, status, label, alt, play=None):
    """Return a live figure.

    Parameters
    ----------
    figure : matplotlib Figure, or a list of them
        The stage. Several figures stand side by side and wrap on a narrow screen.
    knobs : list of Knob
    actors : list of Actor
    status : callable
        Takes the value of every knob that is no step, in order; returns the line that says what is seen.
    label : str
        What the whole is, for screen readers.
    alt : str or list of str
        What each figure shows, in words.
    play : str
        The name of the knob that the Play button runs through; the step knob unless another is named.

    Raises
    ------
    ValueError
        If a role or kind is unknown, or an actor's numbers do not fit the knobs.
    """
    figures = [figure] if hasattr(figure, "savefig") else list(figure)
    alts = [alt] if isinstance(alt, str) else list(alt)
    if len(alts) != len(figures):
        raise ValueError(f"alt must describe each of the {len(figures)} figures, got {len(alts)} descriptions")
    panels = [_panel(*pair) for pair in zip(figures, alts, strict=True)]
    every_axes = list(dict.fromkeys(actor.axes for actor in actors))
    fixed = [knob for knob in knobs if knob.kind != "step"]
    play = play or next((knob.name for knob in knobs if knob.kind == "step"), None)

    store = _Store()
    scene = {
        "label": label,
        "panels": panels,
        "axes": [_box(ax, figures) for ax in every_axes],
        "knobs": [describe(knob) for knob in knobs],
        "indexed": [i for i, knob in enumerate(knobs) if knob.kind != "step"],
        "actors": [_place(actor, every_axes, fixed, store) for actor in actors],
        "status": [
            status(*(k.stops[i] for k, i in zip(fixed, at, strict=True))) for at in np.ndindex(*map(_size, fixed))
        ],
        "play": play,
    }
    widget = Explorer(knobs, scene=scene, frames=b"".join(store.blocks))
    widget.actors = {actor.label: actor for actor in actors}
    return widget


class _Store:
    """The numbers of all actors, each array once, one after another."""

    def __init__(self):
        self.blocks, self.seen, self.end = [], {}, 0

    def put(self, array):
        block = array.tobytes()
        if block not in self.seen:
            self.blocks.append(block)
            self.seen[block] = self.end
            self.end += array.size
        return {"start": self.seen[block], "shape": list(array.shape)}


def _size(knob):
    return len(knob.stops)


def _panel(figure, alt):
    width, height = figure.get_size_inches() * 72
    return {"svg": plots.svg(figure), "width": round(width), "height": round(height), "alt": alt}


def _box(ax, figures):
    """Return where the axes stand in their panel, in the units of its SVG. The layout is final once it was drawn."""
    width, height = ax.figure.get_size_inches() * 72
    box = ax.get_position()
    return {
        "panel": figures.index(ax.figure),
        "left": box.x0 * width,
        "top": (1 - box.y1) * height,
        "width": box.width * width,
        "height": box.height * height,
    }


def _place(actor, every_axes, fixed, store):
    if actor.role not in ROLES:
        raise ValueError(f"role must be one of {', '.join(ROLES)}, got {actor.role!r}")
    if actor.kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {actor.kind!r}")
    sizes = tuple(map(_size, fixed))
    arrays = []
    for name, array in (("x", actor.x), ("y", actor.y)):
        array = np.asarray(array, float)
        array = array.reshape((1,) * (len(sizes) + 1 - array.ndim) + array.shape)
        if any(have not in (1, want) for have, want in zip(array.shape, sizes, strict=False)):
            raise ValueError(
                f"{name} of actor {actor.label!r} must broadcast to {(*sizes, 'points')}, got {array.shape}"
            )
        arrays.append(array)
    x, y = to_frames(actor.axes, *arrays)
    return {
        "axes": every_axes.index(actor.axes),
        "kind": actor.kind,
        "role": actor.role,
        "label": actor.label,
        "at": actor.at,
        "x": store.put(x),
        "y": store.put(y),
    }
