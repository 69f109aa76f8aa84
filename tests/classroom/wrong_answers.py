"""Wrong answers as students write them: the assignment, the function, its source, and words of the right diagnosis.

They were written without looking at the wrong implementations in `classroom.tasks`.
Where a check other than the function's first one is meant, its name follows a colon.
"""

WRONG = [
    # ---------------------------------------------------------------- descent and the learning rate
    ("a1_descent", "gradient_of_f", "def gradient_of_f(p):\n    return np.array([2 * p[0], 8 * p[1]])", "mixed term"),
    (
        "a1_descent",
        "gradient_of_f",
        "def gradient_of_f(p):\n    x, y = p\n    return [2 * x + 3, 8 * y + 3]",
        "the other one must stay",
    ),
    (
        "a1_descent",
        "gradient_of_f",
        "def gradient_of_f(p):\n    x, y = p\n    return (2 * x + 3 * y) + (3 * x + 8 * y)",
        "added to one number",
    ),
    (
        "a1_descent",
        "gradient_of_f",
        "def gradient_of_f(p):\n    H = np.array([[2, 3], [3, 8]])\n    g = H @ p\n    return -g",
        "points uphill",
    ),
    (
        "a1_descent",
        "gradient_of_f",
        "def gradient_of_f(p):\n    g = np.array([[2, 3], [3, 8]]) @ p\n    return g / np.sqrt((g**2).sum())",
        "of length 1",
    ),
    ("a1_descent", "step", "def step(x, gradient, learning_rate):\n    return x + learning_rate * gradient", "uphill"),
    ("a1_descent", "step", "def step(x, gradient, learning_rate):\n    return x - gradient", "rate is ignored"),
    ("a1_descent", "step", "def step(x, gradient, learning_rate):\n    return -learning_rate * gradient", "move only"),
    (
        "a1_descent",
        "step",
        "def step(x, gradient, learning_rate):\n    d = gradient / np.linalg.norm(gradient)\n"
        "    return x - learning_rate * d",
        "cut to length 1",
    ),
    (
        "a1_descent",
        "step:alone",
        "def step(x, gradient, learning_rate):\n    x -= learning_rate * gradient\n    return x",
        "was changed",
    ),
    (
        "a1_descent",
        "path_of",
        """
def path_of(grad, start, learning_rate, steps):
    x = start.astype(float)
    history = []
    for i in range(steps + 1):
        history.append(x)
        x -= learning_rate * grad(x)
    return history
""",
        "same array",
    ),
    (
        "a1_descent",
        "path_of",
        """
def path_of(grad, start, learning_rate, steps):
    out = []
    x = start.copy()
    for i in range(steps):
        x = x - learning_rate * grad(x)
        out.append(x)
    return np.stack(out)
""",
        "start is missing",
    ),
    (
        "a1_descent",
        "path_of",
        """
def path_of(grad, start, learning_rate, steps):
    out = [start]
    for i in range(1, steps):
        out.append(out[i - 1] - learning_rate * grad(out[i - 1]))
    return np.array(out)
""",
        "one step too few",
    ),
    (
        "a1_descent",
        "path_of",
        """
def path_of(grad, start, learning_rate, steps):
    g = grad(start)
    xs = [np.array(start, float)]
    while len(xs) <= steps:
        xs.append(xs[-1] - learning_rate * g)
    return np.array(xs)
""",
        "that of the start",
    ),
    (
        "a1_descent",
        "path_of",
        """
def path_of(grad, start, learning_rate, steps):
    x = np.array(start, float)
    for _ in range(steps):
        x = x - learning_rate * grad(x)
    return x
""",
        "only the last point",
    ),
    (
        "a1_descent",
        "path_of",
        """
def path_of(grad, start, learning_rate, steps):
    x = np.array(start, float)
    xs = [x.copy()]
    for _ in range(steps):
        for j in range(x.size):
            x[j] = x[j] - learning_rate * grad(x)[j]
        xs.append(x.copy())
    return np.array(xs)
""",
        "one after another",
    ),
    (
        "a1_descent",
        "path_of:whole",
        """
def path_of(grad, start, learning_rate, steps):
    path = np.empty((steps + 1,) + start.shape, dtype=start.dtype)
    path[0] = start
    for k in range(1, steps + 1):
        path[k] = path[k - 1] - learning_rate * grad(path[k - 1])
    return path
""",
        "whole numbers",
    ),
    (
        "a1_descent",
        "path_of:whole",
        """
def path_of(grad, start, learning_rate, steps):
    x = start
    points = [x.copy()]
    for _ in range(steps):
        x -= learning_rate * grad(x)
        points.append(x.copy())
    return np.array(points)
""",
        "in place",
    ),
    (
        "a1_descent",
        "descend_until",
        """
def descend_until(grad, start, learning_rate, tolerance, max_steps):
    x = np.array(start, float)
    n = 0
    while n < max_steps:
        move = learning_rate * grad(x)
        if np.linalg.norm(move) <= tolerance:
            break
        x = x - move
        n += 1
    return x, n
""",
        "length of the step",
    ),
    (
        "a1_descent",
        "descend_until",
        """
def descend_until(grad, start, learning_rate, tolerance, max_steps):
    x, n = np.array(start, float), 0
    while n < max_steps:
        x = x - learning_rate * grad(x)
        n += 1
        if np.linalg.norm(grad(x)) <= tolerance:
            break
    return x, n
""",
        "before it looks",
    ),
    (
        "a1_descent",
        "descend_until",
        """
def descend_until(grad, start, learning_rate, tolerance, max_steps):
    x, n = np.array(start, float), 0
    while n < max_steps and abs(sum(grad(x))) > tolerance:
        x = x - learning_rate * grad(x)
        n += 1
    return x, n
""",
        "signs",
    ),
    (
        "a1_descent",
        "descend_until",
        """
def descend_until(grad, start, learning_rate, tolerance, max_steps):
    x, n = np.array(start, float), 0
    while n < max_steps and not np.all(np.abs(grad(x)) <= tolerance):
        x = x - learning_rate * grad(x)
        n += 1
    return x, n
""",
        "largest number",
    ),
    ("a1_descent", "largest_rate", "def largest_rate(A):\n    return 1 / max(np.linalg.eigvals(A))", "1/λ_max"),
    ("a1_descent", "largest_rate", "def largest_rate(A):\n    return 2 / np.linalg.eigvals(A).min()", "flattest"),
    ("a1_descent", "largest_rate", "def largest_rate(A):\n    return 2 / A.diagonal().max()", "along the axes"),
    ("a1_descent", "largest_rate", "def largest_rate(A):\n    return 2 / sum(np.diag(A))", "are added"),
    (
        "a1_descent",
        "fate",
        """
def fate(curvature, learning_rate):
    limit = 1 / curvature
    if learning_rate < limit:
        return "settles straight"
    if learning_rate == limit:
        return "never settles"
    return "diverges"
""",
        "limit of swinging",
    ),
    (
        "a1_descent",
        "fate",
        """
def fate(curvature, learning_rate):
    f = 1 - learning_rate * curvature
    if abs(f) >= 1:
        return "diverges"
    return "settles straight" if f >= 0 else "settles swinging"
""",
        "exactly 2/curvature",
    ),
    (
        "a1_descent",
        "fate",
        """
def fate(curvature, learning_rate):
    f = 1 - 2 * curvature * learning_rate
    if f >= 0:
        return "settles straight"
    if f > -1:
        return "settles swinging"
    return "never settles" if f == -1 else "diverges"
""",
        "second derivative",
    ),
    ("a1_descent", "rate_that_swings", "rate_that_swings = 0.1", "its side"),
    ("a1_descent", "rate_that_swings", "rate_that_swings = 0.5", "second derivative 6"),
    ("a1_descent", "end_on_the_ridge", 'end_on_the_ridge = "minus infinity"', "nothing pushes"),
    # ---------------------------------------------------------------- batches
    (
        "a2_batches",
        "huber_loss",
        "def huber_loss(w, X, y):\n    r = X.dot(w) - y\n    return sum(np.sqrt(1 + r * r) - 1)",
        "a mean over the samples",
    ),
    (
        "a2_batches",
        "huber_loss",
        "def huber_loss(w, X, y):\n    return np.sqrt(1 + (X @ w - y) ** 2).mean()",
        "-1 is missing",
    ),
    (
        "a2_batches",
        "huber_loss",
        "def huber_loss(w, X, y):\n    r = (X @ w - y).mean()\n    return (1 + r**2) ** 0.5 - 1",
        "both signs cancel",
    ),
    (
        "a2_batches",
        "sample_gradients",
        """
def sample_gradients(w, X, y):
    r = y - X @ w
    return np.array([ri / np.sqrt(1 + ri**2) * xi for ri, xi in zip(r, X)])
""",
        "sign is flipped",
    ),
    (
        "a2_batches",
        "sample_gradients",
        "def sample_gradients(w, X, y):\n    return np.einsum('i,ij->ij', X @ w - y, X)",
        "squared error",
    ),
    (
        "a2_batches",
        "sample_gradients",
        "def sample_gradients(w, X, y):\n    r = X @ w - y\n    return X * (r / np.sqrt(1 + r**2))[:, None] / len(X)",
        "divided by n",
    ),
    (
        "a2_batches",
        "sample_gradients",
        "def sample_gradients(w, X, y):\n    r = X @ w - y\n    return r / np.sqrt(1 + r**2)",
        "last link",
    ),
    (
        "a2_batches",
        "batch_gradient",
        "def batch_gradient(w, X, y):\n    r = X @ w - y\n    return X.T @ (r / np.sqrt(1 + r**2))",
        "a mean over the samples",
    ),
    (
        "a2_batches",
        "batch_gradient",
        "def batch_gradient(w, X, y):\n    r = X @ w - y\n    return X.T @ (r / np.sqrt(1 + r**2)) / len(w)",
        "number of features",
    ),
    (
        "a2_batches",
        "batch_gradient",
        "def batch_gradient(w, X, y):\n    n = len(y)\n    r = X @ w - y\n"
        "    return 1 / n * X.T @ (r / np.sqrt(1 + r**2)) / n",
        "twice",
    ),
    (
        "a2_batches",
        "batch_gradient",
        "def batch_gradient(w, X, y):\n    r = y - X @ w\n    return X.T @ (r / np.sqrt(1 + r**2)) / len(y)",
        "sign is flipped",
    ),
    (
        "a2_batches",
        "batch_gradient",
        "def batch_gradient(w, X, y):\n    r = X @ w - y\n    return np.mean((r / np.sqrt(1 + r**2))[:, None] * X)",
        "over everything",
    ),
    (
        "a2_batches",
        "batch_bounds",
        "def batch_bounds(n, batch_size):\n    k = n // batch_size\n"
        "    return [(i * batch_size, (i + 1) * batch_size) for i in range(k)]",
        "dropped",
    ),
    (
        "a2_batches",
        "batch_bounds",
        "def batch_bounds(n, batch_size):\n    return [(i, i + batch_size) for i in range(0, n, batch_size)]",
        "beyond the data",
    ),
    (
        "a2_batches",
        "batch_bounds",
        """
def batch_bounds(n, batch_size):
    out, first = [], 0
    while first < n:
        last = min(first + batch_size - 1, n - 1)
        out.append((first, last))
        first = last + 1
    return out
""",
        "last index",
    ),
    (
        "a2_batches",
        "count_updates",
        "def count_updates(n, batch_size, epochs):\n    return n // batch_size * epochs, n % batch_size or batch_size",
        "short batch is not counted",
    ),
    (
        "a2_batches",
        "count_updates",
        "def count_updates(n, batch_size, epochs):\n    return int(np.ceil(n / batch_size)) * epochs, n % batch_size",
        "remainder of 0",
    ),
    (
        "a2_batches",
        "shuffled_batches",
        "def shuffled_batches(X, y, batch_size, rng):\n"
        "    return [(X[i : i + batch_size], y[i : i + batch_size]) for i in range(0, len(X), batch_size)]",
        "order of the data",
    ),
    (
        "a2_batches",
        "shuffled_batches",
        """
def shuffled_batches(X, y, batch_size, rng):
    X, y = rng.permutation(X), rng.permutation(y)
    return [(X[i : i + batch_size], y[i : i + batch_size]) for i in range(0, len(X), batch_size)]
""",
        "shuffled apart",
    ),
    (
        "a2_batches",
        "shuffled_batches",
        """
def shuffled_batches(X, y, batch_size, rng):
    out = []
    for i in range(0, len(X), batch_size):
        rows = rng.choice(len(X), min(batch_size, len(X) - i))
        out.append((X[rows], y[rows]))
    return out
""",
        "twice",
    ),
    (
        "a2_batches",
        "shuffled_batches",
        """
def shuffled_batches(X, y, batch_size, rng):
    starts = np.arange(0, len(X), batch_size)
    starts = np.append(rng.permutation(starts[:-1]), starts[-1])
    return [(X[i : i + batch_size], y[i : i + batch_size]) for i in starts]
""",
        "only the batches",
    ),
    (
        "a2_batches",
        "shuffled_batches",
        """
def shuffled_batches(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    return [
        (X[order[k * batch_size : (k + 1) * batch_size]], y[order[k * batch_size : (k + 1) * batch_size]])
        for k in range(len(X) // batch_size)
    ]
""",
        "short batch is dropped",
    ),
    (
        "a2_batches",
        "shuffled_batches",
        """
def shuffled_batches(X, y, batch_size, rng):
    order = np.random.default_rng(0).permutation(len(X))
    return [(X[order[i : i + batch_size]], y[order[i : i + batch_size]]) for i in range(0, len(X), batch_size)]
""",
        "same in every epoch",
    ),
    (
        "a2_batches",
        "train_in_batches",
        """
def train_in_batches(w, X, y, learning_rate, batch_size, orders):
    ws = [w]
    for order in orders:
        for i in range(0, len(X), batch_size):
            w = w - learning_rate * batch_gradient(w, X, y)
        ws.append(w)
    return ws
""",
        "gradient of all samples",
    ),
    (
        "a2_batches",
        "train_in_batches",
        """
def train_in_batches(w, X, y, learning_rate, batch_size, orders):
    ws = [w]
    for order in orders:
        for i in range(0, len(X), batch_size):
            b = order[i : i + batch_size]
            g = sample_gradients(w, X[b], y[b]).sum(axis=0) / batch_size
            w = w - learning_rate * g
        ws.append(w)
    return np.array(ws)
""",
        "last one is shorter",
    ),
    (
        "a2_batches",
        "train_in_batches",
        """
def train_in_batches(w, X, y, learning_rate, batch_size, orders):
    ws = [w]
    for order in orders:
        w0 = w
        for i in range(0, len(X), batch_size):
            b = order[i : i + batch_size]
            w = w - learning_rate * batch_gradient(w0, X[b], y[b])
        ws.append(w)
    return np.array(ws)
""",
        "weights with which it began",
    ),
    (
        "a2_batches",
        "train_in_batches",
        """
def train_in_batches(w, X, y, learning_rate, batch_size, orders):
    ws = [w]
    for order in orders:
        Xs = X[order]
        for i in range(0, len(X), batch_size):
            w = w - learning_rate * batch_gradient(w, Xs[i : i + batch_size], y[i : i + batch_size])
        ws.append(w)
    return np.array(ws)
""",
        "keep its own label",
    ),
    (
        "a2_batches",
        "train_in_batches:alone",
        """
def train_in_batches(w, X, y, learning_rate, batch_size, orders):
    ws = [w.copy()]
    for order in orders:
        for i in range(0, len(X), batch_size):
            b = order[i : i + batch_size]
            w -= learning_rate * batch_gradient(w, X[b], y[b])
        ws.append(w.copy())
    return np.array(ws)
""",
        "was changed",
    ),
    (
        "a2_batches",
        "noise_of_batch",
        "def noise_of_batch(G, B):\n    return ((G - G.mean(0)) ** 2).sum(1).mean() / B",
        "with replacement",
    ),
    (
        "a2_batches",
        "noise_of_batch",
        "def noise_of_batch(G, B):\n    n = len(G)\n    return np.trace(np.cov(G.T)) / B * (n - B) / (n - 1)",
        "not n - 1",
    ),
    ("a2_batches", "never_drawn", "never_drawn = 1 - (1 - 1 / 1000) ** 1000", "at least once"),
    (
        "a2_batches",
        "kind_of_descent",
        'kind_of_descent = {"A": "stochastic", "B": "stochastic", "C": "mini-batch", "D": "batch"}',
        "name of the optimizer",
    ),
    # ---------------------------------------------------------------- the chain rule
    (
        "a3_chain_rule",
        "slopes",
        """
def slopes(a, b):
    u = a * b
    v = np.tanh(u)
    g = {"L": 1.0}
    g["s"] = a
    g["v"] = g["s"]
    g["u"] = g["v"] * (1 - v**2)
    g["a"] = u + v + g["u"] * b
    g["b"] = g["u"] * a
    return g
""",
        "only the share through v",
    ),
    (
        "a3_chain_rule",
        "slopes",
        """
def slopes(a, b):
    u = a * b
    v = np.tanh(u)
    du = a + a * (1 - v**2)
    return {"L": 1.0, "s": a, "v": a, "u": du, "a": du * b, "b": du * a}
""",
        "only its use in u",
    ),
    (
        "a3_chain_rule",
        "slopes",
        """
def slopes(a, b):
    u = a * b
    v = np.tanh(u)
    du = a + a * (1 - np.tanh(v) ** 2)
    return {"L": 1.0, "s": a, "v": a, "u": du, "a": u + v + du * b, "b": du * a}
""",
        "taken at v",
    ),
    ("a3_chain_rule", "softplus", "def softplus(z):\n    return np.log(np.exp(z))", "1 is missing"),
    ("a3_chain_rule", "softplus:far", "def softplus(z):\n    return np.log1p(np.exp(z))", "overflows"),
    (
        "a3_chain_rule",
        "softplus_slope",
        "def softplus_slope(z):\n    s = 1 / (1 + np.exp(-z))\n    return s * (1 - s)",
        "one derivative too many",
    ),
    ("a3_chain_rule", "softplus_slope", "def softplus_slope(z):\n    return 1 / (1 + np.exp(z))", "inner slope"),
    (
        "a3_chain_rule",
        "softplus_slope:far",
        "def softplus_slope(z):\n    return np.exp(z) / (np.exp(z) + 1)",
        "overflows",
    ),
    (
        "a3_chain_rule",
        "central_differences",
        """
def central_differences(f, x, h):
    base = f(x)
    return np.array([(f(x + h * e) - base) / h for e in np.eye(len(x))])
""",
        "one-sided",
    ),
    (
        "a3_chain_rule",
        "central_differences",
        "def central_differences(f, x, h):\n"
        "    return np.array([(f(x + h * e) - f(x - h * e)) / h for e in np.eye(len(x))])",
        "2h apart",
    ),
    (
        "a3_chain_rule",
        "central_differences",
        """
def central_differences(f, x, h):
    x = x.copy()
    g = []
    for i in range(len(x)):
        x[i] += h
        hi = f(x)
        x[i] -= 2 * h
        lo = f(x)
        g.append((hi - lo) / (2 * h))
    return np.array(g)
""",
        "not put back",
    ),
    (
        "a3_chain_rule",
        "central_differences:alone",
        """
def central_differences(f, x, h):
    g = np.zeros_like(x)
    for i in range(len(x)):
        x[i] += h
        hi = f(x)
        x[i] -= 2 * h
        g[i] = (hi - f(x)) / (2 * h)
        x[i] += h  # as before, but for round-off
    return g
""",
        "was changed",
    ),
    ("a3_chain_rule", "worst_error", "def worst_error(a, b):\n    return abs(a - b).max()", "absolute error"),
    (
        "a3_chain_rule",
        "worst_error",
        "def worst_error(a, b):\n    return np.max((a - b) / np.maximum(abs(a), abs(b)))",
        "signs",
    ),
    (
        "a3_chain_rule",
        "worst_error",
        "def worst_error(a, b):\n    return np.max(np.abs(a - b) / (np.abs(a) + np.abs(b)))",
        "sum of both sizes",
    ),
    (
        "a3_chain_rule",
        "worst_error:zeros",
        "def worst_error(a, b):\n    return np.max(np.abs(a - b) / np.maximum(np.abs(a), np.abs(b)))",
        "both 0",
    ),
    (
        "a3_chain_rule",
        "backpropagate",
        """
def backpropagate(inputs, operations):
    v = list(inputs)
    for op, *i in operations:
        if op == "tanh":
            v.append(np.tanh(v[i[0]]))
        else:
            v.append(v[i[0]] + v[i[1]] if op == "add" else v[i[0]] * v[i[1]])
    g = [0] * len(v)
    g[-1] = 1
    for k in range(len(v) - 1, len(inputs) - 1, -1):
        op, *i = operations[k - len(inputs)]
        if op == "add":
            g[i[0]] = g[k]
            g[i[1]] = g[k]
        elif op == "mul":
            g[i[0]] = g[k] * v[i[1]]
            g[i[1]] = g[k] * v[i[0]]
        else:
            g[i[0]] = g[k] * (1 - v[k] ** 2)
    return g[: len(inputs)]
""",
        "overwritten",
    ),
    (
        "a3_chain_rule",
        "backpropagate",
        """
def backpropagate(inputs, operations):
    v = list(inputs)
    for op, *i in operations:
        if op == "tanh":
            v.append(np.tanh(v[i[0]]))
        else:
            v.append(v[i[0]] + v[i[1]] if op == "add" else v[i[0]] * v[i[1]])
    g = np.zeros(len(v))
    g[-1] = 1
    for n, (op, *i) in reversed(list(enumerate(operations))):
        up = g[n + len(inputs)]
        if op == "tanh":
            g[i[0]] += up * (1 - np.tanh(v[n + len(inputs)]) ** 2)
        elif op == "add":
            g[i[0]] += up
            g[i[1]] += up
        else:
            g[i[0]] += up * v[i[1]]
            g[i[1]] += up * v[i[0]]
    return g[: len(inputs)]
""",
        "taken at its result",
    ),
    (
        "a3_chain_rule",
        "topological_order",
        """
def topological_order(graph):
    used = {i for inputs in graph.values() for i in inputs}
    order = [name for name in graph if name not in used]
    for name in order:
        order += [i for i in graph[name] if i not in order]
    return order[::-1]
""",
        "before one of its inputs",
    ),
    (
        "a3_chain_rule",
        "topological_order",
        """
def topological_order(graph):
    order = []

    def visit(name):
        for i in graph[name]:
            visit(i)
        order.append(name)

    for name in graph:
        visit(name)
    return order
""",
        "more than once",
    ),
    ("a3_chain_rule", "best_width", "best_width = 1e-12", "round-off"),
    (
        "a3_chain_rule",
        "evaluations",
        'evaluations = {"central differences": 2000, "forward mode": 1, "reverse mode": 1}',
        "forward mode",
    ),
    # ---------------------------------------------------------------- three layers
    ("a4_three_layers", "leaky_slope", "def leaky_slope(z):\n    return (z > 0).astype(float)", "plain ReLU"),
    ("a4_three_layers", "leaky_slope", "def leaky_slope(z):\n    return np.where(z < 0, 0.1, 1)", "at z = 0"),
    ("a4_three_layers", "leaky_slope", "def leaky_slope(z):\n    return np.maximum(z, 0.1 * z)", "leaky ReLU itself"),
    (
        "a4_three_layers",
        "forward_pass",
        """
def forward_pass(params, X):
    Z, A = [], [X]
    for W, b in params:
        Z.append(A[-1] @ W + b)
        A.append(leaky(Z[-1]))
    return Z, A
""",
        "end in a sigmoid",
    ),
    (
        "a4_three_layers",
        "forward_pass",
        """
def forward_pass(params, X):
    Z, A = [], [X]
    for W, b in params:
        Z.append(A[-1] @ W + b)
        A.append(1 / (1 + np.exp(-Z[-1])))
    return Z, A
""",
        "only the last layer",
    ),
    (
        "a4_three_layers",
        "forward_pass:large",
        """
def forward_pass(params, X):
    Z, A = [], [X]
    for i, (W, b) in enumerate(params):
        z = A[-1] @ W + b
        Z.append(z)
        A.append(np.exp(z) / (1 + np.exp(z)) if i == len(params) - 1 else leaky(z))
    return Z, A
""",
        "overflows",
    ),
    (
        "a4_three_layers",
        "cross_entropy",
        """
def cross_entropy(y_hat, y):
    p = np.clip(y_hat, 1e-7, 1 - 1e-7)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))
""",
        "a mean over the samples",
    ),
    (
        "a4_three_layers",
        "cross_entropy",
        "def cross_entropy(y_hat, y):\n    return -np.mean(y * np.log(np.clip(y_hat, 1e-7, 1 - 1e-7)))",
        "left out",
    ),
    (
        "a4_three_layers",
        "cross_entropy:certain",
        "def cross_entropy(p, y):\n    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))",
        "clip",
    ),
    ("a4_three_layers", "output_slope", "def output_slope(y_hat, y):\n    return (y - y_hat) / len(y)", "sign"),
    ("a4_three_layers", "output_slope", "def output_slope(y_hat, y):\n    return y_hat - y", "n times"),
    (
        "a4_three_layers",
        "output_slope",
        "def output_slope(p, y):\n    return (p - y) / y.size * p * (1 - p)",
        "sigmoid too many",
    ),
    (
        "a4_three_layers",
        "output_slope",
        "def output_slope(p, y):\n    return ((p > 0.5) - y) / len(y)",
        "rounded",
    ),
    (
        "a4_three_layers",
        "output_slope",
        "def output_slope(p, y):\n    return (p - y[:, 0]) / len(y)",
        "broadcasts",
    ),
    (
        "a4_three_layers",
        "layer_gradients",
        "def layer_gradients(A, dZ):\n    return np.dot(A.T, dZ), dZ",
        "not summed",
    ),
    (
        "a4_three_layers",
        "layer_gradients",
        "def layer_gradients(A, dZ):\n    return np.dot(A.T, dZ), np.sum(dZ)",
        "units as well",
    ),
    (
        "a4_three_layers",
        "layer_gradients",
        "def layer_gradients(A, dZ):\n    m = A.shape[0]\n    return A.T @ dZ / m, np.sum(dZ, axis=0) / m",
        "once more",
    ),
    (
        "a4_three_layers",
        "layer_gradients",
        "def layer_gradients(A, dZ):\n    return (dZ.T).dot(A), dZ.sum(0)",
        "transposed",
    ),
    (
        "a4_three_layers",
        "slope_before",
        "def slope_before(dZ, W, Z):\n    return (dZ @ W) * leaky_slope(Z)",
        "not transposed",
    ),
    (
        "a4_three_layers",
        "slope_before",
        "def slope_before(dZ, W, Z):\n    return dZ @ W.T",
        "by the activation",
    ),
    (
        "a4_three_layers",
        "slope_before",
        "def slope_before(dZ, W, Z):\n    return (dZ @ W.T) * leaky(Z)",
        "itself was used",
    ),
    (
        "a4_three_layers",
        "slope_before",
        "def slope_before(dZ, W, Z):\n    dA = dZ @ W.T\n    return np.where(dA > 0, dA, 0.1 * dA)",
        "comes back",
    ),
    (
        "a4_three_layers",
        "slope_before",
        "def slope_before(dZ, W, Z):\n    n_in, n_out = W.shape\n"
        "    return dZ @ W.reshape(n_out, n_in) * leaky_slope(Z)",
        "reshaped",
    ),
    (
        "a4_three_layers",
        "backward_pass",
        """
def backward_pass(params, X, y):
    Z, A = forward_pass(params, X)
    dZ = A[-1] - y
    out = []
    for k in range(len(params) - 1, -1, -1):
        out.insert(0, (A[k].T @ dZ, dZ.sum(axis=0)))
        if k:
            dZ = dZ @ params[k][0].T * leaky_slope(Z[k - 1])
    return out
""",
        "n times",
    ),
    (
        "a4_three_layers",
        "backward_pass",
        """
def backward_pass(params, X, y):
    Z, A = forward_pass(params, X)
    dZ = (A[-1] - y) / len(X)
    out = []
    for k in range(len(params) - 1, -1, -1):
        out.append((A[k].T @ dZ, dZ.sum(axis=0)))
        if k:
            dZ = dZ @ params[k][0].T * leaky_slope(Z[k - 1])
    return out
""",
        "from the last layer to the first",
    ),
    (
        "a4_three_layers",
        "backward_pass",
        """
def backward_pass(params, X, y):
    Z, A = forward_pass(params, X)
    dZ = (A[-1] - y) / len(X)
    out = []
    for k in range(len(params) - 1, -1, -1):
        out.insert(0, (A[k].T @ dZ, dZ.sum(axis=0)))
        if k:
            dZ = dZ @ params[k][0].T * (Z[k - 1] > 0)
    return out
""",
        "plain ReLU",
    ),
    (
        "a4_three_layers",
        "train_step",
        """
def train_step(params, X, y, learning_rate):
    Z, A = forward_pass(params, X)
    loss = cross_entropy(A[-1], y)
    new = list(params)
    dZ = (A[-1] - y) / len(X)
    for k in reversed(range(len(params))):
        W, b = new[k]
        W = W - learning_rate * A[k].T @ dZ
        new[k] = (W, b - learning_rate * dZ.sum(axis=0))
        if k:
            dZ = dZ @ W.T * leaky_slope(Z[k - 1])
    return new, loss
""",
        "updated before",
    ),
    (
        "a4_three_layers",
        "train_step",
        """
def train_step(params, X, y, learning_rate):
    grads = backward_pass(params, X, y)
    new = [(W - learning_rate * dW, b) for (W, b), (dW, db) in zip(params, grads)]
    return new, cross_entropy(forward_pass(params, X)[1][-1], y)
""",
        "biases are not updated",
    ),
    (
        "a4_three_layers",
        "train_step:alone",
        """
def train_step(params, X, y, learning_rate):
    loss = cross_entropy(forward_pass(params, X)[1][-1], y)
    for (W, b), (dW, db) in zip(params, backward_pass(params, X, y)):
        W -= learning_rate * dW
        b -= learning_rate * db
    return params, loss
""",
        "was changed",
    ),
    (
        "a4_three_layers",
        "start_weights",
        "def start_weights(sizes, rng):\n"
        "    return [(np.zeros((m, n)), np.zeros(n)) for m, n in zip(sizes, sizes[1:])]",
        "all weights are 0",
    ),
    (
        "a4_three_layers",
        "start_weights",
        "def start_weights(sizes, rng):\n"
        "    return [(rng.normal(scale=2 / m, size=(m, n)), np.zeros(n)) for m, n in zip(sizes, sizes[1:])]",
        "variance",
    ),
    ("a4_three_layers", "equal_start", 'equal_start = "training breaks the tie"', "tells the units"),
    # ---------------------------------------------------------------- optimizers
    (
        "a5_optimizers",
        "momentum_step",
        "def momentum_step(w, g, v, learning_rate, momentum):\n    return w + momentum * v - learning_rate * g, v",
        "not remembered",
    ),
    (
        "a5_optimizers",
        "momentum_step",
        "def momentum_step(w, g, v, lr, beta):\n    v = beta * v + (1 - beta) * g\n    return w - lr * v, v",
        "an average",
    ),
    (
        "a5_optimizers",
        "momentum_step",
        "def momentum_step(w, g, v, lr, beta):\n    v = beta * v + g\n    return w - lr * v, v",
        "belongs into the velocity",
    ),
    (
        "a5_optimizers",
        "momentum_step:alone",
        "def momentum_step(w, g, v, lr, beta):\n    v *= beta\n    v -= lr * g\n    return w + v, v",
        "was changed",
    ),
    (
        "a5_optimizers",
        "momentum_limit",
        "def momentum_limit(A, momentum):\n    return 2 / np.linalg.eigvalsh(A)[-1]",
        "plain descent",
    ),
    (
        "a5_optimizers",
        "momentum_limit",
        "def momentum_limit(A, momentum):\n    return 2 / (1 - momentum) / max(np.linalg.eigvalsh(A))",
        "even slope",
    ),
    (
        "a5_optimizers",
        "best_pair",
        """
def best_pair(A):
    lo, hi = np.linalg.eigvalsh(A)[[0, -1]]
    k = hi / lo
    return (2 / (np.sqrt(lo) + np.sqrt(hi))) ** 2, (np.sqrt(k) - 1) / (np.sqrt(k) + 1)
""",
        "root of the momentum",
    ),
    (
        "a5_optimizers",
        "rmsprop_step",
        "def rmsprop_step(w, g, s, lr, rho):\n    s = rho * s + (1 - rho) * g**2\n"
        "    return w - lr * g / (np.sqrt(s) + 1e-7), s",
        "under the root",
    ),
    (
        "a5_optimizers",
        "rmsprop_step",
        "def rmsprop_step(w, g, s, lr, rho):\n    s = s + g**2\n    return w - lr * g / np.sqrt(s + 1e-7), s",
        "AdaGrad",
    ),
    (
        "a5_optimizers",
        "rmsprop_step",
        "def rmsprop_step(w, g, s, lr, rho):\n    s = rho * s + (1 - rho) * g**2\n"
        "    return w - lr * g / (s + 1e-7), s",
        "root is missing",
    ),
    (
        "a5_optimizers",
        "adam_step",
        """
def adam_step(w, g, m, s, k, lr, b1, b2):
    m = b1 * m + (1 - b1) * g
    s = b2 * s + (1 - b2) * g * g
    return w - lr * m / (np.sqrt(s) + 1e-7), m, s
""",
        "bias correction is missing",
    ),
    (
        "a5_optimizers",
        "adam_step",
        """
def adam_step(w, g, m, s, k, lr, b1, b2):
    m = (b1 * m + (1 - b1) * g) / (1 - b1**k)
    s = (b2 * s + (1 - b2) * g * g) / (1 - b2**k)
    return w - lr * m / (np.sqrt(s) + 1e-7), m, s
""",
        "corrected means are remembered",
    ),
    (
        "a5_optimizers",
        "adam_step",
        """
def adam_step(w, g, m, s, k, lr, b1, b2):
    m = b1 * m + (1 - b1) * g
    s = b2 * s + (1 - b2) * g * g
    m_hat = m / (1 - b1 ** (k + 1))
    s_hat = s / (1 - b2 ** (k + 1))
    return w - lr * m_hat / (np.sqrt(s_hat) + 1e-7), m, s
""",
        "k is 1",
    ),
    (
        "a5_optimizers",
        "rate_at",
        "def rate_at(k, peak, warmup_steps, half_life):\n    if k < warmup_steps:\n"
        "        return peak * k / warmup_steps\n    return peak / 2 ** (k / half_life)",
        "counted from step 0",
    ),
    (
        "a5_optimizers",
        "rate_at",
        "def rate_at(k, peak, warmup_steps, half_life):\n    if k < warmup_steps:\n"
        "        return peak * k / warmup_steps\n    return peak * 0.5 ** ((k - warmup_steps) // half_life)",
        "stairs",
    ),
    (
        "a5_optimizers",
        "largest_difference",
        "def largest_difference(ours, keras):\n"
        "    return max(np.max(a - b) for a, b in zip([x for layer in ours for x in layer], keras))",
        "signs",
    ),
    (
        "a5_optimizers",
        "largest_difference",
        "def largest_difference(ours, keras):\n"
        "    return max(abs(W - keras[2 * i]).max() for i, (W, b) in enumerate(ours))",
        "biases are left out",
    ),
    ("a5_optimizers", "updates_in_fit", "updates_in_fit = 100 // 32 * 10", "has 4 samples"),
    ("a5_optimizers", "best_held_out_loss", "best_held_out_loss = 0.5", "accuracy"),
    (
        "a5_optimizers",
        "which_optimizer",
        'which_optimizer = {"A": "adam", "B": "momentum", "C": "rmsprop", "D": "adagrad"}',
        "each other's place",
    ),
]
