"""Worker processes to compute on: those of this machine, or of any cluster that has an address."""

import contextlib
import logging
import os
import re

from dask.utils import parse_bytes
from distributed import Client, LocalCluster, Security

from lessons_lib import checks

SETTING = "DASK_SCHEDULER_ADDRESS"  # Dask's own name for it
QUIET = logging.CRITICAL + 1


@contextlib.contextmanager
def connect(scheduler=None, *, workers=None, memory_limit=None, timeout=10):
    """Yield a Dask client: of the cluster at an address, or else of worker processes on this machine.

    In a script, call this below `if __name__ == "__main__":`, because each process that it starts imports the script.

    Parameters
    ----------
    scheduler : str
        An address such as "tcp://10.0.0.1:8786". The environment variable DASK_SCHEDULER_ADDRESS unless given.
        With neither, worker processes are started here, each with one thread, and end with the context.
    workers : int
        How many processes are started here; one for each core unless given. A cluster at an address has its own.
    memory_limit : str or int
        What each process started here may hold, such as "256MiB"; no limit unless given. As for `workers`.
    timeout : float
        Seconds to wait for an answer from the address.

    Raises
    ------
    ValueError
        If an argument is not as above.
    ConnectionError
        If nothing answers at the address, it wants keys, or no worker has joined it.
    """
    address, name = (scheduler, "scheduler") if scheduler is not None else (os.environ.get(SETTING) or None, SETTING)
    timeout = checks.number(timeout, "timeout")
    if workers is not None:
        workers = checks.count(workers, "workers", low=1)
    limit = 0 if memory_limit is None else _bytes(memory_limit)
    if address is None:
        size = {"n_workers": workers or os.cpu_count(), "threads_per_worker": 1, "memory_limit": limit}
        quiet = {"dashboard_address": "127.0.0.1:0", "silence_logs": QUIET}  # any free port, for this machine
        keys = Security.temporary()  # a scheduler runs what it is told, also by another account of this machine
        with LocalCluster(processes=True, security=keys, **size, **quiet) as cluster, Client(cluster) as client:
            yield client
        return
    if not isinstance(address, str) or not re.fullmatch(r"[a-z]+://\S+:\d+", address):
        raise ValueError(f"{name} must be an address such as 'tcp://10.0.0.1:8786', got {address!r}")
    with _answer(address, name, timeout) as client:
        yield client


def _answer(address, name, timeout):
    """Return a client of the scheduler at this address, which has at least one worker."""
    if address.startswith("tls:") and not Security().get_connection_args("client").get("ssl_context"):
        raise ConnectionError(
            f"the scheduler at {name} {address!r} wants keys. Name them in Dask's distributed.comm.tls"
        )
    logger = logging.getLogger("distributed")
    level = logger.level
    logger.setLevel(QUIET)  # what is wrong is said once, below
    try:
        client = Client(address, timeout=timeout)
    except (OSError, TimeoutError) as error:
        hint = f"Start one with `dask scheduler`, or leave {SETTING} unset to compute on this machine"
        raise ConnectionError(f"no scheduler answers at {name} {address!r}. {hint}") from error
    finally:
        logger.setLevel(level)
    try:
        client.wait_for_workers(1, timeout=timeout)
    except (OSError, TimeoutError) as error:
        client.close()
        hint = f"Start one with `dask worker {address}`"
        raise ConnectionError(f"the scheduler at {name} {address!r} has no workers. {hint}") from error
    return client


def _bytes(limit):
    try:
        return parse_bytes(limit)
    except (ValueError, TypeError, AttributeError):
        raise ValueError(f"memory_limit must be a size such as '256MiB', got {limit!r}") from None
