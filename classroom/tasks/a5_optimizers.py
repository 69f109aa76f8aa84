"""Optimizers and the comparison with Keras: chapters six and seven."""

import numpy as np

from classroom.draws import layers, positive_definite
from classroom.task import Answer, Task, Wrong

EPSILON = 1e-7


def momentum_step(w, g, v, learning_rate, momentum):
    v = momentum * v - learning_rate * g
    return w + v, v


def _average(w, g, v, a, b):
    v = b * v + (1 - b) * g
    return w - a * v, v


def _average_with_rate(w, g, v, a, b):
    v = b * v - a * (1 - b) * g
    return w + v, v


def _other_convention(w, g, v, a, b):
    v = b * v + g
    return w - a * v, v


def _nesterov(w, g, v, a, b):
    v = b * v - a * g
    return w + b * v - a * g, v


MOMENTUM_WRONG = (
    Wrong(
        "the velocity is not remembered: return the new one, for the next step.",
        "sec-momentum",
        lambda w, g, v, a, b: (momentum_step(w, g, v, a, b)[0], v),
    ),
    Wrong(
        "the velocity is a sum of gradients, and this is an average: the factor 1 - momentum does not belong here.",
        "sec-momentum",
        _average,
    ),
    Wrong(
        "the velocity is a sum of gradients, and this is an average: the factor 1 - momentum does not belong here.",
        "sec-momentum",
        _average_with_rate,
    ),
    Wrong(
        "the learning rate belongs into the velocity: v ← momentum · v - learning_rate · g. "
        "Some libraries keep it outside; Keras and this book do not.",
        "sec-momentum",
        _other_convention,
    ),
    Wrong("this is Nesterov's variant; the heavy ball moves by the new velocity alone.", "sec-momentum", _nesterov),
    Wrong(
        "it moves by the old velocity: first the velocity changes, then the weights.",
        "sec-momentum",
        lambda w, g, v, a, b: (w + v, b * v - a * g),
    ),
    Wrong(
        "the old velocity is ignored: this is plain descent.",
        "sec-momentum",
        lambda w, g, v, a, b: (w - a * g, -a * g),
    ),
    Wrong(
        "it walks uphill: the gradient enters the velocity with a minus.",
        "sec-momentum",
        lambda w, g, v, a, b: (w + b * v + a * g, b * v + a * g),
    ),
    Wrong(
        "the velocity is not slowed down: momentum times the old one is kept.",
        "sec-momentum",
        lambda w, g, v, a, b: (w + v - a * g, v - a * g),
    ),
    Wrong(
        "the velocity points down already: it is added to the weights, not subtracted.",
        "sec-momentum",
        lambda w, g, v, a, b: (w - momentum_step(w, g, v, a, b)[1], momentum_step(w, g, v, a, b)[1]),
    ),
)


def draw_momentum(rng, k):
    w, g, v = rng.normal(size=(3, 2 + k % 3))
    return (w, g, v, rng.uniform(0.05, 0.5), rng.uniform(0.3, 0.8)), {}


def momentum_limit(A, momentum):
    return 2 * (1 + momentum) / np.linalg.eigvalsh(A)[-1]


def _extremes(A):
    eigenvalues = np.linalg.eigvalsh(A)
    return eigenvalues[0], eigenvalues[-1]


def best_pair(A):
    low, high = np.sqrt(_extremes(A))
    return 4 / (high + low) ** 2, ((high - low) / (high + low)) ** 2


def _pair(rate, momentum):
    return lambda A: (rate(*_extremes(A)), momentum(*_extremes(A)))


def _best_rate(low, high):
    return 4 / (np.sqrt(high) + np.sqrt(low)) ** 2


def _best_momentum(low, high):
    return ((np.sqrt(high) - np.sqrt(low)) / (np.sqrt(high) + np.sqrt(low))) ** 2


