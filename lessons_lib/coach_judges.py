"""Judges of functions for which many results are right: they know what must hold, and name what does not.

A judge gets the cases, each a pair of args and kwargs, and the results; it returns None, or what is wrong in words and
the label of the section of the book that explains it.
"""

import numpy as np


def batches(cases, results):
    """An epoch in batches, from (X, y, batch_size, rng): all cases have the same X, y and batch size."""
    (X, y, size, *_), _ = cases[0]
    orders = []
    for result in results:
        try:
            pairs = [(np.asarray(X_b, float), np.asarray(y_b, float)) for X_b, y_b in result]
            rows = np.concatenate([X_b.reshape(len(X_b), -1) for X_b, _ in pairs])
            labels = np.concatenate([y_b.ravel() for _, y_b in pairs])
            found = (rows[:, None] == X).all(axis=2)
        except (TypeError, ValueError, AttributeError):  # no pairs, no numbers, or other shapes
            found = np.zeros((1, 1), bool)
        if not found.any(axis=1).all():
            return "it must return a list of pairs (X_b, y_b), arrays whose rows are rows of X and of y.", None
        order = found.argmax(axis=1)
        fault = _fault(order, labels, [len(X_b) for X_b, _ in pairs], X, y, size)
        if fault:
            return fault
        orders.append(order.tolist())
    if all(order == orders[0] for order in orders) and len(orders) > 1:
        return (
            "the order is the same in every epoch, whatever rng is: draw a new one from rng each time.",
            "sec-shuffle",
        )
    return None


def _fault(order, labels, sizes, X, y, size):
    """Return what is wrong with one epoch, or None."""
    n = len(X)
    if len(labels) != len(order) or not np.array_equal(labels, y.ravel()[order]):
        return "X and y were shuffled apart: each row must keep its own label.", "sec-shuffle"
    if len(set(order)) < len(order):
        return "some samples come twice: draw without replacement, each sample once in an epoch.", "sec-shuffle"
    if len(order) < n:
        if n - len(order) == n % size:
            return "the last, short batch is dropped: keep it.", "sec-three-kinds"
        return "not all samples are there: each must come once in an epoch.", "sec-three-kinds"
    if np.array_equal(order, np.arange(n)):
        return "the samples come in the order of the data: shuffle them.", "sec-shuffle"
    if sizes != [size] * (n // size) + [n % size] * (n % size > 0):
        return "the batches must have batch_size samples each, but for the last one, which has the rest.", (
            "sec-three-kinds"
        )
    parts = np.split(order, np.cumsum(sizes)[:-1])
    if all(np.array_equal(np.sort(part), np.arange(part.min(), part.min() + len(part))) for part in parts):
        return "only the batches were shuffled: the same samples always share a batch. Shuffle the samples.", (
            "sec-shuffle"
        )
    return None


def topological_order(cases, results):
    """An order of the names of a graph, a dict from each name to the names of its inputs, inputs first."""
    for ((graph,), _), result in zip(cases, results, strict=True):
        if not isinstance(result, list | tuple) or not all(isinstance(name, str) for name in result):
            return "it must return a list of names.", "sec-topological"
        if sorted(set(result)) != sorted(graph):
            return "not all names of the graph are in the list, or others are.", "sec-topological"
        if len(result) > len(graph):
            return "a name stands in the list more than once: visit each node once.", "sec-topological"
        place = {name: i for i, name in enumerate(result)}
        late = [(name, i) for name in graph for i in graph[name] if place[i] > place[name]]
        if late and all(place[i] > place[name] for name in graph for i in graph[name]):
            return "the order is the wrong way round: a node must stand after its inputs.", "sec-topological"
        if late:
            return "a node stands before one of its inputs: list it when all of its inputs are listed.", (
                "sec-topological"
            )
    return None
