"""Grading on a cluster: workers and schedulers are killed, and every submission keeps its marks."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import dask
import mini
import psutil
import pytest
from distributed import Client, Security

from classroom import blackbox, cluster, fitness, grading
from classroom.__main__ import main
from classroom.course import Course

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # of nbgrader about itself
ROOT = Path(__file__).parents[2]
ANSWERS = {
    "ada": mini.RIGHT,
    "bob": mini.RIGHT | {"double": "def double(x):\n    return 3 * x"},
    "dan": mini.RIGHT | {"double": "import time\ntime.sleep(0.3)\ndef double(x):\n    return 2 * x"},
}
KILLER = """import os, signal
examiner = os.getppid()
worker = int(open(f"/proc/{examiner}/stat").read().rsplit(")", 1)[1].split()[1])
os.kill(worker, signal.SIGKILL)"""


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """Return the folder of a course with submissions and a secret, to be copied."""
    course = mini.course(tmp_path_factory.mktemp("spread") / "course")
    for student, answers in ANSWERS.items():
        mini.hand_in(course, student, mini.answer(mini.released(course), **answers))
    mini.hand_in(course, "eve", '{"cells": [')
    blackbox.secret(course.root)
    return course.root


@pytest.fixture
def course(handed_in, tmp_path):
    return Course(shutil.copytree(handed_in, tmp_path / "course"))


def marks(course):
    """Return all that the gradebook knows of the grades."""
    with course.gradebook() as gradebook:
        return {
            (submission.student.id, grade.name): (grade.auto_score, grade.needs_manual_grade)
            for submission in gradebook.find_assignment(mini.ASSIGNMENT).submissions
            for grade in submission.notebooks[0].grades
        }


@pytest.fixture(scope="module")
def expected(handed_in, tmp_path_factory):
    """Return the marks of nbgrader's own command, which takes one submission after another, without a cluster."""
    course = Course(shutil.copytree(handed_in, tmp_path_factory.mktemp("serial") / "course"))
    assert course.api.autograde(mini.ASSIGNMENT, "*")["success"]
    got = marks(course)
    assert got["ada", "check_apply"] == (3, False) and got["bob", "check_double"] == (0, False)
    assert got["eve", "check_double"] == (0, True)
    return got


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextlib.contextmanager
def command(*words, path):
    """Run a command of Dask's as one types it, with the book on `path` or not."""
    environment = {**os.environ, "PYTHONPATH": path}
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *words, "--no-dashboard"], cwd="/", env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    """Start a scheduler, which need not have the book, and two workers; return its address and the workers."""
    address, scratch = f"tcp://127.0.0.1:{free_port()}", str(tmp_path_factory.mktemp("scratch"))
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2]]
    worker = ["worker", address, "--nthreads", "1", "--local-directory", scratch]
    with contextlib.ExitStack() as stack:
        started = [stack.enter_context(command(*scheduler, path=""))]
        started += [stack.enter_context(command(*worker, path=str(ROOT))) for _ in range(2)]
        with Client(address, timeout=30, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=30)
        yield address, started


@contextlib.contextmanager
def meanwhile(action):
    """Try `action` in a thread again and again until it returns something; give a list with that, then."""
    over, done = threading.Event(), []

    def watch():
        while not over.wait(0.02) and not done:
            with contextlib.suppress(psutil.Error):
                done.extend(filter(None, [action()]))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()


def examiners(parent):
    """Return the examiners below a process."""
    below = psutil.Process(parent).children(recursive=True)
    return [process for process in below if "classroom.examiner" in process.cmdline()]


def test_workers_elsewhere_give_the_same_marks(course, machines, expected):
    results = grading.grade(course, mini.ASSIGNMENT, scheduler=machines[0])
    assert marks(course) == expected
    assert [r.student for r in results if r.review] == ["eve"]


def test_a_killed_worker_costs_no_marks_and_only_what_changed_is_graded_again(course, machines, expected):
    address, (_, first, second) = machines

    def kill():
        for examiner in examiners(first.pid) + examiners(second.pid):
            if examiner.children():  # its sandbox is there
                examiner.parent().kill()
                return examiner

    with meanwhile(kill) as killed:
        grading.grade(course, mini.ASSIGNMENT, scheduler=address)
    assert killed and marks(course) == expected
    mini.hand_in(course, "bob", mini.answer(mini.released(course), **mini.RIGHT))
    again = grading.grade(course, mini.ASSIGNMENT, scheduler=address)
    assert [r.student for r in again if r.graded] == ["bob"]
    assert marks(course)["bob", "check_double"] == (2, False)
    assert not psutil.wait_procs(killed, timeout=10)[1]  # it ended with its worker


def test_a_submission_that_kills_its_workers_is_given_up(course):
    """Without walls a submission can do it itself: this one ends the process that started its examiner."""
    course.config.BlackBox.sandbox = False
    mini.hand_in(course, "cyd", mini.answer(mini.released(course), double=KILLER))
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        results = grading.grade(course, mini.ASSIGNMENT, students=["ada", "cyd"], jobs=2)
    ada, cyd = results
    assert (ada.score, ada.review) == (5, [])
    assert (cyd.score, cyd.points) == (0, 6) and "Several workers died" in "".join(cyd.review)
    assert marks(course)["cyd", "check_apply"] == (0, True)


