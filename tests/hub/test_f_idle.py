"""At the end of the day: a new setting, a restart, and servers that nobody uses are stopped."""

from conftest import wait
from test_b_the_hub_dies import until


def test_servers_that_nobody_uses_are_stopped(machine, students):
    settings = machine.path("/etc/hiker-and-guide/hub.toml")
    settings.write_text(settings.read_text().replace("idle_minutes = 60", "idle_minutes = 1"))
    used, idle = students[0], students[1:]
    machine.run("systemctl", "restart", "book-hub")
    wait(machine)

    def running():
        assert used.user("/api/contents").status_code in (200, 500, 503)
        units = machine.run("systemctl", "list-units", "--plain", "--no-legend", "jupyter-*-singleuser.service").stdout
        return {person.name for person in students if f"jupyter-{person.name}-singleuser" in units}

    assert running() == {person.name for person in students}, "a restart of the hub stops servers"
    until(lambda: not running() & {person.name for person in idle}, seconds=400)
    assert running() == {used.name}
