"""A process for one submission, shut in by bubblewrap: no network, nothing of the course to read, nowhere to write.

The process sees Python, its packages, and a box with the worker, the assignment's data files and the few modules of
`lessons_lib` that an assignment may use. It has its own process numbers, and limits on memory, time, files and output.
"""

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
INSTALL = "Install it: sudo apt-get install bubblewrap (Debian 12, Ubuntu 24.04), or sudo dnf install bubblewrap."
ALLOWED = (
    "coach",
    "coach_data",
    "coach_judges",
    "checks",
    "datasets",
    "plots",
)  # modules of lessons_lib that an assignment may import
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/nix/store")
SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")


class Limits(NamedTuple):
    """What one submission may use. Seconds are of the clock on the wall."""

    call_seconds: float = 10  # one call of one of its functions
    cell_seconds: float = 60
    notebook_seconds: float = 180  # all together
    memory: int = 2 * 2**30  # bytes: of the address space of a process, and of the memory of all of them
    disk: int = 32 * 2**20  # bytes of scratch space
    processes: int = 48  # threads count


class NoSandbox(RuntimeError):
    """The sandbox cannot be had here; the text says why and what to do."""


@cache
def check():
    """Raise NoSandbox unless bubblewrap is here and works."""
    path = shutil.which("bwrap")
    if path is None:
        raise NoSandbox(f"Students' code is run in a sandbox, and bubblewrap is not installed.\n{INSTALL}")
    text = subprocess.run([path, "--help"], capture_output=True, text=True).stdout
    if "--size" not in text or "--disable-userns" not in text:
        raise NoSandbox(f"{path} is older than version 0.8, which is needed.\n{INSTALL}")
    trial = subprocess.run([*_walls(Limits()), "--", "/usr/bin/env", "true"], capture_output=True, text=True)
    if trial.returncode:
        raise NoSandbox(
            f"bubblewrap is installed but cannot make a sandbox here: {trial.stderr.strip()}\n"
            "Inside a container it needs user namespaces, or root with CAP_SYS_ADMIN; "
            "on Ubuntu 24.04 an AppArmor profile for bwrap may be missing."
        )


def _walls(limits):
    """Return the command that makes an empty sandbox with the system's programs in it."""
    command = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
    ]
    if os.getuid() != 0:  # root needs no user namespace; the worker gives root up
        command += ["--unshare-user", "--disable-userns", "--uid", "65534", "--gid", "65534", "--cap-drop", "ALL"]
    command += ["--die-with-parent", "--new-session", "--clearenv"]
    for folder in SYSTEM:
        command += ["--symlink", os.readlink(folder), folder] if os.path.islink(folder) else _bind(folder)
    for path in SETTINGS:
        command += _bind(path)
    command += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    return [*command, "--perms", "1777", "--size", str(limits.disk), "--tmpfs", "/tmp"]


def _bind(path, place=None):
    """Return the options that show `path`, read-only, with parents that everyone in the sandbox may pass."""
    parents = [p for p in reversed(Path(place or path).parents) if p != Path("/")]
    options = [option for p in parents for option in ("--perms", "0755", "--dir", str(p))]
    return [*options, "--ro-bind-try", str(path), str(place or path)]


