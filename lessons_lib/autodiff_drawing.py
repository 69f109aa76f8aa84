"""Draws the graph of a `Value` as SVG: inputs at the left, the result at the right, in the colours of the page.

The layout is Sugiyama's, in small: columns by depth, an order in each column that crosses few edges, then heights.
An edge that skips columns passes each of them through a free place of its own, so that it never hides behind a box.
"""

from html import escape
from itertools import pairwise

FORWARD = "currentColor"
GRADIENT = "var(--gd-gradient, color-mix(in srgb, #0072b2 70%, currentColor))"  # mixed: light on dark, dark on light
FONT, SMALLEST_FONT = 13, 11  # pixels; a picture too wide for the page shrinks to the second, then scrolls
LINE, PAD, GAP_X, GAP_Y, ARROW = 18, 9, 46, 18, 8
LARGEST = 100  # nodes
SYMBOLS = {"+": "+", "-": "−", "*": "×", "/": "÷"}
WORDS = {"+": "plus", "-": "minus", "*": "times", "/": "divided by", "**": "to the power"}


class Drawing(str):
    """An SVG element as text, which notebooks show as a picture."""

    def _repr_html_(self):
        return f'<div role="group" aria-label="graph" tabindex="0" style="overflow-x: auto">{self}</div>'


def draw(nodes):
    """Return the Drawing of `nodes`, a Value's graph: inputs before what is made from them, the result last.

    Raises
    ------
    ValueError
        If there are more than 100 nodes.
    """
    if len(nodes) > LARGEST:
        raise ValueError(f"a graph of at most {LARGEST} nodes can be drawn, got {len(nodes)}: draw a part of it")
    texts = {node: [_title(node), f"data {_number(node.data)}", f"grad {_number(node.grad)}"] for node in nodes}
    columns, edges = _columns(nodes)
    _order(columns, edges)
    y = _heights(columns, edges)
    x, widths, right = {}, [], 2.0
    for column in columns:
        widths.append(max(2 * PAD + 0.6 * FONT * max(map(len, texts[item])) for item in column if item in texts))
        x.update(dict.fromkeys(column, right))
        right += widths[-1] + GAP_X
    width = {item: w for column, w in zip(columns, widths, strict=True) for item in column}
    top, bottom = min(y[i] - _size(i) / 2 for i in y) - 2, max(y[i] + _size(i) / 2 for i in y) + 2
    shapes = [_edge(route, port, x, y, width) for route, port in edges]
    shapes += [_box(texts[node], x[node], y[node], width[node]) for node in nodes]
    full = right - GAP_X + 2
    return Drawing(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {top:.0f} {full:.0f} {bottom - top:.0f}" role="img" '
        f'aria-label="{escape(_words(nodes))}" fill="currentColor" font-size="{FONT}" text-anchor="middle" '
        'font-family="system-ui, sans-serif" style="display: block; width: 100%; '
        f'min-width: {full * SMALLEST_FONT / FONT:.0f}px; max-width: {full:.0f}px">{"".join(shapes)}</svg>'
    )


_BOX = 3 * LINE + PAD  # height of a box


def _size(item):
    return LINE if isinstance(item, tuple) else _BOX


def _columns(nodes):
    """Return the columns, lists of nodes and of free places, and the edges: (places on the way, port)."""
    depth = {}
    for node in nodes:
        depth[node] = 1 + max((depth[parent] for parent, _ in node.inputs), default=-1)
    for node in reversed(nodes):  # an input stands just before the first operation that takes it
        if not node.inputs:
            depth[node] = min((depth[user] for user in nodes if any(p is node for p, _ in user.inputs)), default=1) - 1
    columns = [[] for _ in range(max(depth.values()) + 1)]
    for node in nodes:
        columns[depth[node]].append(node)
    edges = []
    for node in nodes:
        for i, (parent, _) in enumerate(node.inputs):
            free = [("free", node, i, column) for column in range(depth[parent] + 1, depth[node])]
            for place in free:
                columns[place[-1]].append(place)
            port = (i - (len(node.inputs) - 1) / 2) * LINE  # the first operand comes in above the second
            edges.append(([parent, *free, node], port))
    return columns, edges


def _neighbours(edges):
    """Return, for each item, what it is tied to in the column before and in the column after, with the port."""
    before, after = {}, {}
    for route, port in edges:
        for left, right in pairwise(route):
            at = port if right is route[-1] else 0.0
            before.setdefault(right, []).append((left, -at))
            after.setdefault(left, []).append((right, at))
    return before, after


def _order(columns, edges):
    """Sort each column by the mean place of its neighbours, from both sides in turn; keep the best order found."""
    before, after = _neighbours(edges)
    best, fewest = [list(column) for column in columns], _crossings(columns, edges)
    for sweep in range(12):
        ties = before if sweep % 2 else after
        for column in columns if sweep % 2 else reversed(columns):
            rank = {item: i for others in columns for i, item in enumerate(others)}
            mean = {
                item: sum(rank[other] + at / 100 for other, at in ties[item]) / len(ties[item])
                if item in ties
                else None
                for item in column
            }
            column.sort(key=lambda item, mean=mean, rank=rank: rank[item] if mean[item] is None else mean[item])
        crossings = _crossings(columns, edges)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    columns[:] = best


