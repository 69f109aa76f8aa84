"""Data to train on, two drawn and two measured; all of it comes with the installation, nothing is downloaded.

Each function returns a `Split`: a training part and a test part, every class in the same proportion in both.
The features are standardised, (x - mean) / scale, with the mean and the standard deviation of the training part only:
the test part must not tell the training anything. The same `seed` gives the same split.
An argument that is not as described raises a ValueError.
"""

from typing import NamedTuple

import numpy as np

from lessons_lib import checks


class Split(NamedTuple):
    """A training part and a test part; samples are rows."""

    X_train: np.ndarray  # (n, features) float64, standardised
    y_train: np.ndarray  # (n, 1) float64 of 0 and 1; for more than two classes (n, classes), one-hot
    X_test: np.ndarray  # (n_test, features)
    y_test: np.ndarray  # (n_test, 1) or (n_test, classes)
    feature_names: tuple  # of str, one for each column of X
    class_names: tuple  # of str; class_names[1] is the name of class 1
    mean: np.ndarray  # (features,) of the training part; X * scale + mean are the features as they were
    scale: np.ndarray  # (features,) its standard deviation, or 1 for a feature that never changes


def moons(samples=400, *, noise=0.2, test_size=0.25, seed=0):
    """Return two interleaving half circles, a class each: a `Split` with two features.

    Parameters
    ----------
    samples : int, at least 4
        Half of them, rounded down, are of class 0.
    noise : float, at least 0
        Standard deviation of the noise added to the points, whose half circles have radius 1.
    test_size : float between 0 and 1
        The part of each class that is kept for the test.
    seed : int
        All randomness comes from `np.random.default_rng(seed)`.

    Source: scikit-learn, `sklearn.datasets.make_moons`.

    >>> moons(80).X_train.shape
    (60, 2)
    """
    samples = checks.count(samples, "samples", low=4)
    outer, inner = (np.linspace(0, np.pi, size) for size in (samples // 2, samples - samples // 2))
    points = [np.stack([np.cos(outer), np.sin(outer)], 1), np.stack([1 - np.cos(inner), 0.5 - np.sin(inner)], 1)]
    return _drawn(points, ("upper moon", "lower moon"), noise, test_size, seed)


def spirals(samples=400, *, turns=1.5, noise=0.02, test_size=0.25, seed=0):
    """Return two spirals that wind around each other, a class each: a `Split` with two features.

    Parameters
    ----------
    samples : int, at least 4
        Half of them, rounded down, are of class 0. Class 1 is class 0 turned by half a turn.
    turns : float, above 0
        How often each spiral winds; the more, the harder.
    noise : float, at least 0
        Standard deviation of the noise added to the points, whose radius goes from 1 to 1/13.
    test_size, seed
        As for `moons`.

    Source: Lang and Witbrock (1988), Learning to tell two spirals apart; `spirals(194, turns=3, noise=0)` are theirs.

    >>> spirals(80).X_test.shape
    (20, 2)
    """
    samples = checks.count(samples, "samples", low=4)
    turns = checks.learning_rate(turns, "turns")
    first, second = (_spiral(size, turns) for size in (samples // 2, samples - samples // 2))
    return _drawn([first, -second], ("first spiral", "second spiral"), noise, test_size, seed)


def breast_cancer(features=None, *, test_size=0.25, seed=0):
    """Return the breast cancer data of Wisconsin: 569 tumours, 30 measures of their cell nuclei, as a `Split`.

    Class 1 is *benign* (357 tumours) and class 0 *malignant* (212), as in scikit-learn, so that the labels and all
    that is computed from them can be compared with what others publish. The network's output is then P(benign).

    Parameters
    ----------
    features : list of names or of numbers from 0 to 29
        Which columns to keep, in this order; all unless told.
    test_size, seed
        As for `moons`.

    Source: Street, Wolberg and Mangasarian (1993), Nuclear feature extraction for breast tumor diagnosis;
    `sklearn.datasets.load_breast_cancer`, a copy of UCI's Breast Cancer Wisconsin (Diagnostic).

    >>> breast_cancer(["worst concave points", "mean radius"]).X_train.shape
    (427, 2)
    """
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    columns = _choose(range(30) if features is None else features, "features", [str(n) for n in data.feature_names])
    X, feature_names = data.data[:, columns], data.feature_names[columns]
    return _split(X, data.target, feature_names, data.target_names, test_size, _rng(seed))


def digits(classes=range(10), *, test_size=0.25, seed=0):
    """Return handwritten digits: images of 8 by 8 pixels, 64 features, as a `Split`.

    Parameters
    ----------
    classes : two or more different numbers from 0 to 9
        Which digits to keep. Of two, the second is class 1 and y is (n, 1); of more, y is one-hot in their order.
    test_size, seed
        As for `moons`.

    Source: Alpaydin and Kaynak (1998), Cascading classifiers; `sklearn.datasets.load_digits`, a copy of the test set
    of UCI's Optical Recognition of Handwritten Digits. Pixels that are always 0 stay 0.

    >>> digits().y_train.shape, digits(classes=(3, 8)).y_train.shape
    ((1347, 10), (267, 1))
    """
    from sklearn.datasets import load_digits

    data = load_digits()
    classes = _choose(classes, "classes", [str(name) for name in data.target_names], low=2)
    is_class = data.target[:, None] == classes
    rows = is_class.any(axis=1)
    labels = is_class[rows].argmax(axis=1)  # the digit's place in `classes`
    return _split(data.data[rows], labels, data.feature_names, classes, test_size, _rng(seed))


def _spiral(size, turns):
    t = np.linspace(0, 1, size)[:, None]
    return (1 - 12 / 13 * t) * np.hstack([np.sin(2 * np.pi * turns * t), np.cos(2 * np.pi * turns * t)])


def _drawn(points, class_names, noise, test_size, seed):
    """Return the `Split` of the points of class 0 and those of class 1, with noise."""
    noise = checks.number(noise, "noise")
    rng = _rng(seed)
    X = np.concatenate(points)
    labels = np.repeat([0, 1], [len(part) for part in points])
    return _split(X + noise * rng.standard_normal(X.shape), labels, ("x₁", "x₂"), class_names, test_size, rng)


def _split(X, labels, feature_names, class_names, test_size, rng):
    """Return the `Split` of samples with labels 0, 1, ...: `test_size` of each class apart, then standardised."""
    order = rng.permutation(len(X))
    in_test = np.zeros(len(X), bool)
    for label in range(len(class_names)):
        members = order[labels[order] == label]
        size = round(checks.number(test_size, "test_size", high=1) * len(members))
        if not 0 < size < len(members):
            raise ValueError(
                f"test_size must leave a sample of each class in both parts, got {test_size}: {size} of the "
                f"{len(members)} samples of class {label} would be in the test part"
            )
        in_test[members[:size]] = True
    train, test = order[~in_test[order]], order[in_test[order]]

    y = (labels[:, None] == (1 if len(class_names) == 2 else np.arange(len(class_names)))).astype(float)
    mean, scale = X[train].mean(axis=0), X[train].std(axis=0)
    scale[np.ptp(X[train], axis=0) == 0] = 1
    X = (X - mean) / scale
    names = tuple(map(str, feature_names)), tuple(map(str, class_names))
    return Split(X[train], y[train], X[test], y[test], *names, mean, scale)


def _choose(choice, name, allowed, low=1):
    """Return as numbers a list of names in `allowed`, or of their numbers: at least `low`, no two the same."""
    what = f"{name} must hold {low} or more different names or numbers from 0 to {len(allowed) - 1}"
    items = list(choice) if np.iterable(choice) and not isinstance(choice, str) else []
    for item in items:
        if isinstance(item, str) and item not in allowed:
            raise ValueError(f"{what}, got {item!r}. The names are: {', '.join(allowed)}")
    numbers = [allowed.index(item) if isinstance(item, str) else item for item in items]
    numbers = [checks.count(number, f"each number in {name}", high=len(allowed) - 1) for number in numbers]
    if len(numbers) < low or len(set(numbers)) < len(numbers):
        raise ValueError(f"{what}, got {choice!r}")
    return numbers


def _rng(seed):
    return np.random.default_rng(checks.count(seed, "seed"))
