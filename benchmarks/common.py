"""What the benchmarks share: where things are, fair rounds, tables, and how a part hands in its results."""

import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HOME = Path(__file__).resolve().parent.parent
HTML = HOME / "_build" / "html"
SAVED = HOME / "_build" / "bench"  # one JSON file for each part
BOOK_PYTHON = HOME / ".venv" / "bin" / "python"
PEER_PYTHON = HOME / ".venv-bench" / "bin" / "python"

ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
}


class Goal(NamedTuple):
    """One line of the first table: what was to be reached, what was measured, and why if it was not."""

    what: str
    goal: str
    measured: str
    reached: bool
    reason: str = ""


def goal(what, goal, measured, reached, reason):
    """Return a Goal; the reason counts only where the goal was not reached."""
    return Goal(what, goal, measured, bool(reached), "" if reached else reason)


class Part(NamedTuple):
    """What a part hands in: its goals and its own tables, as Markdown."""

    title: str
    goals: list
    text: str


def table(header, rows):
    """Return a Markdown table.

    >>> print(table(["peer", "µs"], [["ours", 3]]))
    | peer | µs |
    |---|---|
    | ours | 3 |
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("|" + "|".join("---" if c == "---" else f" {c} " for c in line) + "|" for line in lines)


def spread(values, digits=3):
    """Return the median and, in brackets, the quartiles.

    >>> spread([1, 2, 3, 4, 100])
    '3 (2 to 4)'
    """
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return f"{brief(middle, digits)} ({brief(low, digits)} to {brief(high, digits)})"


def brief(value, digits=3):
    """Return a number with so many digits, without an exponent.

    >>> brief(1234.5), brief(0.01234), brief(31)
    ('1230', '0.0123', '31')
    """
    return f"{float(f'{value:.{digits}g}'):.10f}".rstrip("0").rstrip(".")


def percentile(values, share):
    """Return the smallest value that at least this share of the values do not exceed.

    >>> percentile(range(1, 101), 0.95)
    95
    """
    values = sorted(values)
    return values[max(0, -(-len(values) * round(100 * share) // 100) - 1)]


def machine():
    """Return the kind of machine in a few words: no name, no path."""
    book = _versions(BOOK_PYTHON, "numpy", "tensorflow-cpu", "tensorflow", "keras", "playwright")
    peers = _versions(PEER_PYTHON, "numpy", "jax", "torch", "keras", "scikit-learn", "autograd")
    return [
        f"{os.cpu_count()} cores, {_processor()}",
        f"{platform.system()}, Python {platform.python_version()}",
        f"the book's packages: {book}",
        f"the peers': {peers}",
    ]


def _versions(python, *names):
    if not python.exists():
        return "not installed"
    code = (
        "import sys, importlib.metadata as m;"
        "have = {d.name.lower().replace('_', '-'): d.version for d in m.distributions()};"
        "print(', '.join(f'{n} {have[n]}' for n in sys.argv[1:] if n in have))"
    )
    return subprocess.run([python, "-c", code, *names], capture_output=True, text=True, check=True).stdout.strip()


def need_peers():
    """Stop unless the peers are installed."""
    if not PEER_PYTHON.exists():
        sys.exit("The peers are not installed: `make bench` makes .venv-bench from requirements-bench.txt.")


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def say(text):
    """Show progress, apart from the results."""
    print(text, file=sys.stderr, flush=True)


def hand_in(part):
    """Print a part's results and save them for `run.py`."""
    SAVED.mkdir(parents=True, exist_ok=True)
    name, text = Path(sys.argv[0]).stem, part.text
    if hasattr(os, "getloadavg"):  # a busy machine is the commonest reason for a strange number
        text += f"\n\nLoad of the machine: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores."
    (SAVED / f"{name}.json").write_text(json.dumps({"title": part.title, "goals": part.goals, "text": text}))
    print(f"## {part.title}\n\n{goals_table(part.goals) if part.goals else ''}\n\n{text}")


def goals_table(goals):
    rows = [(what, goal, got, "yes" if reached else "**no**", reason) for what, goal, got, reached, reason in goals]
    return table(["what", "goal", "measured", "reached", "why not"], rows)


def skip(title, reason):
    """Hand in a part that could not be measured, with the reason, and leave."""
    hand_in(Part(title, [], f"Not measured: {reason}"))
    sys.exit(0)
