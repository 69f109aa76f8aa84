"""What the book's pages need beyond Jupyter Book's own settings."""

import re
import textwrap
import time

import sphinxcontrib.katex as katex
from docutils import nodes

# The renderer of formulas may start slowly on a busy machine; its own limit is five seconds.
katex.STARTUP_TIMEOUT = 60
katex.RENDER_TIMEOUT = 30


def start_patiently(start, attempts=50):
    """Return `start` so that it tries again: the renderer's socket is there a moment before it listens."""

    def patient():
        for _ in range(attempts):
            try:
                return start()
            except ConnectionRefusedError:
                time.sleep(0.2)
        return start()

    return patient


def keep_punctuation(app, doctree):
    """Let no line break stand between a short formula and the comma after it."""
    for formula in list(doctree.findall(nodes.math)):
        after = formula.next_node(descend=False, siblings=True)
        if isinstance(after, nodes.Text) and after[:1] in tuple(",.;:)") and len(formula.astext()) < 30:
            parent = formula.parent
            place = next(i for i, child in enumerate(parent) if child is formula)  # by identity: equal texts are many
            both = nodes.inline("", "", formula, nodes.Text(after[:1]), classes=["nobreak"])
            parent.children[place : place + 2] = []
            parent.insert(place, [both, nodes.Text(after[1:])])


def mend_roles(app, page, template, context, doctree):
    """Put right what screen readers stumble on: empty table headings, and a role that is no longer in use."""
    if "body" in context:
        body = re.sub(r'<th class="head">\s*(?:<p></p>)?\s*</th>', "<td></td>", context["body"])
        context["body"] = body.replace('role="doc-biblioentry"', 'role="listitem"')


def describe(app, page, template, context, doctree):
    """Give the page a description for search engines: its first paragraph, or that of the book."""
    first = next((node.astext() for node in doctree.findall(nodes.paragraph)), "") if doctree else ""
    text = " ".join(first.split()) or f"{app.config.project}: an interactive textbook on gradient descent."
    context["description"] = textwrap.shorten(text, 155, placeholder=" …")


def setup(app):
    katex.KaTeXServer.start = staticmethod(start_patiently(katex.KaTeXServer.start))
    app.connect("doctree-read", keep_punctuation)
    app.connect("html-page-context", mend_roles)
    app.connect("html-page-context", describe)
    # Jupyter Book always passes this setting on, also when the extension that reads it is left out.
    app.add_config_value("comments_config", {}, "html")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
