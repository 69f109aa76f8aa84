"""How long each notebook runs, and how long the book takes to build: cold, and after a change of one word."""

import json
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import common
import nbformat
from nbclient import NotebookClient

LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "_build", "node_modules", "__pycache__", ".*_cache", ".hypothesis")
CHANGED = "03_choose_a_batch.ipynb"


def timed(action):
    """Return the seconds that an action took, those of the processors in the processes it started, and its result."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    result = action()
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, result


def notebooks():
    """Return {name: (seconds, processor seconds)}, each with a kernel of its own, one notebook after another."""
    seconds = {}
    for path in sorted(common.HOME.glob("book/*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(
            notebook, timeout=300, extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(path.parent)}},
        )  # fmt: skip
        seconds[path.stem] = timed(client.execute)[:2]
        common.say(f"building: {path.stem} ran in {seconds[path.stem][0]:.1f} s")
    return seconds


def change_one_word(path):
    """Change a word of the prose, in the last Markdown cell."""
    notebook = json.loads(path.read_text())
    cell = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"][-1]
    cell["source"] = "".join(cell["source"]) + "\n\nChanged."
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False))


def build(home):
    """Return the seconds and the processor seconds of one build, or None if it failed."""
    command = [common.BOOK_PYTHON, home / "tools" / "build.py"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    seconds, work, done = timed(lambda: subprocess.run(command, cwd=home, **pipes))
    if done.returncode:
        common.say(done.stdout[-3000:].replace(str(home), ""))
        return None
    return seconds, work


def builds():
    """Return what `build` returns for a cold build and for one after a changed word, in a copy of the tree."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder) / "book"
        shutil.copytree(common.HOME, home, ignore=LEFT_OUT)
        (home / "node_modules").symlink_to(common.HOME / "node_modules")
        cold = build(home)
        common.say(f"building: cold {cold}")
        if cold is None:
            return None, None
        change_one_word(home / "book" / CHANGED)
        changed = build(home)
        common.say(f"building: after one word {changed}")
        return cold, changed


def main():
    cold, changed = builds()
    goals = []
    for what, took, limit, why in (
        (
            "cold build of the book",
            cold,
            90,
            "a busy machine; the time is that of the kernels, the imports and the cells",
        ),
        ("build after a change of one word", changed, 15, "the chapter that changed is run again as a whole"),
    ):
        measured, reached = "failed", False
        if took:
            measured, reached = f"{took[0]:.0f} s ({took[1]:.0f} s of the processors)", took[0] <= limit
        goals.append(common.goal(what, f"at most {limit} s", measured, reached, why if took else "the build failed"))
    times = notebooks()
    times["all"] = [sum(column) for column in zip(*times.values(), strict=True)]
    rows = [(name, f"{seconds:.1f}", f"{work:.1f}") for name, (seconds, work) in times.items()]
    text = common.table(["notebook", "seconds", "seconds of the processors"], rows)
    text += "\n\nOne notebook after another, each with its kernel's start. On a busy machine the two columns differ."
    common.hand_in(common.Part("Notebooks and builds", goals, text))


if __name__ == "__main__":
    main()
