"""Parameters come as one array or as lists and tuples of arrays inside each other: a nest."""

import numpy as np


def nest_map(f, first, *others):
    """Return a nest of the same structure, each array replaced by f of the arrays at its place.

    Lists stay lists, tuples stay tuples, named tuples stay what they are.

    >>> nest_map(lambda w, g: w - g, [5.0, (4.0, 3.0)], [1.0, (1.0, 1.0)])
    [4.0, (3.0, 2.0)]
    """
    if not isinstance(first, list | tuple):
        for other in others:
            if isinstance(other, list | tuple):
                raise ValueError(f"params and grads must have the same structure, got {_parts(first, *others)}")
        return f(first, *others)
    for other in others:
        if not isinstance(other, list | tuple) or len(other) != len(first):
            raise ValueError(f"params and grads must have the same structure, got {_parts(first, *others)}")
    parts = [nest_map(f, *parts) for parts in zip(first, *others, strict=True)]
    return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)


def _parts(*nests):
    return " and ".join(f"{len(nest)} parts" if isinstance(nest, list | tuple) else "an array" for nest in nests)


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


def end_to_end(nest):
    """Return two functions: one lays a nest like this one end to end in one array; the other takes that apart again.

    What is done number by number can then be done to one array in one go. The parts are views of the long array.

    >>> lay, take_apart = end_to_end([np.zeros(2), (np.zeros((2, 1)),)])
    >>> lay([np.array([1.0, 2.0]), (np.array([[3.0], [4.0]]),)])
    array([1., 2., 3., 4.])
    >>> take_apart(np.array([1.0, 2.0, 3.0, 4.0]))[1]
    (array([[3.],
           [4.]]),)
    """
    shapes = [np.shape(array) for array in leaves(nest)]
    if not shapes:
        raise ValueError(f"params must hold at least one array, got {nest!r}")

    def lay(other):
        arrays = leaves(other)
        if len(arrays) != len(shapes):
            nest_map(lambda *_: None, nest, other)  # raises: another structure
        for array, shape in zip(arrays, shapes, strict=True):
            if np.shape(array) != shape:
                raise ValueError(f"grads must have the shapes of params, got {np.shape(array)} for a weight of {shape}")
        return np.concatenate(arrays, axis=None)  # None: each is laid out flat first

    take_apart, _ = _parts_of(nest, 0)
    return lay, take_apart


def _parts_of(nest, start):
    """Return a function from the long array to the part of it that is this nest, and where that part ends."""
    if not isinstance(nest, list | tuple):
        stop, shape = start + np.size(nest), np.shape(nest)
        return lambda flat: flat[start:stop].reshape(shape), stop
    parts, stop = [], start
    for inner in nest:
        part, stop = _parts_of(inner, stop)
        parts.append(part)
    make = nest._make if hasattr(nest, "_make") else type(nest)
    return lambda flat: make([part(flat) for part in parts]), stop