def _crossings(columns, edges):
    rank = {item: i for column in columns for i, item in enumerate(column)}
    column_of = {item: i for i, column in enumerate(columns) for item in column}
    ties = [
        (column_of[left], rank[left], rank[right] + (port / 100 if right is route[-1] else 0))
        for route, port in edges
        for left, right in pairwise(route)
    ]
    return sum(
        c == d and (a - b) * (left - right) < 0 for i, (c, a, left) in enumerate(ties) for d, b, right in ties[:i]
    )


def _heights(columns, edges):
    """Return the height of the middle of each item: near the mean of its neighbours, and clear of the others."""
    before, after = _neighbours(edges)
    y = {}
    for column in columns:
        _spread(column, dict.fromkeys(column, 0.0), y)
    for sweep in range(40):
        for column in columns if sweep % 2 else reversed(columns):
            wanted = {}
            for item in column:
                ties = before.get(item, []) + after.get(item, [])
                wanted[item] = sum(y[other] + at for other, at in ties) / len(ties) if ties else y[item]
            _spread(column, wanted, y)
    return y


def _spread(column, wanted, y):
    """Set y as near as can be to `wanted`, in the column's order, without overlap: pushed groups move as one."""
    groups = []  # each: items, offsets of their middles, the mean place that they want
    for item in column:
        group = [[item], [0.0], wanted[item]]
        while groups:
            items, offsets, place = groups[-1]
            step = offsets[-1] + (_size(items[-1]) + _size(group[0][0])) / 2 + GAP_Y
            if place + step <= group[2]:
                break
            n, m = len(items), len(group[0])
            place = (n * place + m * (group[2] - step)) / (n + m)
            group = [items + group[0], offsets + [step + offset for offset in group[1]], place]
            groups.pop()
        groups.append(group)
    for items, offsets, place in groups:
        y.update({item: place + offset for item, offset in zip(items, offsets, strict=True)})


def _edge(route, port, x, y, width):
    """Return one arrow: curves between columns, straight past the boxes of each column on the way."""
    start, *between, end = route
    x0, y0 = x[start] + width[start], y[start]
    path = f"M{x0:.1f} {y0:.1f}"
    for item in [*between, end]:
        x1, y1 = (x[item], y[item]) if item is not end else (x[end] - ARROW, y[end] + port)
        middle = (x0 + x1) / 2
        path += f"C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
        x0, y0 = x1, y1
        if item is not end:
            x0 += width[item]
            path += f"H{x0:.1f}"
    head = f"M{x0 + ARROW:.1f} {y0:.1f}l-{ARROW} -4v8z"
    return f'<g opacity="0.65"><path d="{path}" fill="none" stroke="currentColor"/><path d="{head}"/></g>'


def _box(lines, x, y, width):
    """Return one node: its title, its value and its gradient."""
    parts = [
        f'<rect x="{x:.1f}" y="{y - _BOX / 2:.1f}" width="{width:.1f}" height="{_BOX}" rx="5" fill="none" '
        'stroke="currentColor" stroke-opacity="0.5"/>'
    ]
    styles = ["font-weight: 600", f"fill: {FORWARD}", f"fill: {GRADIENT}"]
    for i, (line, style) in enumerate(zip(lines, styles, strict=True)):
        at = y + (i - 1) * LINE + 0.35 * FONT
        parts.append(f'<text x="{x + width / 2:.1f}" y="{at:.1f}" style="{style}">{escape(line)}</text>')
    return "".join(parts)


def _number(value):
    return f"{value:.4g}".replace("-", "−")


def _title(node):
    op = SYMBOLS.get(node.op, node.op.replace("**", "** ").rstrip())
    label = node.label if len(node.label) <= 16 else node.label[:15] + "…"
    return f"{op} → {label}" if op and label else op or label or "number"


def _words(nodes):
    """Return the graph in words: what is made from what, in order, then the value of the result."""
    uses = {node: sum(p is node for user in nodes for p, _ in user.inputs) for node in nodes}
    name, steps = {}, []
    for node in nodes:
        args = [name[parent] for parent, _ in node.inputs]
        if not node.inputs:
            name[node] = node.label or _number(node.data)
            continue
        if len(args) == 2:
            phrase = f"{args[0]} {WORDS[node.op]} {args[1]}"
        elif node.op.startswith("**"):
            phrase = f"{args[0]} to the power {node.op[2:]}"
        else:
            phrase = f"minus {args[0]}" if node.op == "neg" else f"{node.op} of {args[0]}"
        if node.label or uses[node] != 1:  # what is used again, and the result, gets a name
            name[node] = node.label or ("the result" if node is nodes[-1] else f"node {len(steps) + 1}")
            steps.append(f"{name[node]} is {phrase}")
        else:
            name[node] = f"({phrase})"
    last = nodes[-1]
    return f"Graph: {'; '.join(steps) or name[last]}. Value {_number(last.data)}, gradient {_number(last.grad)}."
