"""Collecting from nbgrader's exchange, where students own their folders and may lay anything into them.

nbgrader's own collecting follows links: one to the solution, or to another student's work, would bring its text into
the submission. Here links arrive as links, which the grader refuses.
"""

import os
import pwd
import shutil
import stat
import time
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import parse_utc
from traitlets import Bool

from classroom.notebooks import MAX_BYTES

CLOCK = "timestamp.txt"
GRACE = 60  # seconds between the time that nbgrader writes down and the last touch of its own copying
LIMIT = 6 * MAX_BYTES  # of a submission; each file and folder counts as a block at least
BLOCK = 4096


class SafeCollect(ExchangeCollect):
    """Collects what is in a student's folder and nothing that it points to."""

    accounts = Bool(
        False,
        help="Students have accounts of their own on this machine, named by their ids: a submission is of the account "
        "that owns its folder, whatever its name says, and as late as its last change, whatever its timestamp says.",
    ).tag(config=True)

    def _path_to_record(self, path):
        if not self.accounts:
            return super()._path_to_record(path)
        about, name = os.lstat(path), os.path.basename(path)
        owner, said = account(about.st_uid), read_time(name.split("+")[-2])
        if name.split("+")[0] != owner:
            self.log.warning("%s belongs to %s, and is taken as theirs", path, owner)
        changed = datetime.fromtimestamp(about.st_ctime, UTC).replace(tzinfo=None)
        return {"username": owner, "filename": name, "timestamp": said or changed}

    def do_copy(self, src, dest, log=None):
        """Copy the folder `src` to `dest`, which must not exist. What is wrong with one holds up no other."""
        try:
            changed = copy(src, dest)
        except (OSError, RecursionError) as problem:
            self.log.error("%s cannot be collected: %s", src, problem)
            shutil.rmtree(dest, ignore_errors=True)
            Path(dest).mkdir(parents=True)
            refuse(Path(dest, "not_collected"), type(problem).__name__)
            changed = time.time()
        clock = Path(dest, CLOCK)
        if self.accounts and not clock.is_symlink():
            said = read_time(clock.read_text(encoding="utf-8", errors="replace")) if clock.exists() else None
            if said is None or changed - said.replace(tzinfo=UTC).timestamp() > GRACE:
                clock.write_text(datetime.fromtimestamp(changed, UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC"))


def read_time(text):
    """Return the time that a text tells, in UTC, as nbgrader keeps it, or None."""
    try:
        return parse_utc(text.strip())
    except (ValueError, OverflowError):
        return None


def account(uid):
    """Return the name of an account, or its number if it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def copy(source, target):
    """Copy a folder that someone else may be changing, without ever opening what a link leads to.

    Links are copied as links. What is no file, belongs to somebody else than the folder, or goes beyond the limit
    of LIMIT bytes in all leaves a link to nowhere, which tells why.

    Returns
    -------
    float : the last time at which something in the folder was changed, as the file system knows it

    Raises
    ------
    OSError : `source` is a link or no folder
    """
    handle = os.open(source, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        owner, changed, room = os.fstat(handle).st_uid, os.fstat(handle).st_ctime, LIMIT
        for folder, folders, files, here in os.fwalk(".", dir_fd=handle, follow_symlinks=False):
            place = Path(target, folder)
            place.mkdir(parents=True, exist_ok=True)
            changed = max(changed, os.fstat(here).st_ctime)
            for name in [*files, *(name for name in folders if _is_link(name, here))]:
                about, size = _copy_file(name, here, place / name, owner, room)
                changed, room = max(changed, about), room - max(size, BLOCK)
            room -= BLOCK
            if room < 0:
                raise OSError("too much")
    finally:
        os.close(handle)
    return changed


def refuse(path, why):
    """Leave a link to nowhere, which the grader refuses, in place of what was not copied."""
    os.symlink(f"/nowhere/{why}", path)


def _is_link(name, here):
    return stat.S_ISLNK(os.stat(name, dir_fd=here, follow_symlinks=False).st_mode)


def _copy_file(name, here, target, owner, room):
    """Copy one file of the open folder `here`; return the time of its last change and its size."""
    about = os.stat(name, dir_fd=here, follow_symlinks=False)
    if stat.S_ISLNK(about.st_mode):
        os.symlink(os.readlink(name, dir_fd=here), target)
        return about.st_ctime, 0
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
    with open(handle, "rb") as file:
        about = os.fstat(handle)  # of what was opened, which may not be what was seen before
        if not stat.S_ISREG(about.st_mode) or about.st_uid != owner or about.st_size > room:
            why = "too large" if about.st_uid == owner and stat.S_ISREG(about.st_mode) else "not a file of the student"
            refuse(target, why)
            return about.st_ctime, 0
        with open(target, "wb") as to:
            to.write(file.read(about.st_size))  # and not what is being added to it
    return about.st_ctime, about.st_size
