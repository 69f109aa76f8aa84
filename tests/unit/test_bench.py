"""The bench compares like with like: on a tiny task its peers reach one loss."""

import importlib.util
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def peers():
    spec = importlib.util.spec_from_file_location("bench_peers", HOME / "benchmarks" / "peers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["naive", "ours_float64", "scikit_learn"])
def test_peers_reach_the_loss_of_ours(peers, name):
    task = peers.make_task("tiny")
    expected = peers.final_loss(task, peers.ours(task)())
    assert expected < peers.final_loss(task, task.params) - 1e-3
    train = getattr(peers, name)(task)
    for _ in range(2):  # a round leaves nothing behind for the next
        assert peers.final_loss(task, train()) == pytest.approx(expected, rel=1e-5)


def test_bare_products_are_as_many_as_those_of_an_update(peers):
    assert peers.products(peers.make_task("tiny"))() is None
