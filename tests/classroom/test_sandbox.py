"""A notebook in its sandbox: it runs, its functions can be called, and it is held to its limits."""

import base64
import dataclasses
import json
import os
import subprocess
import sys

import numpy as np
import psutil
import pytest

from classroom import examiner, remote, sandbox
from lessons_lib.coach import Raised

LIMITS = sandbox.Limits(call_seconds=2, cell_seconds=60, notebook_seconds=300, memory=700_000_000)


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    folder = tmp_path_factory.mktemp("box")
    sandbox.fill(folder / "box", {"data.txt": base64.b64encode(b"41 42\n").decode()})
    return folder / "box"


@pytest.fixture(params=[True, False], ids=["sandbox", "no sandbox"])
def student(box, request):
    def start():
        return sandbox.Sandbox(box, LIMITS, safe=request.param)

    with remote.Student(start, LIMITS) as student:
        yield student


def test_cells_run_and_print(student):
    outcome = student.run("print(open('data.txt').read())")
    assert outcome == ("41 42\n\n", None)
    kind, message, where = student.run("x = 1\n1 / 0").error
    assert (kind, message) == ("ZeroDivisionError", "division by zero")
    assert "line 2" in where and "worker.py" not in where
    assert student.get("x") == 1  # what came before the error stays


def test_magics_do_no_harm(student):
    assert student.run("%matplotlib inline\n!ls\nfiles = !ls\na = 1").error is None
    assert student.run("%%time\nb = 2").error is None
    assert (student.get("a"), student.get("b"), student.get("files")) == (1, 2, [])
    assert student.run("%timeit 1\n?len").error is None


def test_functions_are_called_with_data(student):
    student.run("import numpy as np\ndef f(x, *, k=1):\n    x *= k\n    return {'sum': x.sum(), 'x': x}")
    f, x = student.get("f"), np.arange(3.0)
    result = f(x, k=2)
    assert result["sum"] == 6 and f.last_changed
    np.testing.assert_array_equal(x, [0, 1, 2])
    f(x)
    assert not f.last_changed


def test_functions_go_both_ways(student):
    student.run("def make(f):\n    def twice(x):\n        return f(f(x))\n    return twice")
    twice = student.get("make")(lambda x: x + 1)
    assert twice(5) == 7
    student.run("def robust(f):\n    try: return f()\n    except ValueError as error: return str(error)")

    def fails():
        raise ValueError("no")

    assert student.get("robust")(fails) == "no"


def test_a_generator_is_used_up_over_there_only(student):
    student.run("def draw(rng): return rng.normal(size=2)")
    rng = np.random.default_rng(3)
    draw = student.get("draw")
    np.testing.assert_array_equal(draw(rng), draw(rng))
    np.testing.assert_array_equal(draw(rng), np.random.default_rng(3).normal(size=2))


def test_errors_keep_their_kind(student):
    student.run("class Own(Exception): pass\ndef f(kind):\n    raise {'v': ValueError('bad'), 'o': Own('own')}[kind]")
    with pytest.raises(ValueError) as told:
        student.get("f")("v")
    assert isinstance(told.value, Raised) and (told.value.kind, told.value.text) == ("ValueError", "bad")
    with pytest.raises(Raised) as told:
        student.get("f")("o")
    assert told.value.kind == "Own"


def test_what_is_no_data_is_told(student):
    student.run("def f(): return {1, 2}\ng = object()")
    with pytest.raises(Raised, match="it returned a set, which is no number"):
        student.get("f")()
    with pytest.raises(Raised, match="it is a object"):
        student.get("g")
    with pytest.raises(NameError):
        student.get("unknown")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("while True: pass", "`f` took longer than 2 seconds"),
        ("import os; os._exit(0)", "`f` ended the process"),
        ("hoard = b'x' * 400_000_000; os.fork(); time.sleep(60)", "`f` used more than"),
    ],
)
def test_a_call_that_does_not_come_back_costs_only_itself(student, code, why):
    student.run(f"import os, time\ndef f():\n    {code}\ndef g(): return 1")
    with pytest.raises((remote.Stopped, Raised), match=why):
        student.get("f")()
    assert student.get("g")() == 1


def test_a_cell_that_ends_the_process_is_left_out(student):
    student.run("a = 1")
    assert student.run("import os; os._exit(0)").error[1] == "This cell ended the process that runs your notebook."
    student.run("b = 2")
    assert (student.get("a"), student.get("b")) == (1, 2)


def test_only_what_is_allowed_can_be_imported(student):
    assert student.run("from lessons_lib import coach, datasets, plots").error is None
    kind, message, _ = student.run("from lessons_lib import descent").error
    assert (kind, message) == (
        "ImportError",
        "lessons_lib.descent is not available in assignments: write it yourself",
    )


