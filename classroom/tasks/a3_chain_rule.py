"""The chain rule and the gradient check: chapter four."""

import numpy as np

from classroom.task import Answer, Task, Wrong
from lessons_lib import coach_data, coach_judges

# The graph of the first task: u = a b, v = tanh(u), s = u + v, L = s a


def slopes(a, b):
    return _slopes(a, b)


def _slopes(a, b, *, keep_u=(1, 1), keep_a=(1, 1), local=lambda u, v: 1 - v**2, factor_b=lambda a, b: a):
    """Return the derivatives of L; the keywords say which shares of u (through s, v) and of a (L, u) are kept."""
    u = a * b
    v = np.tanh(u)
    s = u + v
    ds = dv = a
    du = keep_u[0] * ds + keep_u[1] * dv * local(u, v)
    shares = [s, du * b]
    da = keep_a[0] * shares[0] + keep_a[1] * shares[1]
    return {"L": 1.0, "s": ds, "v": dv, "u": du, "a": da, "b": du * factor_b(a, b)}


SLOPES_WRONG = (
    Wrong(
        "u goes two ways, into v and into s, and only the share through v is kept: the shares add.",
        "sec-fork",
        lambda a, b: _slopes(a, b, keep_u=(0, 1)),
    ),
    Wrong(
        "u goes two ways, into v and into s, and only the share through s is kept: the shares add.",
        "sec-fork",
        lambda a, b: _slopes(a, b, keep_u=(1, 0)),
    ),
    Wrong(
        "a is used twice, in u and in L, and only its use in L is counted: the shares add.",
        "sec-fork",
        lambda a, b: _slopes(a, b, keep_a=(1, 0)),
    ),
    Wrong(
        "a is used twice, in u and in L, and only its use in u is counted: the shares add.",
        "sec-fork",
        lambda a, b: _slopes(a, b, keep_a=(0, 1)),
    ),
    Wrong(
        "the slope of tanh was taken at v, which is tanh(u) already: it is 1 - v².",
        "sec-graph",
        lambda a, b: _slopes(a, b, local=lambda u, v: 1 - np.tanh(v) ** 2),
    ),
    Wrong(
        "the slope of tanh at u is 1 - tanh(u)², which is 1 - v², and not 1 - u².",
        "sec-graph",
        lambda a, b: _slopes(a, b, local=lambda u, v: 1 - u**2),
    ),
    Wrong(
        "the value of tanh was used where its slope is needed.",
        "sec-graph",
        lambda a, b: _slopes(a, b, local=lambda u, v: v),
    ),
    Wrong(
        "the slope of tanh is missing on the way from v to u.",
        "sec-graph",
        lambda a, b: _slopes(a, b, local=lambda u, v: 1.0),
    ),
    Wrong(
        "a product hands each input the gradient times the other input; here b got it times itself.",
        "sec-fork",
        lambda a, b: _slopes(a, b, factor_b=lambda a, b: b),
    ),
)


