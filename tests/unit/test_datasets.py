"""Data sets against scikit-learn's own, and against the published spirals."""

import re
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, make_moons

from lessons_lib.datasets import breast_cancer, digits, moons, spirals

pytestmark = pytest.mark.filterwarnings("error")

PAIR = ["worst concave points", "mean radius"]
SPLITS = {
    "moons": (moons, 400, 2, 1),
    "spirals": (spirals, 400, 2, 1),
    "breast_cancer": (breast_cancer, 569, 30, 1),
    "breast_cancer, two features": (partial(breast_cancer, PAIR), 569, 2, 1),
    "digits": (digits, 1797, 64, 10),
    "digits, three classes": (partial(digits, (7, 1, 4)), 179 + 182 + 181, 64, 3),
    "digits, two classes": (partial(digits, (8, 3)), 174 + 183, 64, 1),
}
each_split = pytest.mark.parametrize(("load", "samples", "features", "outputs"), SPLITS.values(), ids=SPLITS.keys())


def table(X, y):
    """Return samples and labels as one table in an order of its own, whatever the order of the samples."""
    rows = np.round(np.column_stack([X, y]), 9) + 0.0
    return rows[np.lexsort(rows.T)]


def before(split):
    """Return the table of all samples of both parts, as they were before they were standardised."""
    X = np.concatenate([split.X_train, split.X_test]) * split.scale + split.mean
    return table(X, np.concatenate([split.y_train, split.y_test]))


@each_split
def test_shapes_and_types(load, samples, features, outputs):
    split = load()
    assert len(split.X_train) + len(split.X_test) == samples
    for X, y in ((split.X_train, split.y_train), (split.X_test, split.y_test)):
        assert X.dtype == y.dtype == np.float64
        assert X.shape == (len(X), features) and y.shape == (len(X), outputs)
    assert len(split.feature_names) == features and len(split.class_names) == max(outputs, 2)
    assert {type(name) for name in split.feature_names + split.class_names} == {str}


@each_split
def test_training_part_has_mean_0_and_deviation_1(load, samples, features, outputs):
    X = load().X_train
    np.testing.assert_allclose(X.mean(axis=0), 0, atol=1e-12)
    varies = np.ptp(X, axis=0) > 0
    np.testing.assert_allclose(X.std(axis=0)[varies], 1, rtol=1e-12)
    assert (X[:, ~varies] == 0).all()


@each_split
def test_nothing_of_the_test_part_enters_mean_and_scale(load, samples, features, outputs):
    split = load()
    X = split.X_train * split.scale + split.mean
    np.testing.assert_allclose(split.mean, X.mean(axis=0), rtol=1e-12, atol=1e-12)
    assert not np.allclose(split.X_test.mean(axis=0), 0, atol=1e-6)


@each_split
@pytest.mark.parametrize("test_size", [0.1, 0.25, 0.5])
def test_each_class_has_its_part_in_the_test(load, samples, features, outputs, test_size):
    split = load(test_size=test_size)
    y_train, y_test = split.y_train, split.y_test
    if outputs == 1:  # a column for each class
        y_train, y_test = (np.hstack([1 - y, y]) for y in (y_train, y_test))
    in_test = y_test.sum(axis=0)
    np.testing.assert_allclose(in_test, test_size * (y_train.sum(axis=0) + in_test), rtol=0, atol=0.5)


@each_split
def test_classes_are_mixed_in_the_training_part(load, samples, features, outputs):
    assert np.ptp(load().y_train[:120], axis=0).all()


@each_split
def test_same_seed_gives_the_same_split(load, samples, features, outputs):
    for one, two in zip(load(seed=3), load(seed=3), strict=True):
        np.testing.assert_array_equal(one, two)


@each_split
def test_other_seed_gives_another_split(load, samples, features, outputs):
    assert not np.array_equal(load(seed=3).X_test, load(seed=4).X_test)


@pytest.mark.parametrize("samples", [40, 41])
def test_moons_without_noise_are_those_of_scikit_learn(samples):
    X, labels = make_moons(samples, noise=None)
    np.testing.assert_allclose(before(moons(samples, noise=0)), table(X, labels), atol=1e-8)


def test_noise_has_the_deviation_asked_for():
    def drawn(noise):
        split = moons(20_000, noise=noise)
        return np.concatenate([split.X_train, split.X_test]) * split.scale + split.mean

    assert drawn(0.3).var() == pytest.approx(drawn(0).var() + 0.3**2, rel=0.02)


