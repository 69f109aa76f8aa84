"""Where sandboxes run: on the worker processes of a Dask cluster, this computer's own or one at an address.

This computer's own is shut to everyone else: its processes speak TLS, with a key that is made for this one batch.
"""

import contextlib
import os
import signal
import threading

import dask
from distributed import Client, LocalCluster, Security, WorkerPlugin
from distributed.comm import parse_address, parse_host_port
from distributed.comm.registry import get_backend

from classroom import fitness

CORES = os.cpu_count() or 1
NO_PAGES = {f"distributed.{role}.http.routes": [] for role in ("scheduler", "worker")}


class ClusterError(Exception):
    """The cluster cannot be used, or no longer; the text says why. Starting again goes on from there."""


def address(text):
    """Return `text` if it can be the address of a scheduler; raise ValueError if not.

    >>> address("tcp://10.0.0.5:8786"), address("grading.example.org")
    ('tcp://10.0.0.5:8786', 'grading.example.org')
    >>> address("tcp://10.0.0.5:door")
    Traceback (most recent call last):
    ValueError: the scheduler's address must be as in tcp://10.0.0.5:8786 or tls://10.0.0.5:8786, not 'tcp://10.0.0.5:door'
    """
    try:
        scheme, place = parse_address(text)
        get_backend(scheme)
        host, _ = parse_host_port(place, 8786)
    except ValueError:
        host = ""
    if not host or " " in text:
        allowed = "as in tcp://10.0.0.5:8786 or tls://10.0.0.5:8786"
        raise ValueError(f"the scheduler's address must be {allowed}, not {text!r}")
    return text


def known_address():
    """Return the address in Dask's own settings (DASK_SCHEDULER_ADDRESS, or its files), or None."""
    return dask.config.get("scheduler-address", None)


@contextlib.contextmanager
def connect(place=None, *, workers=1, safe=True):
    """Give a Client of the scheduler at an address, or of as many local worker processes, each with one thread.

    All workers there are have been found fit for grading.

    Raises
    ------
    ClusterError : it cannot be reached, has no workers, or has one that would not grade as this computer does
    """
    with _local(workers) if place is None else _distant(place) as client:
        for line in unfit(client, safe):
            raise ClusterError(line)
        yield client


@contextlib.contextmanager
def _distant(place):
    try:
        encrypted = parse_address(address(place))[0] in ("tls", "wss")
        if encrypted and not Security().get_connection_args("client").get("ssl_context"):
            raise ClusterError(f"{place} needs keys: set distributed.comm.tls in Dask's settings.")
        client = Client(place, set_as_default=False, name="classroom")
    except (OSError, ValueError) as error:
        raise ClusterError(f"The scheduler at {place} does not answer: {error}") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=dask.config.get("distributed.comm.timeouts.connect"))
        except TimeoutError:
            raise ClusterError(f"The scheduler at {place} has no workers. Start some:  dask worker {place}") from None
        yield client


@contextlib.contextmanager
def _local(workers):
    with contextlib.ExitStack() as stack:
        # what is half made cannot be closed, so Ctrl-C waits; nobody is served a page about the workers
        with uninterrupted(), dask.config.set(NO_PAGES):
            local = stack.enter_context(
                LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    memory_limit=0,  # that of the sandbox counts
                    host="127.0.0.1",
                    protocol="tls",
                    security=Security.temporary(),  # a key that only this batch's processes have
                    dashboard_address=None,
                    scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                    silence_logs="CRITICAL",
                )
            )
            client = stack.enter_context(Client(local, set_as_default=False, name="classroom"))
            client.register_plugin(Unmoved())
        yield client


@contextlib.contextmanager
def uninterrupted():
    """Have Ctrl-C wait until what belongs together is done."""
    if threading.current_thread() is not threading.main_thread():  # where no signal arrives
        yield
        return
    noted = []
    before = signal.signal(signal.SIGINT, lambda *_: noted.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if noted:
        raise KeyboardInterrupt


class Unmoved(WorkerPlugin):
    """Has a local worker leave Ctrl-C, which every process in a terminal gets, to the process that started it."""

    def setup(self, worker):
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def unfit(client, safe):
    """Yield a line for each worker that would not grade as this computer does."""
    for place, found in sorted(client.run(ERRANDS["describe"], safe, on_error="return").items()):
        if not isinstance(found, dict):
            found = {fitness.WALLS: f"{type(found).__name__}: {found}"}
        if text := fitness.differences(found, fitness.expected(safe)):
            yield f"The worker {place} does not grade as this computer does. {text}"


def _errands():
    """Return the functions that are sent to workers.

    They are local so that they are sent whole: neither the scheduler nor an unfit worker has to have our modules.
    """

    def describe(safe):
        try:
            from classroom import fitness
        except ImportError as error:
            import sys

            return {"Python": sys.version.split()[0], "classroom and lessons_lib": f"missing ({error})"}
        return fitness.description(safe)

    def examine(own, common, wanted):
        from classroom import fitness

        return fitness.examine_here(own, common, wanted)

    return {"describe": describe, "examine": examine}


ERRANDS = _errands()
