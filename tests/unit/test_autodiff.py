"""Values against graphs worked out by hand, against central differences, and as pictures."""

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lessons_lib import autodiff_drawing, gradcheck
from lessons_lib.autodiff import Value

SVG = "{http://www.w3.org/2000/svg}"


def test_a_graph_worked_out_by_hand():
    a, b, c, f = Value(2.0), Value(-3.0), Value(10.0), Value(-2.0)
    e = a * b
    d = e + c
    L = d * f
    L.backward()
    assert (e.data, d.data, L.data) == (-6, 4, -8)
    assert [v.grad for v in (a, b, c, f, e, d, L)] == [6, -4, -2, 4, -2, -2, 1]


def test_a_node_used_twice_gets_both_gradients():
    x = Value(3.0)
    y = x * x
    (y * y + y + x).backward()  # x⁴ + x² + x
    assert y.grad == 2 * 9 + 1
    assert x.grad == 4 * 27 + 2 * 3 + 1


def test_the_expression_that_micrograd_is_known_for():
    a, b = Value(-4.0), Value(2.0)
    c = 2 * (a + b) + 1
    c = 2 * c + 1 - a
    d = 3 * (a * b + b**3) + (a + b).relu()
    d = 4 * d + (b - a).relu()
    square = (c - d) ** 2
    result = square / 2 + 10 / square
    result.backward()
    assert round(result.data, 4) == 24.7041
    assert (round(a.grad, 4), round(b.grad, 4)) == (138.8338, 645.5773)


@pytest.mark.parametrize(
    ("f", "x", "value", "slope"),
    [
        (lambda x: x + 2, 3, 5, 1),
        (lambda x: 2 + x, 3, 5, 1),
        (lambda x: x - 2, 3, 1, 1),
        (lambda x: 2 - x, 3, -1, -1),
        (lambda x: x * 2, 3, 6, 2),
        (lambda x: 2 * x, 3, 6, 2),
        (lambda x: x / 2, 3, 1.5, 0.5),
        (lambda x: 2 / x, 4, 0.5, -0.125),
        (lambda x: x**3, 2, 8, 12),
        (lambda x: x**-1, 4, 0.25, -0.0625),
        (lambda x: x**0.5, 4, 2, 0.25),
        (lambda x: x**0, 0, 1, 0),
        (lambda x: x**1, 0, 0, 1),
        (lambda x: x**2, 0, 0, 0),
        (lambda x: x**3, -2, -8, 12),
        (lambda x: x**0.5, 0, 0, math.inf),
        (lambda x: x**x, 2, 4, 4 * (1 + math.log(2))),
        (lambda x: 2**x, 3, 8, 8 * math.log(2)),
        (lambda x: -x, 3, -3, -1),
        (lambda x: x.relu(), 3, 3, 1),
        (lambda x: x.relu(), -3, 0, 0),
        (lambda x: x.relu(), 0, 0, 0),
        (lambda x: x.exp(), 1, math.e, math.e),
        (lambda x: x.log(), 4, math.log(4), 0.25),
        (lambda x: x.tanh(), 0.5, math.tanh(0.5), math.cosh(0.5) ** -2),
        (lambda x: x.sigmoid(), 0, 0.5, 0.25),
        (lambda x: x.sigmoid(), 50, 1, math.exp(-50)),
        (lambda x: x.sigmoid(), -1000, 0, 0),
        (lambda x: sum([x, x, 1]), 3, 7, 2),
        (lambda x: np.float64(2) * x, 3, 6, 2),
        (lambda x: x - np.float32(2), 3, 1, 1),
        (lambda x: (np.array([x, 2 * x]) * np.array([1.0, 3.0])).sum(), 3, 21, 7),
    ],
)
def test_each_operation_by_hand(f, x, value, slope):
    x = Value(x)
    result = f(x)
    result.backward()
    assert type(result) is Value and type(result.data) is float
    assert result.data == pytest.approx(value, rel=1e-15)
    assert x.grad == pytest.approx(slope, rel=1e-14, abs=0)


UNARY = ["relu", "tanh", "sigmoid", "exp", "log", "neg", "square", "cube", "root", "inverse"]
steps = st.lists(st.tuples(st.sampled_from([*"+-*/", *UNARY]), st.integers(0, 20), st.integers(0, 20)), max_size=12)


