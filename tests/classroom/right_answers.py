"""Right answers, written in other ways than the solutions: the assignment, the function, its source."""

RIGHT = [
    ("a1_descent", "gradient_of_f", "gradient_of_f = lambda p: [2 * p[0] + 3 * p[1], 3 * p[0] + 8 * p[1]]"),
    ("a1_descent", "gradient_of_f", "def gradient_of_f(p):\n    return (np.array([[2, 3], [3, 8]]) @ p).astype('f4')"),
    ("a1_descent", "step", "def step(x, g, a):\n    new = x.copy()\n    new -= a * g\n    return new"),
    ("a1_descent", "step", "def step(x, g, a):\n    return tuple(xi - a * gi for xi, gi in zip(x, g))"),
    (
        "a1_descent",
        "path_of",
        """
def path_of(grad, start, learning_rate, steps):
    x = np.array(start, float)
    yield x.copy()
    for _ in range(steps):
        x -= learning_rate * grad(x)
        yield x.copy()
""",
    ),
    (
        "a1_descent",
        "path_of",
        """
def path_of(grad, start, learning_rate, steps):
    if steps == 0:
        return np.array([start], float)
    before = path_of(grad, start, learning_rate, steps - 1)
    return np.vstack([before, before[-1] - learning_rate * grad(before[-1])])
""",
    ),
    (
        "a1_descent",
        "descend_until",
        """
def descend_until(grad, start, learning_rate, tolerance, max_steps):
    x, count = np.asarray(start) + 0.0, 0
    g = grad(x)
    while np.sum(g**2) > tolerance**2 and count != max_steps:
        x = x - learning_rate * g
        g = grad(x)
        count += 1
    return [x, np.int64(count)]
""",
    ),
    ("a1_descent", "largest_rate", "def largest_rate(A):\n    return 2 / np.linalg.norm(A, 2)"),
    ("a1_descent", "largest_rate", "def largest_rate(A):\n    return np.array(2 / max(np.linalg.eig(A)[0].real))"),
    (
        "a1_descent",
        "fate",
        """
def fate(curvature, learning_rate):
    x = [1.0]
    for _ in range(3):
        x.append(x[-1] - learning_rate * curvature * x[-1])
    if abs(x[1]) > 1:
        return "diverges"
    if abs(x[1]) == 1:
        return "never settles"
    return "settles swinging" if x[1] < 0 else "settles straight"
""",
    ),
    ("a1_descent", "rate_that_swings", "rate_that_swings = np.float32(0.3)"),
    (
        "a2_batches",
        "huber_loss",
        """
def huber_loss(w, X, y):
    total = 0
    for x_i, y_i in zip(X, y):
        total += np.hypot(1, x_i @ w - y_i) - 1
    return total / len(y)
""",
    ),
    (
        "a2_batches",
        "sample_gradients",
        """
def sample_gradients(w, X, y):
    rows = []
    for i in range(len(X)):
        r = float(X[i] @ w - y[i])
        rows.append([r / (1 + r * r) ** 0.5 * X[i, j] for j in range(len(w))])
    return rows
""",
    ),
    (
        "a2_batches",
        "batch_gradient",
        "def batch_gradient(w, X, y):\n    r = np.einsum('ij,j->i', X, w) - y\n"
        "    return np.einsum('i,ij->j', r / np.hypot(1, r), X) / X.shape[0]",
    ),
    (
        "a2_batches",
        "batch_gradient",
        "def batch_gradient(w, X, y):\n    X, w, y = (np.float32(v) for v in (X, w, y))\n    r = X @ w - y\n"
        "    return X.T @ (r / np.sqrt(1 + r * r)) / np.float32(len(y))",
    ),
    (
        "a2_batches",
        "batch_bounds",
        "def batch_bounds(n, batch_size):\n    cuts = [*range(0, n, batch_size), n]\n    return zip(cuts, cuts[1:])",
    ),
    (
        "a2_batches",
        "batch_bounds",
        "def batch_bounds(n, batch_size):\n    a = np.arange(0, n, batch_size)\n"
        "    return np.column_stack([a, np.minimum(a + batch_size, n)])",
    ),
    (
        "a2_batches",
        "shuffled_batches",
        """
def shuffled_batches(X, y, batch_size, rng):
    both = np.column_stack([X, y])
    rng.shuffle(both)
    for i in range(0, len(X), batch_size):
        yield both[i : i + batch_size, :-1], both[i : i + batch_size, -1]
""",
    ),
    (
        "a2_batches",
        "shuffled_batches",
        """
def shuffled_batches(X, y, batch_size, rng):
    order = np.argsort(rng.random(len(X)))
    parts = np.split(order, range(batch_size, len(X), batch_size))
    return [(X[part], y[part]) for part in parts]
""",
    ),
    (
        "a2_batches",
        "train_in_batches",
        """
def train_in_batches(w, X, y, learning_rate, batch_size, orders):
    epochs, n = orders.shape
    out = np.empty((epochs + 1, w.size))
    out[0] = w
    for e in range(epochs):
        out[e + 1] = out[e]
        for part in np.array_split(orders[e], np.arange(batch_size, n, batch_size)):
            out[e + 1] -= learning_rate * batch_gradient(out[e + 1], X[part], y[part])
    return out
""",
    ),
    (
        "a2_batches",
        "noise_of_batch",
        """
from itertools import combinations

def noise_of_batch(G, batch_size):
    g = G.mean(axis=0)
    return np.mean([np.sum((G[list(b)].mean(axis=0) - g) ** 2) for b in combinations(range(len(G)), batch_size)])
""",
    ),
    ("a2_batches", "never_drawn", "never_drawn = np.exp(-1)"),
    (
        "a3_chain_rule",
        "slopes",
        """
def slopes(a, b):
    u = a * b
    t = np.tanh(u)
    du = a * (2 - t**2)
    return dict(b=a * du, a=u + t + b * du, u=du, v=a, s=a, L=1)
""",
    ),
    ("a3_chain_rule", "softplus", "def softplus(z):\n    return np.logaddexp(z, 0)"),
    ("a3_chain_rule", "softplus_slope", "def softplus_slope(z):\n    return 0.5 * (1 + np.tanh(z / 2))"),
    (
        "a3_chain_rule",
        "central_differences",
        """
def central_differences(f, x, h):
    g = []
    for i in range(x.size):
        old = x[i]
        x[i] = old + h
        up = f(x)
        x[i] = old - h
        g.append((up - f(x)) / h / 2)
        x[i] = old
    return g
""",
    ),
    (
        "a3_chain_rule",
        "worst_error",
        """
def worst_error(a, b):
    worst = 0.0
    for x, y in zip(np.ravel(a), np.ravel(b)):
        if x != y:
            worst = max(worst, abs(x - y) / max(abs(x), abs(y)))
    return worst
""",
    ),
    (
        "a3_chain_rule",
        "backpropagate",
        """
def backpropagate(inputs, operations):  # forward mode, with dual numbers
    out = []
    for j in range(len(inputs)):
        v = [(x, float(i == j)) for i, x in enumerate(inputs)]
        for op, *at in operations:
            (a, da), (b, db) = v[at[0]], v[at[-1]]
            if op == "add":
                v.append((a + b, da + db))
            elif op == "mul":
                v.append((a * b, da * b + a * db))
            else:
                v.append((np.tanh(a), da / np.cosh(a) ** 2))
        out.append(v[-1][1])
    return np.array(out)
""",
    ),
    (
        "a3_chain_rule",
        "topological_order",
        """
def topological_order(graph):
    order, waiting = [], dict(graph)
    while waiting:
        ready = [name for name in waiting if all(i in order for i in waiting[name])]
        order += ready
        for name in ready:
            del waiting[name]
    return tuple(order)
""",
    ),
    ("a4_three_layers", "leaky_slope", "def leaky_slope(z):\n    return 0.1 + 0.9 * (z > 0)"),
    (
        "a4_three_layers",
        "forward_pass",
        """
def forward_pass(params, X):
    Z, A = [], [X]
    for W, b in params[:-1]:
        z = np.einsum("ij,jk->ik", A[-1], W) + b
        Z.append(z)
        A.append(np.maximum(z, z / 10))
    W, b = params[-1]
    Z.append(A[-1] @ W + b)
    A.append(0.5 * (1 + np.tanh(Z[-1] / 2)))
    return tuple(Z), tuple(A)
""",
    ),
    (
        "a4_three_layers",
        "cross_entropy",
        """
def cross_entropy(y_hat, y):
    total = 0.0
    for p, t in zip(y_hat.ravel(), y.ravel()):
        p = min(max(p, 1e-7), 1 - 1e-7)
        total -= np.log(p) if t == 1 else np.log1p(-p)
    return total / y.shape[0]
""",
    ),
    (
        "a4_three_layers",
        "layer_gradients",
        "def layer_gradients(A, dZ):\n    dW = sum(np.outer(a, d) for a, d in zip(A, dZ))\n"
        "    return [dW, np.ones(len(dZ)) @ dZ]",
    ),
    (
        "a4_three_layers",
        "slope_before",
        """
def slope_before(dZ, W, Z):
    out = np.zeros(Z.shape)
    for i in range(Z.shape[0]):
        for j in range(Z.shape[1]):
            out[i, j] = sum(dZ[i, k] * W[j, k] for k in range(W.shape[1])) * (1 if Z[i, j] > 0 else 0.1)
    return out
""",
    ),
    (
        "a4_three_layers",
        "backward_pass",
        """
def backward_pass(params, X, y):
    def back(k, A):
        W, b = params[k]
        Z = A @ W + b
        if k == len(params) - 1:
            dZ, later = (1 / (1 + np.exp(-Z)) - y) / len(y), []
        else:
            dA, later = back(k + 1, np.where(Z > 0, Z, Z / 10))
            dZ = dA * np.where(Z > 0, 1, 0.1)
        return dZ @ W.T, [(A.T @ dZ, dZ.sum(axis=0)), *later]

    return back(0, X)[1]
""",
    ),
    (
        "a4_three_layers",
        "start_weights",
        """
def start_weights(sizes, rng):
    params = []
    for k in range(1, len(sizes)):
        W = rng.standard_normal((sizes[k - 1], sizes[k])) * (2 / sizes[k - 1]) ** 0.5
        params.append([W, [0.0] * sizes[k]])
    return params
""",
    ),
    (
        "a5_optimizers",
        "momentum_step",
        "def momentum_step(w, g, v, learning_rate, momentum):\n    new = np.multiply(v, momentum)\n"
        "    new -= learning_rate * g\n    return [w + new, new]",
    ),
    (
        "a5_optimizers",
        "best_pair",
        """
def best_pair(A):
    eig = np.linalg.eigvalsh(A)
    k = np.sqrt(eig[-1] / eig[0])
    beta = ((k - 1) / (k + 1)) ** 2
    return (1 + np.sqrt(beta)) ** 2 / eig[-1], beta
""",
    ),
    (
        "a5_optimizers",
        "adam_step",
        """
def adam_step(w, g, m, s, k, a, b1, b2):
    m = m + (1 - b1) * (g - m)
    s = s + (1 - b2) * (g**2 - s)
    alpha = a * (1 - b2**k) ** 0.5 / (1 - b1**k)
    return np.array([wi - alpha * mi / (si**0.5 + 1e-7) for wi, mi, si in zip(w, m, s)]), m, s
""",
    ),
    (
        "a5_optimizers",
        "adam_step",
        """
def adam_step(w, g, m, s, k, a, b1, b2):  # the form of the paper, where the small number stands elsewhere
    m = b1 * m + (1 - b1) * g
    s = b2 * s + (1 - b2) * g**2
    return w - a * (m / (1 - b1**k)) / (np.sqrt(s / (1 - b2**k)) + 1e-8), m, s
""",
    ),
    (
        "a5_optimizers",
        "rate_at",
        "def rate_at(k, peak, warmup_steps, half_life):\n"
        "    return np.minimum(k / warmup_steps, np.exp2((warmup_steps - k) / half_life)) * peak",
    ),
    (
        "a5_optimizers",
        "largest_difference",
        "def largest_difference(ours, keras):\n    flat = sum([list(layer) for layer in ours], [])\n"
        "    return np.abs(np.concatenate([np.ravel(a - b) for a, b in zip(flat, keras)])).max()",
    ),
    ("a5_optimizers", "best_held_out_loss", "best_held_out_loss = 0.6931"),
]
