"""An account of the operating system for each student of the roster."""

import grp
import os
import pwd
import re
import secrets
import subprocess

from classroom.hub.settings import GRADER, STUDENTS

NAME = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # without those that are taken for each other


def add(names):
    """Make the accounts that are not there yet; return a dict from their names to their first passwords.

    Raises
    ------
    ValueError : a name cannot be an account's, or is that of an account which is no student's
    """
    names = list(names)
    members = grp.getgrnam(STUDENTS).gr_mem
    present = {account.pw_name for account in pwd.getpwall()}
    for name in names:
        if not NAME.fullmatch(name):
            raise ValueError(f"the id {name!r} cannot be an account's name: small letters, digits, - and _, at most 31")
        if name == GRADER or (name in present and name not in members):
            raise ValueError(f"the id {name!r} is the name of an account that is no student's")
    new = [name for name in names if name not in present]
    for name in new:
        command = ["useradd", "--create-home", "--shell", "/bin/bash", "--groups", STUDENTS, "-K", "HOME_MODE=0700"]
        subprocess.run([*command, name], check=True)
    passwords = {name: "".join(secrets.choice(LETTERS) for _ in range(14)) for name in new}
    if passwords:
        lines = "".join(f"{name}:{password}\n" for name, password in passwords.items())
        subprocess.run(["chpasswd"], input=lines, text=True, check=True)
    return passwords


def write(passwords, path):
    """Add names and passwords to a CSV that only root can read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    with open(handle, "a", encoding="utf-8") as file:
        os.fchmod(handle, 0o600)
        file.writelines(f"{name},{password}\n" for name, password in passwords.items())
