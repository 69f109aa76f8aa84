"""A batch of submissions: what has to be run for each, and which of them can be written into the gradebook already."""

from classroom import blackbox, cluster, notebooks, spread

PAUSE = 0.2  # seconds between two looks at the cluster when there is nothing else to do


def jobs(course, assignment, box, released, student, force):
    """Return the Jobs of a submission whose verdicts are not kept yet; with `force`, all of them."""
    found = []
    for name, cells in released.items():
        path = course.folder("submitted", assignment, student) / f"{name}.ipynb"
        try:
            notebook = notebooks.rebuild(notebooks.read(path), cells)
        except notebooks.Unreadable:  # nbgrader will come to the same
            continue
        about = {"coursedir": course.coursedir, "student": student, "assignment": assignment, "notebook": name}
        job = box.job(notebook, cells, **about)
        if force or not blackbox.verdict_path(job, course.root).exists():
            found.append(job)
    return found


def decided(course, work, *, place, workers, safe):
    """Yield the students as all of their verdicts are kept: first those who need none, then as the cluster goes on.

    Parameters
    ----------
    work : dict from students to their lists of Jobs
    place, workers, safe : for `cluster.connect`, which is done only if there is work
    """
    left = {student: len(jobs) for student, jobs in work.items()}
    todo = [job for jobs in work.values() for job in jobs]
    ready = [student for student in work if not left[student]]
    if not todo:
        yield from ready
        return
    with cluster.connect(place, workers=min(workers, len(todo)), safe=safe) as client:
        running = spread.Batch(client, todo)
        while ready or running:
            while found := running.next(0 if ready else PAUSE):  # all that is there, so that it is kept
                job, verdicts = found
                blackbox.keep(job, course.root, verdicts)
                left[job.student] -= 1
                ready += [] if left[job.student] else [job.student]
            if ready:
                yield ready.pop(0)