PAIR_WRONG = (
    Wrong(
        "this is the root of the momentum: the formula of the edges gives √β, so square it.",
        "sec-best-momentum",
        _pair(_best_rate, lambda low, high: np.sqrt(_best_momentum(low, high))),
    ),
    Wrong(
        "this is the root of the learning rate: the formula of the edges gives √α, so square it.",
        "sec-best-momentum",
        _pair(lambda low, high: np.sqrt(_best_rate(low, high)), _best_momentum),
    ),
    Wrong(
        "these are the roots of the two: the formulas of the edges give √α and √β, so square both.",
        "sec-best-momentum",
        _pair(lambda low, high: np.sqrt(_best_rate(low, high)), lambda low, high: np.sqrt(_best_momentum(low, high))),
    ),
    Wrong(
        "the eigenvalues stand in the formulas where their roots should be.",
        "sec-best-momentum",
        _pair(lambda low, high: 4 / (high + low) ** 2, lambda low, high: ((high - low) / (high + low)) ** 2),
    ),
    Wrong(
        "the learning rate is the best one of plain descent; with momentum another is.",
        "sec-best-momentum",
        _pair(lambda low, high: 2 / (low + high), _best_momentum),
    ),
    Wrong(
        "the two numbers stand in each other's place: first the learning rate, then the momentum.",
        "sec-best-momentum",
        lambda A: best_pair(A)[::-1],
    ),
    Wrong(
        "the curvatures along the axes were used: those along the eigenvectors count, and A has others.",
        "sec-best-momentum",
        lambda A: (
            _best_rate(np.diag(A).min(), np.diag(A).max()),
            _best_momentum(np.diag(A).min(), np.diag(A).max()),
        ),
    ),
)


def rmsprop_step(w, g, s, learning_rate, rho):
    s = rho * s + (1 - rho) * g**2
    return w - learning_rate * g / np.sqrt(s + EPSILON), s


def _rms(remember, divisor=lambda s: np.sqrt(s + EPSILON), old=False, stored=True, sign=-1):
    def wrong(w, g, s, a, rho):
        new = remember(s, g, rho)
        return w + sign * a * g / divisor(s if old else new), new if stored else s

    return wrong


def _mean_square(s, g, rho):
    return rho * s + (1 - rho) * g**2


RMSPROP_WRONG = (
    Wrong(
        "the running mean is not remembered: return the new one, for the next step.",
        "sec-adaptive",
        _rms(_mean_square, stored=False),
    ),
    Wrong(
        "it divides by the old running mean: first s changes, then the weights.",
        "sec-adaptive",
        _rms(_mean_square, old=True),
    ),
    Wrong(
        "the root is missing: divide by √(s + ε), which has the size of a gradient.",
        "sec-adaptive",
        _rms(_mean_square, lambda s: s + EPSILON),
    ),
    Wrong(
        "ε belongs under the root here, as in Keras; outside it changes the step where gradients are tiny.",
        "sec-conventions",
        _rms(_mean_square, lambda s: np.sqrt(s) + EPSILON),
    ),
    Wrong(
        "rho and 1 - rho stand in each other's place: rho is how much is kept.",
        "sec-adaptive",
        _rms(lambda s, g, rho: (1 - rho) * s + rho * g**2),
    ),
    Wrong(
        "this is AdaGrad's sum, which never forgets; RMSprop keeps a running mean.",
        "sec-adaptive",
        _rms(lambda s, g, rho: s + g**2),
    ),
    Wrong(
        "the factor 1 - rho is missing: without it this is no mean.",
        "sec-adaptive",
        _rms(lambda s, g, rho: rho * s + g**2),
    ),
    Wrong(
        "the mean is of the squares of the gradients, not of the gradients.",
        "sec-adaptive",
        _rms(lambda s, g, rho: rho * s + (1 - rho) * g, lambda s: np.sqrt(np.abs(s) + EPSILON)),
    ),
    Wrong(
        "the squares were summed over the weights: each weight has a running mean of its own.",
        "sec-adaptive",
        _rms(lambda s, g, rho: rho * s + (1 - rho) * np.sum(g**2)),
    ),
    Wrong("it walks uphill: the step is subtracted.", "sec-adaptive", _rms(_mean_square, sign=1)),
)


