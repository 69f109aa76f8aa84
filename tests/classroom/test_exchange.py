"""Collecting from the exchange brings what lies in a student's folder, and nothing that it points to."""

import os
import pwd
import shutil
import sys
from datetime import UTC, datetime

import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from classroom import exchange

ME = pwd.getpwuid(os.getuid()).pw_name
EARLY, LATE = "2020-01-01 00:00:00.000000 UTC", "2020-01-02 00:00:00.000000 UTC"
FUTURE = "2098-01-01 00:00:00.000000 UTC"


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """Return the file of an empty gradebook: to make one takes seconds."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.path.dirname(sys.executable), prepend=os.pathsep)  # nbgrader calls alembic
        Gradebook(f"sqlite:///{path}", "course").close()
    return path


@pytest.fixture
def inbound(tmp_path, gradebook):
    folder = tmp_path / "exchange" / "course" / "inbound"
    folder.mkdir(parents=True)
    (tmp_path / "work").mkdir()
    shutil.copy(gradebook, tmp_path / "work")
    return folder


def collect(tmp_path, *, accounts=True):
    """Collect the assignment "a1"; return the folder with what has come."""
    c = Config()
    c.CourseDirectory.root, c.CourseDirectory.course_id = str(tmp_path / "work"), "course"
    c.CourseDirectory.assignment_id, c.CourseDirectory.groupshared = "a1", True
    c.Exchange.root, c.SafeCollect.accounts = str(tmp_path / "exchange"), accounts
    c.SafeCollect.check_owner, c.SafeCollect.update = False, True
    exchange.SafeCollect(coursedir=CourseDirectory(config=c), config=c).start()
    return tmp_path / "work" / "submitted"


def hand_in(inbound, student=ME, time=EARLY, text="answer"):
    folder = inbound / f"{student}+a1+{time}+random"
    folder.mkdir()
    (folder / "a1.ipynb").write_text(text)
    (folder / "timestamp.txt").write_text(time)
    return folder


def test_files_and_folders_arrive(tmp_path, inbound):
    folder = hand_in(inbound)
    (folder / "data").mkdir()
    (folder / "data" / "x.txt").write_text("x")
    place = collect(tmp_path) / ME / "a1"
    assert (place / "a1.ipynb").read_text() == "answer"
    assert (place / "data" / "x.txt").read_text() == "x"


@pytest.mark.parametrize("accounts", [True, False])
def test_links_arrive_as_links_and_devices_as_links_to_nowhere(tmp_path, inbound, accounts):
    (tmp_path / "solution").mkdir()
    (tmp_path / "solution" / "a1.ipynb").write_text("the solution")
    folder = hand_in(inbound)
    (folder / "a1.ipynb").unlink()
    (folder / "a1.ipynb").symlink_to(tmp_path / "solution" / "a1.ipynb")
    (folder / "more").symlink_to(tmp_path / "solution")
    os.mkfifo(folder / "pipe")
    place = collect(tmp_path, accounts=accounts) / ME / "a1"
    for name in ("a1.ipynb", "more", "pipe"):
        assert (place / name).is_symlink(), name
    assert not (place / "pipe").exists()


def test_a_folder_that_is_a_link_is_not_entered(tmp_path, inbound):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a1.ipynb").write_text("of another")
    (inbound / f"{ME}+a1+{EARLY}+random").symlink_to(tmp_path / "other")
    place = collect(tmp_path) / ME / "a1"
    assert not (place / "a1.ipynb").exists() and (place / "not_collected").is_symlink()


def test_a_submission_is_of_the_account_that_owns_it(tmp_path, inbound):
    hand_in(inbound, student="somebody", text="forged")
    submitted = collect(tmp_path)
    assert not (submitted / "somebody").exists()
    assert (submitted / ME / "a1" / "a1.ipynb").read_text() == "forged"


def test_the_time_is_that_of_the_last_change_and_not_what_is_said(tmp_path, inbound):
    hand_in(inbound, time=EARLY)
    said = (collect(tmp_path) / ME / "a1" / "timestamp.txt").read_text()
    now = datetime.now(UTC)
    assert abs((now - datetime.strptime(said, "%Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=UTC)).total_seconds()) < 3600


def test_without_accounts_the_time_that_is_said_counts_and_the_latest_wins(tmp_path, inbound):
    hand_in(inbound, time=EARLY, text="first")
    hand_in(inbound, time=LATE, text="second")
    place = collect(tmp_path, accounts=False) / ME / "a1"
    assert (place / "a1.ipynb").read_text() == "second" and (place / "timestamp.txt").read_text() == LATE


def test_a_name_without_a_time_holds_nobody_up(tmp_path, inbound):
    hand_in(inbound, time="no time at all", text="odd")
    assert (collect(tmp_path) / ME / "a1" / "a1.ipynb").read_text() == "odd"


def test_what_is_too_large_or_too_deep_is_refused(tmp_path, inbound, monkeypatch):
    monkeypatch.setattr(exchange, "LIMIT", 50_000)
    folder = hand_in(inbound)
    (folder / "large").write_bytes(b"x" * 60_000)
    place = collect(tmp_path) / ME / "a1"
    assert (place / "large").is_symlink() and (place / "a1.ipynb").read_text() == "answer"
    os.makedirs(inbound / f"{ME}+a1+{FUTURE}+random" / "/".join("d" * 20))
    assert (collect(tmp_path) / ME / "a1" / "not_collected").is_symlink()
