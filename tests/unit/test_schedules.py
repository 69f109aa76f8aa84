"""Schedules against Keras' formulas, written out step by step, and what they do in an optimizer."""

import math
import re

import numpy as np
import pytest

from lessons_lib import optimizers, schedules

pytestmark = pytest.mark.filterwarnings("error")

STEPS = (0, 1, 9, 10, 11, 25, 100, 1000)


def plain_exponential(k):
    return 0.3 * 0.8 ** (k / 10)


def plain_inverse(k):
    return 0.3 / (1 + 0.8 * k / 10)


def plain_cosine(k):
    k = min(k, 25)
    return 0.3 * ((1 - 0.2) * 0.5 * (1 + math.cos(math.pi * k / 25)) + 0.2)


def plain_warm_cosine(k):
    """Keras: CosineDecay(0.1, 25, alpha=0.2, warmup_target=0.3, warmup_steps=10)."""
    return (0.3 - 0.1) * k / 10 + 0.1 if k < 10 else plain_cosine(k - 10)


COSINE = schedules.cosine_decay(0.3, decay_steps=25, alpha=0.2)
PAIRS = {
    "constant": (schedules.constant(0.3), lambda k: 0.3),
    "exponential": (schedules.exponential_decay(0.3, decay_steps=10, decay_rate=0.8), plain_exponential),
    "exponential stairs": (
        schedules.exponential_decay(0.3, decay_steps=10, decay_rate=0.8, staircase=True),
        lambda k: 0.3 * 0.8 ** (k // 10),
    ),
    "inverse time": (schedules.inverse_time_decay(0.3, decay_steps=10, decay_rate=0.8), plain_inverse),
    "inverse stairs": (
        schedules.inverse_time_decay(0.3, decay_steps=10, decay_rate=0.8, staircase=True),
        lambda k: 0.3 / (1 + 0.8 * (k // 10)),
    ),
    "cosine": (COSINE, plain_cosine),
    "warm cosine": (schedules.warmup(COSINE, warmup_steps=10, initial_learning_rate=0.1), plain_warm_cosine),
    "warm constant": (schedules.warmup(0.3, warmup_steps=10), lambda k: 0.03 * min(k, 10)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_each_step_is_that_of_keras(name):
    schedule, formula = PAIRS[name]
    np.testing.assert_allclose([schedule(k) for k in STEPS], [formula(k) for k in STEPS], rtol=1e-12)


@pytest.mark.parametrize("name", PAIRS)
def test_an_array_of_steps_gives_an_array(name):
    schedule, formula = PAIRS[name]
    got = schedule(np.arange(40))
    assert got.shape == (40,)
    np.testing.assert_allclose(got, [formula(k) for k in range(40)], rtol=1e-12)


def test_cosine_reaches_zero_and_stays():
    schedule = schedules.cosine_decay(0.4, decay_steps=10)
    np.testing.assert_allclose([schedule(0), schedule(5), schedule(10), schedule(99)], [0.4, 0.2, 0, 0], atol=1e-16)


def test_warmup_ends_where_the_schedule_begins():
    inner = schedules.inverse_time_decay(0.5, decay_steps=3, decay_rate=2)
    rising = schedules.warmup(inner, warmup_steps=4)
    np.testing.assert_allclose([rising(k) for k in (0, 2, 4, 7)], [0, 0.25, 0.5, inner(3)])


def run(optimizer, steps, weights=(1.0, 2.0)):
    w = np.array(weights)
    state = optimizer.init(w)
    for _ in range(steps):
        w, state = optimizer.update(np.array([1.0, -3.0]), state, w)
    return w


OPTIMIZERS = [optimizers.sgd, optimizers.momentum, optimizers.adagrad, optimizers.rmsprop, optimizers.adam]


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_a_constant_schedule_is_a_number(make):
    np.testing.assert_array_equal(run(make(schedules.constant(0.3)), 7), run(make(0.3), 7))


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_the_schedule_is_asked_for_each_step_from_0_on(make):
    asked = []

    def schedule(step):
        asked.append(step)
        return 0.1

    run(make(schedule), 5)
    assert asked == [0, 1, 2, 3, 4]


def test_sgd_takes_the_steps_of_the_schedule():
    rates = [0.5, 0.25, 0.125]
    np.testing.assert_allclose(run(optimizers.sgd(lambda k: rates[k]), 3), [1 - 0.875, 2 + 3 * 0.875])


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_a_rate_of_0_stands_still(make):
    np.testing.assert_array_equal(run(make(lambda k: 0.0), 3), [1, 2])


@pytest.mark.parametrize("make", OPTIMIZERS)
@pytest.mark.parametrize("rate", [-0.1, np.nan, None, np.ones(2)])
def test_a_schedule_must_return_a_rate(make, rate):
    says = "what the schedule returns must be a finite number of at least 0, got"
    with pytest.raises(ValueError, match=re.escape(says)):
        run(make(lambda k: rate), 1)


@pytest.mark.parametrize("make", OPTIMIZERS)
@pytest.mark.parametrize("name", PAIRS)
def test_float32_stays_float32(make, name):
    opt, w = make(PAIRS[name][0]), np.ones(2, np.float32)
    w, state = opt.update(w, opt.init(w), w)
    w, state = opt.update(w, state, w)
    assert w.dtype == np.float32


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: schedules.constant(0), "learning_rate must be a finite number above 0, got 0"),
        (
            lambda: schedules.exponential_decay(-1, decay_steps=1, decay_rate=1),
            "initial_learning_rate must be a finite number above 0, got -1",
        ),
        (lambda: schedules.exponential_decay(1, decay_steps=0, decay_rate=1), "decay_steps must be a finite number"),
        (lambda: schedules.exponential_decay(1, decay_steps=1, decay_rate=0), "decay_rate must be a finite number"),
        (lambda: schedules.inverse_time_decay(1, decay_steps=1, decay_rate="x"), "decay_rate must be a finite number"),
        (lambda: schedules.inverse_time_decay(1, decay_steps=-1, decay_rate=1), "decay_steps must be a finite number"),
        (lambda: schedules.cosine_decay(1, decay_steps=0), "decay_steps must be a finite number above 0, got 0"),
        (lambda: schedules.cosine_decay(1, decay_steps=1, alpha=2), "alpha must be a number from 0 to 1, got 2"),
        (lambda: schedules.warmup(0.1, warmup_steps=0), "warmup_steps must be a whole number of at least 1, got 0"),
        (lambda: schedules.warmup("fast", warmup_steps=2), "learning_rate must be a finite number above 0, got 'fast'"),
        (
            lambda: schedules.warmup(0.1, warmup_steps=2, initial_learning_rate=-1),
            "initial_learning_rate must be a finite number of at least 0, got -1",
        ),
    ],
)
def test_bad_input_is_named(call, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        call()