def softplus(z):
    z = np.asarray(z, dtype=float)
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def softplus_slope(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def _naive_softplus(z):
    return np.log(1 + np.exp(z))


def _naive_slope(z):
    return np.exp(z) / (1 + np.exp(z))


def draw_z(rng, k):
    return (3 * rng.normal(size=(2 + k % 2, 3)),), {}


def draw_far_z(rng, k):
    return (np.concatenate([rng.uniform(-2000, -800, 2), rng.uniform(-1, 1, 2), rng.uniform(800, 2000, 2)]),), {}


OVERFLOWS = Wrong(
    "e^z overflows for a large z, and the result is infinite or not a number: "
    "write it so that only e^(-|z|) is computed.",
    "sec-collapse",
    _naive_softplus,
)
SLOPE_OVERFLOWS = OVERFLOWS._replace(function=_naive_slope)
SOFTPLUS_WRONG = (
    Wrong("this is ReLU, the corner that softplus rounds off.", "sec-graph", lambda z: np.maximum(z, 0)),
    Wrong("the 1 is missing: ln(e^z) is z itself.", "sec-graph", lambda z: np.asarray(z, float)),
    Wrong("the sign of z is flipped.", "sec-graph", lambda z: softplus(-z)),
    Wrong(
        "the logarithm is to the base 2; it must be the natural one.", "sec-graph", lambda z: softplus(z) / np.log(2)
    ),
    Wrong("this is the sigmoid, which is the slope of softplus.", "sec-graph", softplus_slope),
)
SOFTPLUS_SLOPE_WRONG = (
    Wrong(
        "this is the slope of the sigmoid, one derivative too many: the slope of softplus is the sigmoid itself.",
        "sec-one-wire",
        lambda z: softplus_slope(z) * softplus_slope(-z),
    ),
    Wrong(
        "the inner slope is missing: ln(1 + e^z) has the slope 1/(1 + e^z) times e^z.",
        "sec-one-wire",
        lambda z: softplus_slope(-z),
    ),
    Wrong("this is softplus itself, and its slope was asked for.", "sec-one-wire", softplus),
    Wrong("this is the slope of ReLU, the corner that softplus rounds off.", "sec-graph", lambda z: (z > 0) * 1.0),
    Wrong(
        "the slope was taken at softplus(z): it is a function of z.",
        "sec-one-wire",
        lambda z: softplus_slope(softplus(z)),
    ),
    Wrong("the sign is flipped: softplus rises everywhere.", "sec-one-wire", lambda z: -softplus_slope(z)),
)


def central_differences(f, x, h):
    return _differences(f, x, lambda up, down, here: (up - down) / (2 * h), h)


def _differences(f, x, quotient, h):
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for i in range(len(x)):
        e = np.zeros_like(x)
        e[i] = h
        grad[i] = quotient(f(x + e), f(x - e), f(x))
    return grad


def _not_put_back(f, x, h):
    x, grad = np.array(x, dtype=float), np.zeros(len(x))
    for i in range(len(x)):
        x[i] += h
        up = f(x)
        x[i] -= 2 * h
        grad[i] = (up - f(x)) / (2 * h)
    return grad


def _kept_up(f, x, h):
    x, grad = np.array(x, dtype=float), np.zeros(len(x))
    for i in range(len(x)):
        here = f(x)
        x[i] += h
        grad[i] = (f(x) - here) / h
    return grad


def _all_at_once(f, x, h):
    x = np.asarray(x, dtype=float)
    return (f(x + h) - f(x - h)) / (2 * h)


def draw_waves(rng, k):
    size = 2 + k % 3
    f = coach_data.function("waves", height=rng.normal(size=size))
    return (f, rng.normal(size=size), (0.1, 0.01, 0.2)[k % 3]), {}


DIFFERENCES_WRONG = (
    Wrong(
        "these are one-sided differences: go to both sides, f(x + h) - f(x - h).",
        "sec-gradient-check",
        lambda f, x, h: _differences(f, x, lambda up, down, here: (up - here) / h, h),
    ),
    Wrong(
        "these are one-sided differences: go to both sides, f(x + h) - f(x - h).",
        "sec-gradient-check",
        lambda f, x, h: _differences(f, x, lambda up, down, here: (here - down) / h, h),
    ),
    Wrong(
        "twice what it should be: the two points are 2h apart, so divide by 2h.",
        "sec-gradient-check",
        lambda f, x, h: 2 * central_differences(f, x, h),
    ),
    Wrong(
        "half of what it should be: f(x + h) - f(x) is over a distance of h, not 2h.",
        "sec-gradient-check",
        lambda f, x, h: _differences(f, x, lambda up, down, here: (up - here) / (2 * h), h),
    ),
    Wrong(
        "the difference was not divided by the distance.",
        "sec-gradient-check",
        lambda f, x, h: 2 * h * central_differences(f, x, h),
    ),
    Wrong(
        "the sign is flipped: ahead minus behind.", "sec-gradient-check", lambda f, x, h: -central_differences(f, x, h)
    ),
    Wrong(
        "a coordinate was moved and not put back, so that the later ones are measured at another point.",
        "sec-gradient-check",
        _not_put_back,
    ),
    Wrong(
        "a coordinate was moved and not put back, and the difference is one-sided.",
        "sec-gradient-check",
        _kept_up,
    ),
    Wrong(
        "all coordinates were moved at once: that is the slope along the diagonal. Move one at a time.",
        "sec-gradient-check",
        _all_at_once,
    ),
    Wrong(
        "all coordinates were moved at once: that is the slope along the diagonal. Move one at a time.",
        "sec-gradient-check",
        lambda f, x, h: np.full(len(x), _all_at_once(f, x, h)),
    ),
    Wrong(
        "the width h is ignored: use the one that was asked for.",
        "sec-gradient-check",
        lambda f, x, h: central_differences(f, x, 1e-5),
    ),
)


def worst_error(a, b):
    return _worst(a, b, lambda a, b: np.maximum(np.abs(a), np.abs(b)))


def _worst(a, b, scale, *, size=np.abs, over=np.max):
    off, scale = size(np.asarray(a, float) - np.asarray(b, float)), scale(a, b)
    return float(over(np.where(off == 0, 0, off / np.where(scale == 0, 1, scale))))


def draw_pair(rng, k):
    a = rng.normal(size=(3, 2 + k % 2))
    b = a * (1 + 0.3 * rng.normal(size=a.shape))
    b[1, 0] = a[1, 0] * (0.25, 4, -1, 0.2, 5, -0.5)[k % 6]
    return (a, b), {}


def draw_zero_pair(rng, k):
    if k == 0:
        return (np.zeros(3), np.zeros(3)), {}
    a = rng.uniform(1, 2, 4) * (1, 0, 1, 0)
    return (a, a * (1 + 0.01 * rng.random(4)) * (1.1 if k % 2 else 0.9)), {}


WORST_WRONG = (
    Wrong(
        "this is the absolute error: divide each difference by the size of the numbers.",
        "sec-gradient-check",
        lambda a, b: np.max(np.abs(a - b)),
    ),
    Wrong(
        "the differences keep their signs, so that a large negative one counts as small: take their sizes.",
        "sec-gradient-check",
        lambda a, b: _worst(a, b, lambda a, b: np.maximum(np.abs(a), np.abs(b)), size=lambda off: off),
    ),
    Wrong(
        "the mean hides one bad number among many good ones: the worst was asked for.",
        "sec-gradient-check",
        lambda a, b: _worst(a, b, lambda a, b: np.maximum(np.abs(a), np.abs(b)), over=np.mean),
    ),
    Wrong(
        "the difference is divided by the sum of both sizes; by the larger of the two was asked for.",
        "sec-gradient-check",
        lambda a, b: _worst(a, b, lambda a, b: np.abs(a) + np.abs(b)),
    ),
    Wrong(
        "the difference is divided by the first number; by the larger of the two was asked for, in size.",
        "sec-gradient-check",
        lambda a, b: _worst(a, b, lambda a, b: np.abs(a)),
    ),
    Wrong(
        "the difference is divided by the second number; by the larger of the two was asked for, in size.",
        "sec-gradient-check",
        lambda a, b: _worst(a, b, lambda a, b: np.abs(b)),
    ),
    Wrong(
        "the largest difference is divided by the largest number: compare number with number, then take the worst.",
        "sec-gradient-check",
        lambda a, b: np.max(np.abs(a - b)) / max(np.abs(a).max(), np.abs(b).max()),
    ),
    Wrong(
        "each number has its error here; the worst of them was asked for.",
        "sec-gradient-check",
        lambda a, b: np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-300),
    ),
    Wrong(
        "this is the error of the whole in norm, in which one wrong number among many can hide.",
        "sec-gradient-check",
        lambda a, b: np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b)),
    ),
)