def run(program, inputs):
    """Return the sum of all that a random program makes: each step takes the results of earlier ones."""
    made = list(inputs)
    for op, i, j in program:
        a, b = made[i % len(made)], made[j % len(made)]
        made.append(
            {
                "+": lambda a=a, b=b: a + b,
                "-": lambda a=a, b=b: a - b,
                "*": lambda a=a, b=b: a * b,
                "/": lambda a=a, b=b: a / (b * b + 1),
                "log": lambda a=a: (a * a + 1).log(),
                "neg": lambda a=a: -a,
                "square": lambda a=a: a**2,
                "cube": lambda a=a: a**3,
                "root": lambda a=a: (a * a + 1) ** 0.5,
                "inverse": lambda a=a: 1 / (2 + a * a),
            }.get(op, lambda a=a, op=op: getattr(a, op)())()
        )
    return sum(made[2:], made[0] * 0.5)


@given(steps, st.lists(st.floats(-2, 2), min_size=3, max_size=3))
def test_random_expressions_against_central_differences(program, numbers):
    inputs = [Value(number) for number in numbers]
    result = run(program, inputs)
    nodes = result.graph()
    assume(all(abs(node.data) < 50 for node in nodes))
    assume(all(abs(node.inputs[0][0].data) > 0.01 for node in nodes if node.op == "relu"))  # not on the kink
    result.backward()
    numeric = gradcheck.numerical_grad(lambda x: run(program, [Value(v) for v in x]).data, np.array(numbers))
    grads = [x.grad for x in inputs]
    scale = max(1.0, *(abs(node.data * node.grad) for node in nodes), *(abs(node.grad) for node in nodes))
    np.testing.assert_allclose(grads, numeric, rtol=1e-5, atol=1e-5 * scale)


def test_the_graph_lists_every_node_once_and_inputs_first():
    x = Value(2.0)
    y = x * x
    result = (y + x) * y
    order = result.graph()
    assert order[-1] is result and len(order) == len(set(order)) == 4
    assert all(order.index(parent) < order.index(node) for node in order for parent, _ in node.inputs)


def test_backward_twice_doubles_and_zero_grad_clears():
    x = Value(3.0)
    y = x * x
    result = y * y
    result.backward()
    once = [node.grad for node in (x, y, result)]
    result.backward()
    assert [node.grad for node in (x, y, result)] == [2 * grad for grad in once]
    result.zero_grad()
    assert [node.grad for node in (x, y, result)] == [0, 0, 0]
    result.backward()
    assert [node.grad for node in (x, y, result)] == once


def test_gradients_of_two_results_add_up():
    x = Value(3.0)
    (x * 2).backward()
    (x * 5).backward()
    assert x.grad == 7


def test_ten_thousand_nodes_in_a_row():
    x = Value(1.0)
    node = x
    for _ in range(10_000):
        node = node + x
    node.backward()
    assert x.grad == 10_001
    assert repr(node).startswith("Value(10001")
    node.zero_grad()
    del node


def test_a_diamond_repeated_is_walked_once_each():
    x = node = Value(1.0)
    for _ in range(60):  # 2⁶⁰ paths
        node = node + node
    node.backward()
    assert x.grad == 2**60


@pytest.mark.parametrize(
    "f",
    [
        lambda x: (x * 1000).exp(),
        lambda x: x**400,
        lambda x: -((-x) ** 401),
        lambda x: Value(10.0) ** (x * 40),
        lambda x: x * 1e308,
    ],
)
def test_what_is_too_large_is_infinite_and_no_error(f):
    result = f(Value(10.0))
    result.backward()
    assert result.data == math.inf


def test_nan_stays_nan():
    for f in (Value.relu, Value.exp, Value.log, Value.tanh, Value.sigmoid):
        assert math.isnan(f(Value(math.nan)).data)


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda: Value("2"), "data must be a number, got '2'"),
        (lambda: Value(None), "None"),
        (lambda: Value(Value(1)), "Value"),
        (lambda: Value(1j), "1j"),
        (lambda: Value(0).log(), "log.*above 0, got 0"),
        (lambda: Value(-2).log(), "log.*above 0, got -2"),
        (lambda: 3 / Value(0), "3 / 0"),
        (lambda: Value(3) / 0, "3 / 0"),
        (lambda: Value(0) ** -1, r"0 \*\* -1"),
        (lambda: Value(-8) ** (1 / 3), r"-8 \*\* 0.333"),
        (lambda: (-2) ** Value(3), r"above 0.*-2 \*\* 3"),
    ],
)
def test_what_is_not_defined_is_explained(f, words):
    with pytest.raises(ValueError, match=words):
        f()


