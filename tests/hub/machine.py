"""A server to test on: systemd in namespaces of its own, with accounts that vanish with it. Needs root."""

import os
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
PYTHON = "/opt/hiker-and-guide/bin/python"


class Machine:
    """The machine that boot.sh boots, as a context.

    Parameters
    ----------
    environment : Path of the environment with the hub, which it sees as /opt/hiker-and-guide
    log : Path of a file for what systemd and the units print
    """

    def __init__(self, environment, log):
        self.environment, self.log = environment, log

    def __enter__(self):
        command = [HERE / "boot.sh", self.environment, CHECKOUT]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log.open("w"), stderr=-2)
        for _ in range(200):
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            self.first = children[0] if children else None
            if self.first and self.run("systemctl", "is-system-running", check=False).stdout.strip() == "running":
                return self
            time.sleep(0.1)
        self.__exit__()
        raise RuntimeError(f"no machine came up; {self.log} says why:\n{self.log.read_text()}")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for place in (*Path("/sys/fs/cgroup").glob("*/hub-test"), Path("/sys/fs/cgroup/hub-test")):
            for folder, _, _ in os.walk(place, topdown=False):
                remove(folder)

    def run(self, *command, user=None, check=True, **more):
        """Run a command in the machine, as root or as one of its accounts; return the CompletedProcess."""
        enter = ["nsenter", "-t", self.first, "-m", "-u", "-i", "-p", "-C"]
        as_user = ["runuser", "-u", user, "--"] if user else []
        more = {"capture_output": True, "text": True, "cwd": "/"} | more
        result = subprocess.run([*enter, *as_user, *map(str, command)], **more)
        if check and result.returncode:
            raise RuntimeError(f"{command} failed with {result.returncode}:\n{result.stdout}\n{result.stderr}")
        return result

    def python(self, *arguments, user=None, check=True):
        """Run the server's Python in the checkout, as root or the grader."""
        return self.run("env", "-C", "/srv/hiker-and-guide", PYTHON, *arguments, user=user, check=check)

    def path(self, inside):
        """Return where a file of the machine is seen from outside."""
        return Path(f"/proc/{self.first}/root{inside}")


def remove(folder, seconds=5):
    """Remove a cgroup, which is empty a moment after its last process has gone."""
    end = time.monotonic() + seconds
    while True:
        try:
            return os.rmdir(folder)
        except OSError:
            if time.monotonic() > end:
                return None
            time.sleep(0.1)
