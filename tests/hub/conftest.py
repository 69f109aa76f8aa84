"""One server for all tests of the hub: set up by the commands of classroom/hub/README.md, with twenty students."""

import csv
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from machine import Machine  # noqa: E402
from people import HUB, Person  # noqa: E402

STUDENTS = [f"student{number:02}" for number in range(1, 21)]
A1 = "a1_descent"
COURSE = "/home/grader/course"


@pytest.fixture(scope="session")
def machine(tmp_path_factory):
    if os.getuid() != 0:
        pytest.fail("the tests of the hub make accounts and a machine for them: run them as root, with `make hub`")
    with Machine(Path(sys.prefix), tmp_path_factory.mktemp("machine") / "log.txt") as machine:
        set_up(machine)
        yield machine
        print(machine.log.read_text()[-3000:], file=sys.stderr)


def set_up(machine):
    """Give the commands of the README."""
    machine.run("useradd", "--create-home", "teacher")
    machine.run("sh", "-c", "echo teacher:a-long-password | chpasswd")
    machine.python("-c", "from classroom.hub import install; install.install(['teacher'])")
    rows = ["id,last_name,first_name", *(f"{name},Last,First" for name in STUDENTS)]
    machine.path(f"{COURSE}/students.csv").write_text("\n".join(rows) + "\n")
    machine.python("-m", "classroom", "roster", COURSE, f"{COURSE}/students.csv", user="grader")
    machine.python("-m", "classroom.hub", "students", f"{COURSE}/roster.csv", "--passwords", "/root/passwords.csv")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "enable", "--now", "book-proxy", "book-hub")
    wait(machine)
    machine.python("-m", "classroom", "release", COURSE, A1, "--due", "2099-01-01 00:00", user="grader")
    machine.run("env", "-C", COURSE, "/opt/hiker-and-guide/bin/nbgrader", "release_assignment", A1, user="grader")


def wait(machine, seconds=60):
    """Wait until the hub answers."""
    import time

    import requests

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if requests.get(f"{HUB}/hub/health", timeout=5).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise AssertionError(f"the hub does not answer:\n{machine.log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def students(machine):
    """Return the twenty Persons, logged in, with their servers running."""
    import busy

    with open(machine.path("/root/passwords.csv"), newline="") as file:
        passwords = dict(csv.reader(file))
    people = [Person(name, passwords[name]) for name in STUDENTS]
    for person in people:
        assert person.login(), f"{person.name} cannot log in:\n{machine.log.read_text()[-3000:]}"
    seconds = busy.all_at_work(Person.start, people)
    print(f"\nseconds from the click until a server answers: {busy.summary(seconds)}")
    return people


@pytest.fixture(scope="session")
def teacher(machine):
    person = Person("teacher", "a-long-password", server="grader")
    assert person.login()
    return person
