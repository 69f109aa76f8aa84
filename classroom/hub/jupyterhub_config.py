"""JupyterHub for a class: PAM logs in, systemd runs a unit for each server, the proxy is a process of its own."""

import grp
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from classroom.hub.settings import GRADER, INSTRUCTORS, SETTINGS, STATE, STUDENTS, read

c = get_config()  # noqa: F821 (JupyterHub gives it)
settings = read(SETTINGS)

# The hub may die and come back: servers and the proxy go on without it.
c.JupyterHub.cleanup_servers = False
c.ConfigurableHTTPProxy.should_start = False
c.JupyterHub.bind_url = f"http://127.0.0.1:{settings.port}"
c.JupyterHub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = f"{STATE}/cookie_secret"
c.JupyterHub.upgrade_db = True  # it keeps a copy of the old one

# Only accounts of the two groups may log in, and those of root and of services never.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {STUDENTS, INSTRUCTORS}
c.Authenticator.allowed_users = {GRADER}  # makes it known to the hub; its password is locked

# Whoever is in the group of instructors may start the grader's server and open formgrader there. Nobody is an admin:
# who opens a student's server runs what the student has put there, with the rights of their own log-in.
instructors = sorted(grp.getgrnam(INSTRUCTORS).gr_mem)
c.JupyterHub.load_groups = {INSTRUCTORS: {"users": instructors}}
c.JupyterHub.load_roles = [
    {
        "name": "instructor",
        "scopes": [f"servers!user={GRADER}", f"access:servers!user={GRADER}"],
        "groups": [INSTRUCTORS],
    },
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    },
]
idle = f"--timeout={60 * settings.idle_minutes}"
c.JupyterHub.services = [{"name": "idle-culler", "command": [sys.executable, "-m", "jupyterhub_idle_culler", idle]}]

c.JupyterHub.spawner_class = "systemd"
c.JupyterHub.active_server_limit = settings.servers
c.JupyterHub.concurrent_spawn_limit = 10  # whoever comes later waits, and is told so
c.Spawner.cmd = [f"{sys.prefix}/bin/book-server"]
c.Spawner.default_url = "/lab/tree/book/index.md"
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
c.Spawner.disable_user_config = True
c.Spawner.mem_limit = settings.memory
c.Spawner.cpu_limit = settings.cpu
# One core needs one thread; BLAS would start as many as the machine has.
c.Spawner.environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
c.SystemdSpawner.default_shell = "/bin/bash"
c.SystemdSpawner.extra_paths = [f"{sys.prefix}/bin"]
c.SystemdSpawner.slice = "book"  # book.slice limits all servers together
c.SystemdSpawner.isolate_tmp = True
c.SystemdSpawner.isolate_devices = True
c.SystemdSpawner.disable_user_sudo = True
c.SystemdSpawner.unit_extra_properties = {
    "TasksMax": str(settings.tasks),
    "MemorySwapMax": "0",
    "ProtectSystem": "full",
    "ProtectProc": "invisible",  # the processes of others
    "UMask": "0077",
}


def prepare_grader(spawner):
    """Give the grader's server more memory, and formgrader as its first page."""
    if spawner.user.name == GRADER:
        spawner.mem_limit, spawner.cpu_limit = settings.grader_memory, None
        spawner.default_url = "/formgrader"


c.Spawner.pre_spawn_hook = prepare_grader
