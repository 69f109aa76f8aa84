"""Hands jobs out to a cluster's workers and brings their verdicts back, whatever becomes of the workers.

Dask runs anew what was on a worker that died. What was there when several workers died is then run alone: only what
ends its workers even so is given up, and needs review.
"""

import dataclasses
import json
import queue
import time

from distributed import KilledWorker

from classroom.cluster import ERRANDS, ClusterError
from classroom.examiner import undecided
from classroom.fitness import expected

PATIENCE = 60  # seconds without a single worker before the batch is given up
LOOK = 5  # seconds between two looks whether there are workers
KILLS = "Several workers died while they ran it, one after another."
KEPT = "What was decided is kept: start again to go on from there."
LOST = f"The connection to the scheduler is lost. {KEPT}"
NOBODY = f"There are no workers any more. {KEPT}"


class Batch:
    """Jobs on their way: true as long as there are some.

    Parameters
    ----------
    client : distributed.Client
    jobs : list of Job, at least one, all of one assignment
    """

    def __init__(self, client, jobs):
        self.client, self.done, self.pending, self.suspects = client, queue.SimpleQueue(), {}, []
        self.alone = None  # the job that has the workers to itself
        self.seen = self.looked = time.monotonic()  # when there were workers; when that was looked for
        # a task of its own: the files go once to each worker, and Dask makes them anew when they are lost
        self.common = client.submit(dict, files=jobs[0].files, pure=False)
        self._send(jobs)

    def __bool__(self):
        return bool(self.pending or self.suspects)

    def _send(self, jobs):
        own = [dataclasses.asdict(job) for job in jobs]
        for fields in own:
            del fields["files"], fields["student"]  # nobody there has to know whose it is
        settings = {"common": self.common, "wanted": expected(jobs[0].safe), "pure": False, "retries": 1}
        futures = self.client.map(ERRANDS["examine"], [json.dumps(fields) for fields in own], **settings)
        self.pending |= {future.key: (future, job) for future, job in zip(futures, jobs, strict=True)}
        for future in futures:
            future.add_done_callback(self.done.put)

    def next(self, pause):
        """Return a Job that is decided and its verdicts, or None if there is none within so many seconds.

        Raises
        ------
        ClusterError : the scheduler or all workers are lost, or a worker came that is not like this computer
        """
        if self.suspects and not self.pending:
            self.alone = self.suspects.pop()
            self._send([self.alone])
        try:
            future = self.done.get(timeout=pause) if pause else self.done.get_nowait()
        except queue.Empty:
            return self._look()
        job = self.pending[future.key][1]
        try:
            verdicts = json.loads(future.result(timeout=LOOK))
        except KilledWorker:
            if job is not self.alone:
                self.suspects.append(self.pending.pop(future.key)[1])
                return None
            verdicts = undecided(job, KILLS)
        except Exception as error:
            if future.status in ("cancelled", "lost"):
                raise ClusterError(LOST) from None
            if future.status != "error":  # its worker died with the result: it is made anew
                future.add_done_callback(self.done.put)
                return self._look()
            verdicts = undecided(job, f"The worker could not run it: {type(error).__name__}: {error}")
        future.release()
        if "unfit" in verdicts:
            raise ClusterError(f"A worker that came late does not grade as this computer does. {verdicts['unfit']}")
        del self.pending[future.key]
        return job, verdicts

    def _look(self):
        """Raise ClusterError if nothing can come any more."""
        if self.client.status != "running":
            raise ClusterError(LOST)
        now = time.monotonic()
        if now - self.looked > LOOK:
            self.looked = now
            try:
                self.seen = now if self.client.nthreads() else self.seen
            except OSError:
                raise ClusterError(LOST) from None
            if now - self.seen > PATIENCE:
                raise ClusterError(NOBODY)
