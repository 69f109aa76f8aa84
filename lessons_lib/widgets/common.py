"""What all live figures share: knobs that are traits, and a front end of common.js, common.css and their own."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import anywidget
import numpy as np
import traitlets

HERE = Path(__file__).parent


def front_end(name):
    """Return the common file and the one of this name, one after the other: an ES module (.js) or a style (.css)."""
    return (HERE / f"common{Path(name).suffix}").read_text() + "\n" + (HERE / name).read_text()


class Mark(NamedTuple):
    """A place on a slider that the reader should know of."""

    value: float
    label: str
    spoken: str  # for screen readers: "above <spoken>"


class Knob(NamedTuple):
    """Something the reader can turn. `kind` is "slider", "choice" (a few named stops) or "step" (how far to draw)."""

    name: str  # of the widget's trait: w.learning_rate
    label: str
    stops: Sequence
    value: Any  # the first state
    kind: str = "slider"
    text: Callable = str  # how a stop is written
    marks: Sequence = ()


def _trait(knob):
    if isinstance(knob.stops[0], str):
        return traitlets.Enum(list(knob.stops), knob.value)
    whole = all(isinstance(stop, int | np.integer) for stop in knob.stops)
    return (traitlets.Int if whole else traitlets.Float)(knob.value)


class LiveFigure(anywidget.AnyWidget):
    """Each knob is a trait of its name: readable, settable, observable, linkable.

    A value between two stops goes to the nearer one; a value beyond the last stop is refused.
    """

    scene = traitlets.Dict().tag(sync=True)

    def __init__(self, knobs, **state):
        super().__init__(**state)
        self.knobs = {knob.name: knob for knob in knobs}
        self.add_traits(**{knob.name: _trait(knob).tag(sync=True) for knob in knobs})
        for knob in knobs:
            if not isinstance(knob.stops[0], str):
                self._register_validator(LiveFigure._nearest_stop, (knob.name,))

    def _nearest_stop(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        stops = np.asarray(self.knobs[name].stops)
        slack = 1e-9 * np.abs(stops).max()
        if not stops.min() - slack <= value <= stops.max() + slack:
            raise traitlets.TraitError(f"{name} must be between {stops.min():g} and {stops.max():g}, got {value!r}")
        return stops[np.argmin(np.abs(stops - value))].item()


def rising(stops, name):
    """Return the stops of a slider; a ValueError that names them unless there is one and they rise."""
    if not stops or (np.diff(stops) <= 0).any():
        raise ValueError(f"{name} must hold at least one stop, in rising order, got {stops}")
    return stops


def nearest(stops, value):
    return min(stops, key=lambda stop: abs(stop - value))


def batch_kind(size, n):
    """Return a batch size in words: "32 (mini-batch)" of n samples."""
    kind = "batch" if size == n else "stochastic" if size == 1 else "mini-batch"
    return f"{size} ({kind})"


def describe(knob):
    """Return what the front end has to know of a knob."""
    stops = [stop.item() if hasattr(stop, "item") else stop for stop in knob.stops]
    marks = [
        {
            "at": float(np.interp(np.log(mark.value), np.log(stops), range(len(stops)))),
            "label": mark.label,
            "spoken": mark.spoken,
        }
        for mark in knob.marks
    ]
    texts = [knob.text(stop) for stop in stops]
    return {"name": knob.name, "label": knob.label, "kind": knob.kind, "stops": stops, "texts": texts, "marks": marks}
