"""The sections of the book, by their labels: where a student is sent."""

import functools
import json
import re
from pathlib import Path
from typing import NamedTuple

BOOK = Path(__file__).parent.parent / "book"
LABELLED = re.compile(r"^\((sec-[\w-]+)\)=\n+(?:\([\w-]+\)=\n+)*#+ (.+)$", re.M)


class Section(NamedTuple):
    """A section with a label."""

    page: str  # "book/02_descend_a_slope.html"; the label is the anchor in it
    chapter: str
    title: str


@functools.cache
def sections():
    """Return a dict from each label to its `Section`."""
    found = {}
    for path in sorted(BOOK.glob("[0-9]*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        chapter = re.search(r"^# (.+)$", text, re.M)[1]
        for label, title in LABELLED.findall(text):
            found[label] = Section(f"book/{path.stem}.html", chapter, title)
    return found


def places():
    """Return a dict from each label to the chapter's and the section's title, as `coach.diagnose` takes it."""
    return {label: (section.chapter, section.title) for label, section in sections().items()}
