"""A client of worker processes: those of this machine, or those of an address; and plain words if there are none."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from distributed import Client, LocalCluster, Security

from lessons_lib.cluster import QUIET, SETTING, connect


def test_workers_have_one_thread_each(client):
    client.wait_for_workers(2)  # another test may have killed one
    assert list(client.nthreads().values()) == [1, 1]
    assert set(client.run(lambda: os.environ["OPENBLAS_NUM_THREADS"]).values()) == {"1"}


@pytest.fixture(scope="module")
def elsewhere():
    """A client of a cluster that is open to whoever has its address."""
    settings = {"processes": False, "dashboard_address": "127.0.0.1:0", "silence_logs": QUIET, "protocol": "tcp://"}
    with LocalCluster(n_workers=2, threads_per_worker=1, **settings) as cluster, Client(cluster) as client:
        yield client


def test_strangers_are_kept_out_of_workers_on_this_machine(client):
    place = client.scheduler.address
    assert place.startswith("tls://127.0.0.1:")
    for stranger, keys in ((place, Security.temporary()), (place.replace("tls", "tcp"), None)):
        with pytest.raises(OSError):
            Client(stranger, timeout=1, set_as_default=False, security=keys)


def test_an_address_that_wants_keys_is_said_plainly(client):
    with pytest.raises(ConnectionError, match="wants keys"), connect(client.scheduler.address):
        pass


@pytest.mark.parametrize("by", ["argument", "setting"])
def test_an_address_leads_to_that_cluster(elsewhere, monkeypatch, by):
    client, address = elsewhere, elsewhere.scheduler.address
    if by == "setting":
        monkeypatch.setenv(SETTING, address)
    with connect(address if by == "argument" else None) as other:
        assert isinstance(other, Client) and other is not client
        assert set(other.nthreads()) == set(client.nthreads())
    assert client.submit(sum, [1, 2]).result() == 3  # it was not ours to close


def test_the_commands_of_the_chapter_make_a_cluster(tmp_path):
    """A scheduler and a worker started from the command line, as on a real cluster."""
    dask, note = Path(sys.executable).with_name("dask"), tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    listen = ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0", "--scheduler-file", note]
    with subprocess.Popen([dask, "scheduler", *listen], **quiet) as scheduler:
        try:
            while not note.exists():
                assert scheduler.poll() is None
                time.sleep(0.1)
            address = json.loads(note.read_text())["address"]
            with subprocess.Popen([dask, "worker", address, "--nthreads", "1"], cwd=tmp_path, **quiet) as worker:
                try:
                    with connect(address, timeout=60) as client:
                        answer = client.submit(sum, [1, 2]).result()
                finally:
                    worker.terminate()
        finally:
            scheduler.terminate()
    assert answer == 3


def test_the_argument_goes_before_the_setting(elsewhere, monkeypatch):
    monkeypatch.setenv(SETTING, "tcp://127.0.0.1:1")
    with connect(elsewhere.scheduler.address) as other:
        assert other.scheduler.address == elsewhere.scheduler.address


def test_nobody_at_the_address_is_said_plainly(monkeypatch):
    monkeypatch.setenv(SETTING, "tcp://127.0.0.1:1")
    says = f"no scheduler answers at {SETTING} 'tcp://127.0.0.1:1'. Start one with `dask scheduler`"
    with pytest.raises(ConnectionError, match=re.escape(says)), connect(timeout=1):
        pass


def test_a_scheduler_without_workers_is_said_plainly():
    quiet = {"dashboard_address": "127.0.0.1:0", "silence_logs": QUIET}
    with LocalCluster(n_workers=0, processes=True, **quiet) as empty:
        says = f"has no workers. Start one with `dask worker {empty.scheduler_address}`"
        with pytest.raises(ConnectionError, match=re.escape(says)):
            with connect(empty.scheduler_address, timeout=0.5):
                pass


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"scheduler": "somewhere"}, "scheduler must be an address such as 'tcp://10.0.0.1:8786', got 'somewhere'"),
        ({"scheduler": 8786}, "scheduler must be an address such as 'tcp://10.0.0.1:8786', got 8786"),
        ({"workers": 0}, "workers must be a whole number of at least 1, got 0"),
        ({"memory_limit": "lots"}, "memory_limit must be a size such as '256MiB', got 'lots'"),
        ({"timeout": -1}, "timeout must be a finite number of at least 0, got -1"),
    ],
)
def test_a_bad_connection_is_named(given, says):
    with pytest.raises(ValueError, match=re.escape(says)), connect(**given):
        pass


def test_nothing_is_written_to_stderr_even_when_a_worker_dies(tmp_path):
    """The build of the book fails if a notebook writes there."""
    script = tmp_path / "run.py"
    script.write_text(
        "import os, signal\n"
        "from lessons_lib.cluster import connect\n"
        "if __name__ == '__main__':\n"
        "    with connect(workers=2) as client:\n"
        "        pids = client.run(os.getpid)\n"
        "        os.kill(min(pids.values()), signal.SIGKILL)\n"
        "        print(client.submit(sum, [1, 2]).result())\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != SETTING}
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, env=environment)
    assert (run.stdout, run.stderr) == ("3\n", "")
