"""Make a venv (.venv unless another is named) and install a list of requirements into it.

Runs on the system's Python, with nothing installed.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def stop(message):
    sys.exit(f"\n{message}\n")


def main(requirements, venv=".venv"):
    if sys.version_info < (3, 11):  # noqa: UP036 (this script meets whatever Python there is)
        found = ".".join(map(str, sys.version_info[:3]))
        stop(
            f"Python 3.11 or newer is needed; {sys.executable} is {found}.\n"
            "Install one (https://www.python.org/downloads/) and name it:  make book PYTHON=python3.12"
        )
    try:
        import ensurepip  # noqa: F401
        import venv as _  # noqa: F401
    except ImportError:
        major, minor = sys.version_info[:2]
        stop(
            f"The venv module is missing from {sys.executable}.\n"
            f"On Debian and Ubuntu:  sudo apt install python{major}.{minor}-venv"
        )
    python = HERE / venv / "bin" / "python"
    if not python.exists():
        print(f"Making {venv} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(HERE / venv)], check=True)
    print(f"Installing {requirements} into {venv} (a few minutes the first time) ...", flush=True)
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "on", "-q"]
    if subprocess.run([*pip, "-r", requirements], cwd=HERE).returncode:
        stop(
            "The installation failed; pip's message stands just above.\n"
            "If it speaks of the network, check the connection and run the same command again: it goes on from there."
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
