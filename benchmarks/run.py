"""Run all benchmarks, one after another, and write benchmarks/results.md: the goals first, then the tables.

python benchmarks/run.py [part ...]   runs only these parts; the others' last results stay
"""

import datetime
import json
import subprocess
import sys
import time

import common

PARTS = ["training", "sweeps", "gradients", "workers", "redraw", "building", "pages", "grading"]
RESULTS = common.HOME / "benchmarks" / "results.md"


def run(name):
    """Run a part in a process of its own; return whether it ended well."""
    common.say(f"\n=== {name} ===")
    started = time.monotonic()
    saved = common.SAVED / f"{name}.json"
    before = saved.stat().st_mtime if saved.exists() else None
    command = [common.BOOK_PYTHON, common.HOME / "benchmarks" / f"{name}.py"]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, cwd=common.HOME)
    print(done.stdout, flush=True)
    common.say(f"=== {name}: {time.monotonic() - started:.0f} s ===")
    if done.returncode == 0 and not (saved.exists() and saved.stat().st_mtime != before):  # a part that only prints
        text = f"```\n{done.stdout.strip()}\n```"
        common.SAVED.mkdir(parents=True, exist_ok=True)
        saved.write_text(json.dumps({"title": f"The {name}", "goals": [], "text": text}))
    return done.returncode == 0


def write_results(failed):
    """Write all saved parts as one page."""
    parts = {}
    for name in PARTS:
        if (common.SAVED / f"{name}.json").exists():
            parts[name] = json.loads((common.SAVED / f"{name}.json").read_text())
    goals = [goal for part in parts.values() for goal in part["goals"]]
    lines = [
        "# What was measured",
        "",
        f"`make bench`, {datetime.date.today():%B %Y}. The machine: {'; '.join(common.machine())}.",
        "Times depend on the machine and on what else it does. Rounds are interleaved, so ratios suffer less; but on a "
        "busy machine peers with threads of their own (PyTorch, TensorFlow) lose more than the rest, to our good.",
        "",
        "## Goals",
        "",
        common.goals_table(goals),
    ]
    for name, part in parts.items():
        stale = ["", "*This part failed in the last run; these are the results of the one before.*"] * (name in failed)
        lines += ["", f"## {part['title']}", *stale, "", part["text"]]
    for name in failed:
        if name not in parts:
            lines += ["", f"## {name.capitalize()}", "", "This part failed."]
    RESULTS.write_text("\n".join(lines) + "\n")


def main():
    chosen = sys.argv[1:] or PARTS
    if unknown := [name for name in chosen if name not in PARTS]:
        sys.exit(f"No part is called {unknown[0]}; there are {', '.join(PARTS)}.")
    failed = [name for name in chosen if not run(name)]
    write_results(failed)
    common.say(f"\nWritten: {RESULTS.relative_to(common.HOME)}")
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}; their messages stand above.")


if __name__ == "__main__":
    main()