@pytest.mark.parametrize("other", ["2", None, [1.0], 1j])
def test_other_types_are_refused_as_python_refuses_them(other):
    for f in (
        lambda v: v + other,
        lambda v: other - v,
        lambda v: v * Value(1) / other,
        lambda v: v**other,
        lambda v: other**v,
    ):
        with pytest.raises(TypeError, match="unsupported operand"):
            f(Value(2))


def test_repr_shows_value_label_and_gradient():
    x = Value(2, "x")
    y = x * 1.5
    y.backward()
    assert (repr(x), repr(y)) == ("Value(2, 'x', grad=1.5)", "Value(3, grad=1)")


def boxes(picture):
    return [
        tuple(float(rect.get(key)) for key in ("x", "y", "width", "height"))
        for rect in ET.fromstring(picture).iter(f"{SVG}rect")
    ]


def test_a_drawing_shows_each_node_with_its_value_and_gradient():
    a, b = Value(2, "a"), Value(-3, "b < 0")
    product = a * b
    product.label = "p"
    result = product + 1
    result.backward()
    picture = result.draw()
    svg = ET.fromstring(picture)
    words = [text.text for text in svg.iter(f"{SVG}text")]
    nodes = [tuple(words[i : i + 3]) for i in range(0, len(words), 3)]
    assert set(nodes) == {
        ("a", "data 2", "grad −3"),
        ("b < 0", "data −3", "grad 2"),
        ("× → p", "data −6", "grad 1"),
        ("number", "data 1", "grad 1"),
        ("+", "data −5", "grad 1"),
    }
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "Graph: p is a times b < 0; the result is p plus 1. Value −5, gradient 1."
    assert len(list(svg.iter(f"{SVG}g"))) == 4  # arrows
    assert picture in picture._repr_html_()


def test_the_words_of_every_operation():
    x = Value(0.5, "x")
    y = (-((x.exp() - x.tanh()) ** 2) / x.log()).sigmoid() ** x
    assert "((minus (((exp of x) minus (tanh of x)) to the power 2)) divided by (log of x))" in y.draw()
    assert "(sigmoid of " in y.draw() and " to the power x. Value" in y.draw()


@given(st.lists(st.tuples(st.sampled_from("+*-"), st.integers(0, 40), st.integers(0, 40)), max_size=27))
def test_boxes_do_not_overlap_and_arrows_go_round_them(program):
    result = run(program, [Value(1.5, "a"), Value(-2.5, "b"), Value(3.5)])
    picture = result.draw()
    places = boxes(picture)
    assert len(places) == len(result.graph())
    _, top, width, height = map(float, ET.fromstring(picture).get("viewBox").split())
    for i, (x, y, w, h) in enumerate(places):
        assert x >= 0 and x + w <= width and y >= top - 0.5 and y + h <= top + height + 0.5
        for x2, y2, w2, h2 in places[:i]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
    for path in ET.fromstring(picture).iter(f"{SVG}path"):
        pieces = path.get("d").lstrip("M").split("C")
        x0, y0 = map(float, pieces[0].split()) if len(pieces) > 1 else (0, 0)
        for piece in pieces[1:]:
            curve, *straight = piece.split("H")
            x1, y1 = map(float, curve.split()[-2:])
            assert not any(x < x1 - 1 and x + w > x0 + 1 for x, y, w, h in places)  # a curve stays between columns
            x0, y0 = x1, y1
            if straight:  # past a column
                x1 = float(straight[0])
                assert not any(x < x1 and x + w > x0 and y < y0 < y + h for x, y, w, h in places)
                x0 = x1


def test_a_graph_too_large_to_draw_says_so():
    node = Value(1.0)
    for _ in range(autodiff_drawing.LARGEST):
        node = node.tanh()
    with pytest.raises(ValueError, match=r"at most 100 nodes .* got 101"):
        node.draw()