def test_all_in_all_there_is_a_limit(box):
    limits = LIMITS._replace(notebook_seconds=1)
    with remote.Student(lambda: sandbox.Sandbox(box, limits), limits) as student:
        student.run("def f():\n    while True: pass")
        with pytest.raises(remote.Stopped):
            student.get("f")()
        with pytest.raises(remote.Stopped, match="longer than 1 seconds in all"):
            student.get("f")


def test_without_bubblewrap_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    sandbox.check.cache_clear()
    with pytest.raises(sandbox.NoSandbox, match="sudo apt-get install bubblewrap"):
        sandbox.check()
    sandbox.check.cache_clear()


def job(steps, **more):
    about = {"student": "s", "assignment": "a", "notebook": "n", "imports": "import numpy as np", "files": {}}
    return examiner.Job(steps=steps, course="", limits=LIMITS._asdict(), **(about | more))


def checks(*sources, imports="import numpy as np", cell="def f(x): return 2 * x"):
    steps = [
        {"source": cell},
        *({"check": f"c{i}", "source": s, "points": 2, "seed": i} for i, s in enumerate(sources)),
    ]
    return list(examiner.examine(job(steps, imports=imports))["checks"].values())


@pytest.mark.parametrize(
    ("source", "message", "review"),
    [
        ("assert f(2) == 4", "", False),
        ("assert f(2) == 5, 'not five'", "not five", False),
        ("np.testing.assert_allclose(f(2.0), 5)", "This check found a wrong result.", False),
        ("assert g(2) == 5", "`g` is not defined: run your notebook from top to bottom before you submit it.", False),
        ("f('x', 2)", "Your code raised TypeError: f() takes 1 positional argument but 2 were given", False),
        ("from lessons_lib.coach import NotYet\nraise NotYet('half.', name='f')", "f: half.", False),
        ("1 / 0", "This check could not be completed; your instructor will look at it.", True),
        ("import no_such_module", "This check could not be completed; your instructor will look at it.", True),
        ("this is no Python", "This check could not be completed; your instructor will look at it.", True),
        ("raise SystemExit(0)", "This check could not be completed; your instructor will look at it.", True),
        ("def inner():\n    return [f(x) for x in (1, 2)]\nassert inner() == [2, 4]", "", False),
    ],
)
def test_verdicts(source, message, review):
    (verdict,) = checks(source)
    assert (verdict["message"], verdict["review"]) == (message, review)
    assert verdict["points"] == (0 if message else 2)


def test_a_check_takes_its_imports_from_the_instructor():
    fake = "class Fake: allclose = staticmethod(lambda *a: True)\nnp = Fake()\ndef allclose(*a): return True\nf = abs"
    (verdict,) = checks("assert np.allclose(1, 2), 'caught'", cell=fake)
    assert verdict["message"] == "caught"
    (verdict,) = checks("assert allclose(1, 2), 'caught'", imports="from numpy import allclose", cell=fake)
    assert verdict["message"] == "caught"


def test_an_examiner_that_dies_gives_no_points():
    steps = [{"check": "c", "source": "import os\nos._exit(3)", "points": 2, "seed": 0}]
    verdict = examiner.examine_apart(job(steps))["checks"]["c"]
    assert (verdict["points"], verdict["review"]) == (0, True)
    assert "exit code 3" in verdict["detail"]


def test_the_seed_reaches_the_check():
    steps = [
        {"check": "c", "source": "from classroom.examine import SEED\nassert SEED.get() == 17", "points": 1, "seed": 17}
    ]
    assert examiner.examine_apart(job(steps))["checks"]["c"]["points"] == 1


def test_nothing_runs_on(box):
    started = sandbox.Sandbox(box, LIMITS)
    started.close()
    assert started.process.returncode is not None
    assert str(started.process.pid) not in subprocess.run(["ps", "-eo", "ppid"], capture_output=True, text=True).stdout


def test_an_examiner_ends_with_the_process_that_asked_it():
    code = "import sys, json\nfrom classroom.examiner import *\nexamine_apart(Job(**json.load(sys.stdin)))"
    environment = {**os.environ, "PYTHONPATH": str(sandbox.HERE.parent)}
    asker = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, text=True, env=environment)
    json.dump(dataclasses.asdict(job([{"source": "import time\ntime.sleep(55)"}])), asker.stdin)
    asker.stdin.close()
    while len(below := psutil.Process(asker.pid).children(recursive=True)) < 3:  # examiner, bubblewrap, worker
        assert asker.poll() is None
    asker.kill()
    asker.wait()
    assert not psutil.wait_procs(below, timeout=25)[1]