def test_a_worker_without_the_book_is_named(course, machines, capsys):
    address = machines[0]
    with command("worker", address, "--name", "bare", "--no-nanny", path=""):
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(3, timeout=30)
            info = client.scheduler_info(n_workers=-1)["workers"]
            bare = next(place for place, worker in info.items() if worker["name"] == "bare")
        assert main(["grade", str(course.root), mini.ASSIGNMENT, "--scheduler", address]) == 1
        said = capsys.readouterr().err
        assert f"The worker {bare} does not grade as this computer does. classroom and lessons_lib: missing" in said
    assert not (course.root / "autograded").exists()


def test_what_differs_is_told():
    wanted = fitness.expected(True)
    assert fitness.differences(fitness.description(True), wanted) == ""
    other = fitness.description(True) | {"numpy": "1.0", fitness.WALLS: "bubblewrap is not installed"}
    text = fitness.differences(other, wanted)
    assert f"numpy: 1.0, not {wanted['numpy']}" in text and "bubblewrap: bubblewrap is not installed" in text


def test_a_scheduler_that_does_not_answer(course, monkeypatch, capsys):
    address = f"tcp://127.0.0.1:{free_port()}"
    with monkeypatch.context() as environment:
        environment.setenv("DASK_SCHEDULER_ADDRESS", address)
        environment.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "1s")
        dask.config.refresh()
        assert main(["grade", str(course.root), mini.ASSIGNMENT]) == 1
    dask.config.refresh()
    assert f"The scheduler at {address} does not answer" in capsys.readouterr().err


def test_an_address_that_needs_keys(course, capsys):
    assert main(["grade", str(course.root), mini.ASSIGNMENT, "--scheduler", "tls://127.0.0.1:8786"]) == 1
    assert "tls://127.0.0.1:8786 needs keys" in capsys.readouterr().err


def test_without_walls_no_other_machine_is_used(course, capsys):
    words = ["grade", str(course.root), mini.ASSIGNMENT, "--unsafe-no-sandbox", "--scheduler", "tcp://127.0.0.1:1"]
    assert main(words) == 1
    assert "on this computer only" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--scheduler", "tcp://x:door"], ["--scheduler", "x", "--jobs", "2"]])
def test_an_address_that_cannot_be(words, capsys):
    with pytest.raises(SystemExit) as end:
        main(["grade", "course", "a1", *words])
    assert end.value.code == 2
    assert "--scheduler" in capsys.readouterr().err


def test_strangers_are_kept_out_of_the_local_cluster():
    """Others on this computer reach its ports, and need the key."""
    with cluster.connect(workers=1) as client:
        place = client.scheduler.address
        assert place.startswith("tls://127.0.0.1:")
        for stranger, keys in ((place, Security.temporary()), (place.replace("tls", "tcp"), None)):
            with pytest.raises(OSError):
                Client(stranger, timeout=1, set_as_default=False, security=keys)
        ports = psutil.Process().net_connections("tcp")
        assert {port.laddr.ip for port in ports if port.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def verdicts(course):
    folder = course.root / "grading" / "verdicts"
    return {path: path.stat().st_mtime_ns for path in folder.glob("*.json")} if folder.exists() else {}


def test_ctrl_c_leaves_no_process_and_the_rest_for_the_next_time(course, capsys, expected):
    words = [sys.executable, "-m", "classroom", "grade", str(course.root), mini.ASSIGNMENT, "--jobs", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not verdicts(course) and process.poll() is None:
        time.sleep(0.02)
    below = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    assert "start again" in process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert below and not psutil.wait_procs(below, timeout=10)[1]
    kept = verdicts(course)
    assert 0 < len(kept) < len(ANSWERS)
    main(["grade", str(course.root), mini.ASSIGNMENT, "--jobs", "2"])
    assert "0 graded" not in capsys.readouterr().out
    assert kept.items() <= verdicts(course).items() and marks(course) == expected


def test_a_scheduler_that_is_lost_and_a_second_run(course, machines, capsys, expected):
    """The last test of the cluster, for it ends it."""
    address, (scheduler, *_) = machines
    words = ["grade", str(course.root), mini.ASSIGNMENT]
    with meanwhile(lambda: verdicts(course) and (scheduler.kill() or scheduler)) as killed:
        assert main([*words, "--scheduler", address]) == 1
    assert killed and "The connection to the scheduler is lost" in capsys.readouterr().err
    kept = verdicts(course)
    with course.gradebook() as gradebook:
        already = len(gradebook.find_assignment(mini.ASSIGNMENT).submissions)
    main([*words, "--jobs", "2"])
    assert f"{4 - already} graded, {already} unchanged" in capsys.readouterr().out
    assert kept.items() <= verdicts(course).items() and marks(course) == expected
