"""What has to be done again: outputs when something changed that they depend on, pages when they may speak of another.

Sphinx makes a page anew when its own text changes, and jupyter-cache runs a notebook anew when its own code changes.
Neither knows that an output comes from `lessons_lib`, or that a link shows the title of a section elsewhere.
"""

import hashlib
import re
import shutil
import sys
import sysconfig
from pathlib import Path

import nbformat

# Lines that other pages may show or count: headings, labels, captions, terms.
NAMES = re.compile(r"^(#+ .*|\(.*\)=|.*\$\$ \(.*\)|:label:.*|:name:.*|:::\{exercise\}.*|\S.*\n(?=: ))", re.MULTILINE)


def forget(home, build):
    """Delete from the build folder what is not to be trusted any more."""
    build.mkdir(exist_ok=True)
    if _changed(build / "outputs.hash", _outputs(home)):
        shutil.rmtree(build / ".jupyter_cache", ignore_errors=True)
        forget_pages(build)
    if _changed(build / "pages.hash", _look(home) + _names(home)):
        forget_pages(build)


def forget_pages(build):
    shutil.rmtree(build / "html", ignore_errors=True)
    shutil.rmtree(build / ".doctrees", ignore_errors=True)


def _changed(stamp, now):
    if stamp.exists() and stamp.read_text() == now:
        return False
    stamp.write_text(now)
    return True


def _outputs(home):
    """Return a hash of everything but its own cells that the output of a notebook rests on."""
    seen = hashlib.sha256(sys.version.encode() + _files(home, ["lessons_lib"]).encode())
    for package in sorted(Path(sysconfig.get_path("purelib")).glob("*.dist-info")):  # name and version
        seen.update(package.name.encode())
    return seen.hexdigest()


def _look(home):
    """Return a hash of what all pages have in common."""
    return _files(home, ["_config.yml", "_toc.yml", "package-lock.json", "tools", "book/_templates", "book/_static"])


def _files(home, names):
    seen = hashlib.sha256()
    for path in sorted(path for name in names for path in (home / name, *(home / name).rglob("*"))):
        if path.is_file() and path.suffix != ".pyc":
            seen.update(f"{path.relative_to(home)}\0".encode() + path.read_bytes())
    return seen.hexdigest()


def _names(home):
    seen = hashlib.sha256((home / "book" / "references.bib").read_bytes())
    for path in sorted((home / "book").rglob("*.md")) + sorted((home / "book").rglob("*.ipynb")):
        text = path.read_text()
        if path.suffix == ".ipynb":
            text = "\n".join(cell.source for cell in nbformat.reads(text, 4).cells if cell.cell_type == "markdown")
        seen.update("\0".join([path.name, *NAMES.findall(text)]).encode())
    return seen.hexdigest()
