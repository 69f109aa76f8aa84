"""The bank of attacks: what a submission may try. Each is code in the place of an answer, or a notebook made by hand.

`ATTACKS` has for each attack how the notebook is made and the points that are honestly earned in it.
"""

import copy
import json

from nbformat.v4 import new_code_cell

RIGHT_APPLY = "def apply(f, x):\n    return f(f(x))"
WRONG = "def double(x):\n    return 0"

FORGED = """
import json, os, struct
good = json.dumps({"value": 6}).encode()
for fd in range(3, 50):
    try: os.write(fd, (struct.pack(">I", len(good)) + good) * 20)
    except OSError: pass
"""

# Code in the first answer, without a right function: nothing is earned.
CODE = {
    "patched_asserts": """
import numpy as np, unittest
np.testing.assert_allclose = np.testing.assert_array_equal = np.array_equal = np.allclose = lambda *a, **k: True
unittest.TestCase.assertEqual = lambda *a: None
def double(x): return 0
def apply(f, x): return 0
""",
    "patched_builtins": """
import builtins
builtins.all = builtins.any = builtins.isinstance = builtins.bool = lambda *a: True
builtins.AssertionError = builtins.Exception = ValueError
builtins.__import__ = lambda *a, **k: None
""",
    "patched_coach": """
from lessons_lib import coach
coach.check = coach.diagnose = coach.same = lambda *a, **k: True
coach.NotYet = ValueError
def double(x): return 0
""",
    "takes_the_names_of_the_checks": """
class Yes:
    def __getattr__(self, name): return lambda *a, **k: True
    def __call__(self, *a, **k): return True
np = NotYet = numpy = coach = examine = array_equal = Yes()
def double(x): return 0
""",
    "ipython_hooks": """
shell = get_ipython()
shell.events.register("pre_run_cell", lambda *a: None)
shell.input_transformers_post.append(lambda lines: [])
shell.run_cell = shell.run_code = lambda *a, **k: None
""",
    "ast_trick": """
import ast
class Blank(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
get_ipython().ast_transformers.append(Blank())
sys_modules = __import__("sys").modules
sys_modules["builtins"].compile = lambda *a, **k: (lambda: None).__code__
""",
    "lies_about_equality": """
class Liar(float):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = None
    def __array__(self, *a, **k): return self
def double(x): return Liar()
def apply(f, x): return Liar()
""",
    "lying_array": """
import numpy as np
class Liar(np.ndarray):
    def __eq__(self, other): return True
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return True
def double(x): return np.zeros(1).view(Liar)
apply = double
""",
    "odd_objects": """
class Odd:
    def __reduce__(self): return (eval, ("1/0",))
def double(x): return Odd()
def apply(f, x): return {1: {2}}
""",
    "exits": "import sys\nsys.exit(0)",
    "exits_hard": "import os\nos._exit(0)",
    "raises_system_exit_in_function": "def double(x): raise SystemExit(0)\ndef apply(f, x): raise KeyboardInterrupt",
    "kills_everything": "import os, signal\nos.kill(-1, signal.SIGKILL)\nos.kill(os.getppid(), signal.SIGKILL)",
    "loop_at_top": "while True: pass",
    "loop_that_holds_on": """
import signal
signal.signal(signal.SIGALRM, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
def double(x):
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
    "memory_bomb": "hoard = []\nwhile True: hoard.append(bytearray(50_000_000))",
    "memory_bomb_of_many": """
import os, time
for _ in range(8):
    if os.fork() == 0:
        hoard = bytearray(b"x" * 300_000_000)
        time.sleep(60)
time.sleep(60)
""",
    "fork_bomb": "import os\nwhile True: os.fork()",
    "thread_bomb": "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(60,)).start()",
    "leaves_processes_behind": """
import subprocess, sys
for _ in range(5):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(987654)"], start_new_session=True)
""",
    "prints_100_mb": """
import os
for _ in range(500): print("x" * 100_000)
for _ in range(500): os.write(1, b"x" * 100_000)
""",
    "fills_the_disk": """
import itertools
for number in itertools.count():
    with open(f"/tmp/{number}", "wb") as file: file.write(bytes(10_000_000))
""",
    "huge_result": """
import numpy as np
def double(x): return np.zeros(10**8)
def apply(f, x): return ["x" * 10**6] * 100
""",
    "deep_result": "def double(x):\n    nest = []\n    for _ in range(10**5): nest = [nest]\n    return nest",
    "endless_generator": "def double(x):\n    while True: yield x",
    "endless_callbacks": "def apply(f, x):\n    while True: f(x)",
    "nonsense_replies": """
import os
for fd in range(3, 50):
    try: os.write(fd, b"\\xff" * 1000)
    except OSError: pass
""",
    "closes_the_pipes": "import os\nos.closerange(3, 50)",
    "calls_functions_of_the_grader": """
import gc
for found in gc.get_objects():
    if type(found).__name__ == "Worker":
        for number in (-1, 0, 1, 10**9, "x", None):
            found.send({"function": number, "args": {"list": []}, "kwargs": {"dict": []}})
""",
    "forged_outcome": 'print(\'{"checks": {"check_double": {"points": 2}}}\')\nprint("2.0")',
    "sees_the_course": """
import os
found = []
for root in ("COURSE", "CLASSROOM", "/proc/1/rootCOURSE", "/proc/1/rootCLASSROOM", "/home", "/proc/1/cwd/home"):
    for folder, _, files in os.walk(root):
        found += [f"{folder}/{file}" for file in files]
seen = [path for path in found if "COURSE" in path or "CLASSROOM" in path or path.endswith("/gradebook.db")]
def double(x): return 6 if seen else 0
print("SEEN", seen)
""",
    "reads_by_path": """
for path in ("COURSE/gradebook.db", "COURSE/submitted/honest/mini/mini.ipynb", "COURSE/source/mini/mini.ipynb",
             "COURSE/grading/secret", "CLASSROOM/examine.py", "CLASSROOM/tasks/__init__.py"):
    try: print("READ", open(path, "rb").read(20))
    except OSError as error: print(error)
""",
    "writes_files": """
import os
for path in ("/usr/escaped", "/escaped", "/dev/shm/escaped", "/tmp/../escaped", "/box/wire.py", os.__file__,
             "COURSE/escaped", "COURSE/gradebook.db", "CLASSROOM/escaped.py"):
    try:
        with open(path, "ab") as file: file.write(b"escaped")
        print("WROTE", path)
    except OSError as error: print(error)
""",
    "network": """
import socket
for address in (("127.0.0.1", PORT), ("1.1.1.1", 53)):
    try:
        socket.create_connection(address, timeout=1)
        print("CONNECTED")
    except OSError as error: print(error)
""",
    "library_by_file": """
import lessons_lib, pathlib, importlib
try:
    from lessons_lib import descent
    print("IMPORTED")
except ImportError as error: print(error)
print("FILES", sorted(path.name for path in pathlib.Path(lessons_lib.__file__).parent.glob("*")))
library = pathlib.Path("LIBRARY")
print("TEXT", [path for path in (*library.parent.glob("*.py"), *library.glob("*.py"))])
""",
    "becomes_root": """
import os
for attempt in (lambda: os.setuid(0), lambda: os.chroot("/"), lambda: os.mknod("/tmp/node", 0o60600, 0x800)):
    try:
        attempt()
        print("BECAME")
    except OSError as error: print(error)
""",
}


def in_first_answer(code):
    """Return what makes a notebook with `code` in the first answer and nothing in the others."""

    def make(notebook, mini, places):
        placed = code
        for name, value in places.items():
            placed = placed.replace(name, value)
        return mini.answer(notebook, double=placed, apply="pass")

    return make


def broken_first(code):
    """Return what makes a notebook whose first function is `code`; the second is right and must keep its points."""

    def make(notebook, mini, places):
        return mini.answer(notebook, double=code, apply=RIGHT_APPLY)

    return make


def deleted_checks(notebook, mini, places):
    notebook.cells = [c for c in notebook.cells if not c.metadata.get("nbgrader", {}).get("grade")]
    return notebook


def deleted_all(notebook, mini, places):
    notebook.cells = []
    return notebook


def emptied_checks(notebook, mini, places):
    mini.cell(notebook, "check_double").source = "pass"
    mini.cell(notebook, "check_apply").source = "6.0"
    return notebook


def duplicated_checks(notebook, mini, places):
    for name in ("check_double", "check_apply"):
        first, last = (copy.deepcopy(mini.cell(notebook, name)) for _ in range(2))
        first.source = last.source = "pass"
        first.id, last.id = f"first-{name}", f"last-{name}"
        notebook.cells = [first, *notebook.cells, last]
    return notebook


def reordered(notebook, mini, places):
    notebook.cells = notebook.cells[::-1]
    return mini.answer(notebook, double=WRONG)


def retyped(notebook, mini, places):
    for name in ("check_double", "check_apply"):
        found = mini.cell(notebook, name)
        found.cell_type = "markdown"
        found.pop("outputs"), found.pop("execution_count")
    return notebook


def edited_points(notebook, mini, places):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader["points"] = 1000
    mini.cell(notebook, "text").source = "A text."
    return mini.answer(notebook, apply=RIGHT_APPLY)


def edited_roles(notebook, mini, places):
    for name in ("check_double", "check_apply"):
        mini.cell(notebook, name).metadata.nbgrader.update(grade=False, locked=False, solution=True)
    mini.cell(notebook, "double").metadata.nbgrader.update(grade=True, points=5, solution=False)
    return mini.answer(notebook, double="5.0")


def swapped_names(notebook, mini, places):
    first, second = mini.cell(notebook, "check_double"), mini.cell(notebook, "check_apply")
    first.metadata.nbgrader["grade_id"], second.metadata.nbgrader["grade_id"] = "check_apply", "check_double"
    return mini.answer(notebook, double=WRONG)


def invented_cells(notebook, mini, places):
    extra = new_code_cell("100.0", metadata=mini.about("bonus", grade=True, points=100))
    notebook.cells.append(extra)
    return notebook


def odd_metadata(notebook, mini, places):
    for odd in ("text", 7, None, ["x"], {"grade_id": ["x"]}, {"grade_id": None, "grade": True}, {"schema_version": 99}):
        notebook.cells.append(new_code_cell("pass", metadata={"nbgrader": odd}))
    notebook.metadata["classroom"] = {"unreadable": ""}
    notebook.metadata["kernelspec"] = "none"
    return json.dumps(notebook)


def ready_outputs(notebook, mini, places):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                {"output_type": "execute_result", "data": {"text/plain": "3.0"}, "metadata": {}, "execution_count": 1}
            ]
            cell.metadata["classroom"] = {"message": "", "review": False}
    return notebook


def script_in_text(notebook, mini, places):
    return mini.answer(notebook, text="<script>steal()</script><img src=x onerror=steal()> {{ 7 * 7 }}")


def text(content):
    return lambda notebook, mini, places: content


# Name: (what makes the notebook, points that are earned, whether somebody has to look at it).
ATTACKS = {name: (in_first_answer(code), 0, False) for name, code in CODE.items()} | {
    "forged_replies": (in_first_answer(FORGED), 0, True),
    "loop_in_function": (broken_first("def double(x):\n    while True: pass"), 3, False),
    "loop_at_top_of_one_cell": (broken_first("while True: pass"), 3, False),
    "exits_in_function": (broken_first("import os\ndef double(x): os._exit(0)"), 3, False),
    "memory_in_function": (broken_first("def double(x):\n    return bytearray(10**10)"), 3, False),
    "changes_its_input": (broken_first("def double(x):\n    x *= 2\n    return x - x"), 3, False),
    "warns_and_prints": (
        broken_first("import sys, warnings\ndef double(x):\n    warnings.warn('!')\n    print('!', file=sys.stderr)"
                     "\n    return 2 * x"), 5, False),
    "deleted_checks": (deleted_checks, 0, False),
    "deleted_all": (deleted_all, 0, False),
    "emptied_checks": (emptied_checks, 0, False),
    "duplicated_checks": (duplicated_checks, 0, False),
    "reordered": (reordered, 0, False),
    "retyped": (retyped, 0, False),
    "edited_points": (edited_points, 3, False),
    "edited_roles": (edited_roles, 0, False),
    "swapped_names": (swapped_names, 0, False),
    "invented_cells": (invented_cells, 0, False),
    "odd_metadata": (odd_metadata, 0, False),
    "ready_outputs": (ready_outputs, 0, False),
    "script_in_text": (script_in_text, 0, False),
    "corrupt_json": (text('{"cells": [{"cell_type": "code", "sou'), 0, True),
    "empty_file": (text(""), 0, True),
    "not_a_notebook": (text("[1, 2, 3]"), 0, True),
    "deep_json": (text("[" * 100_000), 0, True),
    "large_file": (text(" " * 21_000_000), 0, True),
    "cells_of_no_kind": (text('{"cells": [1, null, {}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'), 0, True),
    "from_the_future": (text('{"cells": [], "metadata": {}, "nbformat": 9, "nbformat_minor": 0}'), 0, True),
}  # fmt: skip
