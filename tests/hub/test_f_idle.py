"""At the end of the day: the hub is restarted, and servers that nobody uses are stopped."""

import psutil
from conftest import wait
from machine import PYTHON
from test_b_the_hub_dies import until


def running(machine, students):
    units = machine.run("systemctl", "list-units", "--plain", "--no-legend", "jupyter-*-singleuser.service").stdout
    return [person.name for person in students if f"jupyter-{person.name}-singleuser" in units]


def culler(machine):
    """Return the process that stops idle servers, which the hub has started."""
    processes = psutil.Process(int(machine.first)).children(recursive=True)
    return next((process for process in processes if "jupyterhub_idle_culler" in process.cmdline()), None)


def test_servers_that_nobody_uses_are_stopped(machine, students):
    machine.run("systemctl", "restart", "book-hub")
    wait(machine)
    assert len(running(machine, students)) == len(students), "a restart of the hub stops servers"
    process = until(lambda: culler(machine))
    assert "--timeout=3600" in process.cmdline()
    # An hour is too long to wait: the same program, with the same rights, after a second.
    rights = [f"{name}={process.environ()[name]}" for name in ("JUPYTERHUB_API_TOKEN", "JUPYTERHUB_API_URL")]
    command = ["timeout", "20", PYTHON, "-m", "jupyterhub_idle_culler", "--timeout=1", "--cull-every=2"]
    until(lambda: machine.run("env", *rights, *command, check=False) and not running(machine, students))
