"""Backpropagation on a graph of numbers, small enough to be read in one sitting.

Every operation makes a node that remembers its inputs and, for each, the slope of the operation there.
`backward` walks the graph from the result to the inputs and multiplies the slopes: the chain rule, and nothing else.
"""

import math
from numbers import Real

from lessons_lib import autodiff_drawing


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
        return _binary("+", _add, self, other)

    def __radd__(self, other):
        return _binary("+", _add, other, self)

    def __sub__(self, other):
        return _binary("-", _subtract, self, other)

    def __rsub__(self, other):
        return _binary("-", _subtract, other, self)

    def __mul__(self, other):
        return _binary("*", _multiply, self, other)

    def __rmul__(self, other):
        return _binary("*", _multiply, other, self)

    def __truediv__(self, other):
        return _binary("/", _divide, self, other)

    def __rtruediv__(self, other):
        return _binary("/", _divide, other, self)

    def __pow__(self, other):
        if not isinstance(other, Real):
            return _binary("**", _exponential, self, other)
        n = float(other)
        power = _power(self.data, n)
        slope = n * _power(self.data, n - 1, at_pole=math.inf) if n else 0.0
        return self._unary(f"**{n:g}", power, slope)

    def __rpow__(self, other):
        return _binary("**", _exponential, other, self)

    def __neg__(self):
        return self._unary("neg", -self.data, -1.0)

    def relu(self):
        return self._unary("relu", max(self.data, 0.0), float(self.data > 0))

    def exp(self):
        e = _exp(self.data)
        return self._unary("exp", e, e)

    def tanh(self):
        t = math.tanh(self.data)
        return self._unary("tanh", t, 1 - t * t)

    def sigmoid(self):
        s, rest = 1 / (1 + _exp(-self.data)), 1 / (1 + _exp(self.data))
        return self._unary("sigmoid", s, s * rest)  # rest is 1 - s, but not rounded to 0 where s is nearly 1

    def log(self):
        if self.data <= 0:
            raise ValueError(f"log needs a number above 0, got {self.data:g}")
        return self._unary("log", math.log(self.data), 1 / self.data)

    def _unary(self, op, data, slope):
        return Value(data, op=op, inputs=((self, slope),))

    def __repr__(self):
        return f"Value({self.data:.6g}{f', {self.label!r}' * bool(self.label)}, grad={self.grad:.6g})"

    def draw(self):
        """Return a picture of the graph: each node with its value, forward, and its gradient, backward."""
        return autodiff_drawing.draw(self.graph())


def _binary(op, rule, a, b):
    """Return the node that `rule` makes of a and b: a rule gives the result and its slope for each of the two."""
    if not (isinstance(a, Value | Real) and isinstance(b, Value | Real)):
        return NotImplemented
    a, b = (x if isinstance(x, Value) else Value(x) for x in (a, b))
    data, slope_a, slope_b = rule(a.data, b.data)
    return Value(data, op=op, inputs=((a, slope_a), (b, slope_b)))


def _add(a, b):
    return a + b, 1.0, 1.0


def _subtract(a, b):
    return a - b, 1.0, -1.0


def _multiply(a, b):
    return a * b, b, a


def _divide(a, b):
    if b == 0:
        raise ValueError(f"a division needs a divisor other than 0, got {a:g} / 0")
    return a / b, 1 / b, -a / b / b


def _exponential(a, b):
    if a <= 0:
        raise ValueError(f"a power whose exponent is a Value needs a base above 0, got {a:g} ** {b:g}")
    power = _power(a, b)
    return power, b * _power(a, b - 1), power * math.log(a)


def _power(base, exponent, at_pole=None):
    """Return base ** exponent; infinity where that is too large for a float."""
    if base < 0 and not exponent.is_integer():
        raise ValueError(f"a negative number has no power {exponent:g}, got {base:g} ** {exponent:g}")
    if base == 0 and exponent < 0:
        if at_pole is None:
            raise ValueError(f"0 has no negative power, got 0 ** {exponent:g}")
        return at_pole
    try:
        return base**exponent
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 else math.inf


def _exp(x):
    """Return e to the power x; infinity where that is too large for a float."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf
