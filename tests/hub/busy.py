"""A class that is busy, a few at a time: two cores do not serve twenty at once any faster."""

import statistics
from concurrent.futures import ThreadPoolExecutor

AT_A_TIME = 4


def all_at_work(work, people):
    """Call `work` with each person, AT_A_TIME at a time; return the list of what it returns. Errors are raised."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(work, people))


def summary(numbers):
    return f"median {statistics.median(numbers):.1f}, largest {max(numbers):.1f} (n = {len(numbers)})"
