"""Parameters come as one array or as lists and tuples of arrays inside each other: a nest."""

import numpy as np


def nest_map(f, *nests):
    """Return a nest of the same structure, each array replaced by f of the arrays at its place.

    Lists stay lists, tuples stay tuples, named tuples stay what they are.

    >>> nest_map(lambda w, g: w - g, [5.0, (4.0, 3.0)], [1.0, (1.0, 1.0)])
    [4.0, (3.0, 2.0)]
    """
    first = nests[0]
    lengths = [len(nest) if isinstance(nest, list | tuple) else None for nest in nests]
    if len(set(lengths)) > 1:
        what = " and ".join("an array" if length is None else f"{length} parts" for length in lengths)
        raise ValueError(f"params and grads must have the same structure, got {what}")
    if lengths[0] is None:
        return f(*nests)
    parts = [nest_map(f, *parts) for parts in zip(*nests, strict=True)]
    if hasattr(first, "_fields"):
        return type(first)(*parts)
    return type(first)(parts)


def leaves(nest):
    """Return the arrays of a nest as a flat list, in order.

    >>> leaves([1.0, (2.0, [3.0])])
    [1.0, 2.0, 3.0]
    """
    if isinstance(nest, list | tuple):
        return [leaf for part in nest for leaf in leaves(part)]
    return [nest]


def copy(nest):
    """Return a nest with a copy of each array."""
    return nest_map(np.copy, nest)
