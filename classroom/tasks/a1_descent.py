"""Descent and the learning rate: chapters one and two."""

import numpy as np

from classroom.draws import positive_definite, slope_of_bowl
from classroom.task import Answer, Task, Wrong

# f(x) = x₁² + 3 x₁ x₂ + 4 x₂²


def gradient_of_f(point):
    x1, x2 = point
    return np.array([2 * x1 + 3 * x2, 3 * x1 + 8 * x2])


def _of_f(expression):
    return lambda point: np.array(expression(*point))


GRADIENT_OF_F = Task(
    "gradient_of_f",
    "sec-steepest",
    gradient_of_f,
    lambda rng, k: ((rng.normal(size=2),), {}),
    (
        Wrong(
            "the mixed term 3 x₁ x₂ is missing: it has a slope along both coordinates.",
            "sec-steepest",
            _of_f(lambda a, b: [2 * a, 8 * b]),
        ),
        Wrong(
            "in the slope of 3 x₁ x₂ along one coordinate the other one must stay: it is 3 x₂ or 3 x₁, and not 3.",
            "sec-steepest",
            _of_f(lambda a, b: [2 * a + 3, 3 + 8 * b]),
        ),
        Wrong(
            "this is minus the gradient: the gradient points uphill, and the minus belongs to the step.",
            "sec-steepest",
            lambda point: -gradient_of_f(point),
        ),
        Wrong(
            "the two partial derivatives are added to one number: the gradient has a number for each coordinate.",
            "sec-two-jobs",
            lambda point: gradient_of_f(point).sum(),
        ),
        Wrong(
            "the two partial derivatives stand in each other's place.",
            "sec-steepest",
            lambda point: gradient_of_f(point)[::-1],
        ),
        Wrong(
            "this is the direction of the gradient only, of length 1: its length is the steepness.",
            "sec-steepest",
            lambda point: gradient_of_f(point) / np.linalg.norm(gradient_of_f(point)),
        ),
        Wrong(
            "this is the value of f, and its gradient was asked for.",
            "sec-slope",
            lambda point: point[0] ** 2 + 3 * point[0] * point[1] + 4 * point[1] ** 2,
        ),
    ),
)


def step(x, gradient, learning_rate):
    return x - learning_rate * gradient


STEP_WRONG = (
    Wrong(
        "it walks uphill: the step is subtracted, x - learning_rate * gradient.",
        "sec-update",
        lambda x, g, a: x + a * g,
    ),
    Wrong("the learning rate is ignored.", "sec-learning-rate", lambda x, g, a: x - g),
    Wrong(
        "this is the move only, and the new point was asked for: x plus the move.",
        "sec-update",
        lambda x, g, a: -a * g,
    ),
    Wrong(
        "the gradient was cut to length 1: in plain descent a steep slope makes a long step.",
        "sec-learning-rate",
        lambda x, g, a: x - a * g / np.linalg.norm(g),
    ),
    Wrong(
        "only the sign of the gradient is used: each coordinate moves in proportion to its slope.",
        "sec-update",
        lambda x, g, a: x - a * np.sign(g),
    ),
    Wrong(
        "it divides by the learning rate: a larger rate must give a longer step.",
        "sec-learning-rate",
        lambda x, g, a: x - g / a,
    ),
    Wrong(
        "the learning rate multiplies the point as well: only the gradient is scaled.",
        "sec-update",
        lambda x, g, a: a * (x - g),
    ),
)


def draw_step(rng, k):
    size = k % 3 + 2
    return (rng.normal(size=size), 2 * rng.normal(size=size), rng.uniform(0.05, 0.8)), {}


def path_of(grad, start, learning_rate, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * np.asarray(grad(path[-1])))
    return np.array(path)


def _aliased(grad, start, learning_rate, steps):
    x = np.array(start, dtype=float)
    path = [x]
    for _ in range(steps):
        x -= learning_rate * grad(x)
        path.append(x)
    return np.array(path)


def _gradient_of_start(grad, start, learning_rate, steps):
    return np.array(start, dtype=float) - learning_rate * np.arange(steps + 1)[:, None] * grad(start)