def test_three_turns_without_noise_are_the_spirals_of_lang_and_witbrock():
    i = np.arange(97)
    angle, radius = i * np.pi / 16, (104 - i) / 104  # theirs is 6.5 times as large
    one = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
    expected = table(np.concatenate([one, -one]), np.repeat([0, 1], 97))
    np.testing.assert_allclose(before(spirals(194, turns=3, noise=0)), expected, atol=1e-8)


def test_breast_cancer_has_the_samples_and_labels_of_scikit_learn():
    data = load_breast_cancer()
    np.testing.assert_allclose(before(breast_cancer()), table(data.data, data.target), atol=1e-6)


def test_class_1_of_breast_cancer_is_benign():
    split = breast_cancer()
    assert split.class_names == ("malignant", "benign")
    assert split.y_train.sum() + split.y_test.sum() == 357


@pytest.mark.parametrize("features", [PAIR, [27, 0], np.array([27, 0]), (27, "mean radius")])
def test_features_are_chosen_by_name_or_number_in_the_order_given(features):
    split, every = breast_cancer(features), breast_cancer()
    assert split.feature_names == tuple(PAIR)
    np.testing.assert_array_equal(split.X_train, every.X_train[:, [27, 0]])


@pytest.mark.parametrize("classes", [range(10), (7, 1, 4)])
def test_digits_are_one_hot_in_the_order_given(classes):
    data = load_digits()
    rows = np.isin(data.target, classes)
    expected = table(data.data[rows], data.target[rows, None] == list(classes))
    split = digits(classes)
    np.testing.assert_allclose(before(split), expected, atol=1e-8)
    assert split.class_names == tuple(str(digit) for digit in classes)


@pytest.mark.parametrize("classes", [(3, 8), (8, 3)])
def test_second_digit_of_a_pair_is_class_1(classes):
    data = load_digits()
    rows = np.isin(data.target, classes)
    expected = table(data.data[rows], data.target[rows] == classes[1])
    np.testing.assert_allclose(before(digits(classes)), expected, atol=1e-8)


def test_pixels_that_never_change_stay_finite():
    split = digits()
    assert (split.scale == 1).sum() >= 3 and np.isfinite(split.X_test).all()


def test_importing_does_not_load_scikit_learn():
    code = "import sys, lessons_lib.datasets; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize(
    ("load", "bad", "says"),
    [
        (moons, {"samples": 3}, "samples must be a whole number of at least 4, got 3"),
        (spirals, {"samples": 9.5}, "samples must be a whole number of at least 4, got 9.5"),
        (moons, {"noise": -0.1}, "noise must be a finite number of at least 0, got -0.1"),
        (spirals, {"noise": np.nan}, "noise must be a finite number of at least 0, got nan"),
        (spirals, {"turns": 0}, "turns must be a finite number above 0, got 0"),
        (moons, {"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        (digits, {"seed": None}, "seed must be a whole number of at least 0, got None"),
        (breast_cancer, {"test_size": 1.5}, "test_size must be a number from 0 to 1, got 1.5"),
        (breast_cancer, {"test_size": 0}, "test_size must leave a sample of each class in both parts, got 0"),
        (digits, {"test_size": 1}, "test_size must leave a sample of each class in both parts, got 1"),
        (moons, {"samples": 4, "test_size": 0.1}, "test_size must leave a sample of each class in both parts, got 0.1"),
        (breast_cancer, {"features": []}, "features must hold 1 or more different names or numbers from 0 to 29, got"),
        (breast_cancer, {"features": [3, 3]}, "names or numbers from 0 to 29, got [3, 3]"),
        (breast_cancer, {"features": "mean radius"}, "names or numbers from 0 to 29, got 'mean radius'"),
        (breast_cancer, {"features": ["radius"]}, "got 'radius'. The names are: mean radius, mean texture"),
        (breast_cancer, {"features": [30]}, "each number in features must be a whole number from 0 to 29, got 30"),
        (digits, {"classes": (3,)}, "classes must hold 2 or more different names or numbers from 0 to 9, got (3,)"),
        (digits, {"classes": (3, 3)}, "names or numbers from 0 to 9, got (3, 3)"),
        (digits, {"classes": 3}, "names or numbers from 0 to 9, got 3"),
        (digits, {"classes": (3, 10)}, "each number in classes must be a whole number from 0 to 9, got 10"),
    ],
)
def test_bad_input_is_refused(load, bad, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        load(**bad)