def draw_rmsprop(rng, k):
    w, g = rng.normal(size=(2, 3 + k % 2))
    s = rng.uniform(0, 2, size=w.shape)
    if k % 2:
        g[0], s[0] = 1e-5, 1e-9  # here it matters where ε stands
    return (w, g, s, rng.uniform(0.01, 0.5), rng.uniform(0.6, 0.95)), {}


def adam_step(w, g, m, s, k, learning_rate, beta_1, beta_2):
    return _adam(w, g, m, s, k, learning_rate, beta_1, beta_2)


def _adam(
    w,
    g,
    m,
    s,
    k,
    a,
    b1,
    b2,
    *,
    correct=(1, 1),
    divisor=lambda s: np.sqrt(s) + EPSILON,
    first=lambda m, g, b: b * m + (1 - b) * g,
    second=lambda s, g, b: b * s + (1 - b) * g**2,
    stored=None,
    sign=-1,
):
    """Return the new w, m, s; the keywords make it wrong in one way each."""
    m, s = first(m, g, b1), second(s, g, b2)
    m_hat = m / (1 - b1**k) if correct[0] else m
    root = np.sqrt(1 - b2**k) if correct[1] else 1
    new = w + sign * a * m_hat * root / divisor(s)
    return (new, m, s) if stored is None else (new, *stored(m, s, m_hat, s / (1 - b2**k)))


def _adam_with(**keywords):
    return lambda *args: _adam(*args, **keywords)


ADAM_WRONG = (
    Wrong(
        "the bias correction is missing: at first both means are too small, because they start at 0.",
        "sec-adaptive",
        _adam_with(correct=(0, 0)),
    ),
    Wrong(
        "only m is corrected for its start at 0; s must be as well.",
        "sec-adaptive",
        _adam_with(correct=(1, 0)),
    ),
    Wrong(
        "only s is corrected for its start at 0; m must be as well.",
        "sec-adaptive",
        _adam_with(correct=(0, 1)),
    ),
    Wrong(
        "the corrected means are remembered: m and s go on uncorrected, the correction is for this step only.",
        "sec-adaptive",
        _adam_with(stored=lambda m, s, m_hat, s_hat: (m_hat, s_hat)),
    ),
    Wrong(
        "the correction counts from 0: k is 1 in the first update already, so take the power k.",
        "sec-adaptive",
        lambda w, g, m, s, k, a, b1, b2: _adam_power(w, g, m, s, k, a, b1, b2, k + 1),
    ),
    Wrong(
        "the correction is the same at every step: it has the power k.",
        "sec-adaptive",
        lambda w, g, m, s, k, a, b1, b2: _adam_power(w, g, m, s, k, a, b1, b2, 1),
    ),
    Wrong(
        "the root is missing: divide by √s, which has the size of a gradient.",
        "sec-adaptive",
        lambda w, g, m, s, k, a, b1, b2: _rootless(w, g, m, s, k, a, b1, b2),
    ),
    Wrong(
        "the two betas stand in each other's place: beta_1 is for the mean, beta_2 for the squares.",
        "sec-adaptive",
        lambda w, g, m, s, k, a, b1, b2: adam_step(w, g, m, s, k, a, b2, b1),
    ),
    Wrong(
        "the numerator is the gradient itself; it should be the running mean m.",
        "sec-adaptive",
        lambda w, g, m, s, k, a, b1, b2: (
            w - a * g * np.sqrt(1 - b2**k) / (np.sqrt(b2 * s + (1 - b2) * g**2) + EPSILON),
            *adam_step(w, g, m, s, k, a, b1, b2)[1:],
        ),
    ),
    Wrong(
        "the factors 1 - beta are missing: without them m and s are no means.",
        "sec-adaptive",
        _adam_with(first=lambda m, g, b: b * m + g, second=lambda s, g, b: b * s + g**2),
    ),
    Wrong(
        "beta and 1 - beta stand in each other's place: beta is how much is kept.",
        "sec-adaptive",
        _adam_with(first=lambda m, g, b: (1 - b) * m + b * g, second=lambda s, g, b: (1 - b) * s + b * g**2),
    ),
    Wrong("it walks uphill: the step is subtracted.", "sec-adaptive", _adam_with(sign=1)),
)