def _zero_by_zero(a, b):
    with np.errstate(all="ignore"):
        return np.max(np.abs(a - b) / np.maximum(np.abs(a), np.abs(b)))


def backpropagate(inputs, operations):
    return _backpropagate(inputs, operations)


def _backpropagate(inputs, operations, *, add=True, order=reversed, own=False, tanh=lambda x, y: 1 - y * y, twice=True):
    """Return the derivatives by the inputs; the keywords make it wrong in one way each."""
    values = list(map(float, inputs))
    for name, *at in operations:
        x = [values[i] for i in at]
        values.append(x[0] + x[1] if name == "add" else x[0] * x[1] if name == "mul" else np.tanh(x[0]))
    grads = [0.0] * len(values)
    grads[-1] = 1.0
    for k, (name, *at) in order(list(enumerate(operations, start=len(inputs)))):
        x = [values[i] for i in at]
        if name == "tanh":
            local = [tanh(x[0], values[k])]
        elif name == "add":
            local = [1.0, 1.0]
        else:
            local = x if own else x[::-1]
        pairs = list(zip(at, local, strict=True))
        for i, slope in pairs if twice else dict(pairs).items():
            grads[i] = (grads[i] if add else 0) + slope * grads[k]
    return grads[: len(inputs)]


def draw_graph(rng, k):
    inputs = rng.uniform(0.4, 1.3, 3).tolist()
    operations = [("mul", 0, 0), ("add", 3, 1), ("mul", 4, 2), ("tanh", 5)]
    for i in range(7, 9 + k % 3):
        name = ("add", "mul", "tanh")[int(rng.integers(3))]
        operations.append((name, i - 1) if name == "tanh" else (name, i - 1, int(rng.integers(i))))
    return (inputs, [*operations, ("mul", 4, len(operations) + 2)]), {}