def _one_after_another(grad, start, learning_rate, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        x = path[-1].copy()
        for i in range(len(x)):
            x[i] -= learning_rate * grad(x)[i]
        path.append(x)
    return np.array(path)


def _whole_numbers(grad, start, learning_rate, steps):
    path = np.zeros((steps + 1, len(start)), dtype=np.asarray(start).dtype)
    path[0] = start
    for k in range(steps):
        path[k + 1] = path[k] - learning_rate * grad(path[k])
    return path


def _in_place(grad, start, learning_rate, steps):
    path = [start]
    for _ in range(steps):
        start -= learning_rate * grad(start)
        path.append(start.copy())
    return path


def _truncated(grad, start, learning_rate, steps):
    return _whole_numbers(grad, np.trunc(start).astype(int), learning_rate, steps)


def _aliased_and_one_more(grad, start, learning_rate, steps):
    return np.repeat(_aliased(grad, start, learning_rate, steps + 1)[-1:], steps + 1, axis=0)


PATH_WRONG = (
    Wrong(
        "all points of the path are the last one: the same array was put in the list again and again. "
        "Put a copy in, or make a new array at each step.",
        "sec-update",
        _aliased,
    ),
    Wrong(
        "all points of the path are the last one: the same array was put in the list again and again. "
        "Put a copy in, or make a new array at each step.",
        "sec-update",
        _aliased_and_one_more,
    ),
    Wrong(
        "the start is missing: a path of `steps` steps has steps + 1 points, and the first is the start.",
        "sec-update",
        lambda grad, start, a, steps: path_of(grad, start, a, steps)[1:],
    ),
    Wrong(
        "one step too few: `steps` updates make steps + 1 points.",
        "sec-update",
        lambda grad, start, a, steps: path_of(grad, start, a, steps - 1),
    ),
    Wrong(
        "one step too many: `steps` updates make steps + 1 points.",
        "sec-update",
        lambda grad, start, a, steps: path_of(grad, start, a, steps + 1),
    ),
    Wrong(
        "only the last point is returned: the whole path was asked for.",
        "sec-update",
        lambda grad, start, a, steps: path_of(grad, start, a, steps)[-1],
    ),
    Wrong(
        "the gradient is always that of the start: ask for it anew at each point.",
        "sec-update",
        _gradient_of_start,
    ),
    Wrong(
        "it walks uphill: the step is subtracted, x - learning_rate * gradient.",
        "sec-update",
        lambda grad, start, a, steps: path_of(grad, start, -a, steps),
    ),
    Wrong(
        "the learning rate is ignored.",
        "sec-learning-rate",
        lambda grad, start, a, steps: path_of(grad, start, 1.0, steps),
    ),
    Wrong(
        "the coordinates move one after another, so that the later ones see a point that is no longer the old one: "
        "take the gradient once for each step and move all coordinates at once.",
        "sec-update",
        _one_after_another,
    ),
    Wrong(
        "the learning rate shrinks from step to step: it is one fixed number here.",
        "sec-learning-rate",
        lambda grad, start, a, steps: _shrinking(grad, start, a, steps),
    ),
)


def _shrinking(grad, start, learning_rate, steps):
    path = [np.array(start, dtype=float)]
    for k in range(steps):
        path.append(path[-1] - learning_rate / (k + 1) * grad(path[-1]))
    return np.array(path)


def draw_path(rng, k):
    slope, _ = slope_of_bowl(rng, k % 3 + 2)
    return (slope, 2 * rng.normal(size=k % 3 + 2), rng.uniform(0.05, 0.4), 3 + k), {}


def draw_whole_path(rng, k):
    slope, _ = slope_of_bowl(rng, 2)
    return (slope, rng.integers(2, 9, size=2), rng.uniform(0.05, 0.4), 3 + k), {}


def descend_until(grad, start, learning_rate, tolerance, max_steps):
    x, steps = np.array(start, dtype=float), 0
    while steps < max_steps and np.linalg.norm(grad(x)) > tolerance:
        x, steps = x - learning_rate * grad(x), steps + 1
    return x, steps


def _until(length, *, first=0, extra=0):
    """Return a wrong `descend_until`: another measure of length, steps before the first test, a miscount."""

    def wrong(grad, start, learning_rate, tolerance, max_steps):
        x, steps = np.array(start, dtype=float), 0
        while steps < max_steps and (steps < first or length(grad(x), learning_rate) > tolerance):
            x, steps = x - learning_rate * grad(x), steps + 1
        return x, steps + extra

    return wrong


def draw_until(rng, k):
    slope, center = slope_of_bowl(rng, 5)
    start = center if k == 1 else center + 3 * rng.normal(size=5)  # the second case begins at the minimum
    return (slope, start, rng.uniform(0.05, 0.1), rng.uniform(0.2, 0.8), 5 if k == 2 else 300), {}


def largest_rate(A):
    return 2 / np.linalg.eigvalsh(A)[-1]


def fate(curvature, learning_rate):
    return _fate(learning_rate * curvature)


def _fate(product):
    if product > 2:
        return FATES[3]
    if product == 2:
        return FATES[2]
    return FATES[1] if product > 1 else FATES[0]


FATES = ("settles straight", "settles swinging", "never settles", "diverges")


def draw_fate(rng, k):
    curvature = float(rng.choice([0.5, 4, 8, 16]))
    factor = (1.25, 2.0, 0.5, 2.5, 1.75, 1.0, 2.125, 0.75)[k % 8]  # exact in binary, and so is the product
    return (curvature, factor / curvature), {}


TASKS = {
    task.name: task
    for task in (
        GRADIENT_OF_F,
        Task("step", "sec-update", step, draw_step, STEP_WRONG),
        Task("step: x is left alone", "sec-update", step, draw_step, STEP_WRONG, untouched=True, public=2),
        Task("path_of", "sec-update", path_of, draw_path, PATH_WRONG),
        Task(
            "path_of: a start of whole numbers, left alone",
            "sec-update",
            path_of,
            draw_whole_path,
            (
                Wrong(
                    "the points are cut off to whole numbers: an array of integers cannot hold them. "
                    "Begin with a copy of the start as floats.",
                    "sec-update",
                    _truncated,
                ),
                Wrong(
                    "the start is changed in place, and an array of whole numbers refuses that: "
                    "begin with a copy of it as floats, np.array(start, dtype=float).",
                    "sec-update",
                    _in_place,
                ),
                *PATH_WRONG,
            ),
            untouched=True,
            public=2,
        ),
        Task(
            "descend_until",
            "sec-when-to-stop",
            descend_until,
            draw_until,
            (
                Wrong(
                    "the length of the step is compared with the tolerance, and it should be that of the gradient: "
                    "a small learning rate makes small steps anywhere.",
                    "sec-when-to-stop",
                    _until(lambda g, a: a * np.linalg.norm(g)),
                ),
                Wrong(
                    "it walks before it looks: where the gradient is small enough at the start, no step is taken.",
                    "sec-when-to-stop",
                    _until(lambda g, a: np.linalg.norm(g), first=1),
                ),
                Wrong(
                    "the numbers of the gradient are added with their signs, so that they can cancel: "
                    "take the norm, the root of the sum of squares.",
                    "sec-when-to-stop",
                    _until(lambda g, a: np.sum(g)),
                ),
                Wrong(
                    "the numbers of the gradient are added with their signs, so that they can cancel: "
                    "take the norm, the root of the sum of squares.",
                    "sec-when-to-stop",
                    _until(lambda g, a: abs(np.sum(g))),
                ),
                Wrong(
                    "it looks at the largest number of the gradient only: take the "
                    "norm, the root of the sum of squares.",
                    "sec-when-to-stop",
                    _until(lambda g, a: np.max(np.abs(g))),
                ),
                Wrong(
                    "the square of the norm is compared with the tolerance: take the root.",
                    "sec-when-to-stop",
                    _until(lambda g, a: g @ g),
                ),
                Wrong(
                    "the steps are miscounted by one: count updates, not points.",
                    "sec-when-to-stop",
                    _until(lambda g, a: np.linalg.norm(g), extra=1),
                ),
                Wrong(
                    "it always makes max_steps steps: stop as soon as the gradient is small enough.",
                    "sec-when-to-stop",
                    _until(lambda g, a: np.inf),
                ),
            ),
        ),
        Task(
            "largest_rate",
            "sec-largest-step",
            largest_rate,
            lambda rng, k: ((positive_definite(rng, k % 3 + 2),), {}),
            (
                Wrong(
                    "this is 1/λ_max, at which the steepest direction arrives in one step; "
                    "it still settles up to twice that rate.",
                    "sec-largest-step",
                    lambda A: 1 / np.linalg.eigvalsh(A)[-1],
                ),
                Wrong(
                    "this is the limit of the flattest direction: the steepest one, "
                    "with the largest eigenvalue, decides.",
                    "sec-largest-step",
                    lambda A: 2 / np.linalg.eigvalsh(A)[0],
                ),
                Wrong(
                    "the curvatures along the axes were used: those along the eigenvectors decide, and A has others.",
                    "sec-largest-step",
                    lambda A: 2 / np.max(np.diag(A)),
                ),
                Wrong(
                    "this rate is the fastest, 2/(λ_min + λ_max); the largest that settles was asked for.",
                    "sec-best-rate",
                    lambda A: 2 / (np.linalg.eigvalsh(A)[0] + np.linalg.eigvalsh(A)[-1]),
                ),
                Wrong(
                    "the curvatures are added: each eigenvector has a limit of its own, "
                    "and the largest curvature decides.",
                    "sec-largest-step",
                    lambda A: 2 / np.trace(A),
                ),
                Wrong("this is λ_max; the limit is 2/λ_max.", "sec-largest-step", lambda A: np.linalg.eigvalsh(A)[-1]),
            ),
        ),
        Task(
            "fate",
            "sec-learning-rate",
            fate,
            draw_fate,
            (
                Wrong(
                    "the limit of swinging was taken for the limit of settling: "
                    "between 1/curvature and 2/curvature it swings and settles.",
                    "sec-largest-step",
                    lambda c, a: FATES[0] if a * c < 1 else FATES[2] if a * c == 1 else FATES[3],
                ),
                Wrong(
                    "the learning rate was judged by itself: what counts is its product with the curvature.",
                    "sec-largest-step",
                    lambda c, a: _fate(a),
                ),
                Wrong(
                    "f(x) = c x²/2 has the second derivative c, and this takes it for 2c.",
                    "sec-largest-step",
                    lambda c, a: _fate(2 * a * c),
                ),
                Wrong(
                    "at exactly 2/curvature the error keeps its size and changes its sign: it never settles, "
                    "and it does not diverge.",
                    "sec-largest-step",
                    lambda c, a: FATES[3] if a * c == 2 else _fate(a * c),
                ),
                Wrong(
                    "at exactly 2/curvature the error keeps its size and changes its sign: it never settles.",
                    "sec-largest-step",
                    lambda c, a: FATES[1] if a * c == 2 else _fate(a * c),
                ),
                Wrong(
                    "swinging is no divergence: while the swings shrink, the path settles.",
                    "sec-learning-rate",
                    lambda c, a: FATES[3] if a * c > 1 and a * c != 2 else _fate(a * c),
                ),
            ),
            cases=8,
            public=8,
        ),
        Answer(
            "rate_that_swings",
            "sec-largest-step",
            lambda rate: 1 / 6 < rate < 1 / 3,
            "a number",
            (
                (
                    "at this rate each step stays on its side of the minimum: the factor 1 - 6α is not negative.",
                    "sec-learning-rate",
                    lambda rate: 0 < rate <= 1 / 6,
                ),
                (
                    "at this rate, and above it, the path does not settle: f(x) = 3x² "
                    "has the second derivative 6, not 3.",
                    "sec-largest-step",
                    lambda rate: 1 / 3 <= rate < 2 / 3,
                ),
                ("at this rate the path diverges.", "sec-largest-step", lambda rate: rate >= 2 / 3),
                ("a learning rate is above 0.", "sec-learning-rate", lambda rate: rate <= 0),
            ),
        ),
        Answer(
            "end_on_the_ridge",
            "sec-saddle",
            "saddle point",
            "one of three texts",
            (
                (
                    "exactly on the ridge the slope across it is 0, so nothing pushes the path off it.",
                    "sec-saddle",
                    "minus infinity",
                ),
                ("f(x) = x₁² - x₂² has no minimum: along x₂ it falls without end.", "sec-saddle", "minimum"),
            ),
            choices=("minimum", "saddle point", "minus infinity"),
        ),
    )
}