def _adam_power(w, g, m, s, k, a, b1, b2, power):
    m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g**2
    return w - a * np.sqrt(1 - b2**power) / (1 - b1**power) * m / (np.sqrt(s) + EPSILON), m, s


def _rootless(w, g, m, s, k, a, b1, b2):
    m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g**2
    return w - a * (m / (1 - b1**k)) / (s / (1 - b2**k) + EPSILON), m, s


def draw_adam(rng, k):
    w, m = rng.normal(size=(2, 4))
    g = rng.uniform(0.2, 2, size=4) * rng.choice([-1, 1], size=4)  # so large that it matters little where ε stands
    s = rng.uniform(0.5, 2, size=4)
    if k % 3 == 0:
        m, s = np.zeros(4), np.zeros(4)
    return (w, g, m, s, 1 if k % 3 == 0 else 2 + k, rng.uniform(0.01, 0.3), rng.uniform(0.7, 0.95), 0.98), {}


def rate_at(k, peak, warmup_steps, half_life):
    if k < warmup_steps:
        return peak * k / warmup_steps
    return peak * 0.5 ** ((k - warmup_steps) / half_life)


RATE_WRONG = (
    Wrong(
        "the fall is counted from step 0: it begins where the warm-up ends.",
        "sec-schedules",
        lambda k, peak, M, H: peak * k / M if k < M else peak * 0.5 ** (k / H),
    ),
    Wrong(
        "there is no warm-up: the rate rises from 0 to the peak first.",
        "sec-schedules",
        lambda k, peak, M, H: peak if k < M else rate_at(k, peak, M, H),
    ),
    Wrong(
        "the rate falls in stairs: it should fall smoothly, at every step.",
        "sec-schedules",
        lambda k, peak, M, H: rate_at(k, peak, M, H) if k < M else peak * 0.5 ** ((k - M) // H),
    ),
    Wrong(
        "after one half-life it is to be a half, and not 1/e.",
        "sec-schedules",
        lambda k, peak, M, H: rate_at(k, peak, M, H) if k < M else peak * np.exp(-(k - M) / H),
    ),
    Wrong(
        "this falls along a straight line: after two half-lives a quarter is left.",
        "sec-schedules",
        lambda k, peak, M, H: rate_at(k, peak, M, H) if k < M else peak * max(0, 1 - (k - M) / (2 * H)),
    ),
    Wrong(
        "this falls like 1/(1 + k): after two half-lives a quarter is left.",
        "sec-schedules",
        lambda k, peak, M, H: rate_at(k, peak, M, H) if k < M else peak / (1 + (k - M) / H),
    ),
    Wrong(
        "the warm-up is one step ahead: at step 0 the rate is 0.",
        "sec-schedules",
        lambda k, peak, M, H: peak * (k + 1) / M if k < M else rate_at(k, peak, M, H),
    ),
    Wrong(
        "the schedule begins anew every now and then: it goes on through the whole run.",
        "sec-schedules",
        lambda k, peak, M, H: rate_at(k % (M + H), peak, M, H),
    ),
    Wrong(
        "the rate stays at its peak after the warm-up: it should fall.",
        "sec-schedules",
        lambda k, peak, M, H: rate_at(min(k, M), peak, M, H),
    ),
)


def draw_rate(rng, k):
    warmup, half_life = int(rng.integers(4, 9)), int(rng.integers(5, 12))
    step = (2, warmup + 3, 0, warmup + 2 * half_life + 1, warmup, warmup + 3 * half_life + 2)[k % 6]
    return (step, rng.uniform(0.1, 1), warmup, half_life), {}


def largest_difference(ours, keras):
    flat = [array for layer in ours for array in layer]
    return float(max(np.max(np.abs(a - b)) for a, b in zip(flat, keras, strict=True)))


def _over(select, measure=lambda off: np.max(np.abs(off)), over=max):
    def wrong(ours, keras):
        flat = [array for layer in ours for array in layer]
        return float(over([measure(a - b) for a, b in select(list(zip(flat, keras, strict=True)))]))

    return wrong


DIFFERENCE_WRONG = (
    Wrong(
        "the differences keep their signs, so that a large negative one counts as small: take their sizes.",
        "sec-keras-ledger",
        _over(lambda pairs: pairs, np.max),
    ),
    Wrong(
        "the biases are left out: they are parameters like the weights.",
        "sec-keras-ledger",
        _over(lambda pairs: pairs[::2]),
    ),
    Wrong("only the last layer is compared.", "sec-keras-ledger", _over(lambda pairs: pairs[-2:])),
    Wrong("only the first layer is compared.", "sec-keras-ledger", _over(lambda pairs: pairs[:2])),
    Wrong(
        "the mean hides one wrong weight among many right ones: the largest was asked for.",
        "sec-keras-ledger",
        _over(lambda pairs: pairs, lambda off: np.mean(np.abs(off))),
    ),
    Wrong(
        "the largest differences of the arrays are added; the largest of all was asked for.",
        "sec-keras-ledger",
        _over(lambda pairs: pairs, over=sum),
    ),
    Wrong(
        "the differences are squared; their sizes were asked for.",
        "sec-keras-ledger",
        _over(lambda pairs: pairs, lambda off: np.max(off**2)),
    ),
    Wrong(
        "this is a length, the root of a sum of squares; the largest single difference was asked for.",
        "sec-keras-ledger",
        _over(lambda pairs: pairs, np.linalg.norm),
    ),
)


def draw_weights(rng, k):
    sizes = (3, 4, 2, 1) if k % 2 else (2, 3, 1)
    ours = layers(rng, sizes)
    keras = [array + 0.01 * rng.normal(size=array.shape) for layer in ours for array in layer]
    where = (1, 2, 0, 3)[k % 4]  # the largest difference in a bias, in a later layer, in a weight ...
    keras[where].flat[0] += 1.0  # ours minus theirs is negative there
    return (ours, keras), {}


OPTIMIZERS = ("sgd", "momentum", "adagrad", "rmsprop", "adam")

TASKS = {
    task.name: task
    for task in (
        Task("momentum_step", "sec-momentum", momentum_step, draw_momentum, MOMENTUM_WRONG),
        Task(
            "momentum_step: w and v are left alone",
            "sec-momentum",
            momentum_step,
            draw_momentum,
            MOMENTUM_WRONG,
            untouched=True,
            public=2,
        ),
        Task(
            "momentum_limit",
            "sec-momentum-quadratic",
            momentum_limit,
            lambda rng, k: ((positive_definite(rng, 2 + k % 3), rng.uniform(0.2, 0.9)), {}),
            (
                Wrong(
                    "this is the limit of plain descent: momentum bears up to twice as much, 2(1 + β)/λ_max.",
                    "sec-momentum-quadratic",
                    lambda A, b: 2 / _extremes(A)[1],
                ),
                Wrong(
                    "momentum raises the limit, and this lowers it: 1 + β and not 1 - β.",
                    "sec-momentum-quadratic",
                    lambda A, b: 2 * (1 - b) / _extremes(A)[1],
                ),
                Wrong(
                    "1/(1 - β) is how much faster momentum gets on a long even slope; the limit grows by 1 + β.",
                    "sec-momentum-quadratic",
                    lambda A, b: 2 / (1 - b) / _extremes(A)[1],
                ),
                Wrong(
                    "(1 + √β)²/λ_max is the right edge of the floor; it settles a little beyond, up to 2(1 + β)/λ_max.",
                    "sec-momentum-quadratic",
                    lambda A, b: (1 + np.sqrt(b)) ** 2 / _extremes(A)[1],
                ),
                Wrong(
                    "the steepest direction decides, with the largest eigenvalue, and this takes the smallest.",
                    "sec-momentum-quadratic",
                    lambda A, b: 2 * (1 + b) / _extremes(A)[0],
                ),
                Wrong(
                    "the curvatures along the axes were used: those along the eigenvectors decide, and A has others.",
                    "sec-momentum-quadratic",
                    lambda A, b: 2 * (1 + b) / np.max(np.diag(A)),
                ),
                Wrong(
                    "the 2 is missing: for β = 0 the limit is 2/λ_max.",
                    "sec-momentum-quadratic",
                    lambda A, b: (1 + b) / _extremes(A)[1],
                ),
            ),
        ),
        Task(
            "best_pair",
            "sec-best-momentum",
            best_pair,
            lambda rng, k: ((positive_definite(rng, 2 + k % 3),), {}),
            PAIR_WRONG,
        ),
        Task("rmsprop_step", "sec-adaptive", rmsprop_step, draw_rmsprop, RMSPROP_WRONG),
        Task("adam_step", "sec-adaptive", adam_step, draw_adam, ADAM_WRONG, tolerance=1e-4),
        Task("rate_at", "sec-schedules", rate_at, draw_rate, RATE_WRONG, cases=12, public=4),
        Task("largest_difference", "sec-keras-ledger", largest_difference, draw_weights, DIFFERENCE_WRONG, public=4),
        Answer(
            "which_optimizer",
            "sec-adaptive",
            {"A": "rmsprop", "B": "momentum", "C": "adam", "D": "adagrad"},
            "a dict from the letters A to D to names of optimizers",
            (
                (
                    "two of the first steps are long in every coordinate alike, or as long as the learning rate: "
                    "RMSprop's first step is α/√(1 - ρ), Adam's is α. You have them in each other's place.",
                    "sec-adaptive",
                    lambda names: names.get("A") == "adam" and names.get("C") == "rmsprop",
                ),
                (
                    "the first step of momentum is that of plain descent; the second tells the two apart.",
                    "sec-momentum",
                    lambda names: names.get("B") == "sgd",
                ),
                (
                    "AdaGrad and Adam both begin with steps of nearly α; "
                    "AdaGrad's accumulator starts at 0.1 in Keras, so its first steps are a little shorter.",
                    "sec-adaptive",
                    lambda names: names.get("C") == "adagrad" or names.get("D") == "adam",
                ),
            ),
            choices=OPTIMIZERS,
        ),
        Answer(
            "updates_in_fit",
            "sec-inside-fit",
            40,
            "a number",
            (
                (
                    "the last batch of each epoch has 4 samples, and it makes an update as well.",
                    "sec-inside-fit",
                    30,
                ),
                (
                    "there is one update for each batch, not one for each epoch: without batch_size, fit takes 32.",
                    "sec-inside-fit",
                    10,
                ),
                (
                    "there is one update for each batch, not one for each sample: the name SGD does not decide.",
                    "sec-inside-fit",
                    1000,
                ),
                ("these are the updates of one epoch; there are ten.", "sec-inside-fit", 4),
                (
                    "each epoch ends with its own short batch: nothing is carried over.",
                    "sec-inside-fit",
                    lambda n: n in (31, 32),
                ),
            ),
        ),
        Answer(
            "best_held_out_loss",
            "sec-random-labels",
            lambda loss: abs(loss - np.log(2)) < 1e-3,
            "a number",
            (
                (
                    "0 would mean to know labels that were drawn by chance: nothing in the inputs tells them.",
                    "sec-random-labels",
                    0,
                ),
                (
                    "0.5 is the best accuracy that can be expected; the loss of the prediction 1/2 is -ln(1/2).",
                    "sec-random-labels",
                    0.5,
                ),
                (
                    "the logarithm is the natural one: -ln(1/2), and not the base 2.",
                    "sec-random-labels",
                    1,
                ),
                (
                    "this is the squared error of the prediction 1/2; cross-entropy was asked for.",
                    "sec-random-labels",
                    0.25,
                ),
                ("a loss is not negative: it is minus the logarithm.", "sec-random-labels", lambda loss: loss < 0),
            ),
        ),
    )
}