def _packages():
    """Return the folders of installed packages, those of the user among them."""
    return [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages") and Path(path).is_dir()]


def _python():
    """Return the folders that hold Python and its packages, without those that lie in another or in /usr."""
    folders = [Path(path) for path in (sys.prefix, sys.base_prefix, *_packages())]
    folders = {*folders, *(folder.resolve() for folder in folders)}
    return sorted(f for f in folders if not any(f.is_relative_to(g) for g in (folders - {f}) | {Path("/usr")}))


def _secrets(course):
    """Return what must not be seen even where it lies inside what is shown."""
    import lessons_lib

    return [HERE, Path(lessons_lib.__file__).resolve().parent, *([Path(course).resolve()] if course else [])]


def fill(box, files):
    """Fill the folder `box` with the worker, the allowed part of `lessons_lib`, and the assignment's data files.

    Parameters
    ----------
    files : dict of file names to contents in base64
    """
    import lessons_lib

    library = Path(lessons_lib.__file__).parent
    pared = box / "lessons_lib"
    pared.mkdir(parents=True)
    for source in [*library.glob("*.py"), *library.glob("*.mplstyle"), library / "widgets"]:
        if source.stem in (*ALLOWED, "__init__") or source.suffix == ".mplstyle":
            shutil.copyfile(source, pared / source.name)
        else:
            text = f"lessons_lib.{source.stem} is not available in assignments: write it yourself"
            (pared / f"{source.stem}.py").write_text(f"raise ImportError({text!r})\n")
    for name in ("worker.py", "wire.py"):
        shutil.copyfile(HERE / name, box / name)
    (box / "home" / "work").mkdir(parents=True)
    for name, content in files.items():
        target = box / "home" / "work" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(content))
    _copy_font_list(box)
    for path in [box, *box.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def _copy_font_list(box):
    """Give matplotlib the list of fonts it has made before: to make it takes seconds."""
    (box / "home" / "matplotlib").mkdir()
    caches = os.environ.get("MPLCONFIGDIR"), "~/.cache/matplotlib", "~/.matplotlib"
    for folder in filter(None, caches):
        for path in Path(folder).expanduser().glob("fontlist-*.json"):
            shutil.copyfile(path, box / "home" / "matplotlib" / path.name)


class Sandbox:
    """A worker in its own process, and the two pipes to it. `safe=False` leaves the walls out.

    Parameters
    ----------
    box : Path of a folder that `fill` has filled
    course : Path of the course, which must stay hidden, or None
    """

    def __init__(self, box, limits, *, course=None, safe=True):
        self.limits, self.scratch = limits, None
        their_reader, self.writer = os.pipe()
        self.reader, their_writer = os.pipe()
        settings = {
            "reader": their_reader,
            "writer": their_writer,
            "home": "/box/home" if safe else str(box / "home"),
            "uid": 2**30 + os.getpid() if safe and os.getuid() == 0 else 0,  # as root: a user of its own
            "limits": {
                "RLIMIT_AS": limits.memory,
                "RLIMIT_CPU": int(limits.notebook_seconds) + 1,
                "RLIMIT_FSIZE": limits.disk,
                "RLIMIT_NPROC": limits.processes + (0 if os.getuid() == 0 else _own_tasks()),
                "RLIMIT_NOFILE": 256,
                "RLIMIT_CORE": 0,
            },
        }
        home = "/tmp"
        if not safe:
            self.scratch = tempfile.TemporaryDirectory(prefix="submission-", ignore_cleanup_errors=True)
            home = self.scratch.name
        root = "/box" if safe else str(box)
        environment = {
            "HOME": home,
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join([root, *_packages()]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "MPLBACKEND": "Agg",
            "MPLCONFIGDIR": f"{home}/matplotlib",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
        }
        command = [os.path.abspath(sys.executable), f"{root}/worker.py", json.dumps(settings)]
        if safe:
            command = [*self._walls(box, course, environment), "--chdir", home, "--", *command]
        try:
            self.process = subprocess.Popen(
                command,
                pass_fds=(their_reader, their_writer),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/" if safe else home,
                env={} if safe else environment,
                start_new_session=True,
            )
        finally:
            os.close(their_reader)
            os.close(their_writer)
        for pipe in (self.reader, self.writer):
            os.set_blocking(pipe, False)

    def _walls(self, box, course, environment):
        command = _walls(self.limits)
        shown = [box, *_python()]
        command += _bind(box, "/box")
        for folder in _python():
            command += _bind(folder)
        for hidden in _secrets(course):
            if hidden.is_dir() and any(hidden.is_relative_to(folder) for folder in (*shown, "/usr")):
                command += ["--tmpfs", str(hidden), "--remount-ro", str(hidden)]
        command += ["--remount-ro", "/"]
        for name, value in environment.items():
            command += ["--setenv", name, value]
        return command

    def memory(self):
        """Return the bytes of memory in use by all processes of the submission."""
        return sum(map(_resident, _descendants(self.process.pid)))

    def close(self):
        """End every process of the submission."""
        with contextlib.suppress(ProcessLookupError):  # bubblewrap's first process takes the others along
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.reader, self.writer):
            os.close(pipe)
        if self.scratch is not None:
            self.scratch.cleanup()


def _own_tasks():
    """Return the number of threads this user runs: on older systems the limit on processes counts them in."""
    count = 0
    for status in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if status.stat().st_uid == os.getuid():
                count += len(os.listdir(status / "task"))
    return count


def _descendants(pid):
    """Yield a process, its children, and theirs."""
    yield pid
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _descendants(int(child))


def _resident(pid):
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
