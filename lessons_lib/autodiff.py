"""Backpropagation on a graph of numbers, small enough to be read in one sitting.

Every operation makes a node that remembers its inputs and, for each, the slope of the operation there.
`backward` walks the graph from the result to the inputs and multiplies the slopes: the chain rule, and nothing else.
"""

import math
from numbers import Real


class Value:
    """A number in a computation graph, with the gradient that flows back to it.

    Supports + - * / ** with other Values and with Python numbers on either side, and relu, exp, tanh, log, sigmoid.

    Parameters
    ----------
    data : float
    label : str
        What to call it in drawings.
    op, inputs :
        How an operation made it: the operation's name and a pair (Value, slope) for each input.

    Raises
    ------
    ValueError
        If `data` is not a number, or an operation is not defined there: the logarithm of 0, a division by 0.

    Source: the idea on one screen is Karpathy's micrograd (2020); derived in the chapter on the chain rule.

    >>> x, y = Value(3.0, "x"), Value(2.0, "y")
    >>> f = x * x + y
    >>> f.backward()
    >>> f.data, x.grad, y.grad
    (11.0, 6.0, 1.0)
    """

    def __init__(self, data, label="", *, op="", inputs=()):
        if not isinstance(data, Real):
            raise ValueError(f"data must be a number, got {data!r}")
        self.data = float(data)
        self.grad = 0.0
        self.label, self.op, self.inputs = label, op, inputs

    def graph(self):
        """Return all nodes that this one is made from, inputs before what is made from them, itself last."""
        order, seen, stack = [], set(), [(self, False)]
        while stack:  # a list, not recursion: a graph may be deeper than Python's stack
            node, inputs_are_listed = stack.pop()
            if inputs_are_listed:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent, _ in reversed(node.inputs))
        return order

    def backward(self):
        """Add to the `grad` of every node of the graph how much this value changes with it.

        Gradients add up: a second call doubles them, until `zero_grad` clears them.
        """
        order = self.graph()
        flow = dict.fromkeys(order, 0.0)
        flow[self] = 1.0
        for node in reversed(order):  # a node passes on its gradient once all of it has arrived
            node.grad += flow[node]
            for parent, slope in node.inputs:
                flow[parent] += slope * flow[node]

    def zero_grad(self):
        """Set the gradient of every node of the graph to 0."""
        for node in self.graph():
            node.grad = 0.0

    def __add__(self, other):
        return _binary("+", self, other, lambda a, b: (a + b, 1.0, 1.0))

    def __sub__(self, other):
        return _binary("-", self, other, lambda a, b: (a - b, 1.0, -1.0))

    def __mul__(self, other):
        return _binary("*", self, other, lambda a, b: (a * b, b, a))

    def __truediv__(self, other):
        return _binary("/", self, other, _divide)

    def __pow__(self, other):
        if isinstance(other, Value):
            return _binary("**", self, other, _exponential)
        if not isinstance(other, Real):
            return NotImplemented
        n = float(other)
        slope = n * _power(self.data, n - 1, at_pole=math.inf) if n else 0.0
        return Value(_power(self.data, n), op=f"**{n:g}", inputs=((self, slope),))

    def __neg__(self):
        return self._unary("neg", -self.data, -1.0)

    def __radd__(self, other):
        return _binary("+", other, self, Value.__add__)
