"""Where things are on a class's server, and what an instructor may set in hub.toml. Needs the standard library only."""

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
SETTINGS = Path("/etc/hiker-and-guide/hub.toml")
PROXY_TOKEN = Path("/etc/hiker-and-guide/proxy.env")
STATE = Path("/var/lib/hiker-and-guide")
EXCHANGE = Path("/srv/nbgrader/exchange")
GRADER = "grader"  # the account that owns the course; nobody logs in as it
STUDENTS, INSTRUCTORS = "book-students", "book-instructors"  # groups of the operating system
MEMORY = re.compile(r"\d+(\.\d+)?[MG]")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class Settings(NamedTuple):
    """What hub.toml may say."""

    course: str = "course"  # its name in nbgrader's exchange
    memory: str = "1.5G"  # of a student's server with all its kernels
    grader_memory: str = "4G"  # of the grader's server, where formgrader runs
    cpu: float = 1.0  # cores of a student's server
    tasks: int = 512  # processes and threads of a student's server
    idle_minutes: int = 60  # after which a server that nobody uses is stopped
    servers: int = 0  # that may run at a time; 0 sets no limit
    port: int = 8000  # of the proxy, on this machine only


def check(key, value):
    """Raise ValueError, naming the key, what came and what is allowed, unless `value` is allowed for `key`."""
    rules = {
        "course": (lambda v: isinstance(v, str) and NAME.fullmatch(v), "letters, digits, - and _"),
        "memory": (lambda v: isinstance(v, str) and MEMORY.fullmatch(v), 'a text such as "512M" or "1.5G"'),
        "cpu": (lambda v: type(v) in (int, float) and v > 0, "a number above 0"),
        "tasks": (lambda v: type(v) is int and v >= 64, "a whole number of at least 64"),
        # The hub hears every five minutes who is at work.
        "idle_minutes": (lambda v: type(v) is int and v >= 15, "a whole number of at least 15"),
        "servers": (lambda v: type(v) is int and v >= 0, "a whole number; 0 sets no limit"),
        "port": (lambda v: type(v) is int and 1024 <= v < 65536, "a whole number from 1024 to 65535"),
    }
    rules["grader_memory"] = rules["memory"]
    if key not in rules:
        raise ValueError(f"hub.toml has {key!r}, which is not a setting; there are {', '.join(sorted(rules))}")
    allowed, text = rules[key]
    if not allowed(value):
        raise ValueError(f"{key} in hub.toml is {value!r}; it must be {text}")


def read(path=SETTINGS):
    """Return the Settings of a hub.toml.

    Raises
    ------
    ValueError : a key is unknown, or a value is not allowed
    FileNotFoundError : the server is not set up
    """
    found = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    for key, value in found.items():
        check(key, value)
    return Settings(**found)
