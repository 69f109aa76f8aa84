"""Find a browser for the tests, or get one: the system's, else Playwright's own, else Debian's package.

`find()` is what the tests ask; run as a script this makes sure that it will find one.
"""

import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# A browser under test has no business of its own on the network.
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def find():
    """Return the path of a Chromium or Chrome, or None."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    if MAC.exists():
        return str(MAC)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def main():
    if find():
        return
    print("No Chromium or Chrome was found; getting one ...", flush=True)
    attempts = [[sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]]
    if shutil.which("apt-get"):
        sudo = [] if subprocess.run(["id", "-u"], capture_output=True, text=True).stdout.strip() == "0" else ["sudo"]
        attempts += [[*sudo, "apt-get", "update", "-qq"], [*sudo, "apt-get", "install", "-y", "-qq", "chromium"]]
    for command in attempts:
        try:
            subprocess.run(command, timeout=600, check=False)
        except (OSError, subprocess.TimeoutExpired):
            pass
        if find():
            return
    sys.exit("\nThe tests need a browser and none could be had. Install Chromium or Chrome and try again.\n")


if __name__ == "__main__":
    main()
