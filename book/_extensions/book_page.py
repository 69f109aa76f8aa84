"""What the book's pages need beyond Jupyter Book's own settings."""

import sphinxcontrib.katex as katex

# The renderer of formulas may start slowly on a busy machine; its own limit is five seconds.
katex.STARTUP_TIMEOUT = 60
katex.RENDER_TIMEOUT = 30


def setup(app):
    # Jupyter Book always passes this setting on, also when the extension that reads it is left out.
    app.add_config_value("comments_config", {}, "html")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
