"""Figures that take the page's own colours and type, light and dark, with words for those who cannot see them.

Colours keep one meaning throughout the book; they are told apart by colour-blind readers (Okabe and Ito, 2008).
"""

import hashlib
import html
import io
import re
from functools import wraps
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

INK = "#101010"
PATH = "#d55e00"
GRADIENT = "#0072b2"
LOSS = "#009e73"
OTHER = "#9a6a8a"
GROUND = "#6f8f7a"
CLASS_0 = "#e69f00"
CLASS_1 = "#56b4e9"
CLASS_MARKERS = ("o", "^")  # nothing is told by colour alone

STYLE = Path(__file__).with_name("lessons.mplstyle")
_IN_PAGE = {
    INK: "currentColor",
    "#000000": "currentColor",
    PATH: "var(--gd-path, #d55e00)",
    GRADIENT: "var(--gd-gradient, #0072b2)",
    LOSS: "var(--gd-loss, #009e73)",
    OTHER: "var(--gd-other, #9a6a8a)",
    GROUND: "var(--gd-ground, #6f8f7a)",
    CLASS_0: "var(--gd-class-0, #e69f00)",
    CLASS_1: "var(--gd-class-1, #56b4e9)",
}


def styled(draw):
    """Return the drawing function `draw` so that it draws in the book's style and leaves the reader's own alone."""

    @wraps(draw)
    def in_style(*args, **kwargs):
        with mpl.style.context(STYLE):
            return draw(*args, **kwargs)

    return in_style


@styled
def figure(columns=1, rows=1, *, width=None, height=None):
    """Return a figure in the book's style and its axes, as `plt.subplots` does; sizes are in inches of 72 pixels."""
    fig, axes = plt.subplots(rows, columns, figsize=(width or 6.4, height or 3.4 * rows))
    plt.close(fig)  # shown by `show`, once, and by nothing else
    return fig, axes


@styled
def svg(fig):
    """Return the figure as an SVG element whose colours and fonts are those of the page that it stands in."""
    for legend in filter(None, (ax.get_legend() for ax in fig.axes)):
        legend.set_frame_on(False)
    buffer = io.StringIO()
    fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    inherited = '<svg fill="currentColor" stroke-linejoin="round" '  # black is left unsaid in SVG
    text = text[text.index("<svg") :].replace("<svg ", inherited, 1)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.S)
    text = re.sub(r'(<svg[^>]*?) width="([\d.]+)pt"', r'\1 width="\2"', text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="([\d.]+)pt"', r'\1 height="\2"', text, count=1)
    text = re.sub(r"font-family: [^;\"]*;? ?", "", text)  # the page's own type
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, flags=re.S)  # it would hold for the whole page
    text = re.sub(r"<[^>]+>", _shortened, text)
    for stand_in, colour in _IN_PAGE.items():
        text = text.replace(stand_in, colour)
    return _without_bare_groups(_own_ids(text))


def _shortened(tag):
    """Return a tag with what a reader of the page can do without: blanks, and digits below a hundredth of a pixel."""
    text = re.sub(r"(\d\.\d\d)\d+(?![\d.]*e)", r"\1", tag[0])
    text = re.sub(r"(\d)(?:\.0+|(\.\d*[1-9])0+)(?![\de])", r"\1\2", text)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r'(?<= d=")[^"]*', lambda path: re.sub(" ?([A-Za-z]) ?", r"\1", path[0]), text)
    return re.sub(r'(?<= style=")[^"]*', lambda style: re.sub("([:;]) ", r"\1", style[0]), text)


def _without_bare_groups(text):
    """Leave out the groups that say nothing."""
    kept, stack = [], []
    for part in re.split(r"(<g\b[^>]*>|</g>)", re.sub(r">\s*\n\s*<", "><", text)):
        if part.startswith("<g"):
            stack.append(part != "<g>")
        if part == "<g>" or (part == "</g>" and not stack.pop()):
            continue
        kept.append(part)
    return "".join(kept)


def _own_ids(text):
    """Keep only the ids that are referred to, and make them the figure's own: a page holds many figures."""
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', text))
    own = hashlib.sha256(text.encode()).hexdigest()[:8]
    text = re.sub(r' id="([^"]+)"', lambda m: f' id="{own}-{m[1]}"' if m[1] in used else "", text)
    return re.sub(r'(url\(#|href="#)([^)"]+)', rf"\g<1>{own}-\2", text)


class Shown:
    """Figures with their caption and description, as Jupyter and the book display them."""

    def __init__(self, drawings, alt, caption):
        self.drawings, self.alt, self.caption = drawings, alt, caption

    def _repr_html_(self):
        drawings = "".join(self.drawings)
        caption = f"<figcaption>{html.escape(self.caption)}</figcaption>" if self.caption else ""
        label = html.escape(self.alt)
        return f'<figure class="gd-plot"><div role="img" aria-label="{label}">{drawings}</div>{caption}</figure>'

    def __repr__(self):
        return f"Figure: {self.alt}"


def show(figures, *, alt, caption=None):
    """Return a figure, or several side by side, for display.

    Parameters
    ----------
    figures : matplotlib Figure, or a list of them
        Several wrap on a narrow screen.
    alt : str
        What is seen, in words, for those who cannot see it.
    caption : str
        What to look for.

    Raises
    ------
    ValueError
        If `alt` is missing.
    """
    if not alt:
        raise ValueError("alt must say in words what the figure shows, got nothing")
    figures = [figures] if hasattr(figures, "savefig") else figures
    return Shown([svg(figure) for figure in figures], alt, caption)


@styled
def contours(ax, value, bounds, *, levels=14, resolution=121, shaded=False):
    """Draw the contour lines of a function of two coordinates.

    Parameters
    ----------
    ax : matplotlib Axes
    value : callable
        Takes points as an array (..., 2), returns their heights (...).
    bounds : ((left, right), (bottom, top))
    levels : int
        How many lines.
    resolution : int
        Points on each side of the grid that the lines are found on.
    shaded : bool
        Shade the ground, the higher the deeper.
    """
    (left, right), (bottom, top) = bounds
    x, y = np.meshgrid(np.linspace(left, right, resolution), np.linspace(bottom, top, resolution))
    height = value(np.stack([x, y], axis=-1))
    low, high = height.min(), height.max()
    spaced = low + (high - low) * np.linspace(0.02, 1, levels) ** (1 if shaded else 2)  # 2: closer near the bottom
    if shaded:
        for level in spaced:  # each layer of shade is the outline of a contour line at the same time
            layer = ax.contourf(x, y, height, levels=[level, high + 1], colors=GROUND, alpha=0.09)
            layer.set(edgecolor=mpl.colors.to_rgba(INK, 0.28), linewidth=0.8)
    else:
        ax.contour(x, y, height, levels=spaced, colors=INK, alpha=0.35)
    ax.set(xlim=(left, right), ylim=(bottom, top))
    ax.grid(False)