BACKPROPAGATE_WRONG = (
    Wrong(
        "a gradient is overwritten where it should be added to: a value that is "
        "used more than once collects its shares.",
        "sec-fork",
        lambda x, ops: _backpropagate(x, ops, add=False),
    ),
    Wrong(
        "the operations are gone through from the first to the last: "
        "a gradient may be passed on only when all of it has arrived, so begin with the last.",
        "sec-topological",
        lambda x, ops: _backpropagate(x, ops, order=list),
    ),
    Wrong(
        "a product hands each input the gradient times the other input, and not times itself.",
        "sec-fork",
        lambda x, ops: _backpropagate(x, ops, own=True),
    ),
    Wrong(
        "the slope of tanh was taken at its result: it is 1 minus the square of the result.",
        "sec-graph",
        lambda x, ops: _backpropagate(x, ops, tanh=lambda x, y: 1 - np.tanh(y) ** 2),
    ),
    Wrong(
        "the slope of tanh is 1 minus the square of its result, and not of its input.",
        "sec-graph",
        lambda x, ops: _backpropagate(x, ops, tanh=lambda x, y: 1 - x * x),
    ),
    Wrong(
        "the slope of tanh is missing.",
        "sec-graph",
        lambda x, ops: _backpropagate(x, ops, tanh=lambda x, y: 1.0),
    ),
    Wrong(
        "in x · x the same value is used twice, and only one of the uses is counted.",
        "sec-fork",
        lambda x, ops: _backpropagate(x, ops, twice=False),
    ),
)


def draw_names(rng, k):
    """A graph whose result is the first name, so that the order of the dict is of no help."""
    size = 6 + k % 3
    names = [str(name) for name in rng.permutation(list("abcdefghij"))[:size]]
    graph = {names[0]: [], names[1]: []}
    for i in range(2, size):
        others = rng.permutation(i)[: 1 + int(rng.integers(2))]
        graph[names[i]] = [names[j] for j in others]
    graph[names[-1]] = [names[-2], names[2], names[0]]  # far and near at once
    graph[names[-2]] = [names[2], names[1]]
    return (dict(sorted(graph.items(), key=lambda item: -names.index(item[0]))),), {}


TASKS = {
    task.name: task
    for task in (
        Task(
            "slopes",
            "sec-fork",
            slopes,
            lambda rng, k: ((float(rng.uniform(0.5, 2)), float(rng.uniform(-1, -0.3))), {}),
            SLOPES_WRONG,
        ),
        Task("softplus", "sec-graph", softplus, draw_z, SOFTPLUS_WRONG, public=2),
        Task("softplus: far out", "sec-collapse", softplus, draw_far_z, (OVERFLOWS, *SOFTPLUS_WRONG), public=2),
        Task("softplus_slope", "sec-one-wire", softplus_slope, draw_z, SOFTPLUS_SLOPE_WRONG, public=2),
        Task(
            "softplus_slope: far out",
            "sec-collapse",
            softplus_slope,
            draw_far_z,
            (SLOPE_OVERFLOWS, *SOFTPLUS_SLOPE_WRONG),
            public=2,
        ),
        Task("central_differences", "sec-gradient-check", central_differences, draw_waves, DIFFERENCES_WRONG),
        Task(
            "central_differences: x is left alone",
            "sec-gradient-check",
            central_differences,
            draw_waves,
            DIFFERENCES_WRONG,
            untouched=True,
            public=2,
        ),
        Task("worst_error", "sec-gradient-check", worst_error, draw_pair, WORST_WRONG, public=4),
        Task(
            "worst_error: zeros",
            "sec-gradient-check",
            worst_error,
            draw_zero_pair,
            (
                Wrong(
                    "two numbers that are both 0 agree, and their error is 0: here it became 0/0, not a number.",
                    "sec-gradient-check",
                    _zero_by_zero,
                ),
                *WORST_WRONG,
            ),
        ),
        Task("backpropagate", "sec-engine", backpropagate, draw_graph, BACKPROPAGATE_WRONG, gradient=True),
        Task("topological_order", "sec-topological", None, draw_names, judge=coach_judges.topological_order),
        Answer(
            "evaluations",
            "sec-backward-order",
            {"central differences": 2000, "forward mode": 1000, "reverse mode": 1},
            "a dict from three names to numbers",
            (
                (
                    "central differences compute the loss twice for each parameter.",
                    "sec-backward-order",
                    lambda e: e.get("central differences") in (1000, 1001, 1, 2),
                ),
                (
                    "forward mode needs a pass for each parameter: a pass carries the slope by one of them.",
                    "sec-backward-order",
                    lambda e: e.get("forward mode") in (1, 2),
                ),
                (
                    "reverse mode needs one backward pass, however many parameters there are.",
                    "sec-backward-order",
                    lambda e: e.get("reverse mode") in (1000, 2000),
                ),
            ),
        ),
        Answer(
            "best_width",
            "sec-gradient-check",
            lambda h: 1e-6 <= h <= 1e-4,
            "a number",
            (
                (
                    "so small a width drowns in round-off: two nearly equal values are subtracted, "
                    "and what is left of their digits is divided by almost nothing.",
                    "sec-gradient-check",
                    lambda h: 0 < h < 1e-6,
                ),
                (
                    "so large a width cuts the curve short: the truncation error grows with h².",
                    "sec-gradient-check",
                    lambda h: h > 1e-4,
                ),
            ),
        ),
    )
}
