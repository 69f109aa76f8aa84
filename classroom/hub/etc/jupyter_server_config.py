"""The settings of every server of the class. The place: <environment>/etc/jupyter."""

import os
import pwd

c = get_config()  # noqa: F821 (Jupyter gives it)

# Kernels are reached by sockets in a folder that only the student can enter. By TCP, the default, everyone who has an
# account on this machine could listen to what a kernel prints.
c.KernelManager.transport = "ipc"

grader = pwd.getpwuid(os.getuid()).pw_name == "grader"
c.ServerApp.jpserver_extensions = {
    "nbgrader.server_extensions.formgrader": grader,
    "nbgrader.server_extensions.course_list": False,
}
