"""Find bubblewrap, in which the tests of the classroom run students' code, or get it: Debian's or Ubuntu's package."""

import os
import shutil
import subprocess
import sys


def works():
    """Return whether bubblewrap is here and can make a sandbox."""
    if shutil.which("bwrap") is None:
        return False
    walls = ["--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    return subprocess.run(["bwrap", *walls, "true"], capture_output=True).returncode == 0


def main():
    if works():
        return
    if shutil.which("bwrap") is None and shutil.which("apt-get"):
        print("bubblewrap was not found; getting it ...", flush=True)
        sudo = [] if os.getuid() == 0 else ["sudo", "-n"]
        install = [*sudo, "apt-get", "install", "-y", "-qq", "bubblewrap"]
        for command in (install, [*sudo, "apt-get", "update", "-qq"], install):
            try:
                subprocess.run(command, timeout=600, check=False)
            except (OSError, subprocess.TimeoutExpired):
                pass
            if works():
                return
    if shutil.which("bwrap") is None:
        sys.exit("\nThe tests need bubblewrap:  sudo apt-get install bubblewrap  or  sudo dnf install bubblewrap\n")
    sys.exit(
        "\nbubblewrap is here but cannot make a sandbox: inside a container it needs user namespaces, or root with "
        "CAP_SYS_ADMIN (docker run --privileged); on Ubuntu 24.04 an AppArmor profile for bwrap may be missing.\n"
    )


if __name__ == "__main__":
    main()
